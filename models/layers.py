"""Weights of a Keras network as plain arrays, and back."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from errors import ModelError


def to_arrays(model: Any, prefix: str = "") -> dict[str, np.ndarray]:
    """Kernel and bias of each layer as float16, named `<prefix><number of the layer>.<kernel or bias>`."""
    layers = [layer for layer in model.layers if layer.weights]
    return {
        f"{prefix}{number}.{name}": array.astype(np.float16)
        for number, layer in enumerate(layers)
        for name, array in zip(("kernel", "bias"), layer.get_weights(), strict=True)
    }


def set_arrays(model: Any, arrays: Mapping[str, np.ndarray], owner: str, prefix: str = "") -> None:
    """Put the arrays of `to_arrays` into a network of the same layers.

    Raises ModelError naming the model `owner` and the layer whose arrays are missing or do not fit.
    """
    for number, layer in enumerate(layer for layer in model.layers if layer.weights):
        try:
            layer.set_weights([arrays[f"{prefix}{number}.{name}"].astype(np.float32) for name in ("kernel", "bias")])
        except (KeyError, ValueError) as error:
            raise ModelError(f"{owner}: weights of layer {prefix}{number} are missing or do not fit; restore them or retrain") from error
