"""From windows to segments to a movie's profile, by votes weighted with duration (thesis, section 5.1).

Ties are broken by mean probability, then by the order of the classes in models.labels.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from models.labels import ATTRIBUTES, ORDERED_ATTRIBUTES, SOUND_CLASSES

# Attribute -> how the profile and the enhanced dataset name the share of each of its classes.
SHARE_NAMES: dict[str, tuple[str, ...]] = {
    "genre": ATTRIBUTES["genre"],
    "danceability": ("dance_low", "dance_med", "dance_high"),
    "valence": ("valence_negative", "valence_neutral", "valence_positive"),
    "energy": ("energy_low", "energy_med", "energy_high"),
}


MUSIC_FIGURES = ("tempo", "beat", "loudness")


def probability_columns(attribute: str) -> list[str]:
    """The windows table's probability columns of one attribute, in class order."""
    return [f"{attribute}_{name}" for name in ATTRIBUTES[attribute]]


def value_column(attribute: str) -> str:
    """The column of an ordered attribute's value in 0..1."""
    return f"{attribute}_value"


def vote(windows: pd.DataFrame, attribute: str) -> tuple[str, float]:
    """The most frequent class of an attribute among windows, and its mean probability over all of them.

    Parameters
    ----------
    windows : rows of a windows table; none gives ("", 0.0)
    attribute : a key of labels.ATTRIBUTES
    """
    if windows.empty:
        return "", 0.0
    return _vote(windows[attribute].to_numpy(), windows[probability_columns(attribute)].to_numpy(), ATTRIBUTES[attribute])


def _vote(found: np.ndarray, probabilities: np.ndarray, classes: Sequence[str]) -> tuple[str, float]:
    mean = probabilities.mean(axis=0, dtype=float)
    winner = _winner(np.array([np.count_nonzero(found == name) for name in classes]), mean)
    return classes[winner], float(mean[winner])


def segments(windows: pd.DataFrame, runs: Sequence[tuple[int, int]], seconds: pd.DataFrame) -> pd.DataFrame:
    """One row per run of music: when it plays, how long it is (its weight), what its windows agree on, tempo and loudness.

    Parameters
    ----------
    windows : a windows table; column `segment` counts the runs from 0
    runs : (start, end) of each run in seconds, end exclusive
    seconds : a seconds table
    """
    levels = seconds["level_db"].to_numpy()
    edges = np.searchsorted(windows["segment"].to_numpy(), np.arange(len(runs) + 1))
    values = {name: windows[name].to_numpy() for name in (*ATTRIBUTES, *map(value_column, ORDERED_ATTRIBUTES), "tempo", "beat")}
    probabilities = {attribute: windows[probability_columns(attribute)].to_numpy() for attribute in ATTRIBUTES}
    rows = []
    for number, ((start, end), inside) in enumerate(zip(runs, map(slice, edges, edges[1:]), strict=True)):
        row: dict[str, Any] = {
            "segment": number,
            "start": start,
            "end": end,
            "duration": end - start,
            "windows": inside.stop - inside.start,
        }
        for attribute, classes in ATTRIBUTES.items():
            row[attribute], row[f"{attribute}_p"] = _vote(values[attribute][inside], probabilities[attribute][inside], classes)
        row |= {value_column(attribute): values[value_column(attribute)][inside].mean(dtype=float) for attribute in ORDERED_ATTRIBUTES}
        row["tempo"] = _weighted_median(values["tempo"][inside], values["beat"][inside])
        row |= {"beat": values["beat"][inside].mean(dtype=float), "loudness": loudness(levels[start:end])}
        rows.append(row)
    return pd.DataFrame(rows, columns=segment_columns()).astype(_segment_types())


def segment_columns() -> list[str]:
    """Columns of the segments table, in order."""
    votes = [f"{attribute}{suffix}" for attribute in ATTRIBUTES for suffix in ("", "_p")]
    return ["segment", "start", "end", "duration", "windows", *votes, *map(value_column, ORDERED_ATTRIBUTES), "tempo", "beat", "loudness"]


def loudness(level_db: np.ndarray) -> float:
    """Level in dB of the mean power of seconds of these levels (RMS, dB below full scale)."""
    return float(10 * np.log10(np.mean(10 ** (level_db.astype(float) / 10)))) if len(level_db) else float("nan")


def profile(seconds: pd.DataFrame, segments: pd.DataFrame) -> dict[str, Any]:
    """A movie's shares and levels.

    Returns
    -------
    dict with `<class>_duration` (percent of the film, sum 100), the share of music time of each class of each attribute
    (percent; each attribute sums to 100, or to 0 without music), the dominant class of each attribute ("" without
    music), `duration` (s) and `segments` (count); and of the music, weighted with duration and None without it, the mean value
    of the ordered attributes (`<attribute>_mean`, 0..1), `tempo` (median), `beat` (mean) and `loudness` (dB below full scale)
    """
    result: dict[str, Any] = {}
    for attribute, names in SHARE_NAMES.items():
        weights = segments.groupby(attribute)["duration"].sum().reindex(ATTRIBUTES[attribute], fill_value=0)
        result |= dict(zip(names, percentages(weights.to_numpy()), strict=True))
    counts = seconds["label"].value_counts().reindex(SOUND_CLASSES, fill_value=0)
    result |= {f"{name}_duration": share for name, share in zip(SOUND_CLASSES, percentages(counts.to_numpy()), strict=True)}
    result |= {attribute: dominant(segments, attribute) for attribute in ATTRIBUTES}
    result |= music_figures(segments)
    return result | {"duration": len(seconds), "segments": len(segments)}


def music_figures(segments: pd.DataFrame) -> dict[str, float | None]:
    """Mean values of the ordered attributes, tempo, beat and loudness of the music, weighted with duration; None without music."""
    names = [*(f"{attribute}_mean" for attribute in ORDERED_ATTRIBUTES), *MUSIC_FIGURES]
    if segments.empty:
        return dict.fromkeys(names)
    weights = segments["duration"].to_numpy(float)
    found = [np.average(segments[value_column(attribute)], weights=weights) for attribute in ORDERED_ATTRIBUTES]
    power = np.average(10 ** (segments["loudness"].astype(float) / 10), weights=weights)
    found += [
        _weighted_median(segments["tempo"].to_numpy(), weights),
        np.average(segments["beat"], weights=weights),
        10 * np.log10(power),
    ]
    return {name: round(float(value), 4) for name, value in zip(names, found, strict=True)}


def _weighted_median(values: np.ndarray, weights: np.ndarray) -> float:
    """The value at which half of the weight is reached; the plain median where nothing weighs."""
    ordered = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[ordered], dtype=float)
    if not len(reached) or reached[-1] <= 0:
        return float(np.median(values))
    return float(values[ordered[np.searchsorted(reached, reached[-1] / 2)]])


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
    measured = [*(f"{a}_p" for a in ATTRIBUTES), *map(value_column, ORDERED_ATTRIBUTES), *MUSIC_FIGURES]
    return numbers | dict.fromkeys(measured, "float32") | dict.fromkeys(ATTRIBUTES, "str")
