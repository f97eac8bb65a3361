"""Confidence intervals of held-out figures by the bootstrap over groups: artists, films, songs.

Clips of one artist or film are alike, so their number says little about how sure a figure is; whole groups are drawn instead.
Reference: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13 (percentile intervals).
"""

from collections.abc import Callable

import numpy as np

Metric = Callable[..., float]


def bootstrap(
    groups: np.ndarray, metric: Metric, *arrays: np.ndarray, n: int = 1000, seed: int = 0, level: float = 0.95
) -> tuple[float, float]:
    """Percentile interval of a figure, drawing whole groups with replacement.

    A paired difference is a metric of two arrays of predictions: `lambda truth, ours, theirs: f(truth, ours) - f(truth, theirs)`.

    Parameters
    ----------
    groups : np.ndarray [shape=(rows,)]
        group of each row
    metric : function of the arrays' drawn rows, in the order of `arrays`; a draw for which it is not finite is not counted
    arrays : np.ndarray [shape=(rows, ...)] each
    n : draws
    seed : of the draws; the same seed and groups give the same draws for every metric
    level : share of the draws between the two ends, 0..1

    Returns
    -------
    the lower and the upper end

    Raises
    ------
    ValueError : there are no rows, the arrays differ in length, or the metric is finite in no draw
    """
    if not len(groups) or any(len(array) != len(groups) for array in arrays):
        raise ValueError(f"arrays of {[len(array) for array in arrays]} rows do not fit {len(groups)} groups")
    _, index = np.unique(groups, return_inverse=True)
    members = np.split(np.argsort(index, kind="stable"), np.cumsum(np.bincount(index))[:-1])
    rng = np.random.default_rng(seed)
    values = np.empty(n)
    for draw in range(n):
        rows = np.concatenate([members[k] for k in rng.integers(len(members), size=len(members))])
        values[draw] = metric(*(array[rows] for array in arrays))
    values = values[np.isfinite(values)]
    if not len(values):
        raise ValueError("the metric is finite in no draw")
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def rounded(value: float, digits: int = 4) -> float:
    """A figure as cards keep it."""
    return round(float(value), digits)


def ends(interval: tuple[float, float]) -> list[float]:
    """An interval as cards keep it."""
    return [rounded(end) for end in interval]


def in_words(interval: tuple[float, float], form: str = ".2f") -> str:
    """An interval as tables print it: `0.31 to 0.42`."""
    return " to ".join(format(end, form) for end in interval)
