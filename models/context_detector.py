"""Music, speech or other for each second, heard with the seconds around it: small convolutional networks and a support vector machine.

The first layers of a network hear how the 34 short-term features move within a second (the syllables of speech come four a second), the
others the seconds around it. The mean of a few networks, each trained without a part of the recordings, and the decisions of the support
vector machine of `models.detector` are weighed by one softmax regression. Trained with Keras, computed with numpy alone.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from errors import ModelError
from models import detector
from models.labels import SOUND_CLASSES
from models.quiet import quiet_import

FRAMES, N_FEATURES = 20, 114  # of a second; of a frame (analysis.context)
N_SHORT_TERM = detector.N_FEATURES // 2  # the first features of a frame, whose mean and deviation the support vector machine hears
CLIP = 5.0  # standard deviations: what lies beyond is no more surprising
UNITS, DROPOUT, INPUT_DROPOUT, NOISE, L2 = 64, 0.35, 0.15, 0.2, 1e-4
# Layers over frames of 50 ms, then over seconds: width of the kernel and step between what it takes.
FRAME_LAYERS = ((5, 1), (5, 2))
SECOND_LAYERS = ((1, 1), (5, 1), (3, 4))
REACH = 7  # seconds on each side that can change a second's answer
_BLOCK = 300  # seconds at once: what lies between the layers stays below some 10 MB
_DECADES = [1, 6]  # energy, spectral flux
_ROOTS = [*range(21, 34)]  # chroma and its deviation


class ContextDetector:
    """Networks and a support vector machine that are asked together. Build it with `from_arrays`."""

    def __init__(self, networks: Sequence["Network"], machine: detector.Machine, calibration: detector.Calibration) -> None:
        self._networks, self._machine, self._calibration = networks, machine, calibration

    def predict_proba(self, features: np.ndarray) -> np.ndarray:
        """Calibrated probabilities of successive seconds; what comes before the first and after the last is taken to mirror them.

        Parameters
        ----------
        features : np.ndarray [shape=(n, 20, 114)] of the frames of each second, as `analysis.context.frames` gives them

        Returns
        -------
        np.ndarray [shape=(n, 3), float32, rows sum to 1], columns in the order of SOUND_CLASSES

        Raises
        ------
        ModelError : the features are not (n, 20, 114)
        """
        return self._calibration.probabilities(scores(features, self._networks, self._machine))


def scores(features: np.ndarray, networks: Sequence["Network"], machine: detector.Machine) -> np.ndarray:
    """What a calibration makes probabilities of: mean logits of networks beside decisions of a machine [shape=(n, 6), float32].

    Takes features and raises as `ContextDetector.predict_proba` does.
    """
    if np.ndim(features) != 3 or features.shape[1:] != (FRAMES, N_FEATURES):
        raise ModelError(f"features: shape {np.shape(features)} instead of (seconds, {FRAMES}, {N_FEATURES}); use analysis.context.frames")
    logits = np.mean([network.logits(features) for network in networks], axis=0)
    short_term = features[..., :N_SHORT_TERM]
    return np.concatenate([logits, machine.decision(np.concatenate([short_term.mean(axis=1), short_term.std(axis=1)], axis=1))], axis=1)


class Network:
    """One trained network."""

    def __init__(self, arrays: Mapping[str, np.ndarray]) -> None:
        kept = {name: np.asarray(array, np.float32) for name, array in arrays.items()}
        self._mean, self._scale = kept["mean"], kept["scale"]
        self._frames = [_Layer(kept, f"frame{k}", step) for k, (_, step) in enumerate(FRAME_LAYERS)]
        self._seconds = [_Layer(kept, f"second{k}", step) for k, (_, step) in enumerate(SECOND_LAYERS)]
        self._last = _Layer(kept, "classes", 1)

    def logits(self, features: np.ndarray) -> np.ndarray:
        """Log-odds of the classes for successive seconds [shape=(n, 3), float32]; features as for `ContextDetector`."""
        count = len(features)
        found = np.empty((count, len(SOUND_CLASSES)), np.float32)
        for first in range(0, count, _BLOCK):
            inside = np.arange(first - REACH, min(first + _BLOCK, count) + REACH)
            found[first : first + _BLOCK] = self._block(mirrored(features, inside))[REACH : len(inside) - REACH]
        return found

    def _block(self, features: np.ndarray) -> np.ndarray:
        frames = normalise(compress(features.reshape(-1, N_FEATURES)), self._mean, self._scale)
        hidden = frames
        for layer in self._frames:
            hidden = np.maximum(layer(hidden), 0)
        seconds, frames = hidden.reshape(-1, FRAMES, hidden.shape[1]), frames.reshape(-1, FRAMES, N_FEATURES)
        hidden = np.concatenate([seconds.mean(axis=1), seconds.max(axis=1), frames.mean(axis=1), frames.std(axis=1)], axis=1)
        for layer in self._seconds:
            hidden = np.maximum(layer(hidden), 0)
        return self._last(hidden)


class _Layer:
    """A convolution over time that keeps the length; beyond the ends all is zero."""

    def __init__(self, arrays: Mapping[str, np.ndarray], name: str, step: int) -> None:
        self._kernel, self._bias, self._step = arrays[f"{name}.kernel"], arrays[f"{name}.bias"], step

    def __call__(self, x: np.ndarray) -> np.ndarray:
        width = len(self._kernel)
        edge = np.zeros((width // 2 * self._step, x.shape[1]), np.float32)
        padded = np.concatenate([edge, x, edge])
        return sum(padded[k * self._step :][: len(x)] @ self._kernel[k] for k in range(width)) + self._bias


def build(seconds: int) -> Any:
    """An untrained Keras model from (seconds * 20, 114) standardised frames to (seconds, 3) logits."""
    keras = quiet_import("keras")
    layers, ops = keras.layers, keras.ops

    def layer(x: Any, name: str, width: int, step: int) -> Any:
        regulariser = keras.regularizers.L2(L2)
        x = layers.Conv1D(UNITS, width, padding="same", dilation_rate=step, kernel_regularizer=regulariser, name=name)(x)
        return layers.Activation("relu")(layers.BatchNormalization(name=f"{name}.norm")(x))

    first = keras.Input((seconds * FRAMES, N_FEATURES))
    # Whole features are dropped for a whole sequence: none may be relied on, for another room or microphone changes it.
    kept = x = layers.GaussianNoise(NOISE)(layers.SpatialDropout1D(INPUT_DROPOUT)(first))
    for number, (width, step) in enumerate(FRAME_LAYERS):
        x = layer(x, f"frame{number}", width, step)
    hidden = ops.reshape(x, (-1, seconds, FRAMES, UNITS))
    frames = ops.reshape(kept, (-1, seconds, FRAMES, N_FEATURES))
    parts = [ops.mean(hidden, axis=2), ops.max(hidden, axis=2), ops.mean(frames, axis=2), ops.std(frames, axis=2)]
    x = layers.GaussianNoise(NOISE)(ops.concatenate(parts, axis=-1))
    for number, (width, step) in enumerate(SECOND_LAYERS):
        x = layers.Dropout(DROPOUT)(layer(x, f"second{number}", width, step))
    return keras.Model(first, layers.Dense(len(SOUND_CLASSES), name="classes")(x))


def to_arrays(model: Any, mean: np.ndarray, scale: np.ndarray) -> dict[str, np.ndarray]:
    """A trained network as arrays for `Network`, normalisation folded into the layers."""
    arrays = {"mean": mean.astype(np.float32), "scale": scale.astype(np.float32)}
    for name in (*(f"frame{k}" for k in range(len(FRAME_LAYERS))), *(f"second{k}" for k in range(len(SECOND_LAYERS)))):
        kernel, bias = model.get_layer(name).get_weights()
        norm = model.get_layer(f"{name}.norm")
        gamma, beta, moving_mean, moving_variance = norm.get_weights()
        factor = gamma / np.sqrt(moving_variance + norm.epsilon)
        arrays |= {f"{name}.kernel": (kernel * factor).astype(np.float32), f"{name}.bias": (bias - moving_mean) * factor + beta}
    kernel, bias = model.get_layer("classes").get_weights()
    return arrays | {"classes.kernel": kernel[np.newaxis], "classes.bias": bias}


def bundle(
    networks: Sequence[Mapping[str, np.ndarray]], machine: Mapping[str, np.ndarray], calibration: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """All arrays of a ContextDetector, the opposite of `from_arrays`."""
    named = {f"network{number}.{name}": array for number, arrays in enumerate(networks) for name, array in arrays.items()}
    return named | {f"machine.{name}": array for name, array in machine.items()} | dict(calibration) | {"networks": np.array(len(networks))}


def from_arrays(arrays: Mapping[str, np.ndarray], card: Mapping[str, Any]) -> ContextDetector:
    """Rebuild a detector from its stored arrays (see `bundle`).

    Raises ModelError when an array is missing or the card names other classes.
    """
    if tuple(card["classes"]) != SOUND_CLASSES:
        raise ModelError(f"detector_context: its card lists the classes {card['classes']}, not {list(SOUND_CLASSES)}; retrain it")
    try:
        networks = [Network(part(arrays, f"network{number}.")) for number in range(int(arrays["networks"]))]
        return ContextDetector(networks, detector.Machine(part(arrays, "machine.")), detector.Calibration(arrays))
    except KeyError as error:
        raise ModelError(f"detector_context: the weights lack {error}; restore them or retrain") from error


def part(arrays: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    """The arrays whose names begin with `prefix`, without it."""
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


def compress(frames: np.ndarray) -> np.ndarray:
    """Energy and flux in powers of ten and chroma as roots [shape as given, float32]: their raw values span decades."""
    compressed = np.array(frames, np.float32)
    compressed[..., _DECADES] = np.log10(compressed[..., _DECADES] + 1e-8)
    compressed[..., _ROOTS] = np.sqrt(np.maximum(compressed[..., _ROOTS], 0))
    return compressed


def normalise(compressed: np.ndarray, mean: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Compressed features in standard deviations from the training mean, limited to CLIP [float32]."""
    return np.clip((compressed - mean) / scale, -CLIP, CLIP).astype(np.float32)


def mirrored(features: np.ndarray, index: np.ndarray) -> np.ndarray:
    """These seconds of features [shape=(n, 20, 114)] that go on, beyond their ends, as their mirror image [float32]."""
    count = len(features)
    place, backwards = index % (2 * count), index // count % 2 == 1
    seconds = features[np.where(backwards, 2 * count - 1 - place, place)].astype(np.float32)
    seconds[backwards] = seconds[backwards, ::-1]
    return seconds
