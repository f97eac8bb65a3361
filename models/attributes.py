"""What a 10-second window of music is like: danceability, valence and energy as levels and values, and its genre.

One shared trunk of dense layers hears the window's descriptors (analysis/descriptors.py); a head for each kind of label the
recordings it learnt from have stands on it, because a listener's rating, a vote and a quadrant are different things. A few
trunks, each trained on other recordings, are averaged. It is small enough to be computed with numpy alone.

The thesis' networks, which do the same from mel spectrograms, are in models/thesis_attributes.py.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from errors import ModelError
from models.labels import ATTRIBUTES, ORDERED_ATTRIBUTES
from models.quiet import quiet_import

HIDDEN = (256, 128)
DROPOUT, INPUT_DROPOUT, INPUT_NOISE, L2 = 0.4, 0.2, 0.1, 1e-4
CLIP = 5.0  # standard deviations: what lies beyond is no more surprising
# Attribute -> the heads its value is blended from; named after the kind of label (see analysis/training/targets.py).
HEADS = {
    "danceability": ("danceability_teacher", "dynamics"),
    "valence": ("valence_sign", "valence_rating", "valence_votes"),
    "energy": ("energy_sign", "energy_rating", "energy_votes"),
}
GENRE_HEAD = "genre"
DYNAMICS = 16  # the last descriptors: how loudness moves. No layer needs to change what danceability takes from them
_SHIPPED_HEADS = (GENRE_HEAD, *(head for heads in HEADS.values() for head in heads if head != "dynamics"))


class Prediction(NamedTuple):
    """What is said of windows of one attribute.

    probabilities : np.ndarray [shape=(n, classes), float32], rows sum to 1
    value : np.ndarray [shape=(n,), float32] in 0..1, None for the genre, which has no order
    """

    probabilities: np.ndarray
    value: np.ndarray | None


def build(inputs: int, outputs: Mapping[str, int], *, hidden: Sequence[int] = HIDDEN) -> Any:
    """An untrained Keras model from (n, inputs) standardised descriptors to a dictionary of heads.

    Parameters
    ----------
    inputs : number of descriptors
    outputs : size of each head; the genre's is a softmax, the others are sigmoids
    hidden : sizes of the trunk's layers
    """
    keras = quiet_import("keras")
    layers = keras.layers
    first = x = keras.Input((inputs,))
    x = layers.Dropout(INPUT_DROPOUT)(layers.GaussianNoise(INPUT_NOISE)(x))
    for number, size in enumerate(hidden):
        x = layers.Dense(size, kernel_regularizer=keras.regularizers.L2(L2), name=f"dense{number}")(x)
        x = layers.BatchNormalization(name=f"norm{number}")(x)
        x = layers.Dropout(DROPOUT)(layers.Activation("relu")(x))
    heads = {
        name: layers.Dense(size, activation="softmax" if name == GENRE_HEAD else "sigmoid", name=name)(x) for name, size in outputs.items()
    }
    return keras.Model(first, heads)


def to_arrays(model: Any, mean: np.ndarray, scale: np.ndarray) -> dict[str, np.ndarray]:
    """A trained trunk and the heads that are shipped, as arrays for `Trunk`; the normalisation is folded into the layers."""
    arrays = {"mean": mean.astype(np.float32), "scale": scale.astype(np.float32)}
    for number in range(sum(layer.name.startswith("dense") for layer in model.layers)):
        kernel, bias = model.get_layer(f"dense{number}").get_weights()
        norm = model.get_layer(f"norm{number}")
        gamma, beta, moving_mean, moving_variance = norm.get_weights()
        factor = gamma / np.sqrt(moving_variance + norm.epsilon)
        arrays[f"dense{number}.kernel"] = (kernel * factor).astype(np.float16)
        arrays[f"dense{number}.bias"] = ((bias - moving_mean) * factor + beta).astype(np.float32)
    for name in _SHIPPED_HEADS:
        kernel, bias = model.get_layer(name).get_weights()
        arrays |= {f"{name}.kernel": kernel.astype(np.float16), f"{name}.bias": bias.astype(np.float32)}
    return arrays


class Trunk:
    """One trained trunk with its heads, computed with numpy."""

    def __init__(self, arrays: Mapping[str, np.ndarray]) -> None:
        self._mean, self._scale = arrays["mean"], arrays["scale"]
        count = sum(name.startswith("dense") and name.endswith(".kernel") for name in arrays)
        self._layers = [_layer(arrays, f"dense{number}") for number in range(count)]
        self._heads = {name: _layer(arrays, name) for name in _SHIPPED_HEADS}

    def logits(self, descriptors: np.ndarray) -> dict[str, np.ndarray]:
        """Logits of each head [shape=(n, size)] for descriptors [shape=(n, inputs)]; `dynamics` are standardised descriptors."""
        hidden = standard = np.clip((descriptors - self._mean) / self._scale, -CLIP, CLIP)
        for kernel, bias in self._layers:
            hidden = np.maximum(hidden @ kernel + bias, 0)
        return {name: hidden @ kernel + bias for name, (kernel, bias) in self._heads.items()} | {"dynamics": standard[:, -DYNAMICS:]}


class DescriptorNetwork:
    """The shipped model: several trunks, their heads' mean logits blended to values and calibrated probabilities."""

    def __init__(self, trunks: Sequence[Trunk], calibration: Mapping[str, np.ndarray]) -> None:
        self._trunks, self._calibration = trunks, calibration

    def predict(self, descriptors: np.ndarray) -> dict[str, Prediction]:
        """Predictions for windows by attribute.

        Parameters
        ----------
        descriptors : np.ndarray [shape=(n, len(analysis.descriptors.NAMES)), float32]
        """
        found = [trunk.logits(descriptors) for trunk in self._trunks]
        mean = {name: np.mean([logits[name] for logits in found], axis=0) for name in found[0]}
        return calibrated(mean, self._calibration)


def calibrated(logits: Mapping[str, np.ndarray], calibration: Mapping[str, np.ndarray]) -> dict[str, Prediction]:
    """Heads' logits [shape=(n, size)] as predictions by attribute.

    calibration : by attribute for ordered ones `<attribute>.blend` [shape=(outputs + 1,)] weights of its heads' outputs and the
        constant, and `<attribute>.levels` [shape=(3,)] two thresholds on the value and the width of their doubt (an ordinal
        logistic model); `genre.temperature`
    """
    predictions = {}
    for attribute in ATTRIBUTES:
        if attribute not in ORDERED_ATTRIBUTES:
            predictions[attribute] = Prediction(softmax(logits[GENRE_HEAD] / calibration["genre.temperature"]), None)
            continue
        values = blend(logits, HEADS[attribute], calibration[f"{attribute}.blend"])
        levels = level_probabilities(values, *calibration[f"{attribute}.levels"])
        predictions[attribute] = Prediction(levels, np.clip(values, 0, 1).astype(np.float32))
    return predictions


def blend(logits: Mapping[str, np.ndarray], heads: Sequence[str], weights: np.ndarray) -> np.ndarray:
    """Weighted sum of heads' logits and a constant [shape=(n,)]."""
    return np.concatenate([logits[head] for head in heads], axis=1) @ weights[:-1] + weights[-1]


def level_probabilities(values: np.ndarray, low: float, high: float, width: float) -> np.ndarray:
    """Probabilities of the three levels [shape=(n, 3), float32] by an ordinal logistic model.

    Reference: P. McCullagh, "Regression models for ordinal data", JRSS B 42(2), 1980.
    """
    below = 1 / (1 + np.exp((values[:, np.newaxis] - np.array([low, high])) / width))
    return np.column_stack([below[:, 0], below[:, 1] - below[:, 0], 1 - below[:, 1]]).astype(np.float32)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities of logits [shape=(n, classes), float32]."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)


def from_arrays(arrays: Mapping[str, np.ndarray], _card: Mapping[str, Any]) -> DescriptorNetwork:
    """Rebuild the model from its arrays; its card tells nothing more. Raises ModelError if an array is missing."""
    try:
        trunks = [Trunk(_part(arrays, f"trunk{number}.")) for number in range(int(arrays["trunks"]))]
        calibration = _part(arrays, "calibration.")
        needed = [*(f"{a}.{what}" for a in ORDERED_ATTRIBUTES for what in ("blend", "levels")), "genre.temperature"]
        return DescriptorNetwork(trunks, {name: calibration[name] for name in needed})
    except KeyError as error:
        raise ModelError(f"attributes: the weights lack {error}; restore them or retrain") from error


def bundle(trunks: Sequence[Mapping[str, np.ndarray]], calibration: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """All arrays of a DescriptorNetwork, the opposite of `from_arrays`."""
    named = {f"trunk{number}.{name}": array for number, arrays in enumerate(trunks) for name, array in arrays.items()}
    return named | {f"calibration.{name}": np.asarray(array) for name, array in calibration.items()} | {"trunks": np.array(len(trunks))}


def _part(arrays: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


def _layer(arrays: Mapping[str, np.ndarray], name: str) -> tuple[np.ndarray, np.ndarray]:
    return arrays[f"{name}.kernel"].astype(np.float32), arrays[f"{name}.bias"].astype(np.float32)
