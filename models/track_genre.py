"""Genre of a recording, among the genres of a record shop.

Two designs. `KernelClassifier`, which ships: ridge regression with a Gaussian kernel on the description of a tile.
`Network`, the ancestor's (album cover generator, 2018): convolutions on slices of spectrogram and tempogram.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.special import softmax

from errors import ModelError
from models import layers as weights
from models.quiet import quiet_import

SLICE_SHAPE = (128, 258, 1)  # tenths of a second; bins of the spectrogram and lags of the tempogram; one channel
FILTERS = (8, 16, 32, 32)  # of the first three or of all four convolutions; the ancestor names none
UNITS = 64
L1, L2 = 0.001, 0.01
DROPOUT = 0.8
LIMIT = 4.0  # standard deviations at which a descriptor is cut off
BATCH = 512  # tiles at once: their distances to 3,000 others hold 6 MB


def build(classes: int, *, convolutions: int = 4, regulariser: str = "l2", dropout: float = DROPOUT) -> Any:
    """An untrained network of the ancestor's design.

    Parameters
    ----------
    convolutions : 3 or 4, each followed by max-pooling
    regulariser : "l1" or "l2", of the second dense layer
    dropout : share of the first dense layer's outputs that is dropped
    """
    keras = quiet_import("keras")
    layers = keras.layers
    penalty = keras.regularizers.L1(L1) if regulariser == "l1" else keras.regularizers.L2(L2)
    model = keras.Sequential([keras.Input(SLICE_SHAPE)])
    for filters in FILTERS[:convolutions]:
        model.add(layers.Conv2D(filters, 3, padding="same", activation="relu"))
        model.add(layers.MaxPooling2D(2))
    for layer in (
        layers.Flatten(), layers.Dense(UNITS, activation="relu"), layers.Dropout(dropout),
        layers.Dense(UNITS, activation="relu", kernel_regularizer=penalty), layers.Dense(classes, activation="softmax"),
    ):  # fmt: skip
        model.add(layer)
    return model


class KernelClassifier:
    """Kernel ridge regression to the classes, made probabilities by a softmax; plain numpy. `classes` names the columns."""

    features = "descriptors"  # what it hears: those, or what the function of this name in analysis.tiles makes

    def __init__(self, arrays: Mapping[str, np.ndarray], classes: tuple[str, ...]) -> None:
        self.classes = classes
        self._mean, self._scale, self._support, self._coefficients, self._shares = (
            arrays[name].astype(np.float32) for name in ("mean", "scale", "support", "coefficients", "shares")
        )
        self._gamma, self._sharpness = float(arrays["gamma"]), float(arrays["sharpness"])
        if self._coefficients.shape != (len(self._support), len(classes)) or self._support.shape[1:] != self._mean.shape:
            raise ValueError(f"coefficients of shape {self._coefficients.shape}")
        self._squares = (self._support**2).sum(axis=1)

    def predict_proba(self, descriptors: np.ndarray) -> np.ndarray:
        """Probability of each genre for each tile.

        Parameters
        ----------
        descriptors : np.ndarray [shape=(n, d)] from analysis.descriptors

        Returns
        -------
        np.ndarray [shape=(n, len(classes)), float32]; rows sum to 1

        Raises
        ------
        ValueError : descriptors have another shape
        """
        return softmax(self._sharpness * self.decide(descriptors), axis=1).astype(np.float32)

    def decide(self, descriptors: np.ndarray) -> np.ndarray:
        """What the regression answers before the softmax [shape=(n, len(classes)), float32]: about 0 or 1."""
        if descriptors.ndim != 2 or descriptors.shape[1] != len(self._mean):
            raise ValueError(f"descriptors must have shape (n, {len(self._mean)}), got {descriptors.shape}")
        found = np.empty((len(descriptors), len(self.classes)), np.float32)
        for first in range(0, len(descriptors), BATCH):
            standard = np.clip((descriptors[first : first + BATCH] - self._mean) / self._scale, -LIMIT, LIMIT)
            distances = (standard**2).sum(axis=1)[:, np.newaxis] + self._squares - 2 * standard @ self._support.T
            found[first : first + BATCH] = np.exp(-self._gamma * np.maximum(distances, 0)) @ self._coefficients + self._shares
        return found


class Network:
    """A trained network of the ancestor's design. `classes` names the columns of its predictions."""

    features = "slices"

    def __init__(self, model: Any, classes: tuple[str, ...]) -> None:
        self.classes = classes
        self._model = model

    def predict_proba(self, slices: np.ndarray) -> np.ndarray:
        """Probability of each genre for each slice.

        Parameters
        ----------
        slices : np.ndarray [shape=(n, 128, 258, 1)] from analysis.tiles.slices

        Returns
        -------
        np.ndarray [shape=(n, len(classes)), float32]; rows sum to 1

        Raises
        ------
        ValueError : slices have another shape
        """
        if slices.shape[1:] != SLICE_SHAPE:
            raise ValueError(f"slices must have shape (n, {', '.join(map(str, SLICE_SHAPE))}), got {slices.shape}")
        if not len(slices):
            return np.empty((0, len(self.classes)), np.float32)
        return self._model.predict(slices, batch_size=32, verbose=0)


def from_arrays(arrays: Mapping[str, np.ndarray], card: Mapping[str, Any]) -> KernelClassifier | Network:
    """Rebuild the model of either design from its arrays and its card.

    Raises ModelError if an array is missing or does not fit the card's classes.
    """
    classes = tuple(card["classes"])
    if "support" not in arrays:
        model = build(len(classes), convolutions=sum(name.endswith(".kernel") for name in arrays) - 3)
        weights.set_arrays(model, arrays, card["name"])
        return Network(model, classes)
    try:
        return KernelClassifier(arrays, classes)
    except (KeyError, ValueError) as error:
        raise ModelError(f"{card['name']}: weights are missing or do not fit {len(classes)} classes ({error}); retrain") from error
