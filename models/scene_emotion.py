"""The emotion of a scene: how a photograph makes people feel, as valence and arousal, and as happy, sad or angry.

Two designs. `Regression`, which ships: valence, arousal and emotions from what EfficientNet-Lite0 sees.
`Network`, the ancestor's (music for scene emotions, 2019): convolutions on 150 x 150 pixels.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from PIL import Image
from scipy.special import ndtr

from errors import ModelError
from models import layers as weights
from models.convolution import softmax
from models.efficientnet import Features
from models.quiet import quiet_import

EMOTIONS = ("happy", "sad", "angry")
NEUTRAL = len(EMOTIONS)  # index of what is none of them
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


class Said(NamedTuple):
    """What a model says of n pictures.

    emotions : np.ndarray [shape=(n, 3), float32] probability of each emotion, if it is one of them; rows sum to 1
    neutral : np.ndarray [shape=(n,), float32] probability that it is none of them
    ratings : np.ndarray [shape=(n, 2), float32] valence and arousal, 1..7
    """

    emotions: np.ndarray
    neutral: np.ndarray
    ratings: np.ndarray


def emotions_of(ratings: np.ndarray) -> np.ndarray:
    """Index into EMOTIONS, or NEUTRAL, of each pair of valence and arousal [shape=(n,)].

    High valence is happy; low valence is sad where arousal is low, and angry where it is high; what lies between is neutral.
    """
    valence, arousal = ratings.T
    low = valence < LOW_VALENCE
    return np.select([valence >= HIGH_VALENCE, low & (arousal < MIDDLE_AROUSAL), low], [0, 1, 2], NEUTRAL)


def read_emotions(ratings: np.ndarray, errors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Emotions and neutral, as in `Said`, when the ratings are known to within normal errors.

    Parameters
    ----------
    ratings : np.ndarray [shape=(n, 2)] predicted valence and arousal
    errors : np.ndarray [shape=(2,)] standard deviation of what was predicted from what is
    """
    valence, arousal = ratings.T
    happy = ndtr((valence - HIGH_VALENCE) / errors[0])
    low = ndtr((LOW_VALENCE - valence) / errors[0])
    calm = ndtr((MIDDLE_AROUSAL - arousal) / errors[1])
    found = np.stack([happy, low * calm, low * (1 - calm)], axis=1)
    return found / (happy + low)[:, np.newaxis], 1 - happy - low


def build(activation: str = "softmax", classes: int = len(EMOTIONS)) -> Any:
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
    """Regressions on what EfficientNet-Lite0 sees, in plain numpy.

    Kernel ridge regression gives valence and arousal, from which emotions can be read; logistic regression gives emotions too, and
    the mean of both is what is said of them.
    """

    classes = EMOTIONS
    size = SEEN

    def __init__(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Raises KeyError when an array is missing, ValueError when they do not fit each other."""
        self._features = Features(arrays, "features.", BLOCK)
        self._mean, self._scale, self._support, self._coefficients, self._intercepts, self._errors = (
            arrays[name].astype(np.float32) for name in ("mean", "scale", "support", "coefficients", "intercepts", "errors")
        )
        self._gamma = float(arrays["gamma"])
        self._emotions = [arrays[f"emotion_{name}"].astype(np.float32) for name in ("coefficients", "intercepts")]
        if self._support.shape[1] != self._features.count or self._coefficients.shape != (len(self._support), 2):
            raise ValueError(f"support of shape {self._support.shape}")

    def predict(self, pictures: np.ndarray) -> Said:
        """Everything that is said of pictures [shape=(n, h, w, 3), uint8], RGB, best of `size`."""
        standard = standardised(look(self._features, pictures), self._mean, self._scale)
        ratings = kernel(standard, self._support, self._gamma) @ self._coefficients + self._intercepts
        read, neutral = read_emotions(ratings, self._errors)
        coefficients, intercepts = self._emotions
        emotions = (read + softmax(standard @ coefficients + intercepts)) / 2
        return Said(emotions.astype(np.float32), neutral.astype(np.float32), np.clip(ratings, LOWEST, HIGHEST))

    def predict_proba(self, pictures: np.ndarray) -> np.ndarray:
        """Probability of each emotion, if it is one of them [shape=(n, len(classes)), float32]; rows sum to 1."""
        return self.predict(pictures).emotions

    def predict_ratings(self, pictures: np.ndarray) -> np.ndarray:
        """Valence and arousal of each picture, 1..7 [shape=(n, 2), float32]."""
        return self.predict(pictures).ratings


def look(features: Features, pictures: np.ndarray) -> np.ndarray:
    """What a network sees in pictures and in their mirror images, the mean [shape=(n, features.count), float32]."""
    found = np.empty((len(pictures), features.count), np.float32)
    for row, picture in enumerate(pictures):  # one by one: their maps fill the processor's cache
        large = enlarged(picture)
        found[row] = features(np.stack([large, large[:, ::-1]])).mean(axis=0)
    return found


def enlarged(picture: np.ndarray) -> np.ndarray:
    """A picture at the size at which it is looked at [shape=(288, 360, 3), uint8]."""
    return resized(picture, *ENLARGED)


def resized(picture: np.ndarray, width: int, height: int) -> np.ndarray:
    """A picture squeezed into a size [shape=(height, width, 3), uint8]."""
    return np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.BICUBIC))


def standardised(features: np.ndarray, mean: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Features in standard deviations from their mean, cut off at LIMIT."""
    return np.clip((features - mean) / scale, -LIMIT, LIMIT)


def kernel(some: np.ndarray, others: np.ndarray, gamma: float) -> np.ndarray:
    """How alike features are: a Gaussian of their mean squared difference [shape=(len(some), len(others))]."""
    squares = (some**2).sum(axis=1)[:, np.newaxis] + (others**2).sum(axis=1) - 2 * some @ others.T
    return np.exp(-gamma / some.shape[1] * np.maximum(squares, 0))


class Network:
    """The ancestor's network, which knows no neutral pictures. Ratings are the mean of the emotions', as likely as each is."""

    classes = EMOTIONS
    size = SEEN

    def __init__(self, network: Any, ratings: np.ndarray) -> None:
        """ratings : np.ndarray [shape=(3, 2)] mean valence and arousal of each emotion"""
        self._network, self._ratings = network, ratings.astype(np.float32)

    def predict(self, pictures: np.ndarray) -> Said:
        """Everything that is said of pictures [shape=(n, h, w, 3), uint8], RGB, of any size."""
        emotions = self.predict_proba(pictures)
        return Said(emotions, np.zeros(len(pictures), np.float32), emotions @ self._ratings)

    def predict_proba(self, pictures: np.ndarray) -> np.ndarray:
        """Softmax outputs [shape=(n, 3), float32]."""
        if not len(pictures):
            return np.empty((0, len(EMOTIONS)), np.float32)
        squares = np.stack([resized(picture, SIDE, SIDE) for picture in pictures]).astype(np.float32)
        return self._network.predict(squares, batch_size=BATCH, verbose=0)

    def predict_ratings(self, pictures: np.ndarray) -> np.ndarray:
        """Valence and arousal of each picture, 1..7 [shape=(n, 2), float32]."""
        return self.predict(pictures).ratings


def from_arrays(arrays: Mapping[str, np.ndarray], card: Mapping[str, Any]) -> Regression | Network:
    """Rebuild the model of either design from its arrays and its card.

    Raises ModelError if an array is missing or does not fit the others.
    """
    try:
        if "support" in arrays:
            return Regression(arrays)
        network = build(str(arrays["activation"]))
        weights.set_arrays(network, arrays, card["name"])
        return Network(network, arrays["ratings"])
    except (KeyError, ValueError) as error:
        raise ModelError(f"{card['name']}: weights are missing or do not fit ({error}); restore or retrain") from error
