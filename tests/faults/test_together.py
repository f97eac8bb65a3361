"""Several commands at once on one library: the same job twice is refused, different ones go side by side, and nothing is corrupted."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from analysis import locks
from analysis.library import Library
from tests.faults.killing import Commands, assert_whole, content


@pytest.fixture
def done(commands: Commands, films: Path, tmp_path: Path) -> Path:
    """A library with everything."""
    library = tmp_path / "library"
    for command in ("analyse", "metadata"):
        assert commands.run(command, films, "--library", library, "--json", root=tmp_path).status == 0
    return library


@contextmanager
def held_up(commands: Commands, at: str, library: Path, *arguments: object) -> Iterator[None]:
    """A command that is under way: it waits at a lock until the block ends."""
    with locks.waiting(library, at):
        pid = commands.start(*arguments, "--library", library, "--json", root=library)
        while not _has_open(pid, library / locks.FOLDER / at):  # to take its own lock, as a try, could be what it is refused for
            time.sleep(0.01)
        yield
    assert commands.wait(pid).status == 0


def _has_open(pid: int, path: Path) -> bool:
    process = psutil.Process(pid)
    assert process.status() != psutil.STATUS_ZOMBIE, "it ended before it came to the lock"
    return str(path.resolve()) in {file.path for file in process.open_files()}


@pytest.mark.parametrize(("job", "at", "others"), [("analyse", "manifest", ("metadata", "export")), ("metadata", "dataset", ("analyse",))])
def test_the_same_job_twice_is_refused_and_others_go_on(
    commands: Commands, films: Path, done: Path, tmp_path: Path, job: str, at: str, others: tuple[str, ...]
) -> None:
    before = content(done)
    with held_up(commands, at, done, job, films):
        ended = commands.run(job, films, "--library", done, "--json", root=done)
        assert (ended.status, ended.said) == (
            2, f"error: {done}: {job} is under way here in another process; wait until it has ended or choose another --library\n"
        )  # fmt: skip
        pids = [
            commands.start("export", "--library", done, "--out", tmp_path / "out.csv", root=done) if other == "export"
            else commands.start(other, films, "--library", done, "--json", root=done)
            for other in others
        ]  # fmt: skip
        if at != "dataset":  # which all of them write at their end
            assert [commands.wait(pid).status for pid in pids] == [0] * len(pids)
            pids = []
    assert [commands.wait(pid).status for pid in pids] == [0] * len(pids)
    assert_whole(Library(done))
    assert content(done) == before


def test_all_at_once_end_as_one_after_the_other(commands: Commands, films: Path, done: Path, tmp_path: Path) -> None:
    expected = content(done)
    for number in range(4):
        library = tmp_path / f"again {number}"
        jobs = [
            ("analyse", films), ("metadata", films), ("analyse", films), ("metadata", films),
            *(("export", "--out", tmp_path / f"out.{ending}") for ending in ("csv", "parquet", "json")),
        ]  # fmt: skip
        library.mkdir()
        pids = [commands.start(*job, "--library", library, root=library) for job in jobs]
        ended = [commands.wait(pid) for pid in pids]
        assert all(one.status == 0 or "is under way here" in one.said for one in ended), ended
        assert {job[0] for job, one in zip(jobs, ended, strict=True) if one.status == 0} == {"analyse", "metadata", "export"}
        assert_whole(Library(library))
        assert content(library) == expected
