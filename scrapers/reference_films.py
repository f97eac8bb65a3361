"""The films of the reference library: who made them, and the recordings of each, from the tables of the material it is made of."""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from errors import DataError
from scrapers import records, values

SCORES, FACTS, SCENES = Path("audio/film_scores.csv"), Path("metadata/films.csv"), Path("film")
_SCORE_COLUMNS = ("file", "film_key", "composer", "track", "original_score", "cue_type", "more_genres")
_FACT_COLUMNS = (
    "film_key",
    "film",
    "year",
    "director",
    "countries",
    "imdb_genres",
    "runtime_min",
    "imdb_id",
    "rating",
    "metascore",
    "source",
)
_YES = "yes"

# Openly licensed and public-domain films of which there are scenes with dialogue: where they lie, and who made them.
_WITH_DIALOGUE: tuple[tuple[str, dict[str, Any]], ...] = (
    (
        "big_buck_bunny_30s.mp4",
        {
            "title": "Big Buck Bunny", "director": "Sacha Goedegebure", "year": 2008, "imdb_id": "tt1254207", "countries": ["Netherlands"],
            "genres": ["Animation", "Short", "Comedy"], "composer": ["Jan Morgenstern"], "runtime": 10,
        },
    ),
    (
        "night_of_the_living_dead",
        {
            "title": "Night of the Living Dead", "director": "George A. Romero", "year": 1968, "imdb_id": "tt0063350", "countries": ["USA"],
            "genres": ["Horror", "Thriller"], "runtime": 96,
        },
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Recording:
    """An excerpt of a film's sound.

    name : of its file, without ending
    cue : what it is: score, song, classical, ... or scene
    composer : "" where it is not known, or for a scene
    track : the recording it was cut from, counted from 1 within the film
    original : whether it was composed for the film
    """

    name: str
    path: Path
    cue: str
    composer: str = ""
    track: int = 1
    original: bool = False


@dataclass(frozen=True)
class ReferenceFilm:
    """A film, its recordings in order, and its metadata record (scrapers.records).

    key : where its recordings lie, below the material's folder
    dialogue : whether the recordings are scenes, and not its score alone
    """

    key: str
    director: str
    movie: str
    dialogue: bool
    record: dict[str, Any]
    recordings: tuple[Recording, ...]


def read(data: Path) -> list[ReferenceFilm]:
    """The films of a folder of material, by director and title.

    Parameters
    ----------
    data : holds audio/film_scores.csv, metadata/films.csv, and film/ with scenes of films that may be passed on

    Raises
    ------
    DataError : a table is missing, lacks a column, or knows a film that the other does not
    """
    scores: dict[str, list[dict[str, str]]] = {}
    for row in _rows(data / SCORES, _SCORE_COLUMNS):
        scores.setdefault(row["film_key"], []).append(row)
    facts = {row["film_key"]: row for row in _rows(data / FACTS, _FACT_COLUMNS)}
    if unknown := sorted(scores.keys() - facts.keys()):
        raise DataError(f"{data / FACTS}: knows nothing of {unknown[0]!r}, which {SCORES.name} has recordings of; add a row")
    films = [_of_scores(data, key, rows, facts[key]) for key, rows in scores.items()]
    return sorted([*films, *_with_dialogue(data)], key=lambda film: (film.director, film.movie))


def _rows(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    if not path.is_file():
        raise DataError(f"{path}: no such table; point --data at the folder the reference library is made of (docs/reference.md)")
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    missing = [column for column in columns if not rows or column not in rows[0]]
    if missing:
        raise DataError(f"{path}: has no column {', '.join(missing)}")
    return rows


def _of_scores(data: Path, key: str, rows: list[dict[str, str]], facts: Mapping[str, str]) -> ReferenceFilm:
    tracks = {track: number for number, track in enumerate(dict.fromkeys(row["track"] for row in rows), 1)}
    recordings = [
        Recording(
            Path(row["file"]).stem, data / "audio" / row["file"], row["cue_type"], row["composer"], tracks[row["track"]],
            row["original_score"] == _YES,
        )
        for row in rows
    ]  # fmt: skip
    more = [genre for row in rows for genre in row["more_genres"].split("|")]
    known = {
        **{name: facts[name] for name in ("year", "imdb_id", "rating", "metascore")},
        "countries": facts["countries"].split("|"),
        "genres": [*facts["imdb_genres"].split("|"), *more],
        "runtime": facts["runtime_min"],
        "director": facts["director"].split(" & "),
        "composer": _composer(recordings),
    }
    return _film(f"film_scores/{key}", facts["director"], facts["film"], False, known, f"{FACTS.name} ({facts['source']})", recordings)


def _composer(recordings: list[Recording]) -> str:
    """Who wrote most of the recordings that were composed for the film; "" where none was."""
    counts = Counter(recording.composer for recording in recordings if recording.original)
    return counts.most_common(1)[0][0] if counts else ""


def _with_dialogue(data: Path) -> Iterator[ReferenceFilm]:
    for place, known in _WITH_DIALOGUE:
        path = data / SCENES / place
        paths = sorted(path.glob("*.ogg")) if path.is_dir() else [path] * path.is_file()
        scenes = [Recording(path.stem, path, "scene") for path in paths]
        if scenes:
            key = f"{SCENES}/{path.stem}"
            yield _film(key, known["director"], known["title"], True, known, "known of a film that may be passed on", scenes)


def _film(
    key: str, director: str, movie: str, dialogue: bool, known: Mapping[str, Any], source: str, recordings: list[Recording]
) -> ReferenceFilm:
    clean = {field: value for field, value in values.clean(known).items() if field in records.KNOWN}
    record = records.record(movie, director, clean, {field: {"source": source, "when": ""} for field in clean})
    return ReferenceFilm(key, director, movie, dialogue, record, tuple(recordings))
