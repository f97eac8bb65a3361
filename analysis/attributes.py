"""Danceability, valence, energy and genre of every 10-second window of music."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis import spectrograms
from analysis.aggregation import probability_columns
from models import registry
from models.labels import ATTRIBUTES


def windows(signal: np.ndarray, runs: Sequence[tuple[int, int]]) -> pd.DataFrame:
    """Predict every window of every run: a run of L seconds has L - 9 windows, one a second.

    Parameters
    ----------
    signal : np.ndarray [shape=(n,), int16] at 8 kHz
    runs : (start, end) in seconds, end exclusive, each at least 10 s long

    Returns
    -------
    The windows table: segment, start (s), and per attribute its class and the probability of every class.
    """
    numbers = [number for number, (start, end) in enumerate(runs) for _ in window_starts(start, end)]
    starts = [second for start, end in runs for second in window_starts(start, end)]
    table = pd.DataFrame({"segment": np.array(numbers, np.int32), "start": np.array(starts, np.int32)})
    predicted = _predict(signal, starts)
    for attribute, classes in ATTRIBUTES.items():
        table[attribute] = pd.Series([classes[i] for i in predicted[attribute].argmax(axis=1)], dtype="str")
        table[probability_columns(attribute)] = predicted[attribute]
    return table


def window_starts(start: int, end: int) -> range:
    """Seconds at which the windows of a run begin."""
    return range(start, end - spectrograms.WINDOW_SECONDS + 1)


def _predict(signal: np.ndarray, starts: list[int]) -> dict[str, np.ndarray]:
    """Probabilities [shape=(windows, classes), float32] by attribute; no network is loaded when there is no music."""
    if not starts:
        return {attribute: np.empty((0, len(classes)), np.float32) for attribute, classes in ATTRIBUTES.items()}
    networks = {attribute: registry.load(attribute) for attribute in ATTRIBUTES}
    power = spectrograms.mel_power(signal)
    parts: dict[str, list[np.ndarray]] = {attribute: [] for attribute in ATTRIBUTES}
    for batch in spectrograms.windows(power, starts):
        for attribute, network in networks.items():
            parts[attribute].append(network.predict_proba(batch))
    return {attribute: np.concatenate(batches) for attribute, batches in parts.items()}
