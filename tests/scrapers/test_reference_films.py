"""The films of the reference library, from a small folder of material like the real one."""

import csv
from pathlib import Path
from typing import Any

import pytest

from errors import DataError
from scrapers import reference_films

SCORE = {
    "file": "film_scores/waltz_000.ogg", "film_key": "waltz", "composer": "Ada Lind & Bo Falk", "track": "main", "original_score": "yes",
    "cue_type": "score", "more_genres": "",
}  # fmt: skip
FACTS = {
    "film_key": "waltz", "film": "The Waltz: Part One", "year": "1971", "director": "Inès Marchand & Jo Hale", "countries": "France|UK",
    "imdb_genres": "Drama|Romance", "runtime_min": "107", "imdb_id": "", "rating": "7.1", "metascore": "", "source": "csv:someone",
}  # fmt: skip


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    song = {"file": "film_scores/waltz_001.ogg", "composer": "The Band", "track": "song", "original_score": "no", "cue_type": "song"}
    write(tmp_path / "audio/film_scores.csv", [SCORE, SCORE | song, SCORE | song | {"more_genres": "War"}])
    write(tmp_path / "metadata/films.csv", [FACTS])
    return tmp_path


def test_a_film_has_its_facts_and_its_recordings_in_order(data: Path) -> None:
    (film,) = reference_films.read(data)
    assert (film.key, film.director, film.movie, film.dialogue) == (
        "film_scores/waltz", "Inès Marchand & Jo Hale", "The Waltz: Part One", False
    )  # fmt: skip
    record = film.record
    assert record["director"] == ["Inès Marchand", "Jo Hale"]
    assert record["composer"] == ["Ada Lind & Bo Falk"], "a song is by somebody else"
    assert (record["year"], record["runtime"], record["rating"], record["metascore"], record["imdb_id"]) == (1971, 107, 7.1, "", "")
    assert (record["countries"], record["genres"]) == (["France", "UK"], ["Drama", "Romance", "War"])
    assert [(r.name, r.track, r.cue, r.original) for r in film.recordings[:2]] == [
        ("waltz_000", 1, "score", True), ("waltz_001", 2, "song", False)
    ]  # fmt: skip


def test_nobody_wrote_the_score_of_a_film_of_songs(data: Path) -> None:
    write(data / "audio/film_scores.csv", [SCORE | {"original_score": "no"}])
    assert reference_films.read(data)[0].record["composer"] == ""


def test_scenes_with_dialogue_stand_beside_the_scores(data: Path) -> None:
    scenes = data / "film/night_of_the_living_dead"
    scenes.mkdir(parents=True)
    for name in ("b.ogg", "a.ogg"):
        (scenes / name).touch()
    found = {film.movie: film for film in reference_films.read(data)}
    assert list(found) == ["Night of the Living Dead", "The Waltz: Part One"], "not by director"
    film = found["Night of the Living Dead"]
    assert (film.dialogue, [r.name for r in film.recordings], film.record["year"]) == (True, ["a", "b"], 1968)


def test_what_is_missing_is_named(data: Path, tmp_path: Path) -> None:
    write(data / "audio/film_scores.csv", [SCORE, SCORE | {"film_key": "unknown"}])
    with pytest.raises(DataError, match=r"films\.csv: knows nothing of 'unknown', which film_scores\.csv has recordings of"):
        reference_films.read(data)
    write(data / "metadata/films.csv", [{"film_key": "waltz"}])
    with pytest.raises(DataError, match=r"films\.csv: has no column film, year"):
        reference_films.read(data)
    with pytest.raises(DataError, match=r"film_scores\.csv: no such table"):
        reference_films.read(tmp_path / "nowhere")
