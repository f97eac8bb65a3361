"""The benchmark of many films, on few that are short."""

from collections.abc import Callable
from pathlib import Path

import pytest

from analysis.library import Library
from benchmarks import BENCHMARKS, many
from benchmarks.process import Measured
from scrapers.folder import scan
from tests.conftest import WriteMedia, tone


@pytest.fixture
def clip(tmp_path: Path, write_media: WriteMedia, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(many, "CACHE", tmp_path)
    return write_media(tmp_path / "clip.wav", tone(2, rate=8000), rate=8000)


def test_it_is_among_the_benchmarks() -> None:
    assert BENCHMARKS["many"] == "benchmarks.many:many"


def test_one_result_stands_for_many_equal_films(tmp_path: Path, clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figures = many.second_run(clip, count=25, runs=1)
    assert figures["unchanged_films"] == 25
    assert figures["second_run_seconds"] > 0
    library = Library(tmp_path / "many-25/library")
    assert library.movies() == [(film.director, film.movie) for film in scan(tmp_path / "many-25/films")]
    assert {director for director, _ in library.movies()} == {"Director 00", "Director 01"}
    monkeypatch.setattr(many.pipeline, "analyse", lambda *_: pytest.fail("the library is there"))
    many.replicate(scan(tmp_path / "many-25/films"), library)


def test_a_command_that_fails_is_no_figure(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="nowhere: no such folder"):
        many.seconds([many.LEITMOTIF, "analyse", tmp_path / "nowhere", "--library", tmp_path])


def test_workers_are_compared_run_by_run(tmp_path: Path, clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    took = iter([10.0, 5.0, 12.0, 8.0, 11.0, 5.0])
    commands = []
    monkeypatch.setattr(many, "seconds", lambda command: (commands.append(command), next(took))[1])
    assert many.throughput(clip, copies=2) == {"one_worker_seconds": 11, "two_workers_seconds": 5, "two_workers_ratio": 2}
    assert [command[-1] for command in commands] == ["1", "2"] * 3
    assert len({command[-3] for command in commands}) == 6, "a library was used twice"


def test_memory_is_that_of_few_and_of_many_films(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def measured(listen: Callable[[Path, Path], None], films: Path, library: Path) -> Measured:
        listen(films, library)
        return Measured(None, 1, 1, 10**9 + 10**7 * len(Library(library).movies()))

    monkeypatch.setattr(many, "measure", measured)
    figures = many.memory(clip, counts=(1, 3))
    assert figures == pytest.approx({"1_films_peak_gigabytes": 1.01, "3_films_peak_gigabytes": 1.03, "growth": 1.03 / 1.01})
