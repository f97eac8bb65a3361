"""Train the network that doubles covers: from their half size back to what they were."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from analysis.training.cover_material import Covers
from models import cover
from models.quiet import quiet_import

STEPS, BATCH, PATCH = 2000, 16, 24  # patches of so many pixels a side, before they are doubled
RATE = 2e-3  # of Adam, falling linearly to nothing


def train(covers: Covers, seed: int) -> dict[str, np.ndarray]:
    """Weights of `cover.build_enlarger`, in their order, as `weight.<number>`."""
    keras = quiet_import("keras")

    keras.utils.set_random_seed(seed)
    network = cover.build_enlarger()
    network.compile(keras.optimizers.Adam(keras.optimizers.schedules.PolynomialDecay(RATE, STEPS, 0.0)), "mean_absolute_error")
    small, rng = covers.native(), np.random.default_rng(seed)
    for _ in range(STEPS):
        network.train_on_batch(*_patches(small, covers.pictures, rng))
    return {f"weight.{k}": weight for k, weight in enumerate(network.get_weights())}


def network_of(weights: Mapping[str, np.ndarray]) -> Any:
    """The Keras network with the weights of `train`."""
    network = cover.build_enlarger()
    network.set_weights([weights[f"weight.{k}"] for k in range(len(weights))])
    return network


def _patches(small: np.ndarray, large: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Patches of -1..1, and what bicubic interpolation lacks of their doubles, four pixels of a colour each."""
    side = small.shape[1]
    inputs, missing = np.empty((BATCH, PATCH, PATCH, 3), np.float32), np.empty((BATCH, PATCH, PATCH, 12), np.float32)
    for k, row in enumerate(rng.integers(len(small), size=BATCH)):
        top, left = rng.integers(side - PATCH + 1, size=2)
        rows, columns = slice(2 * top, 2 * (top + PATCH)), slice(2 * left, 2 * (left + PATCH))
        lacks = large[row, rows, columns].astype(np.float32) - np.asarray(cover.doubled(small[row]), np.float32)[rows, columns]
        inputs[k] = small[row, top : top + PATCH, left : left + PATCH].astype(np.float32) / 127.5 - 1
        missing[k] = lacks.reshape(PATCH, 2, PATCH, 2, 3).transpose(0, 2, 1, 3, 4).reshape(PATCH, PATCH, 12) / 127.5
    return inputs, missing


def error(covers: Covers, enlarger: cover.Enlarger) -> tuple[float, float]:
    """Mean error of a colour, 0..255, of doubled covers of half size: of the network, and of bicubic interpolation alone."""
    small = covers.native()
    found = np.array([enlarger.double(picture) for picture in small], np.float32)
    plain = np.array([np.asarray(cover.doubled(picture)) for picture in small], np.float32)
    return tuple(float(np.abs(doubles - covers.pictures).mean()) for doubles in (found, plain))  # type: ignore[return-value]
