"""What a piece is composed for: a film of a library or some of its music, a poster, a scene, film genres, moods."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from analysis import aggregation, dataset, pictures, posters, scenes
from analysis.composing import target
from analysis.composing.target import MARGIN, Profile
from analysis.library import Library
from analysis.similarity import find
from errors import InputError
from models.labels import ORDERED_ATTRIBUTES

SLOWEST, FASTEST = 40.0, 220.0  # beats a minute that can be asked for


def profile(
    *,
    movie: str | None = None,
    library: Library | None = None,
    director: str | None = None,
    segments: str | None = None,
    poster: Path | None = None,
    scene: Path | None = None,
    genres: Sequence[str] = (),
    moods: Sequence[str] = (),
) -> Profile:
    """The profile of the one source that is given, as `leitmotif compose` takes it; genres and moods count as one.

    Raises
    ------
    InputError : there is no source or more than one, or it cannot be used
    LibraryError : the library has no dataset, or it is damaged
    PictureError : the poster or the scene is no picture
    """
    sources = {"--movie": movie, "--poster": poster, "--scene": scene, "--genre or --mood": genres or moods}
    given = [option for option, value in sources.items() if value]
    if len(given) != 1:
        problem = f"{' and '.join(given)} are given" if given else "nothing is given to compose for"
        raise InputError(f"{problem}: choose one of --movie, --poster, --scene, or --genre and --mood")
    if not movie and (director or segments):
        raise InputError(f"--{'director' if director else 'segments'} goes with --movie")
    if movie:
        if library is None:
            raise InputError("--movie needs the library it is in: --library DIR")
        return of_movie(library, movie, director, _numbers(segments or ""))
    if poster:
        return target.of_poster(posters.describe(pictures.read(poster), str(poster)))
    if scene:
        return target.of_scene(scenes.describe(pictures.read(scene), str(scene)))
    return of_words(_weights(genres, "--genre"), _weights(moods, "--mood"))


def of_movie(library: Library, movie: str, director: str | None = None, segments: Sequence[int] = ()) -> Profile:
    """The profile of a film's music.

    Parameters
    ----------
    movie, director : as analysis.similarity.find takes them
    segments : numbers of those of its segments that count, from 1; none is the whole film

    Raises
    ------
    InputError : there is no such film or segment, or no music in it
    LibraryError : the library has no dataset, or it is damaged
    """
    table = dataset.read(library)
    who, what = find(table, movie, director)
    found = table[(table["director"] == who) & (table["movie"] == what)].iloc[0]
    row = {str(column): value for column, value in found.items()}
    return target.of_movie(row | _of_segments(library, who, what, segments) if segments else row)


def _of_segments(library: Library, director: str, movie: str, segments: Sequence[int]) -> dict[str, Any]:
    every = library.table(director, movie, "segments")
    if every.empty:
        return {}
    if not all(1 <= number <= len(every) for number in segments):
        raise InputError(f"--segments: {movie} has {len(every)} segments of music; choose of 1 to {len(every)}")
    chosen = every[every["segment"].isin([number - 1 for number in segments])]
    return aggregation.profile(library.table(director, movie, "seconds"), chosen)


def of_words(genres: Mapping[str, float], moods: Mapping[str, float]) -> Profile:
    """The profile of film genres, of moods, or of moods in the colours of film genres.

    Parameters
    ----------
    genres, moods : weights by name; one of them may be empty

    Raises
    ------
    InputError : a name does not exist, or no weight is above 0
    """
    if not moods:
        return target.of_genres(genres)
    profile = target.of_moods(moods)
    return replace(profile, genres=target.of_genres(genres).genres) if genres else profile


def changed(profile: Profile, *, tempo: float | None = None, **levels: float | None) -> Profile:
    """A profile of which some is asked otherwise.

    Parameters
    ----------
    tempo : beats a minute
    levels : valence, energy, danceability, 0..1

    Raises
    ------
    InputError : a value is out of its range
    """
    for name, level in levels.items():
        assert name in ORDERED_ATTRIBUTES
        if level is not None and not 0 <= level <= 1:
            raise InputError(f"--{name}: {level:g} is out of range; give 0 to 1")
    if tempo is not None and not SLOWEST <= tempo <= FASTEST:
        raise InputError(f"--tempo: {tempo:g} beats a minute cannot be asked for; give {SLOWEST:g} to {FASTEST:g}")
    wanted: dict[str, Any] = {name: level for name, level in levels.items() if level is not None}
    if tempo is not None:
        wanted["tempo"] = ((1 - MARGIN) * tempo, (1 + MARGIN) * tempo)
    return replace(profile, **wanted)


def _numbers(text: str) -> list[int]:
    """ "1,3" as numbers."""
    parts = [part.strip() for part in text.split(",")] if text else []
    if not all(part.isdecimal() for part in parts):
        raise InputError(f"--segments: {text!r} are no numbers of segments; give them like 1,3")
    return [int(part) for part in parts]


def _weights(texts: Sequence[str], option: str) -> dict[str, float]:
    """ "Horror=2" and "Drama" as weights by name."""
    found = {}
    for text in texts:
        name, _, weight = text.partition("=")
        if weight and not re.fullmatch(r"\d+(\.\d*)?|\.\d+", weight.strip()):
            raise InputError(f"{option}: {text!r} has no weight behind the name; give it like {name}=2")
        found[name.strip()] = float(weight or 1)
    return found
