"""What the Compose page's address asks for: where the target profile comes from, what was changed of it by hand, and how much to compose.

The address is read twice by the same reader: to draw the page, and when a piece is asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from analysis import aggregation
from analysis.composing import target
from analysis.composing.target import Profile
from dashboard import data, uploads
from dashboard.seeing import Seen
from dashboard.urls import several, single
from errors import InputError, LibraryError
from models.labels import MOODS, ORDERED_ATTRIBUTES

KINDS = {"movie": "Film", "poster": "Poster", "scene": "Scene", "genre": "Genres", "mood": "Mood"}
SHORTEST, LONGEST, USUAL = 10, 300, 60  # s
MOST_CANDIDATES, USUAL_CANDIDATES = 12, 4
MOST_SEED = 999_999
SLOWEST, FASTEST = 40, 220  # beats a minute that can be asked for
FULL = 100  # a weight or value of 1 in an address
LEVELS = ("valence", "energy", "danceability")
TEMPO = ("slowest", "fastest")
_EVEN = 50  # the weight of a genre that was only named


@dataclass(frozen=True)
class View:
    """What an address says; what it does not say, or says in a way that cannot be read, is as usual.

    kind : one of KINDS
    library, director, movie : of the film, None where the address names none
    segments : numbers of those of its segments that count, from 1; none is the whole film
    picture : the name under which an uploaded one is known
    genres : film genres of the source and their weights, 0..FULL;  moods : of the source
    changed : by name what was set by hand: MOODS (all or none) and LEVELS in 0..FULL, TEMPO in beats a minute
    colours : film genres whose colours were chosen by hand, with weights; None for those of the source
    seconds, count, seed : how long, how many candidates, from where chance begins
    """

    kind: str
    library: str | None
    director: str | None
    movie: str | None
    segments: tuple[int, ...]
    picture: str | None
    genres: Mapping[str, int]
    moods: tuple[str, ...]
    changed: Mapping[str, int]
    colours: Mapping[str, int] | None
    seconds: int
    count: int
    seed: int


@dataclass(frozen=True)
class Given:
    """What a source gives: its profile, its name, and what piece.json is to say of it."""

    profile: Profile
    name: str
    source: Mapping[str, Any]


@dataclass(frozen=True)
class Wish:
    """A piece that is asked for. `film` is the one it is for, if any; `library` the library's name, None for the first."""

    profile: Profile
    seconds: float
    count: int
    seed: int
    name: str
    source: Mapping[str, Any]
    library: str | None
    film: tuple[str, str] | None


def read(query: Mapping[str, Any]) -> View:
    """Read an address's parameters, each a text or a list of texts."""
    kind = single(query.get("source"))
    changed = {name: number(query.get(name), 0, FULL) for name in (*MOODS, *LEVELS)} | {
        name: number(query.get(name), SLOWEST, FASTEST) for name in TEMPO
    }
    for together in (MOODS, TEMPO):  # one of them says nothing without the others
        if any(changed[name] is None for name in together) or not sum(changed[name] or 0 for name in together):
            changed |= dict.fromkeys(together)
    return View(
        kind=kind if kind in KINDS else "movie",
        library=single(query.get("library")),
        director=single(query.get("director")),
        movie=single(query.get("movie")),
        segments=tuple(sorted({int(text) for text in several(query.get("segments")) if _is_number(text)} - {0})),
        picture=single(query.get("picture")),
        genres=_weights(query.get("genres")),
        moods=tuple(mood for mood in MOODS if mood in several(query.get("moods"))),
        changed={name: value for name, value in changed.items() if value is not None},
        colours=_weights(query["colours"]) if several(query.get("colours")) else None,
        seconds=number(query.get("length"), SHORTEST, LONGEST) or USUAL,
        count=number(query.get("candidates"), 1, MOST_CANDIDATES) or USUAL_CANDIDATES,
        seed=number(query.get("seed"), 0, MOST_SEED) or 0,
    )


def given(view: View) -> Given | None:
    """What the source of a view gives; None as long as nothing is chosen.

    Raises
    ------
    InputError : no music was found in the film, or a genre does not exist
    LibraryError : the film is not there or damaged
    UnknownError : the picture is no longer known
    """
    if view.kind == "movie":
        return _of_film(view) if view.director and view.movie else None
    if view.kind == "genre":
        return Given(target.of_genres(view.genres), ", ".join(view.genres), {"weights": dict(view.genres)}) if view.genres else None
    if view.kind == "mood":
        return (
            Given(target.of_moods(dict.fromkeys(view.moods, 1.0)), ", ".join(view.moods), {"moods": list(view.moods)})
            if view.moods
            else None
        )
    return _of_picture(view)


def wanted(view: View, profile: Profile) -> Profile:
    """A source's profile with what was changed by hand. Raises InputError for a genre that does not exist."""
    changed = view.changed
    levels: dict[str, Any] = {name: changed[name] / FULL for name in LEVELS if name in changed}
    found = replace(profile, **levels)
    if all(mood in changed for mood in MOODS):
        total = sum(changed[mood] for mood in MOODS)
        found = replace(found, moods={mood: changed[mood] / total for mood in MOODS})
    if all(name in changed for name in TEMPO):
        slowest, fastest = sorted(float(changed[name]) for name in TEMPO)
        found = replace(found, tempo=(slowest, fastest))
    if view.colours is not None:
        found = replace(found, genres=target.of_genres(view.colours).genres if view.colours else {})
    return found


def wish(view: View) -> Wish:
    """What is to be composed. Raises InputError when no source is chosen, and as `given` does."""
    found = given(view)
    if found is None:
        raise InputError("nothing is chosen that the music should match; choose a film, a picture, a genre or a mood")
    film = (view.director, view.movie) if view.kind == "movie" and view.director and view.movie else None
    source = {"kind": view.kind, "name": found.name, **found.source}
    return Wish(wanted(view, found.profile), view.seconds, view.count, view.seed, found.name, source, view.library, film)


def whole(shares: Mapping[str, float]) -> dict[str, int]:
    """Shares as whole numbers that sum to FULL."""
    hundredths = np.array(list(shares.values())) * FULL
    floors = np.floor(hundredths + 1e-9).astype(int)
    left = FULL - int(floors.sum())
    floors[np.argsort(floors - hundredths, kind="stable")[:left]] += 1
    return dict(zip(shares, floors.tolist(), strict=True))


def number(value: Any, least: int, most: int) -> int | None:
    """A whole number of an address, no less and no more than what there is; None where it is none."""
    text = single(value)
    return min(max(int(text), least), most) if text and _is_number(text) else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 9


def _weights(value: Any) -> dict[str, int]:
    """ "Horror:60" or "Horror", several times; a weight of 0 is none."""
    pairs = (text.rpartition(":") if ":" in text else (text, "", "") for text in several(value))
    found = {name: _EVEN if (weight := number(text, 0, FULL)) is None else weight for name, _, text in pairs if name in target.genres()}
    return {name: weight for name, weight in found.items() if weight}


def _of_film(view: View) -> Given:
    library = data.library(view.library)
    if (view.director, view.movie) not in data.movies(library):
        raise InputError("this library has no such film; choose one above")
    assert view.director and view.movie
    film = data.film(library, view.director, view.movie)
    row, name = film.profile, film.movie
    source: dict[str, Any] = {"director": film.director, "movie": film.movie}
    if view.segments:
        table = data.segments(library, film.director, film.movie)
        chosen = table[table["segment"].isin([number - 1 for number in view.segments])]
        if len(chosen) < len(view.segments):
            raise InputError(f"{film.movie}: has {len(table)} segments of music; choose among them")
        row = aggregation.profile(data.seconds(library, film.director, film.movie), chosen)
        name, source = f"{film.movie}, {_numbered(view.segments)}", source | {"segments": list(view.segments)}
    needed = [*(f"{attribute}_mean" for attribute in ORDERED_ATTRIBUTES), "tempo"]
    if missing := [column for column in needed if column not in row]:
        raise LibraryError(f"{film.movie}: its profile lacks {', '.join(missing)}; run the analysis again")
    genres = ", ".join(film.metadata.get("genres") or [])
    known = {column: np.nan if value is None else value for column, value in row.items()}
    return Given(target.of_movie(known | {"movie": film.movie, "movie_genres": genres}), name, source)


def _numbered(segments: tuple[int, ...]) -> str:
    return f"segment{'s' if len(segments) > 1 else ''} {', '.join(map(str, segments))}"


def _of_picture(view: View) -> Given | None:
    if view.picture is None:
        return None
    upload = uploads.desk().find(view.picture)
    if not isinstance(upload.found, Seen):
        raise InputError(upload.problem or f"{upload.name}: is no picture; choose another")
    profile = (target.of_poster if view.kind == "poster" else target.of_scene)(upload.found.answers)
    return Given(profile, upload.name, {})
