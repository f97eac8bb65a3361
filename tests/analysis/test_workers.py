"""Several processes listen: as one would, and whatever becomes of one of them."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import partial
from multiprocessing import active_children, parent_process
from pathlib import Path

import pandas as pd
import pytest

from analysis import cores, many, workers
from analysis.library import TABLES, Library
from analysis.pipeline import Options
from errors import ClusterError
from scrapers.folder import MovieFile, scan
from tests.conftest import WriteMedia, hear_ctrl_c, tone

TWO = partial(workers.analyse, count=2)


@dataclass(frozen=True)
class Deadly(MovieFile):
    """A film that kills the process that listens to it, as often as there are lives in a file."""

    lives: Path = Path()

    def __getattribute__(self, name: str) -> object:
        if name == "problem" and parent_process() is not None:
            lives = object.__getattribute__(self, "lives")
            if left := lives.read_text():
                lives.write_text(left[1:])
                os.kill(os.getpid(), signal.SIGKILL)
        return object.__getattribute__(self, name)


@pytest.fixture
def films(tmp_path: Path, write_media: WriteMedia) -> list[MovieFile]:
    for name, seconds in {"a": 3, "b": 2, "c": 4, "d": 2}.items():
        write_media(tmp_path / f"films/D/{name}.wav", tone(seconds, rate=8000), rate=8000)
    return scan(tmp_path / "films")


def deadly(film: MovieFile, lives: Path, count: int) -> Deadly:
    lives.write_text("x" * count)
    return Deadly(film.path, film.director, film.movie, lives=lives)


def same(one: Library, other: Library) -> bool:
    """Whether two libraries hold the same results."""
    assert one.movies() == other.movies()
    for movie in one.movies():
        for name in TABLES:
            pd.testing.assert_frame_equal(one.table(*movie, name), other.table(*movie, name))
        assert one.profile(*movie) == other.profile(*movie)
    return True


def test_workers_make_what_one_process_makes_and_a_death_costs_nothing(tmp_path: Path, films: list[MovieFile]) -> None:
    alone, together, before = Library(tmp_path / "alone"), Library(tmp_path / "together"), set(active_children())
    assert {o.status for o in many.run(films[:3], alone)} == {"ok"}
    ills = [deadly(films[0], tmp_path / "one life", 1), *films[1:3], deadly(films[3], tmp_path / "two lives", 2)]
    outcomes = {o.movie: o for o in many.run(ills, together, way=TWO)}
    assert {name: o.status for name, o in outcomes.items()} == {"a": "ok", "b": "ok", "c": "ok", "d": "failed"}
    assert "d.wav: the process that listens to it died 2 times (killed by SIGKILL); if memory ran out" in outcomes["d"].reason
    assert same(alone, together)
    manifest = together.manifest()
    assert [m["movie"] for m in manifest["movies"]] == list("abcd"), "not in the order of the folder"
    assert (manifest["complete"], manifest["counts"]) == (True, {"ok": 3, "skipped": 0, "failed": 1})
    assert set(active_children()) == before
    assert [o.status for o in many.run(films[:3], together, way=pytest.fail)] == ["skipped"] * 3, "processes for nothing to do"


def test_a_process_that_cannot_start_is_an_error_and_not_a_loop(
    tmp_path: Path, films: list[MovieFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    monkeypatch.setattr("multiprocessing.spawn._python_exe", b"/bin/false")
    with pytest.raises(ClusterError, match="a worker cannot be started: exit status 1; try without --workers"):
        list(workers.analyse(films, tmp_path / "library", Options(), count=1))


def test_children_are_told_to_use_one_core_and_the_parent_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    with cores.one_for_children():
        assert {os.environ[name] for name in cores.VARIABLES} == {"1"}
    assert os.environ["OMP_NUM_THREADS"] == "7"
    assert "MKL_NUM_THREADS" not in os.environ


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_whatever_ends_the_command_no_worker_outlives_it(tmp_path: Path, write_media: WriteMedia, how: signal.Signals) -> None:
    first = write_media(tmp_path / "films/D/film 0.wav", tone(90, rate=8000, level=0.0005), rate=8000)
    for number in range(1, 12):
        os.link(first, first.with_name(f"film {number}.wav"))
    command = [sys.executable, "-m", "cli", "analyse", str(tmp_path / "films"), "--library", str(tmp_path / "library"), "--workers", "2"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=hear_ctrl_c, start_new_session=True
    )
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("library/movies/D/film*/profile.json")) and time.monotonic() < deadline:
        time.sleep(0.02)
    (os.killpg if how == signal.SIGINT else os.kill)(process.pid, how)  # a terminal's Ctrl-C reaches every process of its group
    _, complaints = process.communicate(timeout=60)  # its end is the end of all who hold the pipes
    assert "Traceback" not in complaints, complaints
    if how == signal.SIGINT:
        assert process.returncode == 130
        assert "are done and kept; run the same command again to go on" in complaints
        assert len(pd.read_csv(tmp_path / "library/enhanced.csv")) == len(Library(tmp_path / "library").movies()) >= 1
