"""Album covers for music that was heard: what genres and mood ask of the generator, and the picture it makes of them."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from PIL import Image

from analysis.files import whole_file
from data import FOLDER
from errors import InputError
from models import registry
from models.cover import ENLARGED, GENRES
from models.labels import GENRES as MUSIC_GENRES

MODEL = "cover"
ENDINGS = (".png", ".jpg", ".jpeg", ".webp")
# What the mood may do to a palette, at most: a valence or energy of 1 does this much, of 0 as much the other way.
WARMTH = 0.025  # of b in Oklab, from blue to yellow
REDNESS = 0.008  # of a in Oklab, from green to red
LIGHTNESS = 0.15  # of the exponent of lightness
SATURATION = 0.3  # of the distance from grey

_TO_CONES = np.array([
    [0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566], [0.0883024619, 0.2817188376, 0.6299787005],
])  # fmt: skip
_TO_LAB = np.array([
    [0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099], [0.0259040371, 0.7827717662, -0.8086757660],
])  # fmt: skip


@dataclass(frozen=True)
class Cover:
    """A generated cover.

    picture : np.ndarray [shape=(100, 100, 3), uint8]
    genre : of models.cover.GENRES, that with the largest weight
    seed : that it was made with
    weights : np.ndarray [shape=(6,)] of models.cover.GENRES, summing to 1
    """

    picture: np.ndarray
    genre: str
    seed: int
    weights: np.ndarray


def weights(genre_probabilities: Mapping[str, float]) -> np.ndarray:
    """What each genre of the generator weighs for a mixture of the ten music genres (data/cover_genres.csv).

    Parameters
    ----------
    genre_probabilities : probability or share of each of models.labels.GENRES, of any sum; one that is missing counts as 0

    Returns
    -------
    np.ndarray [shape=(6,)] in the order of models.cover.GENRES, summing to 1; all alike where all are 0
    """
    shares = np.array([max(float(genre_probabilities.get(genre) or 0), 0) for genre in MUSIC_GENRES])
    found = np.nan_to_num(shares) @ _mixtures()
    return found / found.sum() if found.sum() > 0 else np.full(len(GENRES), 1 / len(GENRES))


@cache
def _mixtures() -> np.ndarray:
    """Weights of the generator's genres for each music genre [shape=(10, 6)], each row summing to 1."""
    with (FOLDER / "cover_genres.csv").open(encoding="utf-8", newline="") as stream:
        rows = {row["genre"]: [float(row[genre]) for genre in GENRES] for row in csv.DictReader(stream)}
    return np.array([rows[genre] for genre in MUSIC_GENRES])


def for_recording(answers: Mapping[str, Any], seed: int, genre: str | None = None) -> Cover:
    """A cover for a recording.

    Parameters
    ----------
    answers : of analysis.tagging: `genre` (probabilities), `valence` and `energy` (with `value`, 0..1)
    seed : another makes another cover
    genre : take this one of the ten music genres in place of the recording's own

    Raises InputError for a genre that is none of them, or a negative seed.
    """
    _check_genre(genre)
    asked = answers["genre"] if genre is None else {genre: 1.0}
    heard = " ".join(f"{p:.2f}" for p in answers["genre"].values())
    return _make(weights(asked), seed, answers["valence"]["value"], answers["energy"]["value"], of=heard)


def for_movie(row: Mapping[str, Any], seed: int) -> Cover:
    """A cover for a movie, from the genres and the mood of its music.

    Parameters
    ----------
    row : of the enhanced dataset (docs/data-dictionary.md): shares of the music genres, `valence_mean` and `energy_mean`
    seed : another makes another cover

    Raises InputError when no music was found in the movie, or for a negative seed.
    """
    shares = {genre: row[genre] for genre in MUSIC_GENRES}
    if not np.nansum([float(share or 0) for share in shares.values()]) > 0:
        raise InputError(f"{row.get('movie', 'the movie')}: no music was found in it, so no cover can be made for it")
    name = f"{row.get('director')}/{row.get('movie')}"
    return _make(weights(shares), seed, float(row["valence_mean"]), float(row["energy_mean"]), of=name)


def check(path: Path, genre: str | None) -> None:
    """Raises InputError when a cover cannot be saved under this name, or there is no such genre: before anything is listened to."""
    if path.suffix.lower() not in ENDINGS:
        raise InputError(f"{path}: unknown ending {path.suffix or '(none)'}; name a file that ends in {', '.join(ENDINGS)}")
    _check_genre(genre)


def _check_genre(genre: str | None) -> None:
    if genre is not None and genre not in MUSIC_GENRES:
        raise InputError(f"genre {genre!r} does not exist: choose one of {', '.join(MUSIC_GENRES)}")


def _make(genre_weights: np.ndarray, seed: int, valence: float, energy: float, *, of: str) -> Cover:
    """The cover of a seed; `of` tells films and recordings apart, which would have much the same picture for the same seed otherwise."""
    if seed < 0:
        raise InputError(f"seed {seed} is negative; give 0 or more")
    picture = registry.load(MODEL).generate(genre_weights[np.newaxis], [(crc32(of.encode()) << 32) + seed])[0]
    return Cover(grade(picture, valence, energy), GENRES[int(genre_weights.argmax())], seed, genre_weights)


def grade(picture: np.ndarray, valence: float, energy: float) -> np.ndarray:
    """The picture with its palette moved by the mood: positive is warmer and lighter, energetic is more saturated.

    The colours are moved in Oklab, in which equal steps look equal (Ottosson, "A perceptual color space for image processing", 2020).

    Parameters
    ----------
    picture : np.ndarray [shape=(h, w, 3), uint8]
    valence, energy : 0..1; 0.5 leaves the palette as it is
    """
    pleasant, lively = (2 * float(np.clip(value, 0, 1)) - 1 for value in (valence, energy))
    colours = to_oklab(picture)
    colours[..., 0] = np.maximum(colours[..., 0], 0) ** (1 - LIGHTNESS * pleasant)
    colours[..., 1:] *= 1 + SATURATION * lively
    colours[..., 1:] += np.array([REDNESS, WARMTH]) * pleasant
    return from_oklab(colours)


def to_oklab(picture: np.ndarray) -> np.ndarray:
    """Lightness 0..1, green to red, blue to yellow (about -0.4..0.4 each) of sRGB colours [same shape, float64]."""
    colours = picture / 255
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    return np.cbrt(linear @ _TO_CONES.T) @ _TO_LAB.T


def from_oklab(colours: np.ndarray) -> np.ndarray:
    """The sRGB colours [same shape, uint8]; what no screen shows is cut off."""
    linear = (colours @ np.linalg.inv(_TO_LAB).T) ** 3 @ np.linalg.inv(_TO_CONES).T
    linear = linear.clip(0, 1)
    found = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return (found * 255 + 0.5).clip(0, 255).astype(np.uint8)


def save(cover: Cover, path: Path) -> list[Path]:
    """Write the cover as PATH, and enlarged beside it (cover.png, cover-800.png); return both paths.

    Raises InputError as `check` does, LibraryError when a file cannot be written.
    """
    check(path, None)
    large = path.with_stem(f"{path.stem}-{ENLARGED}")
    for target, picture in ((path, cover.picture), (large, registry.load(MODEL).enlarge(cover.picture))):
        with whole_file(target) as partial:
            Image.fromarray(picture).save(partial)
    return [path, large]
