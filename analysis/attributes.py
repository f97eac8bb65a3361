"""Danceability, valence, energy and genre of every 10-second window of music, and its tempo."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis import descriptors, spectrograms
from analysis.aggregation import probability_columns, value_column
from analysis.assistants import spread
from analysis.descriptors import Described
from analysis.spool import Signal
from models import registry
from models.labels import ATTRIBUTES, ORDERED_ATTRIBUTES

# What a window is heard to be, as columns: the probabilities of each attribute's classes, the values of those that have an order.
_HEARD = (*(name for a in ATTRIBUTES for name in probability_columns(a)), *map(value_column, ORDERED_ATTRIBUTES), "tempo", "beat")
# (first start, last start) of windows that are described together -> what they are heard to be [shape=(windows, len(_HEARD)), float32]
Known = dict[tuple[int, int], np.ndarray]


def windows(signal: Signal, runs: Sequence[tuple[int, int]], known: Known | None = None) -> pd.DataFrame:
    """Predict every window of every run: a run of L seconds has L - 9 windows, one a second.

    Parameters
    ----------
    signal : int16 at 8 kHz, an array or a Spool
    runs : (start, end) in seconds, end exclusive, each at least 10 s long
    known : what `ahead` gave for this signal, or for its beginning: not heard again

    Returns
    -------
    The windows table: segment, start (s), per attribute its class, the probability of every class and for ordered ones a value in
    0..1, and tempo (beats a minute) and beat (how steady it is, 0..1).
    """
    chunks, known = list(descriptors.chunks(starts(runs))), known or {}
    missing = [chunk for chunk in chunks if _ends(chunk) not in known]
    found = known | dict(zip(map(_ends, missing), spread(_hear, signal, missing), strict=True))
    return _table(np.concatenate([_NOTHING, *(found[_ends(chunk)] for chunk in chunks)]), runs)


def ahead(signal: Signal, runs: Sequence[tuple[int, int]]) -> Known:
    """Hear the windows of runs, to be known to `windows` later; at least a second of the signal follows the last one."""
    return {_ends(chunk): _hear(signal, chunk) for chunk in descriptors.chunks(starts(runs))}


def describe(signal: Signal, runs: Sequence[tuple[int, int]]) -> Described:
    """Measure every window of every run."""
    return descriptors.describe(signal, starts(runs))


def predict(described: Described, runs: Sequence[tuple[int, int]]) -> pd.DataFrame:
    """The windows table of what was measured of the windows of these runs."""
    return _table(_predict(described), runs)


def starts(runs: Sequence[tuple[int, int]]) -> list[int]:
    """Seconds at which the windows of runs begin."""
    return [second for start, end in runs for second in window_starts(start, end)]


def window_starts(start: int, end: int) -> range:
    """Seconds at which the windows of a run begin."""
    return range(start, end - spectrograms.WINDOW_SECONDS + 1)


_NOTHING = np.zeros((0, len(_HEARD)), np.float32)


def _ends(chunk: np.ndarray) -> tuple[int, int]:
    return int(chunk[0]), int(chunk[-1])


def _hear(signal: Signal, chunk: np.ndarray) -> np.ndarray:
    return _predict(descriptors.describe_chunk(signal, chunk))


def _predict(described: Described) -> np.ndarray:
    """The columns _HEARD of windows; nothing is loaded when there are none."""
    if not len(described.table):
        return _NOTHING
    predicted = registry.load("attributes").predict(described.table)
    values = [predicted[attribute].value for attribute in ORDERED_ATTRIBUTES]
    columns = [*(predicted[attribute].probabilities for attribute in ATTRIBUTES), *values, described.tempo, described.beat]
    return np.column_stack(columns).astype(np.float32, copy=False)


def _table(heard: np.ndarray, runs: Sequence[tuple[int, int]]) -> pd.DataFrame:
    numbers = [number for number, (start, end) in enumerate(runs) for _ in window_starts(start, end)]
    columns: dict[str, Any] = {"segment": np.array(numbers, np.int32), "start": np.array(starts(runs), np.int32)}
    column = dict(zip(_HEARD, heard.T, strict=True))
    for attribute, classes in ATTRIBUTES.items():
        probabilities = {name: column[name] for name in probability_columns(attribute)}
        best = np.array([*probabilities.values()]).argmax(axis=0)
        columns[attribute] = pd.Series([classes[number] for number in best], dtype="str")
        columns |= probabilities
        if attribute in ORDERED_ATTRIBUTES:
            columns[value_column(attribute)] = column[value_column(attribute)]
    return pd.DataFrame(columns | {name: column[name] for name in ("tempo", "beat")})
