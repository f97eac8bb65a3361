"""Writes music note by note: a recurrent network that is told the mood, the motion and how far the end is.

A note is four choices, each made in the knowledge of those before it: how many ticks after the last note it begins, its pitch, how
long it lasts, how strongly it is struck (compare compound words: Hsiao et al., AAAI 2021). `build` makes the network in Keras, for
training; `Writer` runs it in plain numpy.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy.special import expit

from errors import ModelError
from models.convolution import softmax
from models.labels import MOODS
from models.quiet import quiet_import

PER_BEAT = 12  # ticks: sixteenths and triplets both fall on them
PER_BAR = 4 * PER_BEAT
LOWEST, HIGHEST = 21, 108  # MIDI pitches of a piano
DURATIONS = np.array([1, 2, 3, 4, 6, 8, 9, 12, 15, 18, 24, 30, 36, 48, 72, 96])  # ticks
VELOCITIES = 8  # steps of 16
# Choices of a note, in the order in which they are made, and how many each has.
CHOICES = {"advance": PER_BAR + 1, "pitch": HIGHEST - LOWEST + 1, "duration": len(DURATIONS), "velocity": VELOCITIES}
EMBEDDED = {"advance": 24, "pitch": 64, "duration": 16, "velocity": 16, "tick": 24}  # numbers by which a network knows each choice
# What a piece is told besides its mood, each about 0 and about 1 wide.
TOLD = ("tempo", "notes_per_beat", "velocity", "mode", "bars_left")
CONDITIONS = len(MOODS) + 1 + len(TOLD)  # one for a mood that is unknown
LAYERS, UNITS, HIDDEN = 2, 384, 192
MOST_BARS_LEFT = 8


class Choices(NamedTuple):
    """The four choices of notes as numbers from 0 [each shape=(...), int]."""

    advance: np.ndarray
    pitch: np.ndarray
    duration: np.ndarray
    velocity: np.ndarray


def encode(notes: np.ndarray) -> Choices:
    """Notes as choices.

    Parameters
    ----------
    notes : np.ndarray [shape=(n, 4), int] tick, duration in ticks, MIDI pitch, velocity; by tick, then from low to high
    """
    advance = np.minimum(np.diff(notes[:, 0], prepend=0), PER_BAR)
    pitch = np.clip(notes[:, 2], LOWEST, HIGHEST) - LOWEST
    duration = np.abs(np.log(np.maximum(notes[:, 1:2], 1)) - np.log(DURATIONS)).argmin(axis=1)
    return Choices(advance, pitch, duration, np.clip(notes[:, 3] // 16, 0, VELOCITIES - 1))


def decode(choices: Choices) -> np.ndarray:
    """The notes of choices, as `encode` takes them."""
    rows = (np.cumsum(choices.advance), DURATIONS[choices.duration], choices.pitch + LOWEST, choices.velocity * 16 + 8)
    return np.stack(rows, axis=1)


def conditions(moods: Mapping[str, float], *, tempo: float, notes_per_beat: float, velocity: float, mode: float) -> np.ndarray:
    """What a piece is told, but for how many bars are left [shape=(CONDITIONS - 1,), float32].

    Parameters
    ----------
    moods : weights of models.labels.MOODS, together at most 1; the rest is unknown
    tempo : beats a minute
    notes_per_beat : mean
    velocity : mean, 0..127
    mode : from -1 (minor) to 1 (major), see analysis.symbolic
    """
    weights = np.array([moods.get(mood, 0.0) for mood in MOODS])
    told = (np.log2(tempo / 100), np.log2(max(notes_per_beat, 0.1) / 3), (velocity - 72) / 20, 2 * mode)
    return np.array([*weights, max(1 - weights.sum(), 0), *told], np.float32)


def bars_left(ticks: np.ndarray) -> np.ndarray:
    """How a network is told how far the end is: from 0 at the end to 1, eight bars or more before it."""
    return np.clip(ticks / PER_BAR, 0, MOST_BARS_LEFT) / MOST_BARS_LEFT


def build(units: int = UNITS, dropout: float = 0.2) -> Any:
    """An untrained network.

    Inputs: the last notes (choices and tick of the bar), what is told at each, and the next notes' choices, of which each is seen only by
    the choices after it. Outputs: scores of the next notes' choices, before softmax.
    """
    keras = quiet_import("keras")
    layers = keras.layers
    sizes = CHOICES | {"tick": PER_BAR}
    known = {name: layers.Embedding(sizes[name], size, name=f"know_{name}") for name, size in EMBEDDED.items()}
    last = {name: layers.Input((None,), dtype="int32", name=f"last_{name}") for name in EMBEDDED}
    following = {name: layers.Input((None,), dtype="int32", name=f"next_{name}") for name in ("advance", "tick", "pitch", "duration")}
    told = layers.Input((None, CONDITIONS), name="told")
    tensor = layers.Concatenate()([*(known[name](given) for name, given in last.items()), told])
    for number in range(LAYERS):
        tensor = layers.LSTM(units, return_sequences=True, name=f"memory{number}")(layers.Dropout(dropout)(tensor))
    outputs = {}
    seen = [tensor]
    for choice, size in CHOICES.items():
        hidden = layers.Dense(HIDDEN, activation="relu", name=f"weigh_{choice}")(layers.Concatenate()(seen) if len(seen) > 1 else tensor)
        outputs[choice] = layers.Dense(size, name=f"choose_{choice}")(layers.Dropout(dropout)(hidden))
        seen += [known[name](following[name]) for name in _shown(choice)]
    return keras.Model([*last.values(), told, *following.values()], outputs)


def _shown(choice: str) -> tuple[str, ...]:
    """What the choices after one are told of it."""
    return {"advance": ("advance", "tick"), "pitch": ("pitch",), "duration": ("duration",)}.get(choice, ())


def to_arrays(network: Any) -> dict[str, np.ndarray]:
    """Arrays of a Writer from a trained network of `build`, float16."""
    return {
        f"{layer.name}.{number}": array.astype(np.float16) for layer in network.layers for number, array in enumerate(layer.get_weights())
    }


@dataclass
class State:
    """What pieces that are written side by side remember, and where they are.

    memory : hidden and cell values of each layer [shape=(LAYERS, 2, n, units)]
    last : choices of the last note of each [shape=(n,) each]
    tick : np.ndarray [shape=(n,), int] at which it began
    """

    memory: np.ndarray
    last: Choices
    tick: np.ndarray


class Writer:
    """The trained network in plain numpy, for several pieces side by side."""

    def __init__(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Raises KeyError when an array of `to_arrays` is missing."""
        # float64: what is drawn must not depend on how many pieces are written side by side, nor on the machine's rounding.
        self._arrays = {name: array.astype(np.float64) for name, array in arrays.items()}
        for name in EMBEDDED:
            self._arrays[f"know_{name}.0"]
        self._units = self._arrays["memory0.1"].shape[0]

    def begin(self, pieces: int) -> State:
        """The state before the first note."""
        nothing = np.zeros(pieces, int)
        return State(np.zeros((LAYERS, 2, pieces, self._units)), Choices(nothing, nothing, nothing, nothing), nothing)

    def listen(self, state: State, told: np.ndarray) -> "Next":
        """Take the last notes in, and weigh what may follow.

        Parameters
        ----------
        state : is changed
        told : np.ndarray [shape=(n, CONDITIONS), float32]
        """
        parts = [self._known(name, values) for name, values in state.last._asdict().items()]
        tensor = np.concatenate([*parts, self._known("tick", state.tick % PER_BAR), told], axis=1)
        for number in range(LAYERS):
            tensor = self._remember(number, tensor, state.memory[number])
        return Next(self, [tensor])

    def _known(self, name: str, values: np.ndarray) -> np.ndarray:
        return self._arrays[f"know_{name}.0"][values]

    def _remember(self, number: int, tensor: np.ndarray, memory: np.ndarray) -> np.ndarray:
        kernel, recurrent, bias = (self._arrays[f"memory{number}.{part}"] for part in range(3))
        gates = tensor @ kernel + memory[0] @ recurrent + bias
        let_in, keep, new, let_out = np.split(gates, 4, axis=1)  # Keras' order
        memory[1] = expit(keep) * memory[1] + expit(let_in) * np.tanh(new)
        memory[0] = expit(let_out) * np.tanh(memory[1])
        return memory[0]


class Next:
    """The choices of the next note of each piece, to be made in the order of CHOICES: ask for one's chances, then tell what was chosen."""

    def __init__(self, writer: Writer, seen: list[np.ndarray]) -> None:
        self._writer, self._seen = writer, seen

    def scores(self, choice: str) -> np.ndarray:
        """Of each possibility, before softmax [shape=(n, CHOICES[choice])]."""
        arrays = self._writer._arrays
        hidden = np.concatenate(self._seen, axis=1) @ arrays[f"weigh_{choice}.0"] + arrays[f"weigh_{choice}.1"]
        return np.maximum(hidden, 0) @ arrays[f"choose_{choice}.0"] + arrays[f"choose_{choice}.1"]

    def tell(self, **chosen: np.ndarray) -> None:
        """What was chosen [shape=(n,), int each]: `advance` and the `tick` of the bar it leads to, `pitch`, or `duration`."""
        self._seen += [self._writer._known(name, values) for name, values in chosen.items()]


def chances(scores: np.ndarray, *, temperature: float = 1.0, nucleus: float = 1.0) -> np.ndarray:
    """Probabilities to draw from: softmax at a temperature, of which only the likeliest are left that make up `nucleus` together.

    Holtzman et al., "The curious case of neural text degeneration" (ICLR 2020).
    """
    probabilities = softmax(scores / max(temperature, 1e-3))
    order = np.argsort(-probabilities, axis=-1)
    ranked = np.take_along_axis(probabilities, order, -1)
    before = np.cumsum(ranked, axis=-1) - ranked
    ranked[before >= nucleus] = 0
    np.put_along_axis(probabilities, order, ranked, -1)
    return probabilities / probabilities.sum(axis=-1, keepdims=True)


def from_arrays(arrays: Mapping[str, np.ndarray], card: Mapping[str, Any]) -> Writer:
    """Rebuild the model. Raises ModelError if an array is missing."""
    try:
        return Writer(arrays)
    except KeyError as error:
        raise ModelError(f"{card['name']}: weights are missing ({error}); restore or retrain") from error
