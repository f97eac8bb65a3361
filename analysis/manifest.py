"""manifest.json: what became of each movie in the last run, or in the last runs of all shards."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from analysis import locks
from analysis.library import Library
from analysis.pipeline import Movie, Options, Outcome, now
from errors import LibraryError

Entry = dict[str, Any]


def write(
    library: Library,
    movies: Sequence[Movie],
    outcomes: Sequence[Outcome],
    options: Options,
    *,
    started: str,
    ended: bool,
    others: Sequence[Movie] = (),
) -> None:
    """Tell of a run, in the order of the movies, whatever order they were done in.

    Parameters
    ----------
    movies : all movies of the folder
    outcomes : what became of those the run came to
    started : time
    ended : whether the run came to its end
    others : movies that belong to other shards, whose entries stay
    """
    with locks.waiting(library.root, "manifest"):
        entries = [*_earlier(library, others), *map(asdict, outcomes)]
        places = {name: place for place, name in enumerate(map(_name, map(_named, movies)))}
        entries.sort(key=lambda entry: places.get(_name(entry), len(places)))
        told = set(map(_name, entries))
        report = {
            "started": started,
            "finished": now(),
            "complete": ended and all(name in told for name in places),
            "detector": options.detector,
            "counts": {status: sum(entry["status"] == status for entry in entries) for status in ("ok", "skipped", "failed")},
            "movies": entries,
        }
        library.write_manifest(report)


def _earlier(library: Library, others: Sequence[Movie]) -> list[Entry]:
    """What manifest.json tells of these movies; nothing where it cannot be read, as the shards will tell again."""
    names = set(map(_name, map(_named, others)))
    try:
        return [entry for entry in library.manifest()["movies"] if _name(entry) in names] if names else []
    except (LibraryError, KeyError, TypeError, AttributeError):
        return []


def _named(movie: Movie) -> Entry:
    return {"director": movie.director, "movie": movie.movie}


def _name(entry: Entry) -> tuple[str, str]:
    return entry["director"], entry["movie"]
