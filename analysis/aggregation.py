"""From windows to segments to a movie's profile, by votes weighted with duration (thesis, section 5.1).

Ties are broken by mean probability, then by the order of the classes in models.labels.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from models.labels import ATTRIBUTES, SOUND_CLASSES

# Attribute -> how the profile and the enhanced dataset name the share of each of its classes.
SHARE_NAMES: dict[str, tuple[str, ...]] = {
    "genre": ATTRIBUTES["genre"],
    "danceability": ("dance_low", "dance_med", "dance_high"),
    "valence": ("valence_negative", "valence_neutral", "valence_positive"),
    "energy": ("energy_low", "energy_med", "energy_high"),
}


def probability_columns(attribute: str) -> list[str]:
    """The windows table's probability columns of one attribute, in class order."""
    return [f"{attribute}_{name}" for name in ATTRIBUTES[attribute]]


def vote(windows: pd.DataFrame, attribute: str) -> tuple[str, float]:
    """The most frequent class of an attribute among windows, and its mean probability over all of them.

    Parameters
    ----------
    windows : rows of a windows table; none gives ("", 0.0)
    attribute : a key of labels.ATTRIBUTES
    """
    if windows.empty:
        return "", 0.0
    classes = ATTRIBUTES[attribute]
    votes = windows[attribute].value_counts().reindex(classes, fill_value=0).to_numpy()
    mean = windows[probability_columns(attribute)].mean().to_numpy()
    winner = _winner(votes, mean)
    return classes[winner], float(mean[winner])


def segments(windows: pd.DataFrame, runs: Sequence[tuple[int, int]]) -> pd.DataFrame:
    """One row per run of music: when it plays, how long it is (its weight) and what its windows agree on.

    Parameters
    ----------
    windows : a windows table; column `segment` counts the runs from 0
    runs : (start, end) of each run in seconds, end exclusive
    """
    rows = []
    for number, (start, end) in enumerate(runs):
        inside = windows[windows["segment"] == number]
        row: dict[str, Any] = {"segment": number, "start": start, "end": end, "duration": end - start, "windows": len(inside)}
        for attribute in ATTRIBUTES:
            row[attribute], row[f"{attribute}_p"] = vote(inside, attribute)
        rows.append(row)
    return pd.DataFrame(rows, columns=segment_columns()).astype(_segment_types())


def segment_columns() -> list[str]:
    """Columns of the segments table, in order."""
    return ["segment", "start", "end", "duration", "windows", *(f"{a}{suffix}" for a in ATTRIBUTES for suffix in ("", "_p"))]


def profile(seconds: pd.DataFrame, segments: pd.DataFrame) -> dict[str, Any]:
    """A movie's shares and levels.

    Returns
    -------
    dict with `<class>_duration` (percent of the film, sum 100), the share of music time of each class of each attribute
    (percent; each attribute sums to 100, or to 0 without music), the dominant class of each attribute ("" without
    music), `duration` (s) and `segments` (count)
    """
    result: dict[str, Any] = {}
    for attribute, names in SHARE_NAMES.items():
        weights = segments.groupby(attribute)["duration"].sum().reindex(ATTRIBUTES[attribute], fill_value=0)
        result |= dict(zip(names, percentages(weights.to_numpy()), strict=True))
    counts = seconds["label"].value_counts().reindex(SOUND_CLASSES, fill_value=0)
    result |= {f"{name}_duration": share for name, share in zip(SOUND_CLASSES, percentages(counts.to_numpy()), strict=True)}
    result |= {attribute: dominant(segments, attribute) for attribute in ATTRIBUTES}
    return result | {"duration": len(seconds), "segments": len(segments)}


def dominant(segments: pd.DataFrame, attribute: str) -> str:
    """The class of an attribute that fills most of the music time; "" without music."""
    if segments.empty:
        return ""
    classes = ATTRIBUTES[attribute]
    weighted = segments.assign(weighted=segments["duration"] * segments[f"{attribute}_p"]).groupby(attribute)
    weights = weighted["duration"].sum().reindex(classes, fill_value=0).to_numpy()
    mean = weighted["weighted"].sum().reindex(classes, fill_value=0).to_numpy() / np.maximum(weights, 1)
    return classes[_winner(weights, mean)]


def percentages(weights: Sequence[float] | np.ndarray) -> list[float]:
    """Shares in percent with two decimals that sum to exactly 100 (largest remainders), or all 0 if nothing weighs."""
    weights = np.asarray(weights, dtype=float)
    total = weights.sum()
    if total <= 0:
        return [0.0] * len(weights)
    hundredths = weights / total * 10_000
    floors = np.floor(hundredths).astype(int)
    left = 10_000 - floors.sum()
    floors[np.argsort(floors - hundredths, kind="stable")[:left]] += 1
    return [int(n) / 100 for n in floors]


def _winner(votes: np.ndarray, mean_probability: np.ndarray) -> int:
    """Index of the class with most votes; ties by mean probability, then by order."""
    order = np.lexsort((np.arange(len(votes)), -mean_probability, -votes))
    return int(order[0])


def _segment_types() -> dict[str, str]:
    numbers = dict.fromkeys(("segment", "start", "end", "duration", "windows"), "int32")
    return numbers | {f"{a}_p": "float32" for a in ATTRIBUTES} | dict.fromkeys(ATTRIBUTES, "str")
