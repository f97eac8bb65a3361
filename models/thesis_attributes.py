"""Convolutional networks that describe a 10-second window of music: danceability, valence, energy and genre.

The architecture is that of the 2020 thesis on music in films: two 3x3 convolutions of 16 and 32 filters, each followed by
ReLU and 2x2 max-pooling, a dense layer of 64 and a softmax, both with L2 regularisation.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from errors import ModelError
from models.quiet import quiet_import

INPUT_SHAPE = (128, 100, 1)  # mel bands, frames of 0.1 s, one channel
FILTERS = (16, 32)
UNITS = 64
L2 = 0.01  # the thesis names no strength; this is Keras's own
BATCH = 128  # windows predicted at once: the first convolution holds 100 MB for them
LAYERS = ("conv1", "conv2", "dense", "output")


def build(classes: int, *, l2: float = L2) -> Any:
    """An untrained Keras model from (n, 128, 100, 1) windows to (n, classes) probabilities."""
    keras = quiet_import("keras")
    layers, regularizers = keras.layers, keras.regularizers
    return keras.Sequential(
        [
            keras.Input(INPUT_SHAPE),
            layers.Conv2D(FILTERS[0], 3, padding="same", activation="relu", name="conv1"),
            layers.MaxPooling2D(2),
            layers.Conv2D(FILTERS[1], 3, padding="same", activation="relu", name="conv2"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(UNITS, activation="relu", kernel_regularizer=regularizers.L2(l2), name="dense"),
            layers.Dense(classes, activation="softmax", kernel_regularizer=regularizers.L2(l2), name="output"),
        ]
    )


class AttributeNetwork:
    """A trained network. `classes` names the columns of its predictions."""

    def __init__(self, model: Any, classes: tuple[str, ...]) -> None:
        tf = quiet_import("tensorflow")
        self.classes = classes
        # A traced call with a free batch size: keras.Model.predict costs tens of milliseconds per call, this does not.
        signature = [tf.TensorSpec((None, *INPUT_SHAPE), tf.float32)]
        self._call = tf.function(lambda windows: model(windows, training=False), input_signature=signature)

    def predict_proba(self, windows: np.ndarray) -> np.ndarray:
        """Class probabilities of windows.

        Parameters
        ----------
        windows : np.ndarray [shape=(n, 128, 100, 1), float32] of mel power, see analysis.spectrograms.standardise

        Returns
        -------
        np.ndarray [shape=(n, len(classes)), float32]; rows sum to 1

        Raises
        ------
        ValueError : windows have another shape
        """
        if windows.shape[1:] != INPUT_SHAPE:
            raise ValueError(f"windows must have shape (n, {', '.join(map(str, INPUT_SHAPE))}), got {windows.shape}")
        batches = [self._call(windows[first : first + BATCH]).numpy() for first in range(0, len(windows), BATCH)]
        return np.concatenate(batches) if batches else np.empty((0, len(self.classes)), np.float32)


def from_arrays(arrays: Mapping[str, np.ndarray], card: Mapping[str, Any]) -> AttributeNetwork:
    """Rebuild a network from the arrays `to_arrays` gave and its card.

    Raises ModelError if an array is missing or does not fit the card's classes.
    """
    classes = tuple(card["classes"])
    model = build(len(classes))
    for name in LAYERS:
        layer = model.get_layer(name)
        try:
            layer.set_weights([arrays[f"{name}.kernel"].astype(np.float32), arrays[f"{name}.bias"].astype(np.float32)])
        except (KeyError, ValueError) as error:
            raise ModelError(f"{card['name']}: weights of layer {name} are missing or do not fit {len(classes)} classes") from error
    return AttributeNetwork(model, classes)


def to_arrays(model: Any) -> dict[str, np.ndarray]:
    """The weights of a Keras model made by `build`, as float16: half the size, and no prediction measurably changes."""
    arrays: dict[str, np.ndarray] = {}
    for name in LAYERS:
        kernel, bias = model.get_layer(name).get_weights()
        arrays |= {f"{name}.kernel": kernel.astype(np.float16), f"{name}.bias": bias.astype(np.float16)}
    return arrays
