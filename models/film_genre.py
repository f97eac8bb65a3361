"""Film genres that a piece of music fits, each with a probability of its own; ranked, they say what the music suggests.

Two designs. `Logistic`, which ships: one logistic regression a genre on the description of a tile. `Ensemble`, the
ancestor's (film score genre ensemble): one convolutional network a genre on 40 MFCC x 100 frames.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.special import expit

from errors import ModelError
from models import layers as weights
from models.quiet import quiet_import

GENRES = ("Action", "Adventure", "Comedy", "Crime", "Drama", "Fantasy", "Musical", "Romance", "Sci-Fi", "Thriller")
TILE_SHAPE = (40, 100, 1)  # MFCC, frames, one channel
CONVOLUTIONS = ((32, 5, 0.1), (64, 3, 0.2), (128, 2, 0.3), (256, 2, 0.4))  # filters, kernel, dropout after 2x2 max-pooling
UNITS, DENSE_DROPOUT = 50, 0.5
LIMIT = 4.0  # standard deviations at which a descriptor is cut off
BATCH = 256


def build(classes: int) -> Any:
    """An untrained network of the ancestor's design: `classes` softmax outputs, or one logistic output for one class."""
    keras = quiet_import("keras")
    layers = keras.layers
    model = keras.Sequential([keras.Input(TILE_SHAPE)])
    for filters, kernel, dropout in CONVOLUTIONS:
        for layer in (layers.Conv2D(filters, kernel, activation="relu"), layers.MaxPooling2D(2), layers.Dropout(dropout)):
            model.add(layer)
    for layer in (
        layers.Flatten(), layers.Dense(UNITS, activation="relu"), layers.Dropout(DENSE_DROPOUT), layers.Dense(UNITS, activation="relu"),
        layers.Dense(classes, activation="softmax" if classes > 1 else "sigmoid"),
    ):  # fmt: skip
        model.add(layer)
    return model


class Logistic:
    """Logistic regressions on descriptors, in plain numpy. `classes` names the columns of its predictions."""

    features = "descriptors"  # what it hears: those, or what the function of this name in analysis.tiles makes

    def __init__(self, arrays: Mapping[str, np.ndarray], classes: tuple[str, ...]) -> None:
        self.classes = classes
        self._mean, self._scale, self._coefficients, self._intercepts = (
            arrays[name].astype(np.float32) for name in ("mean", "scale", "coefficients", "intercepts")
        )
        if self._coefficients.shape != (len(self._mean), len(classes)) or self._intercepts.shape != (len(classes),):
            raise ValueError(f"coefficients of shape {self._coefficients.shape}")

    def predict_proba(self, descriptors: np.ndarray) -> np.ndarray:
        """Probability of each genre for each tile.

        Parameters
        ----------
        descriptors : np.ndarray [shape=(n, d)] from analysis.descriptors

        Returns
        -------
        np.ndarray [shape=(n, len(classes)), float32], each 0..1; a row need not sum to 1

        Raises
        ------
        ValueError : descriptors have another shape
        """
        if descriptors.ndim != 2 or descriptors.shape[1] != len(self._mean):
            raise ValueError(f"descriptors must have shape (n, {len(self._mean)}), got {descriptors.shape}")
        standard = np.clip((descriptors - self._mean) / self._scale, -LIMIT, LIMIT)
        return expit(standard @ self._coefficients + self._intercepts).astype(np.float32)


class Ensemble:
    """The ancestor's binary networks, one a genre. `classes` names the columns of its predictions."""

    features = "mfcc_tiles"

    def __init__(self, networks: Sequence[Any], classes: tuple[str, ...]) -> None:
        self.classes = classes
        self._networks = networks

    def predict_proba(self, tiles: np.ndarray) -> np.ndarray:
        """Logistic output of each network for each tile.

        Parameters
        ----------
        tiles : np.ndarray [shape=(n, 40, 100, 1)] from analysis.tiles.mfcc_tiles

        Returns
        -------
        np.ndarray [shape=(n, len(classes)), float32], each 0..1; a row need not sum to 1

        Raises
        ------
        ValueError : tiles have another shape
        """
        if tiles.shape[1:] != TILE_SHAPE:
            raise ValueError(f"tiles must have shape (n, {', '.join(map(str, TILE_SHAPE))}), got {tiles.shape}")
        if not len(tiles):
            return np.empty((0, len(self.classes)), np.float32)
        return np.hstack([network.predict(tiles, batch_size=BATCH, verbose=0) for network in self._networks])


def from_arrays(arrays: Mapping[str, np.ndarray], card: Mapping[str, Any]) -> Logistic | Ensemble:
    """Rebuild the model of either design from its arrays and its card.

    Raises ModelError if an array is missing or does not fit the card's classes.
    """
    classes = tuple(card["classes"])
    if "coefficients" not in arrays:
        networks = [build(1) for _ in classes]
        for genre, network in zip(classes, networks, strict=True):
            weights.set_arrays(network, arrays, card["name"], f"{genre}.")
        return Ensemble(networks, classes)
    try:
        return Logistic(arrays, classes)
    except (KeyError, ValueError) as error:
        raise ModelError(
            f"{card['name']}: weights are missing or do not fit {len(classes)} classes ({error}); restore or retrain"
        ) from error


def to_arrays(networks: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """The weights of an ensemble, by genre, as float16."""
    return {name: array for genre, network in networks.items() for name, array in weights.to_arrays(network, f"{genre}.").items()}
