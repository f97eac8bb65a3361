"""What mining finds in a library's dataset, kept until the dataset changes: a click draws the page anew, not the numbers."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from analysis import mining
from analysis.library import Library
from dashboard import data


def encoded(library: Library, method: str) -> mining.Encoded:
    """The dataset as numbers; see `mining.encode`."""
    return _encoded(library.root, data.version(library), method)


def correlations(library: Library, method: str, columns: Sequence[str]) -> mining.Correlations:
    """See `mining.spearman`."""
    return _correlations(library.root, data.version(library), method, tuple(columns))


def projection(library: Library, method: str, features: str) -> mining.Projection:
    """See `mining.project`; raises what it raises."""
    return _projection(library.root, data.version(library), method, features)


def surface(library: Library, method: str, features: str, directors: Sequence[str], kernel: str, c: float) -> mining.Surface:
    """See `mining.surface`; raises what it raises."""
    return _surface(library.root, data.version(library), method, features, tuple(directors), kernel, c)


@lru_cache(maxsize=4)
def _encoded(root: Path, of: data.Version, method: str) -> mining.Encoded:
    return mining.encode(data.dataset(Library(root)), method)


@lru_cache(maxsize=16)
def _correlations(root: Path, of: data.Version, method: str, columns: tuple[str, ...]) -> mining.Correlations:
    return mining.spearman(_encoded(root, of, method), columns)


@lru_cache(maxsize=12)
def _projection(root: Path, of: data.Version, method: str, features: str) -> mining.Projection:
    return mining.project(_encoded(root, of, method), features)


@lru_cache(maxsize=32)
def _surface(
    root: Path, of: data.Version, method: str, features: str, directors: tuple[str, ...], kernel: str, c: float
) -> mining.Surface:  # fmt: skip
    return mining.surface(_projection(root, of, method, features).points, directors, kernel, c)
