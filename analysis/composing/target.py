"""What a score is to be like: one profile for a movie, a poster, a scene, film genres or a mood.

Moods are the quadrants of valence and energy (Russell, "A circumplex model of affect", 1980): happy is positive and lively, tense negative
and lively, sad negative and quiet, calm positive and quiet.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from data import FOLDER
from errors import InputError
from models.labels import MOODS

_POSITIVE, _LIVELY = np.array([1, 0, 0, 1]), np.array([1, 1, 0, 0])
MARGIN = 0.15  # of a tempo to either side, where one is known
# Where a mood is in valence and energy, its danceability, and beats a minute from slowest to fastest.
OF_MOOD = {
    "happy": (0.85, 0.7, 0.65, 105, 145),
    "tense": (0.2, 0.8, 0.4, 90, 150),
    "sad": (0.2, 0.2, 0.2, 55, 85),
    "calm": (0.75, 0.2, 0.25, 60, 95),
}
# The emotions of scenes as moods.
OF_EMOTION = {"happy": "happy", "sad": "sad", "angry": "tense"}


@dataclass(frozen=True)
class Profile:
    """What a score is to be like.

    moods : weights of MOODS, summing to 1
    valence, energy, danceability : 0..1
    tempo : beats a minute, slowest and fastest
    genres : film genres whose colours it takes, with weights that sum to 1; none is a piano alone
    notes : lowest and highest `mode`, `density`, `dissonance` (analysis.composing.matching); those not named are as its moods usually have
    """

    moods: Mapping[str, float]
    valence: float
    energy: float
    danceability: float
    tempo: tuple[float, float]
    genres: Mapping[str, float]
    notes: Mapping[str, tuple[float, float]] = field(default_factory=dict)


def of_mood(name: str) -> Profile:
    """The profile of a mood. Raises InputError when there is no such mood."""
    return of_moods({name: 1.0})


def of_moods(weights: Mapping[str, float]) -> Profile:
    """The mean of the profiles of moods, weighted. Raises InputError when a mood does not exist, or no weight is above 0."""
    unknown = [name for name in weights if name not in MOODS]
    if unknown:
        raise InputError(f"mood {unknown[0]!r} does not exist: choose {', '.join(MOODS)}")
    return _of_moods(weights, {})


def genres() -> tuple[str, ...]:
    """The film genres there are, by name."""
    return tuple(_genres())


def of_genres(weights: Mapping[str, float]) -> Profile:
    """The mean of the profiles of film genres (data/genre_moods.csv), weighted.

    Parameters
    ----------
    weights : of film genres, upper and lower case counting the same; of any sum

    Raises
    ------
    InputError : a genre does not exist, or no weight is above 0
    """
    table = _genres()
    names = {name.casefold(): name for name in table}
    unknown = [name for name in weights if name.casefold() not in names]
    if unknown:
        raise InputError(f"film genre {unknown[0]!r} does not exist: choose {', '.join(table)}")
    shares = _shares({names[name.casefold()]: weight for name, weight in weights.items()}, "film genres")
    rows = np.array([table[name] for name in shares])
    mean = np.array(list(shares.values())) @ rows
    return Profile(_named(mean[:4]), float(mean[5]), float(mean[4]), float(mean[6]), (float(mean[7]), float(mean[8])), shares)


def of_poster(answers: Mapping[str, Any]) -> Profile:
    """The profile of a poster: that of its genres, as probable as they are (answers of analysis.posters)."""
    return of_genres(answers["genres"])


def of_scene(answers: Mapping[str, Any]) -> Profile:
    """The profile of a scene: its emotions as moods, and as far as it is neutral its valence and arousal (answers of analysis.scenes)."""
    valence, arousal = (float(np.clip((answers[name] - 1) / 6, 0, 1)) for name in ("valence", "arousal"))
    weights = _quadrants(valence, arousal) * answers["neutral"]
    for emotion, p in answers["emotions"].items():
        weights[MOODS.index(OF_EMOTION[emotion])] += (1 - answers["neutral"]) * p
    return _of_moods(_named(weights), {})


def of_movie(row: Mapping[str, Any]) -> Profile:
    """The profile of a movie's music, or of some of its segments.

    Parameters
    ----------
    row : of the enhanced dataset (docs/data-dictionary.md): the shares of the levels of valence and energy, `valence_mean`, `energy_mean`,
        `danceability_mean`, `tempo`, `movie_genres`

    Raises
    ------
    InputError : no music was found in the movie
    """
    valence, energy, danceability = (float(row[f"{name}_mean"]) for name in ("valence", "energy", "danceability"))
    if not np.isfinite([valence, energy, danceability]).all():
        raise InputError(f"{row.get('movie', 'the movie')}: no music was found in it, so there is nothing to match; choose another source")
    positive = (row["valence_positive"] + row["valence_neutral"] / 2) / 100
    lively = (row["energy_high"] + row["energy_med"] / 2) / 100
    known = {name.casefold(): name for name in _genres()}
    named = [known[name.strip().casefold()] for name in str(row.get("movie_genres") or "").split(",") if name.strip().casefold() in known]
    genres = {name: 1 / len(named) for name in named}
    moods = _named(_quadrants(positive, lively))
    tempo = float(row["tempo"])
    between = _of_moods(moods, {}).tempo if not np.isfinite(tempo) else ((1 - MARGIN) * tempo, (1 + MARGIN) * tempo)
    return Profile(moods, valence, energy, danceability, between, genres)


def _of_moods(weights: Mapping[str, float], genres: Mapping[str, float]) -> Profile:
    shares = _shares(weights, "moods")
    mean = np.array(list(shares.values())) @ np.array([OF_MOOD[name] for name in shares])
    moods = {name: shares.get(name, 0.0) for name in MOODS}
    return Profile(moods, float(mean[0]), float(mean[1]), float(mean[2]), (float(mean[3]), float(mean[4])), genres)


def _quadrants(positive: float, lively: float) -> np.ndarray:
    """Weights of MOODS for chances of being positive and lively that do not depend on each other."""
    return np.where(_POSITIVE, positive, 1 - positive) * np.where(_LIVELY, lively, 1 - lively)


def _shares(weights: Mapping[str, float], what: str) -> dict[str, float]:
    total = sum(weights.values())
    if not total > 0 or min(weights.values()) < 0:
        raise InputError(f"the weights of {what} must be 0 or more, and one of them above 0")
    return {name: weight / total for name, weight in weights.items() if weight > 0}


def _named(weights: Iterable[float]) -> dict[str, float]:
    return {name: float(weight) for name, weight in zip(MOODS, weights, strict=True)}


@cache
def _genres() -> dict[str, list[float]]:
    """Film genre -> the numbers of its row, in the order of the table."""
    with (FOLDER / "genre_moods.csv").open(encoding="utf-8", newline="") as stream:
        return {row.pop("genre"): [float(value) for value in row.values()] for row in csv.DictReader(stream)}
