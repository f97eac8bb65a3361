"""The emotion of a scene: how a photograph makes people feel, as valence and arousal and as happy, sad, angry or neutral.

Two designs. `Regression`, which ships: valence and arousal from what EfficientNet-Lite0 sees; the emotions are read from them.
`Network`, the ancestor's (music for scene emotions, 2019): convolutions on 150 x 150 pixels.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image
from scipy.special import ndtr

from errors import ModelError
from models import layers as weights
from models.efficientnet import Features
from models.quiet import quiet_import

HAPPY, SAD, ANGRY, NEUTRAL = EMOTIONS = ("happy", "sad", "angry", "neutral")
# Of ratings from 1 to 7. Happy and sad begin equally far from the mean photograph (4.35); arousal is parted at the middle of the scale.
HIGH_VALENCE, LOW_VALENCE, MIDDLE_AROUSAL = 5.4, 3.3, 4.0
LOWEST, HIGHEST = 1.0, 7.0

SEEN = (150, 120)  # width and height of the photographs it learnt from: finer detail it does not know
ENLARGED = (360, 288)  # at which the network looks at them: what it knows of objects, it learnt on larger ones
BLOCK = "block14"  # after which EfficientNet-Lite0 is asked: later it knows names of objects, earlier less of what they are
LIMIT = 4.0  # standard deviations at which a feature is cut off

SIDE = 150  # pixels of the ancestor's pictures
FILTERS = (32, 32, 32, 32, 64)  # 3 x 3, each followed by max-pooling
UNITS, DROPOUT = 64, 0.5
BATCH = 16


def emotions_of(ratings: np.ndarray) -> np.ndarray:
    """Index into EMOTIONS of each pair of valence and arousal [shape=(n,)]: high valence is happy, low valence is sad where arousal is
    low and angry where it is high, and what lies between is neutral."""
    valence, arousal = ratings.T
    low = valence < LOW_VALENCE
    conditions = [valence >= HIGH_VALENCE, low & (arousal < MIDDLE_AROUSAL), low]
    return np.select(conditions, [0, 1, 2], 3)


def probabilities(ratings: np.ndarray, errors: np.ndarray) -> np.ndarray:
    """Probability of each emotion when the ratings are known to within normal errors [shape=(n, len(EMOTIONS))].

    Parameters
    ----------
    ratings : np.ndarray [shape=(n, 2)] predicted valence and arousal
    errors : np.ndarray [shape=(2,)] standard deviation of what was predicted from what is
    """
    valence, arousal = ratings.T
    happy = ndtr((valence - HIGH_VALENCE) / errors[0])
    low = ndtr((LOW_VALENCE - valence) / errors[0])
    calm = ndtr((MIDDLE_AROUSAL - arousal) / errors[1])
    return np.stack([happy, low * calm, low * (1 - calm), 1 - happy - low], axis=1)


def build(activation: str = "softmax", classes: int = 3) -> Any:
    """An untrained network of the ancestor's design: pictures of 0..255 [shape=(n, 150, 150, 3)] -> softmax of the classes.

    activation : between the layers: "softmax" as published (over the channels of each pixel), or "relu", what is usual there
    """
    keras = quiet_import("keras")
    layers = keras.layers
    model = keras.Sequential([keras.Input((SIDE, SIDE, 3)), layers.Rescaling(1 / 255)])
    for filters in FILTERS:
        for layer in (layers.Conv2D(filters, 3), layers.Activation(activation), layers.MaxPooling2D(2)):
            model.add(layer)
    for layer in (
        layers.Flatten(), layers.Dense(UNITS), layers.Activation(activation), layers.Dropout(DROPOUT),
        layers.Dense(classes, activation="softmax"),
    ):  # fmt: skip
        model.add(layer)
    return model


class Regression:
    """Valence and arousal by kernel ridge regression on what EfficientNet-Lite0 sees, in plain numpy; emotions are read from them."""

    classes = EMOTIONS
    size = SEEN

    def __init__(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Raises KeyError when an array is missing, ValueError when they do not fit each other."""
        self._features = Features(arrays, "features.", BLOCK)
        self._mean, self._scale, self._support, self._coefficients, self._intercepts, self._errors = (
            arrays[name].astype(np.float32) for name in ("mean", "scale", "support", "coefficients", "intercepts", "errors")
        )
        self._gamma = float(arrays["gamma"])
        if self._support.shape[1] != self._features.count or self._coefficients.shape != (len(self._support), 2):
            raise ValueError(f"support of shape {self._support.shape}")

    def predict_proba(self, pictures: np.ndarray) -> np.ndarray:
        """Probability of each emotion.

        Parameters
        ----------
        pictures : np.ndarray [shape=(n, h, w, 3), uint8] RGB, best of `size`

        Returns
        -------
        np.ndarray [shape=(n, len(classes)), float32], rows sum to 1
        """
        return probabilities(self.predict_ratings(pictures), self._errors).astype(np.float32)

    def predict_ratings(self, pictures: np.ndarray) -> np.ndarray:
        """Valence and arousal of each picture, 1..7 [shape=(n, 2), float32]; pictures as for `predict_proba`."""
        return np.clip(self._regress(look(self._features, pictures)), LOWEST, HIGHEST)

    def _regress(self, features: np.ndarray) -> np.ndarray:
        standard = standardised(features, self._mean, self._scale)
        return kernel(standard, self._support, self._gamma) @ self._coefficients + self._intercepts


def look(features: Features, pictures: np.ndarray) -> np.ndarray:
    """What a network sees in pictures and in their mirror images, the mean [shape=(n, features.count), float32]."""
    if not len(pictures):
        return np.empty((0, features.count), np.float32)
    enlarged = np.stack([np.asarray(Image.fromarray(picture).resize(ENLARGED, Image.Resampling.BICUBIC)) for picture in pictures])
    return (features(enlarged) + features(enlarged[:, :, ::-1])) / 2


def standardised(features: np.ndarray, mean: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Features in standard deviations from their mean, cut off at LIMIT."""
    return np.clip((features - mean) / scale, -LIMIT, LIMIT)


def kernel(some: np.ndarray, others: np.ndarray, gamma: float) -> np.ndarray:
    """How alike features are: a Gaussian of their mean squared difference [shape=(len(some), len(others))]."""
    squares = (some**2).sum(axis=1)[:, np.newaxis] + (others**2).sum(axis=1) - 2 * some @ others.T
    return np.exp(-gamma / some.shape[1] * np.maximum(squares, 0))


class Network:
    """The ancestor's network: happy, sad or angry. Valence and arousal are the mean of the classes', as likely as each is."""

    size = SEEN

    def __init__(self, network: Any, classes: tuple[str, ...], ratings: np.ndarray) -> None:
        """ratings : np.ndarray [shape=(len(classes), 2)] mean valence and arousal of the classes"""
        self.classes = classes
        self._network, self._ratings = network, ratings.astype(np.float32)

    def predict_proba(self, pictures: np.ndarray) -> np.ndarray:
        """Softmax outputs [shape=(n, len(classes)), float32] for pictures [shape=(n, h, w, 3), uint8] of any size."""
        if not len(pictures):
            return np.empty((0, len(self.classes)), np.float32)
        squares = [np.asarray(Image.fromarray(picture).resize((SIDE, SIDE), Image.Resampling.BICUBIC)) for picture in pictures]
        return self._network.predict(np.stack(squares).astype(np.float32), batch_size=BATCH, verbose=0)

    def predict_ratings(self, pictures: np.ndarray) -> np.ndarray:
        """Valence and arousal of each picture, 1..7 [shape=(n, 2), float32]."""
        return self.predict_proba(pictures) @ self._ratings


def from_arrays(arrays: Mapping[str, np.ndarray], card: Mapping[str, Any]) -> Regression | Network:
    """Rebuild the model of either design from its arrays and its card.

    Raises ModelError if an array is missing or does not fit the others.
    """
    try:
        if "support" in arrays:
            return Regression(arrays)
        network = build(str(arrays["activation"]), len(card["classes"]))
        weights.set_arrays(network, arrays, card["name"])
        return Network(network, tuple(card["classes"]), arrays["ratings"])
    except (KeyError, ValueError) as error:
        raise ModelError(f"{card['name']}: weights are missing or do not fit ({error}); restore or retrain") from error
