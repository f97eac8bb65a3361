import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from scrapers import metadata
from scrapers.folder import MovieFile, scan
from scrapers.metadata import Outcome, Report, collect
from scrapers.records import KNOWN, table
from scrapers.sources import Answer, Candidate, Query

FULL: dict[str, Any] = {
    "imdb_id": "tt0040746", "imdb_link": "https://www.imdb.com/title/tt0040746/", "other_title": "Seil", "year": 1948, "rating": 7.9,
    "metascore": 73, "countries": ["United States"], "locations": ["Burbank"], "genres": ["Crime"], "cast": ["James Stewart"],
    "director": ["Alfred Hitchcock"], "runtime": 80, "poster": "https://example.org/poster.jpg", "composer": ["Leo F. Forbstein"],
}  # fmt: skip
WHEN = "2020-01-01T00:00:00+00:00"


@dataclass
class Fake:
    """A source that gives one answer and keeps what it was asked."""

    answer: Answer
    name: str = "fake"
    asked: list[Query] = field(default_factory=list)

    def lookup(self, query: Query) -> Answer:
        self.asked.append(query)
        return self.answer


def ok(known: dict[str, Any], source: str = "fake", *candidates: Candidate) -> Fake:
    return Fake(Answer("ok", known, source, WHEN, candidates=candidates))


def miss(status: Any, reason: str = "because", *candidates: Candidate) -> Fake:
    return Fake(Answer(status, {}, "fake", WHEN, reason, candidates))


@pytest.fixture
def movie(tmp_path: Path) -> MovieFile:
    (tmp_path / "Alfred Hitchcock").mkdir()
    path = tmp_path / "Alfred Hitchcock" / "Rope.mkv"
    path.write_bytes(b"x")
    return MovieFile(path, "Alfred Hitchcock", "Rope")


def beside(movie: MovieFile, **fields: Any) -> None:
    movie.path.with_suffix(".json").write_text(json.dumps(fields))


def one(movie: MovieFile, *sources: Fake, **more: Any) -> Outcome:
    [outcome] = collect([movie], sources, **more)
    return outcome


# --- order and provenance -----------------------------------------------------------------------------------------


def test_each_field_comes_from_the_first_source_that_has_it(movie: MovieFile) -> None:
    beside(movie, rating=8)
    outcome = one(movie, ok({"year": 1948, "rating": 1, "imdb_id": "tt0040746"}, "first"), ok(FULL | {"year": 1949}, "second"))
    assert outcome.status == "ok"
    assert outcome.record
    assert (outcome.record["rating"], outcome.record["year"], outcome.record["metascore"]) == (8, 1948, 73)
    assert (outcome.record["movie"], outcome.record["director_folder"]) == ("Rope", "Alfred Hitchcock")
    sources = outcome.record["sources"]
    assert (sources["rating"]["source"], sources["year"]["source"], sources["metascore"]["source"]) == (
        "sidecar Rope.json",
        "first",
        "second",
    )
    assert sources["year"] == {"source": "first", "when": WHEN}
    assert sources["rating"]["when"] > "2020"


def test_no_source_is_asked_when_every_field_is_known(movie: MovieFile) -> None:
    last = ok({"year": 1})
    assert set(FULL) | {"synthetic"} == set(KNOWN)
    one(movie, ok(FULL), last)
    assert last.asked == []


def test_a_folder_with_sidecars_only_ends_as_ok(movie: MovieFile) -> None:
    beside(movie, title="Rope", year=1948, synthetic=True)
    outcome = one(movie)
    assert outcome.status == "ok"
    assert outcome.record
    assert outcome.record["synthetic"] is True


def test_a_synthetic_film_is_looked_up_nowhere(movie: MovieFile) -> None:
    beside(movie, title="Rope", synthetic=True)
    source = ok(FULL)
    assert one(movie, source).status == "ok"
    assert source.asked == []


def test_the_score_of_a_match_is_recorded(movie: MovieFile) -> None:
    outcome = one(movie, ok(FULL, "fake", Candidate("tt0040746", "Rope", score=0.93)))
    assert outcome.record
    assert outcome.record["sources"]["imdb_id"]["score"] == 0.93
    assert "score" not in outcome.record["sources"]["year"]


# --- the question -------------------------------------------------------------------------------------------------


def ask(folder: Path, name: str, director: str = "Alfred Hitchcock", **more: Any) -> Query:
    source = miss("not_found")
    one(MovieFile(folder / f"{name}.mkv", director, name), source, **more)
    return source.asked[0]


def test_the_name_gives_title_year_and_id(tmp_path: Path) -> None:
    assert ask(tmp_path, "The.39.Steps.1935.1080p") == Query("The 39 Steps", 1935, "Alfred Hitchcock", other_titles=("The 39 Steps 1935",))
    assert ask(tmp_path, "Rope [tt0040746]").imdb_id == "tt0040746"
    assert ask(tmp_path, "Hitchcock - Rope").title == "Rope"
    assert ask(tmp_path, "Rope - Alfred Hitchcock (1948)").title == "Rope"
    assert ask(tmp_path, "Star Wars - Episode IV", "George Lucas").title == "Star Wars - Episode IV"


def test_an_id_in_the_file_s_name_counts_when_its_folder_names_the_movie(tmp_path: Path) -> None:
    source = miss("not_found")
    one(MovieFile(tmp_path / "Rope" / "tt0040746.mkv", "Alfred Hitchcock", "Rope"), source)
    assert source.asked[0].imdb_id == "tt0040746"


def test_a_sidecar_goes_before_the_name(movie: MovieFile) -> None:
    beside(movie, title="La soga", year=1950, imdb_id="tt0000007")
    source = miss("not_found")
    one(movie, source)
    assert source.asked == [Query("La soga", 1950, "Alfred Hitchcock", imdb_id="tt0000007", other_titles=("Rope",))]


def test_the_runtime_is_measured_only_to_find_a_film_by_title(movie: MovieFile) -> None:
    measured = []
    source = miss("not_found")
    one(movie, source, runtime=lambda asked: measured.append(asked) or 80.5)
    assert (source.asked[0].runtime, measured) == (80.5, [movie])
    one(movie, runtime=lambda asked: pytest.fail("nobody asks"))
    beside(movie, imdb_id="tt0040746")
    one(movie, source, runtime=lambda asked: pytest.fail("the id decides"))


def test_an_id_that_one_source_finds_decides_in_the_next(movie: MovieFile) -> None:
    second = miss("not_found")
    one(movie, ok({"imdb_id": "tt0040746"}), second)
    assert second.asked[0].imdb_id == "tt0040746"


# --- endings ------------------------------------------------------------------------------------------------------

CLOSE = (Candidate("tt0000001", "Rope", 1930, score=0.9), Candidate("tt0000002", "Rope", 1948, score=0.9))


@pytest.mark.parametrize(
    ("statuses", "ending"),
    [
        (["not_found"], "not_found"),
        (["offline"], "not_found"),
        (["not_found", "blocked"], "blocked"),
        (["blocked", "failed"], "blocked"),
        (["failed", "not_found"], "failed"),
        (["changed"], "failed"),
        (["offline", "not_found"], "not_found"),
        ([], "not_found"),
    ],
)
def test_how_a_movie_ends_that_no_source_knows(movie: MovieFile, statuses: list[str], ending: str) -> None:
    outcome = one(movie, *(miss(status, f"it is {status}") for status in statuses))
    assert outcome.status == ending
    assert outcome.record is None
    assert outcome.reason


def test_a_source_that_fails_does_not_spoil_what_others_know(movie: MovieFile) -> None:
    outcome = one(movie, miss("blocked", "refused"), ok({"year": 1948}))
    assert (outcome.status, outcome.warnings) == ("ok", ("fake: refused",))


def test_a_close_call_is_ambiguous_with_its_candidates(movie: MovieFile) -> None:
    outcome = one(movie, miss("ambiguous", "two fit", *CLOSE), miss("not_found"), miss("blocked"))
    assert (outcome.status, outcome.reason, outcome.candidates, outcome.record) == ("ambiguous", "two fit", CLOSE, None)


def test_what_a_sidecar_says_is_kept_of_an_ambiguous_film(movie: MovieFile) -> None:
    beside(movie, rating=8)
    outcome = one(movie, miss("ambiguous", "two fit", *CLOSE))
    assert outcome.status == "ambiguous"
    assert outcome.record
    assert (outcome.record["rating"], outcome.record["imdb_id"]) == (8, "")


def test_a_source_that_knows_only_one_of_two_close_films_does_not_decide(movie: MovieFile) -> None:
    lonely = ok({"imdb_id": "tt0000001"}, "small", CLOSE[0])
    outcome = one(movie, miss("ambiguous", "two fit", *CLOSE), lonely)
    assert (outcome.status, outcome.record) == ("ambiguous", None)


def test_a_clear_winner_settles_what_another_source_had_nothing_good_for(movie: MovieFile) -> None:
    poor = miss("ambiguous", "0.6 only", Candidate("tt0000009", "Ropes", score=0.6))
    outcome = one(movie, poor, ok({"imdb_id": "tt0040746"}, "large", Candidate("tt0040746", "Rope", score=1)))
    assert outcome.status == "ok"
    assert outcome.record
    assert outcome.record["imdb_id"] == "tt0040746"


def test_a_damaged_sidecar_fails_and_asks_nobody(movie: MovieFile) -> None:
    movie.path.with_suffix(".json").write_text("{")
    source = ok(FULL)
    outcome = one(movie, source)
    assert (outcome.status, source.asked) == ("failed", [])
    assert "Rope.json: is not readable JSON" in outcome.reason


def test_a_file_that_cannot_be_used_fails(tmp_path: Path) -> None:
    (tmp_path / "Loose.mkv").write_bytes(b"x")
    outcome = one(scan(tmp_path)[0], ok(FULL))
    assert (outcome.status, outcome.record) == ("failed", None)
    assert "move it into a folder" in outcome.reason


# --- contradictions -----------------------------------------------------------------------------------------------


def test_contradictions_are_reported(movie: MovieFile) -> None:
    beside(movie, imdb_id="tt0040746", year=1948)
    outcome = one(movie, ok({"year": 1950, "director": ["Ingmar Bergman"]}, "page"))
    assert outcome.warnings == (
        "Alfred Hitchcock / Rope: page says Ingmar Bergman, the folder says Alfred Hitchcock",
        "Alfred Hitchcock / Rope: page says 1950, sidecar Rope.json says 1948",
    )


def test_small_differences_are_none(movie: MovieFile) -> None:
    beside(movie, year=1948, director="Hitchcock")
    assert one(movie, ok({"year": 1949, "director": ["Alfred Hitchcock", "Somebody Else"]})).warnings == ()


# --- persons and earlier runs -------------------------------------------------------------------------------------

KEY = ("Alfred Hitchcock", "Rope")


def test_a_person_s_choice_decides(movie: MovieFile) -> None:
    beside(movie, imdb_id="tt0000001", rating=8)
    source = ok({"year": 1930})
    outcome = one(movie, source, decided={KEY: "tt0000002"})
    assert source.asked[0].imdb_id == "tt0000002"
    assert outcome.record
    assert (outcome.record["imdb_id"], outcome.record["imdb_link"]) == ("tt0000002", "https://www.imdb.com/title/tt0000002/")
    assert outcome.record["sources"]["imdb_id"]["source"] == metadata.REVIEW


def test_when_a_person_says_none_nobody_is_asked_again(movie: MovieFile) -> None:
    source = ok(FULL)
    outcome = one(movie, source, decided={KEY: ""})
    assert (outcome.status, source.asked) == ("not_found", [])
    assert outcome.record
    assert outcome.record["sources"]["imdb_id"]["source"] == metadata.REVIEW  # so that the next run knows


def test_an_earlier_run_fills_what_no_source_fills_now(movie: MovieFile) -> None:
    first = one(movie, ok(FULL, "page")).record
    assert first
    again = one(movie, miss("blocked"), earlier={KEY: first})
    assert again.status == "ok"
    assert again.record == first


def test_an_earlier_run_about_another_title_counts_for_nothing(movie: MovieFile) -> None:
    first = one(movie, ok(FULL, "page")).record
    assert first
    again = one(movie, earlier={KEY: first}, decided={KEY: "tt0000002"})
    assert again.record
    assert again.record["metascore"] == ""


def test_what_a_sidecar_no_longer_says_is_gone(movie: MovieFile) -> None:
    beside(movie, rating=8)
    first = one(movie).record
    assert first
    movie.path.with_suffix(".json").unlink()
    assert one(movie, earlier={KEY: first}).status == "not_found"


def test_records_are_handed_out_one_by_one(movie: MovieFile) -> None:
    source = ok(FULL)
    outcomes = collect([movie, movie, movie], [source])
    next(outcomes)
    assert len(source.asked) == 1


# --- the report ---------------------------------------------------------------------------------------------------


def test_the_report_counts_every_movie_and_tells_each_problem_once(movie: MovieFile) -> None:
    report = Report()
    sources = {"ok": ok(FULL), "ambiguous": miss("ambiguous", "two", *CLOSE), "not_found": miss("not_found")}
    for source in (*sources.values(), miss("blocked", "refused"), miss("blocked", "refused"), miss("failed", "odd")):
        report.add(one(movie, source))
    assert report.counts == {"ok": 1, "ambiguous": 1, "not_found": 1, "blocked": 2, "failed": 1}
    assert report.problems == ["blocked: fake: refused", "failed: fake: odd"]
    assert [outcome.status for outcome in report.unsettled] == ["ambiguous", "not_found"]
    assert len(report.records) == 1
    summary = json.loads(json.dumps(metadata.summary(report)))
    assert summary["counts"] == report.counts
    assert summary["movies"][1]["candidates"][0]["imdb_id"] == "tt0000001"


def test_a_record_as_a_table_row(movie: MovieFile) -> None:
    record = one(movie, ok(FULL)).record
    assert record
    [row] = table([record]).to_dict("records")
    assert (row["cast"], row["poster"], row["runtime"]) == ("James Stewart", "https://example.org/poster.jpg", 80)
    assert "sources" not in row
    del record["poster"]  # written by an earlier version
    assert table([record])["poster"].iloc[0] == ""
