"""Which films of a library are most alike: by what is heard in them, by what is known of them, or by both; and why.

Each trait of two films is compared on a scale from 0 (nothing in common) to 1 (the same). The scales are fixed, so that the
similarity of two films does not change when others join the library:

- shares (sound, music genre): the part the two distributions have in common, 1 minus their total variation distance;
- danceability, valence, energy: 1 minus the difference of the mean values in units of `SPANS`; where they are not known, 1 minus the
  earth mover's distance of the levels' shares, for which low is nearer to medium than to high (values find more: analysis/retrieval.py);
- tempo: 1 minus the distance in octaves; beat and loudness: 1 minus their difference in units of `SPANS`;
- lists (directors, film genres, countries): how many entries are in both, of those in either (Jaccard's index);
- numbers (year, rating): 1 minus their difference in units of `SPANS`, and 0 beyond.

The similarity of two films is the mean over their traits (Gower, 1971: A general coefficient of similarity). What is not known is
not guessed: films without music cannot be compared by music, and films of which too little is known not by metadata.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.aggregation import MUSIC_FIGURES, SHARE_NAMES
from errors import InputError
from models.labels import GENRES, ORDERED_ATTRIBUTES, SOUND_CLASSES

BY = ("music", "metadata", "mix")
TRAITS = {
    "music": ("sound", "genre", *ORDERED_ATTRIBUTES, *MUSIC_FIGURES),
    "metadata": ("director", "movie_genres", "countries", "year", "rating"),
}
# Differences that leave nothing in common: years, points, a level of a value in 0..1, half of the scale of a beat, dB.
SPANS = {"year": 30.0, "rating": 4.0, **{f"{attribute}_mean": 1 / 3 for attribute in ORDERED_ATTRIBUTES}, "beat": 0.5, "loudness": 15.0}
FEWEST_TRAITS = 3  # of the metadata, known of both films: the director alone makes no two films the same
# Agreement from which a trait is a reason: for lists it is enough to share something, for ratings to be within 0.4.
CLOSE = dict.fromkeys((*TRAITS["music"], *TRAITS["metadata"]), 0.75) | {
    "genre": 0.6, "movie_genres": 0.3, "countries": 0.3, "rating": 0.9, "tempo": 0.9, "beat": 0.9, "loudness": 0.9,
}  # fmt: skip
_MOST_REASONS = 3
_WORDS = {"movie_genres": "film genres"}


@dataclass(frozen=True)
class Neighbour:
    """A film near another.

    Attributes
    ----------
    director, movie : the film
    similarity : 0..1
    reasons : what the two agree in, the most telling first: what agrees more than it does with the other films
    agreement : each compared trait's agreement, 0..1
    """

    director: str
    movie: str
    similarity: float
    reasons: tuple[str, ...]
    agreement: dict[str, float]


@dataclass(frozen=True)
class Nearest:
    """The nearest films, most similar first; out of how many, and how many could not be compared."""

    neighbours: tuple[Neighbour, ...]
    compared: int
    left_out: int


def nearest(table: pd.DataFrame, director: str, movie: str, by: str = "music", n: int = 5, weight: float = 0.5) -> Nearest:
    """The films most like one film; of equally similar ones the first by name.

    Parameters
    ----------
    table : an enhanced dataset
    director, movie : the film
    by : "music", "metadata", or "mix" for both
    n : how many films, at least 1
    weight : share of the music in the mix, 0..1

    Raises
    ------
    InputError : the film is not in the table or cannot be compared this way, or a parameter is out of range
    """
    _require_parameters(by, n, weight)
    row = _row(table, director, movie)
    agreement = _agreement(table, row)
    likeness = _likeness(agreement, by, weight)
    if np.isnan(likeness[row]):
        raise InputError(_incomparable(agreement.iloc[row], director, movie, by))
    likeness[row] = np.nan  # never a neighbour of itself
    known = np.flatnonzero(~np.isnan(likeness))
    best = _best(table, likeness, known, n)
    compared = list(TRAITS["music"] + TRAITS["metadata"] if by == "mix" else TRAITS[by])
    usual = agreement[compared].iloc[known].mean()
    neighbours = (_neighbour(table, row, other, float(likeness[other]), agreement[compared].iloc[other], usual) for other in best)
    return Nearest(tuple(neighbours), len(known), len(table) - 1 - len(known))


def find(table: pd.DataFrame, movie: str, director: str | None = None) -> tuple[str, str]:
    """(director, movie) of the film a user means; capitals do not matter.

    Raises InputError with the closest names for an unknown one, or asking for the director where several films have the name.
    """
    wanted = pd.Series(True, table.index) if director is None else _same_name(table["director"], director)
    if not wanted.any():
        raise InputError(f"no director is called {director!r} here{_closest(table['director'], str(director))}")
    found = table.loc[wanted & _same_name(table["movie"], movie), ["director", "movie"]]
    exact = found[found["movie"] == movie]
    films = list((exact if len(exact) else found).itertuples(index=False, name=None))
    if not films:
        of = f" by {director}" if director else ""
        raise InputError(f"no film is called {movie!r}{of} here{_closest(table.loc[wanted, 'movie'], movie)}")
    if len(films) > 1:
        directors = ", ".join(sorted(repr(d) for d, _ in films))
        raise InputError(f"{len(films)} films are called {movie!r}; name the director with --director: {directors}")
    return films[0]


def _same_name(names: pd.Series, name: str) -> pd.Series:
    return names.str.casefold() == name.casefold()


def _closest(names: pd.Series, name: str) -> str:
    """ "; the closest: 'Rope', 'The Rope'", or nothing where no name is close."""
    from rapidfuzz import fuzz, process, utils

    close = process.extract(name, names.unique().tolist(), scorer=fuzz.WRatio, processor=utils.default_process, limit=3, score_cutoff=60)
    return f"; the closest: {', '.join(repr(match) for match, _, _ in close)}" if close else ""


# --- how alike ---------------------------------------------------------------------------------------------------


def similarity(table: pd.DataFrame, row: int, by: str = "music", weight: float = 0.5) -> np.ndarray:
    """Similarity of the film in a row (counted from 0) with each film of the table, 0..1; NaN where it cannot be compared.

    It is symmetric, and 1 for a film with itself.
    """
    _require_parameters(by, 1, weight)
    return _likeness(_agreement(table, row), by, weight)


def _likeness(agreement: pd.DataFrame, by: str, weight: float) -> np.ndarray:
    music = agreement[list(TRAITS["music"])].mean(axis=1).where(agreement["genre"].notna())
    metadata = agreement[list(TRAITS["metadata"])]
    known = metadata.mean(axis=1).where(metadata.notna().sum(axis=1) >= FEWEST_TRAITS)
    likeness = {"music": music, "metadata": known, "mix": weight * music + (1 - weight) * known}[by]
    return likeness.round(9).to_numpy(float, copy=True)  # so that equal films stay equal in whatever order they were added up


def _agreement(table: pd.DataFrame, row: int) -> pd.DataFrame:
    """Agreement of the film in a row with each film: a column for each trait, 0..1, NaN where it is not known of both."""
    genres = _shares(table, list(GENRES))
    silent = genres.sum(axis=1) == 0
    sound = _shares(table, [f"{name}_duration" for name in SOUND_CLASSES])
    columns = {"sound": _overlap(sound, row), "genre": _overlap(genres, row)}
    columns |= {attribute: _level_agreement(_shares(table, SHARE_NAMES[attribute]), row) for attribute in ORDERED_ATTRIBUTES}
    heard = pd.DataFrame(columns | {name: _nearness(table, row, name) for name in ("beat", "loudness")})
    for attribute in ORDERED_ATTRIBUTES:
        values = _nearness(table, row, f"{attribute}_mean")
        heard[attribute] = np.where(np.isnan(values), heard[attribute], values)
    heard["tempo"] = _in_octaves(table["tempo"].to_numpy(float, na_value=np.nan), row)
    # Without music there are no genres and levels to compare.
    heard.loc[silent | silent[row], [name for name in TRAITS["music"] if name != "sound"]] = np.nan
    for name in ("director", "movie_genres", "countries"):
        heard[name] = _jaccard(table[name], row)
    return heard.assign(**{name: _nearness(table, row, name) for name in ("year", "rating")})


def _nearness(table: pd.DataFrame, row: int, name: str) -> np.ndarray:
    """1 minus the difference of a number in units of its span, and 0 beyond; NaN where one of the two is not known."""
    numbers = table[name].to_numpy(float, na_value=np.nan)
    return 1 - np.minimum(np.abs(numbers - numbers[row]) / SPANS[name], 1)


def _in_octaves(tempo: np.ndarray, row: int) -> np.ndarray:
    """1 for the same tempo, 0 for half or twice the tempo and beyond; NaN where there is none (0)."""
    octaves = np.log2(np.where(tempo > 0, tempo, np.nan))
    return 1 - np.minimum(np.abs(octaves - octaves[row]), 1)


def _shares(table: pd.DataFrame, columns: Any) -> np.ndarray:
    """Shares of 0..1, films by classes."""
    return table[list(columns)].to_numpy(float) / 100


def _overlap(shares: np.ndarray, row: int) -> np.ndarray:
    return np.clip(1 - np.abs(shares - shares[row]).sum(axis=1) / 2, 0, 1)


def _level_agreement(shares: np.ndarray, row: int) -> np.ndarray:
    moved = np.abs(np.cumsum(shares - shares[row], axis=1)[:, :-1]).sum(axis=1)
    return np.clip(1 - moved / (shares.shape[1] - 1), 0, 1)


def _jaccard(texts: pd.Series, row: int) -> np.ndarray:
    """Jaccard's index of comma-separated lists; NaN where one of the two is empty."""
    codes, different = pd.factorize(texts)  # films share their lists, so that few have to be taken apart
    lists = [_entries(text) for text in different]
    own = lists[codes[row]]
    return np.array([len(own & other) / len(own | other) if own and other else np.nan for other in lists])[codes]


def _entries(text: str) -> set[str]:
    return {entry.strip() for entry in text.split(",") if entry.strip()}


def _best(table: pd.DataFrame, likeness: np.ndarray, known: np.ndarray, n: int) -> list[int]:
    """Rows of the n most similar films; only those that can be among them are sorted by name."""
    if len(known) == 0:
        return []
    least = np.partition(likeness[known], -min(n, len(known)))[-min(n, len(known))]
    candidates = known[likeness[known] >= least]
    names = zip(table["movie"].iloc[candidates], table["director"].iloc[candidates], strict=True)
    ranked = sorted(zip(-likeness[candidates], names, candidates, strict=True))
    return [int(other) for _, _, other in ranked[:n]]


def _require_parameters(by: str, n: int, weight: float) -> None:
    if by not in BY:
        raise InputError(f"films cannot be compared by {by!r}; choose one of {', '.join(BY)}")
    if n < 1:
        raise InputError(f"n = {n}: ask for at least one film")
    if not 0 <= weight <= 1:
        raise InputError(f"weight = {weight}: the share of the music in the mix lies between 0 and 1")


def _row(table: pd.DataFrame, director: str, movie: str) -> int:
    rows = np.flatnonzero((table["director"] == director) & (table["movie"] == movie))
    if len(rows) == 0:
        raise InputError(f"{movie!r} by {director!r} is not in the enhanced dataset; write it anew with `leitmotif export`")
    return int(rows[0])


def _incomparable(own: pd.Series, director: str, movie: str, by: str) -> str:
    if by != "metadata" and np.isnan(own["genre"]):
        return f"{movie} ({director}) has no music of 10 seconds or more to compare; compare by metadata"
    unknown = ", ".join(_WORDS.get(name, name) for name in TRAITS["metadata"] if np.isnan(own[name]))
    remedy = "run `leitmotif metadata` or compare by music"
    return f"{movie} ({director}): too little is known to compare it by metadata (no {unknown}); {remedy}"


# --- why ---------------------------------------------------------------------------------------------------------


def _neighbour(table: pd.DataFrame, row: int, other: int, likeness: float, agreement: pd.Series, usual: pd.Series) -> Neighbour:
    one, two = table.iloc[row], table.iloc[other]
    known = agreement.dropna()
    telling = (known - usual[known.index]).sort_values(ascending=False, kind="stable").index
    close = [str(trait) for trait in telling if known[trait] >= CLOSE[str(trait)]][:_MOST_REASONS]
    best = f"closest in {_word(str(known.idxmax()))}" if known.any() else "nothing in common"
    reasons = [_reason(trait, one, two) for trait in close] or [best]
    return Neighbour(two["director"], two["movie"], likeness, tuple(reasons), {str(name): float(value) for name, value in known.items()})


def _word(trait: str) -> str:
    return _WORDS.get(trait, trait)


def _reason(trait: str, one: pd.Series, two: pd.Series) -> str:
    """What two films that agree in a trait have in common, in words."""
    return _REASONS.get(trait, _of_levels(trait))(one, two)


def _of_sound(one: pd.Series, two: pd.Series) -> str:
    here, there = (f"{film['music_duration']:.0f} %" for film in (one, two))
    return f"music in {here} of both" if here == there else f"music in {here} and {there}"


def _of_genre(one: pd.Series, two: pd.Series) -> str:
    if one["genre"] == two["genre"]:
        return f"both mostly {one['genre']}"
    shared = sorted(GENRES, key=lambda name: -min(one[name], two[name]))[:2]
    return f"{' and '.join(name for name in shared if min(one[name], two[name]) > 0)} in both"


def _of_levels(attribute: str) -> Callable[[pd.Series, pd.Series], str]:
    def words(one: pd.Series, two: pd.Series) -> str:
        return f"{one[attribute]} {attribute}" if one[attribute] == two[attribute] else f"alike in {attribute}"

    return words


def _of_tempo(one: pd.Series, two: pd.Series) -> str:
    here, there = (f"{film['tempo']:.0f}" for film in (one, two))
    return f"both at {here} beats a minute" if here == there else f"{here} and {there} beats a minute"


def _of_beat(one: pd.Series, two: pd.Series) -> str:
    return "an equally steady beat"


def _of_loudness(one: pd.Series, two: pd.Series) -> str:
    return "equally loud"


def _of_directors(one: pd.Series, two: pd.Series) -> str:
    shared = _entries(one["director"]) & _entries(two["director"])
    return "same director" if one["director"] == two["director"] else f"both by {_joined(shared)}"


def _of_film_genres(one: pd.Series, two: pd.Series) -> str:
    return f"both {_joined(_entries(one['movie_genres']) & _entries(two['movie_genres']))}"


def _of_countries(one: pd.Series, two: pd.Series) -> str:
    return f"both from {_joined(_entries(one['countries']) & _entries(two['countries']))}"


def _joined(entries: set[str]) -> str:
    *first, last = sorted(entries)
    return f"{', '.join(first)} and {last}" if first else last


def _of_years(one: pd.Series, two: pd.Series) -> str:
    here, there = int(one["year"]), int(two["year"])
    if here == there:
        return f"both of {here}"
    return f"both of the {here // 10 * 10}s" if here // 10 == there // 10 else f"of {here} and {there}"


def _of_ratings(one: pd.Series, two: pd.Series) -> str:
    here, there = (f"{film['rating']:.1f}" for film in (one, two))
    return f"both rated {here}" if here == there else f"rated {here} and {there}"


_REASONS: dict[str, Callable[[pd.Series, pd.Series], str]] = {
    "sound": _of_sound,
    "genre": _of_genre,
    "tempo": _of_tempo,
    "beat": _of_beat,
    "loudness": _of_loudness,
    "director": _of_directors,
    "movie_genres": _of_film_genres,
    "countries": _of_countries,
    "year": _of_years,
    "rating": _of_ratings,
}
