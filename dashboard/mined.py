"""What mining finds in a library's dataset, kept until the dataset changes: a click draws the page anew, not the numbers."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import pandas as pd

from analysis import groups, mining, profiles
from analysis.library import Library
from dashboard import data


def encoded(library: Library, method: str) -> mining.Encoded:
    """The dataset as numbers; see `mining.encode`."""
    return _encoded(library.root, data.version(library), method)


def correlations(library: Library, method: str, columns: Sequence[str]) -> mining.Correlations:
    """See `mining.spearman`."""
    return _correlations(library.root, data.version(library), method, tuple(columns))


def projection(library: Library, method: str, features: str, by: str = "director") -> mining.Projection:
    """See `mining.project`; raises what it raises."""
    return _projection(library.root, data.version(library), method, features, by)


def surface(
    library: Library, method: str, features: str, chosen: Sequence[str], kernel: str, c: float, by: str = "director"
) -> mining.Surface:  # fmt: skip
    """See `mining.surface`; raises what it raises."""
    return _surface(library.root, data.version(library), method, features, tuple(chosen), kernel, c, by)


def sizes(library: Library, by: str) -> pd.Series:
    """Films of each known group of the library, the largest first; to be read only. See `groups.sizes`."""
    return _sizes(library.root, data.version(library), by)


def profile(library: Library, by: str, chosen: Sequence[str]) -> profiles.Profiles:
    """See `profiles.profiles`; raises what it raises."""
    return _profiles(library.root, data.version(library), by, tuple(chosen))


@lru_cache(maxsize=4)
def _encoded(root: Path, of: data.Version, method: str) -> mining.Encoded:
    return mining.encode(data.dataset(Library(root)), method)


@lru_cache(maxsize=16)
def _correlations(root: Path, of: data.Version, method: str, columns: tuple[str, ...]) -> mining.Correlations:
    return mining.spearman(_encoded(root, of, method), columns)


@lru_cache(maxsize=24)
def _projection(root: Path, of: data.Version, method: str, features: str, by: str) -> mining.Projection:
    return mining.project(_encoded(root, of, method), features, by)


@lru_cache(maxsize=32)
def _surface(
    root: Path, of: data.Version, method: str, features: str, chosen: tuple[str, ...], kernel: str, c: float, by: str
) -> mining.Surface:  # fmt: skip
    return mining.surface(_projection(root, of, method, features, by).points, chosen, kernel, c, by=by)


@lru_cache(maxsize=16)
def _sizes(root: Path, of: data.Version, by: str) -> pd.Series:
    return groups.sizes(groups.of(data.dataset(Library(root)), by))


@lru_cache(maxsize=32)
def _profiles(root: Path, of: data.Version, by: str, chosen: tuple[str, ...]) -> profiles.Profiles:
    return profiles.profiles(data.dataset(Library(root)), by, chosen)
