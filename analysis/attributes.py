"""Danceability, valence, energy and genre of every 10-second window of music, and its tempo."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis import descriptors, spectrograms
from analysis.aggregation import probability_columns, value_column
from analysis.descriptors import Described, Pieces
from analysis.spool import Signal
from models import registry
from models.attributes import Prediction
from models.labels import ATTRIBUTES, ORDERED_ATTRIBUTES


def windows(signal: Signal, runs: Sequence[tuple[int, int]], known: Pieces | None = None) -> pd.DataFrame:
    """Predict every window of every run: a run of L seconds has L - 9 windows, one a second.

    Parameters
    ----------
    signal : np.ndarray [shape=(n,), int16] at 8 kHz
    runs : (start, end) in seconds, end exclusive, each at least 10 s long
    known : what analysis.ahead measured already

    Returns
    -------
    The windows table: segment, start (s), per attribute its class, the probability of every class and for ordered ones a value in
    0..1, and tempo (beats a minute) and beat (how steady it is, 0..1).
    """
    return predict(describe(signal, runs, known), runs)


def describe(signal: Signal, runs: Sequence[tuple[int, int]], known: Pieces | None = None) -> Described:
    """Measure every window of every run."""
    return descriptors.describe(signal, starts(runs), known)


def starts(runs: Sequence[tuple[int, int]]) -> list[int]:
    """Seconds at which the windows of runs begin."""
    return [second for start, end in runs for second in window_starts(start, end)]


def predict(described: Described, runs: Sequence[tuple[int, int]]) -> pd.DataFrame:
    """The windows table of what was measured of the windows of these runs."""
    numbers = [number for number, (start, end) in enumerate(runs) for _ in window_starts(start, end)]
    table = pd.DataFrame({"segment": np.array(numbers, np.int32), "start": np.array(starts(runs), np.int32)})
    predicted = _predict(described.table)
    for attribute, classes in ATTRIBUTES.items():
        probabilities, value = predicted[attribute]
        table[attribute] = pd.Series([classes[i] for i in probabilities.argmax(axis=1)], dtype="str")
        table[probability_columns(attribute)] = probabilities
        if value is not None:
            table[value_column(attribute)] = value
    return table.assign(tempo=described.tempo, beat=described.beat)


def window_starts(start: int, end: int) -> range:
    """Seconds at which the windows of a run begin."""
    return range(start, end - spectrograms.WINDOW_SECONDS + 1)


def _predict(table: np.ndarray) -> dict[str, Prediction]:
    """Predictions by attribute; nothing is loaded when there is no music."""
    if len(table):
        return registry.load("attributes").predict(table)
    none = np.empty(0, np.float32)
    return {
        attribute: Prediction(np.empty((0, len(classes)), np.float32), none if attribute in ORDERED_ATTRIBUTES else None)
        for attribute, classes in ATTRIBUTES.items()
    }
