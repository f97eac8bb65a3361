"""Album covers to learn from: read, rid of near two-colour ones, near copies kept together, a part of each genre held out."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from analysis import pictures
from analysis.training.crossvalidation import Report
from errors import DataError, PictureError
from models.cover import GENRES, NATIVE, SIZE

HELD_OUT = 5  # one group of near copies in so many
NEAR = 40.0  # distance of RGB from a main colour within which a pixel has it
TWO_COLOURED = 0.92  # share of such pixels from which a cover counts as two-coloured
COPY = 0.85  # correlation of two covers' 10 x 10 thumbnails from which they count as copies of each other
FEWEST = 10  # covers of each genre on either side of the split


@dataclass(frozen=True)
class Covers:
    """Covers with their genre.

    pictures : np.ndarray [shape=(n, 100, 100, 3), uint8]; genres : index in models.cover.GENRES [shape=(n,)]
    groups : np.ndarray [shape=(n,)] number of the group of near copies
    """

    pictures: np.ndarray
    genres: np.ndarray
    groups: np.ndarray

    def __len__(self) -> int:
        return len(self.genres)

    def part(self, rows: np.ndarray) -> "Covers":
        """Some of them: a mask or row numbers."""
        return Covers(self.pictures[rows], self.genres[rows], self.groups[rows])

    def native(self) -> np.ndarray:
        """The pictures at the size at which generators work [shape=(n, 50, 50, 3), uint8]."""
        return resized(self.pictures, NATIVE)


@dataclass(frozen=True)
class Material:
    """Covers to learn from, covers that no generator sees, and how many were removed as near two-colour, by genre."""

    learnt: Covers
    held_out: Covers
    two_coloured: dict[str, int]


def load(data: Path, seed: int, report: Report) -> Material:
    """The covers below `data/album_covers`, by covers.csv (file, genre); those that cannot be read are reported.

    Raises DataError when the table is missing or damaged, or a genre has too few covers.
    """
    rows = _table(data / "album_covers")
    read: list[np.ndarray] = []
    genres: list[int] = []
    for path, genre in zip(rows["path"], rows["genre"], strict=True):
        try:
            read.append(pictures.pixels(pictures.read(path), SIZE, SIZE))
            genres.append(GENRES.index(genre))
        except PictureError as error:
            report(f"left out: {error}")
    covers, found = np.array(read, np.uint8), np.array(genres, int)
    plain = np.array([two_colour_share(cover) > TWO_COLOURED for cover in covers], bool)
    removed = {genre: int(plain[found == k].sum()) for k, genre in enumerate(GENRES)}
    report(f"{len(covers)} covers, {plain.sum()} of them removed as near two-colour")
    covers, found = covers[~plain], found[~plain]
    whole = Covers(covers, found, near_copies(covers))
    held_out = _held_out(whole, seed)
    material = Material(whole.part(~held_out), whole.part(held_out), removed)
    for part in (material.learnt, material.held_out):
        for genre, count in zip(GENRES, np.bincount(part.genres, minlength=len(GENRES)), strict=True):
            if count < FEWEST:
                raise DataError(f"album_covers: too few covers of {genre} to train and to measure; add some")
    return material


def two_colour_share(picture: np.ndarray) -> float:
    """Share of pixels near one of a picture's two main colours (2-means in RGB): 1 for black on white, whatever the shapes.

    picture : np.ndarray [shape=(h, w, 3), uint8]
    """
    pixels = picture[::2, ::2].reshape(-1, 3).astype(np.float32)
    away = pixels - pixels.mean(axis=0)
    first = away @ np.linalg.eigh(away.T @ away)[1][:, -1] > 0
    for _ in range(6):  # it settles within a few rounds
        if first.all() or not first.any():
            break
        distances = _distances(pixels, first)
        first = distances[0] < distances[1]
    return float((_distances(pixels, first).min(axis=0) < NEAR).mean())


def _distances(pixels: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Of each pixel to the mean of either part [shape=(2, pixels)]; to the mean of all where a part is empty."""
    means = [pixels[part].mean(axis=0) if part.any() else pixels.mean(axis=0) for part in (first, ~first)]
    return np.stack([np.linalg.norm(pixels - mean, axis=1) for mean in means])


def near_copies(covers: np.ndarray) -> np.ndarray:
    """Number of the group of each cover [shape=(n,)]: issues of one album, and others that look the same from afar."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    small = thumbnails(covers)
    rows, columns = np.nonzero(small @ small.T > COPY)
    links = coo_array((np.ones(len(rows)), (rows, columns)), shape=(len(covers),) * 2)
    return connected_components(links, directed=False)[1]


def thumbnails(covers: np.ndarray) -> np.ndarray:
    """10 x 10 pixels less the mean colour, of length 1: their products are correlations [shape=(n, 300), float32]."""
    small = resized(covers, 10, Image.Resampling.BOX).reshape(len(covers), -1, 3).astype(np.float32)
    small = (small - small.mean(axis=1, keepdims=True)).reshape(len(covers), -1)
    return small / (np.linalg.norm(small, axis=1, keepdims=True) + 1e-3)


def resized(covers: np.ndarray, side: int, method: Image.Resampling = Image.Resampling.LANCZOS) -> np.ndarray:
    """Pictures in another size [shape=(n, side, side, 3), uint8]."""
    return np.array([np.asarray(Image.fromarray(cover).resize((side, side), method)) for cover in covers], np.uint8)


def _held_out(covers: Covers, seed: int) -> np.ndarray:
    """A mask: about one cover in HELD_OUT of each genre, near copies on one side."""
    from sklearn.model_selection import StratifiedGroupKFold

    folds = StratifiedGroupKFold(HELD_OUT, shuffle=True, random_state=seed)
    try:
        rows = next(iter(folds.split(covers.genres, covers.genres, covers.groups)))[1]
    except ValueError as error:
        raise DataError(f"album_covers: too few different covers ({error}); add some") from error
    return np.isin(np.arange(len(covers)), rows)


def _table(folder: Path) -> pd.DataFrame:
    path = folder / "covers.csv"
    if not path.is_file():
        raise DataError(f"{path}: no such table; point --data at a folder in the layout docs/training.md describes")
    rows = pd.read_csv(path, keep_default_na=False)
    missing = [column for column in ("file", "genre") if column not in rows]
    if missing:
        raise DataError(f"{path}: has no column {', '.join(missing)}; it has {', '.join(rows.columns)}")
    unknown = sorted(set(rows["genre"]) - set(GENRES))
    if unknown:
        raise DataError(f"{path}: genre {unknown[0]!r} is none of {', '.join(GENRES)}; correct it")
    return rows.assign(path=[folder / name for name in rows["file"]])
