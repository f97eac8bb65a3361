"""The ancestors' generators of music ("Poster to soundtrack", 2019; "Scene emotion", 2019), to measure them beside what ships.

A piece is a row of notes and chords, named as music21 names them; how long they last, how strongly they are struck and where there are
rests is not modelled. An LSTM network is shown a hundred of them, each as one number, and says which one follows. To write music it is
shown a hundred of what it learnt from, then, one after the other, what it said last: always the likeliest one. Written down, each begins
half a beat after the one before, and chords stand in the octave of the middle C, for that is how music21 reads the names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.quiet import quiet_import
from models.score import HIGHEST, LOWEST, PER_BEAT

DESIGNS = ("a", "b", "c")
SEQUENCE = 100  # tokens a network is shown
WIDTH = 512  # of an LSTM layer, as published
DENSE, DROPOUT = 256, 0.3
STEP, LENGTH = PER_BEAT // 2, PER_BEAT  # ticks from token to token, and of each: music21's quarter note
TEMPO, VELOCITY, OCTAVE = 120, 90, 60  # what music21 writes where nothing is said
_LETTERS = ("C", "C#", "D", "E-", "E", "F", "F#", "G", "G#", "A", "B-", "B")
PITCHES = {f"{_LETTERS[pitch % 12]}{pitch // 12 - 1}": pitch for pitch in range(LOWEST, HIGHEST + 1)}
_NAMES = {pitch: name for name, pitch in PITCHES.items()}


def tokens(notes: np.ndarray) -> list[str]:
    """What is struck, one after the other: a note as "E-4", several at once as their pitch classes in normal order, "0.4.7".

    Parameters
    ----------
    notes : np.ndarray [shape=(n, 4), int] tick, duration, MIDI pitch, velocity; by tick, then from low to high
    """
    together = np.split(notes[:, 2], np.flatnonzero(np.diff(notes[:, 0])) + 1)
    return [_named(sorted(set(pitches.tolist()))) for pitches in together]


def _named(pitches: Sequence[int]) -> str:
    if len(pitches) == 1:
        return _NAMES[min(max(pitches[0], LOWEST), HIGHEST)]
    return ".".join(map(str, normal_order({pitch % 12 for pitch in pitches})))


def normal_order(classes: set[int]) -> tuple[int, ...]:
    """Pitch classes in the order that spans least, the small steps first (Forte, "The structure of atonal music", 1973)."""
    ordered = sorted(classes)
    turned = [(*ordered[first:], *ordered[:first]) for first in range(len(ordered))]
    return min(turned, key=lambda each: ((each[-1] - each[0]) % 12, *((pitch - each[0]) % 12 for pitch in each), each[0]))


def pitches(token: str) -> list[int]:
    """The MIDI pitches of a token, from low to high."""
    return [PITCHES[token]] if token in PITCHES else sorted(OCTAVE + int(pitch_class) for pitch_class in token.split("."))


def notes(written: Sequence[str]) -> np.ndarray:
    """The notes of tokens [shape=(n, 4), int]: tick, duration, MIDI pitch, velocity; by tick, then from low to high."""
    rows = [(place * STEP, LENGTH, pitch, VELOCITY) for place, token in enumerate(written) for pitch in pitches(token)]
    return np.array(rows, int).reshape(-1, 4)


def in_seconds(found: np.ndarray) -> np.ndarray:
    """Notes with start and duration in seconds, as analysis.symbolic takes them [shape=(n, 4)]."""
    return found * np.array([60 / TEMPO / PER_BEAT, 60 / TEMPO / PER_BEAT, 1, 1])


def build(design: str, vocabulary: int, width: int = WIDTH) -> Any:
    """An untrained network: tokens as numbers [shape=(n, SEQUENCE, 1)] -> probabilities of the next one [shape=(n, vocabulary)].

    Parameters
    ----------
    design : "a", three LSTM layers; "b", two bidirectional ones; "c", a's made bidirectional
    vocabulary : number of tokens
    width : of an LSTM layer in each direction
    """
    keras = quiet_import("keras")
    layers = keras.layers

    def memory(dropout: float = 0.0, *, last: bool = False) -> Any:
        layer = layers.LSTM(width, return_sequences=not last, recurrent_dropout=dropout)
        return layer if design == "a" else layers.Bidirectional(layer)

    if design == "b":
        hidden = [memory(), layers.Dropout(DROPOUT), memory(last=True)]
    else:
        memories = [memory(DROPOUT), memory(DROPOUT), memory(last=True)]
        weighing = [layers.Dense(DENSE, "relu"), layers.BatchNormalization(), layers.Dropout(DROPOUT)]
        hidden = [*memories, layers.BatchNormalization(), layers.Dropout(DROPOUT), *weighing]
    return keras.Sequential([keras.Input((SEQUENCE, 1)), *hidden, layers.Dense(vocabulary, "softmax")])


def shown(numbers: np.ndarray, vocabulary: int) -> np.ndarray:
    """Tokens as a network is shown them: their numbers by that of all tokens [shape=(..., 1), float32]."""
    return (numbers / vocabulary).astype(np.float32)[..., np.newaxis]


def generate(network: Any, vocabulary: Sequence[str], seeds: np.ndarray, count: int) -> list[list[str]]:
    """Tokens that a network writes after each of several beginnings, which are not part of them.

    Parameters
    ----------
    vocabulary : the tokens, by number
    seeds : np.ndarray [shape=(n, SEQUENCE), int] numbers of tokens
    count : how many are written
    """
    seen = seeds
    for _ in range(count):
        following = np.asarray(network.predict_on_batch(shown(seen[:, -SEQUENCE:], len(vocabulary)))).argmax(axis=1)
        seen = np.concatenate([seen, following[:, np.newaxis]], axis=1)
    return [[vocabulary[number] for number in row] for row in seen[:, SEQUENCE:].tolist()]


@dataclass(frozen=True)
class Published:
    """A trained network and what it learnt from.

    vocabulary : tokens, by number
    learnt : np.ndarray [shape=(n,), int] numbers of the tokens it learnt from, one piece after the other
    moods : np.ndarray [shape=(n,), int] index into MOODS of the piece each belongs to
    """

    network: Any
    vocabulary: tuple[str, ...]
    learnt: np.ndarray
    moods: np.ndarray

    def write(self, pieces: int, count: int, seed: int = 0, mood: int | None = None) -> list[np.ndarray]:
        """Notes of new pieces of `count` tokens, each begun from a random place of what was learnt from: from pieces of a mood, if given.

        Raises ValueError when there is none of that mood.
        """
        places = np.arange(len(self.learnt) - SEQUENCE)
        places = places if mood is None else places[self.moods[places] == mood]
        chosen = np.random.default_rng(seed).choice(places, pieces)
        seeds = self.learnt[chosen[:, np.newaxis] + np.arange(SEQUENCE)]
        return [notes(written) for written in generate(self.network, self.vocabulary, seeds, count)]


def to_arrays(published: Published, design: str) -> dict[str, np.ndarray]:
    """All that `from_arrays` needs."""
    weights = {f"weights{number}": np.asarray(array) for number, array in enumerate(published.network.get_weights())}
    given = {"design": np.array(design), "vocabulary": np.array(published.vocabulary)}
    return weights | given | {"learnt": published.learnt, "moods": published.moods}


def from_arrays(arrays: Mapping[str, np.ndarray]) -> Published:
    """The network of `to_arrays`, ready to write. Raises KeyError when an array is missing."""
    vocabulary = tuple(arrays["vocabulary"].tolist())
    network = build(str(arrays["design"]), len(vocabulary), arrays["weights0"].shape[1] // 4)  # an LSTM has four gates
    network.set_weights([arrays[f"weights{number}"] for number in range(len(network.weights))])
    return Published(network, vocabulary, arrays["learnt"], arrays["moods"])
