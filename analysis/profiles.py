"""Profiles of groups: how the films of a director, composer, film genre, decade or country sound on average, and in what they differ."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis import groups, mining
from analysis.aggregation import SHARE_NAMES
from analysis.dataset import MEANS
from errors import InputError
from models.labels import GENRES

# The features in their order: shares of the film, of its music (both in percent), and figures of its music.
OF_FILM = mining.SOUNDS
OF_MUSIC = tuple(name for names in SHARE_NAMES.values() for name in names)
SHARES = (*OF_FILM, *OF_MUSIC)
FEATURES = (*SHARES, *MEANS)
FEWEST_FILMS = 3  # of a group, for it to be compared with others
_PERCENTILE = 0.975  # an interval holds the middle 95 %
# Between what a feature's mean can lie. Values of an attribute and the beat lie between 0 and 1.
_LIMITS = dict.fromkeys(SHARES, (0.0, 100.0)) | dict.fromkeys(MEANS, (0.0, 1.0)) | {"tempo": (0.0, np.inf), "loudness": (-np.inf, np.inf)}


@dataclass(frozen=True)
class Profiles:
    """Groups of films as they sound. Tables have a row for each group, those of features a column for each of FEATURES.

    Attributes
    ----------
    by : the grouping
    sizes : films, and hours of music in them
    mean : mean over the films, each of which counts the same; NaN where no film has the feature
    low, high : 95 % interval of the mean; NaN where one film has the feature
    n : films that have the feature: those without music have only shares of the film
    differences : one row per feature, see `differences`; those that differ most surely come first
    """

    by: str
    sizes: pd.DataFrame
    mean: pd.DataFrame
    low: pd.DataFrame
    high: pd.DataFrame
    n: pd.DataFrame
    differences: pd.DataFrame

    @property
    def groups(self) -> list[str]:
        """Names of the groups, in order."""
        return list(map(str, self.sizes.index))


def profiles(table: pd.DataFrame, by: str, chosen: Sequence[str] | None = None) -> Profiles:
    """The profile of each group of films, and which features differ between the groups.

    Parameters
    ----------
    table : an enhanced dataset
    by : one of `groups.GROUPINGS`
    chosen : the groups, in the order wanted; those without films are left out. None for all, the largest first.

    Raises
    ------
    InputError : there is no such grouping, or none of the groups has a film
    """
    group = groups.of(table, by)
    known = groups.sizes(group)
    names = [name for name in (known.index if chosen is None else dict.fromkeys(chosen)) if name in known.index]
    if not names:
        raise InputError(f"none of these {groups.PLURALS[by]} has a film here")
    of = pd.Index(names).get_indexer(pd.Index(group))
    inside = of >= 0
    of, values = of[inside], measured(table).loc[inside]
    mean, low, high, n = intervals(values, of, len(names))
    hours = (table["duration"] * table["music_duration"] / 100 / 3600)[inside].groupby(of).sum()
    sizes = pd.DataFrame({"films": np.bincount(of), "hours": hours.to_numpy()}, names)
    tables = {name: pd.DataFrame(numbers, names, FEATURES) for name, numbers in (("mean", mean), ("low", low), ("high", high), ("n", n))}
    return Profiles(by, sizes, **tables, differences=differences(values, of, names))


def measured(table: pd.DataFrame) -> pd.DataFrame:
    """FEATURES of each film; NaN for what only music has in a film without music."""
    values = table[list(FEATURES)].astype(float)
    heard = (table[list(GENRES)] > 0).any(axis=1)
    values.loc[~heard, [*OF_MUSIC, *MEANS]] = np.nan
    return values


def intervals(values: pd.DataFrame, of: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Mean, lower and upper end of its 95 % interval, and number of films: each (groups, features).

    The interval is Student's, from the standard error of the films' mean, cut where a mean cannot lie. For a few films it holds the true
    mean far more often than a bootstrap of them (docs/dashboard.md has the figures).

    Parameters
    ----------
    values : (films, features), NaN where a film lacks the feature
    of : (films,) number of each film's group, 0 to count - 1
    count : groups
    """
    from scipy.special import stdtrit

    grouped = values.groupby(of)
    mean, deviation, n = (part.reindex(range(count)).to_numpy() for part in (grouped.mean(), grouped.std(), grouped.count()))
    with np.errstate(divide="ignore", invalid="ignore"):
        half = stdtrit(np.maximum(n - 1, 1), _PERCENTILE) * deviation / np.sqrt(n)
    least, most = np.array([_LIMITS[str(feature)] for feature in values.columns]).T
    return mean, np.clip(mean - half, least, most), np.clip(mean + half, least, most), n


def differences(values: pd.DataFrame, of: np.ndarray, names: Sequence[str]) -> pd.DataFrame:
    """In which features groups differ: a Kruskal-Wallis test of each over the groups of which at least three films have it.

    Returns a row per feature, the lowest q first and of those the most explained: feature; explained, the share of the variance of the
    ranks that lies between the groups, 0..1; h, p; q, p corrected for the number of features; n films, in how many groups; most and
    least, the groups with the highest and the lowest mean. h, p and q are NaN where fewer than two groups have three films, and where
    nearly all films are alike: in the smallest group one film at least must be expected to differ from the commonest value, or the
    chi-squared distribution makes p too small by far (what two of 130 films have would get p under 0.001 about ten times too often).

    Parameters
    ----------
    values : (films, features), NaN where a film lacks the feature
    of : (films,) number of each film's group
    names : the groups
    """
    rows = [{"feature": feature} | _kruskal_wallis(column.to_numpy(), of, names) for feature, column in values.items()]
    table = pd.DataFrame(rows)
    table.insert(4, "q", mining.corrected(table["p"]))
    return table.sort_values(["q", "explained"], ascending=[True, False], kind="stable", ignore_index=True)


def _kruskal_wallis(values: np.ndarray, of: np.ndarray, names: Sequence[str]) -> dict[str, object]:
    """The test of W. Kruskal and W. Wallis (1952), corrected for ties: of all films' ranks, how much lies between the groups?"""
    from scipy.special import chdtrc
    from scipy.stats import rankdata

    known = ~np.isnan(values)
    counts = np.bincount(of[known], minlength=len(names))
    compared = np.flatnonzero(counts >= FEWEST_FILMS)
    known &= np.isin(of, compared)
    values, of, n, counts = values[known], of[known], int(known.sum()), counts[compared]
    found: dict[str, object] = {"explained": np.nan, "h": np.nan, "p": np.nan, "n": n, "groups": len(compared), "most": "", "least": ""}
    if len(compared) < 2 or (n - np.unique(values, return_counts=True)[1].max()) * counts.min() < n:
        return found
    ranks = rankdata(values) - (n + 1) / 2
    between = (np.bincount(of, ranks, len(names))[compared] ** 2 / counts).sum()
    explained = float(between / (ranks**2).sum())
    h = explained * (n - 1)
    means = np.bincount(of, values, len(names))[compared] / counts
    ends = {"most": names[compared[means.argmax()]], "least": names[compared[means.argmin()]]}
    return found | {"explained": explained, "h": h, "p": float(chdtrc(len(compared) - 1, h))} | ends
