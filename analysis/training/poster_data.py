"""Labelled posters: the table, the one main genre of each film, and one split by film for every network."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from analysis import pictures
from analysis.training.crossvalidation import timed
from analysis.training.datasets import check_disjoint
from errors import DataError, PictureError
from models.poster_genre import CLASSES

# The main genre of a film that has several: the first of these it has. What leaves the clearest mark on a poster comes first; drama, which
# nearly every film is besides, comes last.
PRIORITY = ("animation", "horror", "action", "comedy", "drama")
MOST_OF_A_CLASS = 1300  # posters; of a larger class as many are drawn. The ancestor had 1243 to 1700
FEWEST_FILMS = 20  # of a class or a genre
FOLDS, TEST_FOLDS, VALIDATION_FOLDS = 10, 2, 1  # tenths of the films: 2 held out, 1 to choose and calibrate by, 7 to learn from
PARTS = TRAIN, VALIDATION, TEST = (0, 1, 2)
NO_CLASS = -1

Report = Callable[[str], None]


@dataclass(frozen=True)
class Posters:
    """Posters with their labels.

    pictures : np.ndarray [shape=(n, height, width, 3), uint8]
    main : np.ndarray [shape=(n,), int] index into CLASSES; NO_CLASS of a film that has none of them, or more than its share
    genres : np.ndarray [shape=(n, len(names)), bool]
    names : of all genres that enough films have
    films : np.ndarray [shape=(n,)]
    part : np.ndarray [shape=(n,)] of PARTS
    unread : how many posters of the table could not be read
    """

    pictures: np.ndarray
    main: np.ndarray
    genres: np.ndarray
    names: tuple[str, ...]
    films: np.ndarray
    part: np.ndarray
    unread: int

    def rows(self, part: int, *, with_class: bool = False) -> np.ndarray:
        """Rows of a part; only those that have a class, or all."""
        return np.flatnonzero((self.part == part) & (~np.bool_(with_class) | (self.main != NO_CLASS)))


def load(data: Path, size: tuple[int, int], seed: int, report: Report) -> Posters:
    """Read, label and split the posters below `data`; those that cannot be read are reported by name and left out.

    Raises DataError when the table is missing or damaged, or has too few films of a class.
    """
    table = records(data)
    read: dict[int, np.ndarray] = {}
    for row in timed(range(len(table)), "posters read", report, every=1000):
        try:
            read[row] = pictures.pixels(pictures.read(table["path"][row]), *size)
        except PictureError as error:
            report(f"left out: {error}")
    unread = len(table) - len(read)
    if unread:
        report(f"{unread} of {len(table)} posters cannot be read and are left out")
    table = table.iloc[list(read)].reset_index(drop=True)
    films = table["imdb_id"].to_numpy()
    main = np.array([main_class(genres) for genres in table["genres"]], int)
    _check_classes(main, films)
    names = _large_enough(table["genres"], report)
    truth = np.array([[name in genres for name in names] for genres in table["genres"]])
    part = split(main, films, seed)
    return Posters(np.stack(list(read.values())), balanced(main, seed), truth, names, films, part, unread)


def records(data: Path) -> pd.DataFrame:
    """`posters/posters.csv` with `genres` as tuples of names, and `path`.

    Raises DataError when the table is missing or lacks a column.
    """
    path = data / "posters" / "posters.csv"
    if not path.is_file():
        raise DataError(f"{path}: no such table; point --data at a folder in the layout docs/training.md describes")
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    missing = [column for column in ("file", "imdb_id", "genres") if column not in table]
    if missing:
        raise DataError(f"{path}: has no column {', '.join(missing)}; it has {', '.join(table.columns)}")
    genres = [tuple(name.strip() for name in names.split("|") if name.strip()) for names in table["genres"]]
    paths = [data / "posters" / "images" / name for name in table["file"]]
    return table.assign(genres=pd.Series(genres, index=table.index, dtype=object), path=paths)


def main_class(genres: Sequence[str]) -> int:
    """The class of a film with these genres by PRIORITY, as an index into CLASSES; NO_CLASS when it has none of them."""
    found = {name.casefold() for name in genres}
    return next((CLASSES.index(name) for name in PRIORITY if name in found), NO_CLASS)


def balanced(main: np.ndarray, seed: int) -> np.ndarray:
    """The classes with no more than MOST_OF_A_CLASS of each; NO_CLASS for those that were not drawn."""
    rng = np.random.default_rng(seed)
    kept = np.full(len(main), NO_CLASS)
    for index in range(len(CLASSES)):
        rows = rng.permutation(np.flatnonzero(main == index))[:MOST_OF_A_CLASS]
        kept[rows] = index
    return kept


def split(main: np.ndarray, films: np.ndarray, seed: int) -> np.ndarray:
    """Part of each poster: the classes spread evenly over the parts, all posters of a film in one."""
    from sklearn.model_selection import StratifiedGroupKFold

    part = np.full(len(main), TRAIN)
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed).split(main, main, films)
    for number, (_, rows) in enumerate(folds):
        part[rows] = TEST if number < TEST_FOLDS else VALIDATION if number < TEST_FOLDS + VALIDATION_FOLDS else TRAIN
    for first, second in ((TRAIN, VALIDATION), (TRAIN, TEST), (VALIDATION, TEST)):
        check_disjoint(films[part == first], films[part == second])
    return part


def _check_classes(main: np.ndarray, films: np.ndarray) -> None:
    for index, name in enumerate(CLASSES):
        count = len(np.unique(films[main == index]))
        if count < FEWEST_FILMS:
            raise DataError(f"posters/posters.csv: {count} films are {name}, at least {FEWEST_FILMS} are needed; add some")


def _large_enough(genres: pd.Series, report: Report) -> tuple[str, ...]:
    """The genres that enough films have, in the order of the alphabet; the others are reported."""
    counts = genres.explode().value_counts().sort_index()
    for name, count in counts[counts < FEWEST_FILMS].items():
        report(f"genre left out: {name} has {count} films, {FEWEST_FILMS} are needed")
    return tuple(counts[counts >= FEWEST_FILMS].index)
