"""Disks that are full or cannot be written: one clear line, what is done is kept, and with space a plain run again ends as always."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from analysis.composing import keeping
from analysis.library import Library
from analysis.pipeline import Options, analyse
from errors import LibraryError
from scrapers.folder import scan
from tests.dashboard.conftest import page_of
from tests.dashboard.walk import text
from tests.faults.killing import Commands, Ended, assert_never_half, assert_whole, content

KIB = 1024
SIZE = 512 * KIB


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(place)]
    if sys.platform != "linux" or os.geteuid() != 0 or subprocess.run(mounting, capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a small disk, and only on Linux")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def leave(disk: Path, free: int) -> Path:
    """Fill the disk until only so many bytes are free; the file that does it."""
    ballast = disk / "ballast"
    with ballast.open("wb") as file:
        file.write(bytes(max(shutil.disk_usage(disk).free - free, 0)))
    return ballast


def assert_one_line_each(ended: Ended) -> None:
    assert "Traceback" not in ended.said
    assert "No space left on device" in ended.said or ended.status == 0
    assert all(line.startswith(("error: ", "failed: ")) for line in ended.said.splitlines()), ended.said


FREE = [0, 8 * KIB, 32 * KIB, 56 * KIB, 72 * KIB, 100 * KIB]


def test_a_full_disk_costs_what_does_not_fit(commands: Commands, films: Path, disk: Path, tmp_path: Path) -> None:
    arguments = ("analyse", films, "--library", disk / "library", "--json")
    commands.run(*arguments, root=disk)
    undisturbed = content(disk / "library")
    statuses = set()
    for free in FREE:
        shutil.rmtree(disk / "library")
        ballast = leave(disk, free)
        ended = commands.run(*arguments, root=disk)
        statuses.add(ended.status)
        assert_one_line_each(ended)
        assert_never_half(Library(disk / "library"))
        ballast.unlink()
        assert commands.run(*arguments, root=disk).status == 0
        assert_whole(Library(disk / "library"))
        assert content(disk / "library") == undisturbed
    assert statuses >= {1, 2}, "some films did not fit, and not even the manifest"


@pytest.mark.parametrize("ending", ["csv", "json", "parquet"])
def test_an_export_that_does_not_fit_leaves_the_old_one(commands: Commands, films: Path, disk: Path, tmp_path: Path, ending: str) -> None:
    commands.run("analyse", films, "--library", tmp_path / "library", "--json", root=tmp_path)
    out = disk / f"out.{ending}"
    out.write_text("old")
    leave(disk, 0)
    ended = commands.run("export", "--library", tmp_path / "library", "--out", out, root=disk)
    assert_one_line_each(ended)
    assert (ended.status, out.read_text(), {path.name for path in disk.iterdir()}) == (2, "old", {out.name, "ballast"})
    assert str(out) in ended.said


def test_metadata_that_does_not_fit_keeps_the_old_records(commands: Commands, known_films: Path, disk: Path) -> None:
    arguments = ("metadata", known_films, "--library", disk / "library", "--json", "--offline")
    commands.run(*arguments, root=disk)
    undisturbed = content(disk / "library")
    leave(disk, 0)
    ended = commands.run(*arguments, root=disk)
    assert ended.status == 2
    assert_one_line_each(ended)
    assert content(disk / "library") == undisturbed


def test_no_room_for_the_sound_costs_one_film(films: Path, disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(disk))
    leave(disk, 32 * KIB)
    long, short = (analyse(movie, tmp_path / "library", Options()) for movie in scan(films))
    assert (long.status, short.status) == ("failed", "ok")
    assert "no room for the decoded sound (No space left on device); free space" in long.reason and "\n" not in long.reason
    assert Library(tmp_path / "library").movies() == [("Zed", "Hum")]


@pytest.fixture
def sealed(commands: Commands, films: Path, disk: Path) -> Path:
    """A library that cannot be written."""
    for command in ("analyse", "metadata"):
        commands.run(command, films, "--library", disk / "library", "--json", root=disk)
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    return disk / "library"


@pytest.fixture
def complaint(commands: Commands, films: Path, tmp_path: Path) -> Callable[..., Ended]:
    def complaint(command: str, library: Path, *arguments: object) -> Ended:
        return commands.run(command, *arguments, "--library", library, root=library)

    return complaint


def test_a_read_only_library_is_refused_by_those_who_write(
    complaint: Callable[..., Ended], films: Path, sealed: Path, tmp_path: Path
) -> None:
    before = content(sealed)
    for command, arguments in (
        ("analyse", [films]), ("metadata", [films]), ("validate", []), ("export", ["--out", tmp_path / "out.csv"]),
    ):  # fmt: skip
        ended = complaint(command, sealed, *arguments)
        assert ended.status == 2
        assert ended.said == f"error: {sealed}: cannot be used as a library (Read-only file system); choose another --library\n"
    assert content(sealed) == before


def test_a_read_only_library_can_be_read(complaint: Callable[..., Ended], sealed: Path) -> None:
    assert complaint("check", sealed, "--json") == Ended(0, [], "")
    assert complaint("similar", sealed, "=Chords", "--json") == Ended(0, [], "")


@pytest.mark.parametrize("page", ["library", "movies", "mining", "validation"])
def test_a_read_only_library_can_be_browsed(sealed: Path, page: str) -> None:
    before = content(sealed)
    with page_of(page, Library(sealed)) as shown:
        assert "cannot be shown" not in text(shown.layout())
    assert content(sealed) == before


def test_a_piece_for_a_read_only_library_is_refused_in_a_line(sealed: Path) -> None:
    about = {"source": {"kind": "mood", "name": "calm"}, "asked": {}, "got": {}, "match": 1.0, "seed": 0, "length": 9.0, "film": None}
    with pytest.raises(LibraryError, match="Read-only file system") as caught:
        keeping.keep(Library(sealed), midi=b"MThd", sound=b"OggS", about=about)
    assert "\n" not in str(caught.value)
