"""SIGKILL in the middle of analyse, metadata and export: nothing is ever half there, and a plain run again ends as if nothing had been.

"Ends as": every file of the library is the same byte for byte, but for the clock times and what follows from them (killing.CLOCK).
"""

import itertools
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from analysis.library import Library
from tests.faults.killing import KILLED, Commands, assert_never_half, assert_whole, content

SEED = 8


@dataclass(frozen=True)
class Job:
    """A command, the state it begins in, and the state it ends in when nothing disturbs it.

    steps, seconds : how many steps it has, and how long it takes
    """

    arguments: tuple[object, ...]
    before: Path
    ends: dict[str, Any]
    steps: int
    seconds: float

    def kill(self, commands: Commands, folder: Path, **how: Any) -> bool:
        """Run it in a folder of its own, killed in the middle, and again; whether there was time to kill it."""
        begin(self.before, folder)
        ended = commands.run(*self.arguments_in(folder), root=folder, **how)
        assert ended.status in (0, KILLED)
        assert_never_half(Library(folder / "library"))
        for out in folder.glob("out.*"):
            assert out.read_bytes() in (b"old", self.ends[out.name]), "an export that is neither the old nor the new one"
        assert commands.run(*self.arguments_in(folder), root=folder).status == 0
        assert_whole(Library(folder / "library"))
        assert content(folder) == self.ends
        return ended.status == KILLED

    def arguments_in(self, folder: Path) -> list[object]:
        return [folder / argument if str(argument).startswith(("library", "out.")) else argument for argument in self.arguments]


def begin(before: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(before, folder)


@pytest.fixture(scope="module")
def job(commands: Commands, films: Path, known_films: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Job]:
    """Jobs by name; each is done once without being disturbed."""
    made: dict[str, Job] = {}
    analyse = ("analyse", films, "--library", "library", "--json")
    metadata = ("metadata", known_films, "--library", "library", "--json", "--offline")

    def work(before: Path, *arguments: object) -> Job:
        for _ in range(2):  # the second time, what is imported when it is needed is imported no more
            folder = tmp_path_factory.mktemp("undisturbed") / "done"
            begin(before, folder)
            bare = Job(arguments, before, {}, 0, 0.0)
            begun = time.monotonic()
            ended = commands.run(*bare.arguments_in(folder), root=folder)
            seconds = time.monotonic() - begun
            assert ended.status == 0
        commands.run(*bare.arguments_in(folder), root=folder)  # a killed run is run again as well
        assert_whole(Library(folder / "library"))
        return Job(arguments, before, content(folder), len(ended.steps), seconds)

    def make(name: str) -> Job:
        before = tmp_path_factory.mktemp("before")
        if name == "analyse":
            return work(before, *analyse)
        if name == "metadata":
            return work(before, *metadata)
        library = before / "library"
        commands.run("analyse", films, "--library", library, "--json", root=before)
        if name == "analyse again":
            for movie in Library(library).movies():  # as if the films had been others then
                provenance = Library(library).provenance(*movie)
                Library(library).write_provenance(*movie, provenance | {"input": provenance["input"] | {"size": 1, "sha256": "0" * 64}})
            return work(before, *analyse)
        commands.run("metadata", films, "--library", library, "--json", "--offline", root=before)
        if name == "metadata again":
            return work(before, *metadata)
        (before / f"out.{name}").write_bytes(b"old")
        table = library / "enhanced.csv"
        table.write_bytes(table.read_bytes().splitlines(keepends=True)[0])  # as if there had been no films then
        return work(before, "export", "--library", "library", "--out", f"out.{name}")

    return lambda name: made.get(name) or made.setdefault(name, make(name))


@pytest.mark.parametrize(
    ("name", "rounds", "exchange"),
    [
        ("analyse", 12, True), ("analyse again", 10, True), ("analyse again", 6, False),
        ("metadata", 8, True), ("metadata again", 6, True), ("csv", 4, True), ("json", 2, True), ("parquet", 4, True),
    ],
)  # fmt: skip
def test_killed_at_a_step(commands: Commands, job: Callable[[str], Job], tmp_path: Path, name: str, rounds: int, exchange: bool) -> None:
    draw = random.Random(f"{SEED} {name} {exchange}")
    done = job(name)
    bounds = [round(done.steps * part / rounds) for part in range(rounds + 1)]
    for first, beyond in itertools.pairwise(bounds):
        assert done.kill(commands, tmp_path / "round", kill_at=draw.randrange(first, beyond), exchange=exchange)


@pytest.mark.parametrize(("name", "rounds"), [("analyse", 6), ("analyse again", 4), ("metadata again", 4), ("csv", 2)])
def test_killed_at_any_time(commands: Commands, job: Callable[[str], Job], tmp_path: Path, name: str, rounds: int) -> None:
    draw = random.Random(f"{SEED} {name}")
    done = job(name)
    killed = [done.kill(commands, tmp_path / "round", kill_after=draw.uniform(0, min(0.9 * done.seconds, 2))) for _ in range(rounds)]
    assert any(killed)


def test_the_real_command_is_killed_with_all_its_processes(
    commands: Commands, job: Callable[[str], Job], films: Path, tmp_path: Path
) -> None:
    library = tmp_path / "library"
    command = [sys.executable, "-m", "cli", "analyse", str(films), "--library", str(library)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while not list(library.glob("movies/*/*/profile.json")) and process.poll() is None:
            time.sleep(0.01)
        process.kill()
    assert_never_half(Library(library))
    assert commands.run("analyse", films, "--library", library, "--json", root=library).status == 0
    assert_whole(Library(library))
    assert content(tmp_path) == job("analyse").ends


def test_killed_where_the_old_result_has_stepped_aside(commands: Commands, job: Callable[[str], Job], tmp_path: Path) -> None:
    """Where folders cannot change places there is a moment without the film: the next start puts it back."""
    done, folder = job("analyse again"), tmp_path / "round"

    def run(kill_at: int | None = None) -> list[str]:
        begin(done.before, folder)
        return commands.run(*done.arguments_in(folder), root=folder, kill_at=kill_at, exchange=False).steps

    steps = run()
    between = [step for step, pair in enumerate(itertools.pairwise(steps), 1) if pair == ("os.rename", "os.rename")]
    assert len(between) == 2, "one for each film"
    for step in between:
        run(kill_at=step)
        library = Library(folder / "library")
        assert len(library.movies()) == 1
        library.prepare()
        assert len(library.movies()) == 2
