"""Photographs rated for valence and arousal, and folds over their themes."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from analysis import pictures
from analysis.training.crossvalidation import Report, timed
from errors import DataError, PictureError
from models.scene_emotion import EMOTIONS, NEUTRAL, SEEN, emotions_of

COLUMNS = ("file", "theme", "valence_mean", "arousal_mean")
FEWEST = 10  # photographs of an emotion


@dataclass(frozen=True)
class Photographs:
    """Rated photographs.

    pictures : np.ndarray [shape=(n, height, width, 3), uint8] of size SEEN
    ratings : np.ndarray [shape=(n, 2)] mean valence and arousal, 1..7
    themes : np.ndarray [shape=(n,)] what is to be seen, without the number of the photograph
    """

    pictures: np.ndarray
    ratings: np.ndarray
    themes: np.ndarray

    @property
    def emotions(self) -> np.ndarray:
        """Index into EMOTIONS, or NEUTRAL [shape=(n,)]."""
        return emotions_of(self.ratings)

    @property
    def strong(self) -> np.ndarray:
        """Which of them are happy, sad or angry [shape=(n,), bool]."""
        return self.emotions != NEUTRAL

    def some(self, rows: np.ndarray) -> "Photographs":
        """Those of these rows."""
        return Photographs(self.pictures[rows], self.ratings[rows], self.themes[rows])


def load(data: Path, report: Report) -> Photographs:
    """Read the photographs below `data`/scenes; those that cannot be read are reported by name and left out.

    Raises DataError when the table is missing or damaged, or has too few photographs of an emotion.
    """
    table = records(data)
    read: dict[int, np.ndarray] = {}
    for row in timed(range(len(table)), "photographs read", report, every=500):
        try:
            read[row] = pictures.pixels(pictures.read(table["path"][row]), *SEEN)
        except PictureError as error:
            report(f"left out: {error}")
    if len(read) < len(table):
        report(f"{len(table) - len(read)} of {len(table)} photographs cannot be read and are left out")
    table = table.iloc[list(read)]
    ratings = table[["valence_mean", "arousal_mean"]].to_numpy()
    emotions = emotions_of(ratings)
    for number, name in enumerate(EMOTIONS):
        count = (emotions == number).sum()
        if count < FEWEST:
            raise DataError(f"{data / 'scenes' / 'scenes.csv'}: {count} photographs are {name}, {FEWEST} are needed; add some")
    return Photographs(np.stack(list(read.values())), ratings, np.array([theme_of(name) for name in table["theme"]]))


def records(data: Path) -> pd.DataFrame:
    """`scenes/scenes.csv`, and `path` of each photograph.

    Raises DataError when the table is missing, lacks a column, or has ratings that are no numbers of 1 to 7.
    """
    path = data / "scenes" / "scenes.csv"
    if not path.is_file():
        raise DataError(f"{path}: no such table; point --data at a folder in the layout docs/training.md describes")
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    missing = [column for column in COLUMNS if column not in table]
    if missing:
        raise DataError(f"{path}: has no column {', '.join(missing)}; it has {', '.join(table.columns)}")
    for column in ("valence_mean", "arousal_mean"):
        table[column] = pd.to_numeric(table[column], errors="coerce")
        wrong = table.loc[~table[column].between(1, 7), "file"]
        if len(wrong):
            raise DataError(f"{path}: {column} of {wrong.iloc[0]} is no number of 1 to 7; correct it")
    return table.assign(path=[data / "scenes" / "images" / name for name in table["file"]])


def theme_of(name: str) -> str:
    """Theme of a photograph without its number: "Acorns 2" -> "Acorns"."""
    return re.sub(r"\s*\d+$", "", name)
