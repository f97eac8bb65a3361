"""How much of a piece stands in others: the longest run of notes they share, and the share of its patterns that is found in them.

Only the steps from note to note count, so that a transposed copy is a copy; rhythm does not count. Notes follow each other as they begin,
those struck together from low to high. What is trivial counts too: a note or a chord repeated eight times is a pattern like any other, and
so is a scale. Real pieces share such runs with each other; what they share is the level to hold a new one against.
"""

from collections.abc import Iterable

import numpy as np

PATTERN = 8  # notes of a pattern
_STEPS = PATTERN - 1
_BITS = 8  # of a step in a key: seven of them fit into 64 bits, so that patterns are compared exactly
_END = (1 << _BITS) - 1  # the step that ends a piece; no other reaches it
_MIDDLE = 1 << (_BITS - 1)


class Index:
    """The patterns of many pieces, sorted: building takes a second for a million notes, a question milliseconds."""

    def __init__(self, pieces: Iterable[np.ndarray]) -> None:
        """pieces : of each np.ndarray [shape=(n, 4), int] tick, duration, MIDI pitch, velocity; by tick, then from low to high"""
        self.steps = np.concatenate([np.concatenate([_steps(notes), np.full(_STEPS, _END)]) for notes in pieces] or [np.full(_STEPS, _END)])
        keys = _keys(self.steps)
        self.order = np.argsort(keys, kind="stable")
        self.keys = keys[self.order]

    def ranges(self, keys: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray]:
        """From where to where in `order` the patterns stand that begin with the first `length` steps of each key."""
        free = _BITS * (_STEPS - length)
        first = keys >> free << free
        return np.searchsorted(self.keys, first), np.searchsorted(self.keys, first + (1 << free))


def melody(notes: np.ndarray) -> np.ndarray:
    """The highest of the notes that begin together, one after the other (the skyline of Uitdenbogerd & Zobel, 1998)."""
    return notes[np.append(np.diff(notes[:, 0]) > 0, True)] if len(notes) else notes


def patterns(notes: np.ndarray) -> np.ndarray:
    """Each PATTERN notes in a row as a number: the same number for the same steps [shape=(n - PATTERN + 1,), int64]."""
    return _keys(_steps(notes))[: max(len(notes) - _STEPS, 0)]


def share_found(notes: np.ndarray, index: Index) -> float:
    """Share of the patterns of PATTERN notes that stand in the index, 0..1; 0 for a piece that has none."""
    keys = patterns(notes)
    first, last = index.ranges(keys, _STEPS)
    return float((last > first).mean()) if len(keys) else 0.0


def longest_shared_run(notes: np.ndarray, index: Index) -> int:
    """The most notes in a row that also follow each other in one piece of the index."""
    steps = _steps(notes)
    padded = np.concatenate([steps, np.full(_STEPS, _END)])
    keys = _keys(padded)[: len(steps)]
    for length in range(_STEPS, 0, -1):
        first, last = index.ranges(keys[: len(steps) - length + 1], length)
        if (last > first).any():
            return length + 1 if length < _STEPS else _longest(padded, index, first, last)
    return min(len(notes), 1)


def share_in_common(one: np.ndarray, other: np.ndarray) -> float:
    """Of all different patterns of PATTERN notes of two pieces, the share that both have (Jaccard), 0..1."""
    ours, theirs = (set(patterns(notes).tolist()) for notes in (one, other))
    return len(ours & theirs) / len(ours | theirs) if ours or theirs else 0.0


def _longest(steps: np.ndarray, index: Index, first: np.ndarray, last: np.ndarray) -> int:
    """Notes of the longest run that begins with a pattern found: every pair of places is followed while both go on alike."""
    counts = last - first
    here = np.repeat(np.arange(len(counts)), counts)
    there = index.order[np.arange(counts.sum()) + np.repeat(first - np.cumsum(counts) + counts, counts)]
    length = _STEPS
    while True:
        alike = steps[here + length] == index.steps[there + length]
        alike &= steps[here + length] != _END
        if not alike.any():
            return length + 1
        here, there, length = here[alike], there[alike], length + 1


def _steps(notes: np.ndarray) -> np.ndarray:
    """Semitones from note to note, as numbers from 0 to below _END."""
    return np.clip(np.diff(notes[:, 2]) + _MIDDLE, 0, _END - 1).astype(np.int64)


def _keys(steps: np.ndarray) -> np.ndarray:
    """The steps from each place on as one number, the first in front [shape=(n,), int64]; behind the last stand ends."""
    padded = np.concatenate([steps, np.full(_STEPS, _END)])
    following = np.lib.stride_tricks.sliding_window_view(padded, _STEPS)[: len(steps)]
    return following @ (1 << _BITS * np.arange(_STEPS - 1, -1, -1))
