"""Films that vanish or change while they are listened to, and clocks that are wrong."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from analysis import decoding, pipeline
from analysis.library import Library
from analysis.many import run
from scrapers.folder import scan
from tests.conftest import WriteMedia, tone

YEAR = 365 * 24 * 3600


@pytest.fixture
def folder(tmp_path: Path, write_media: WriteMedia) -> Path:
    """Two films of three seconds."""
    for name in ("a", "b"):
        write_media(tmp_path / f"films/D/{name}.wav", tone(3, rate=8000), rate=8000, layout="mono")
    return tmp_path / "films"


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "library")


def statuses(folder: Path, library: Library) -> dict[str, str]:
    return {outcome.movie: outcome.status for outcome in run(scan(folder), library)}


def while_reading(monkeypatch: pytest.MonkeyPatch, path: Path, act: Callable[[], object]) -> None:
    """Let something happen before a film was read to its end."""
    decode = decoding.decode

    def disturbed(place: Path, **options: Any) -> Any:
        decoded = decode(place, **options)
        if place == path:
            act()
        return decoded

    monkeypatch.setattr(decoding, "decode", disturbed)


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda path: path.unlink(), "the file is gone"),
        (lambda path: shutil.copyfile(path.with_name("b.wav.new"), path), "was changed while it was read"),
        (lambda path: os.replace(path.with_name("b.wav.new"), path), "was changed while it was read"),
        (lambda path: path.open("ab").write(b"more"), "was changed while it was read"),
        (lambda path: os.truncate(path, 40_000), "was changed while it was read"),
    ],
    ids=["deleted", "written over", "replaced", "growing", "truncated"],
)
def test_a_film_that_changes_while_it_is_read_gets_no_result(
    folder: Path, library: Library, write_media: WriteMedia, monkeypatch: pytest.MonkeyPatch, act: Callable[[Path], object], message: str
) -> None:
    path = folder / "D/a.wav"
    os.replace(write_media(folder / "D/new.wav", tone(5, rate=8000), rate=8000), folder / "D/b.wav.new")
    while_reading(monkeypatch, path, lambda: act(path))
    outcomes = {outcome.movie: outcome for outcome in run(scan(folder), library)}
    assert {movie: outcome.status for movie, outcome in outcomes.items()} == {"a": "failed", "b": "ok"}
    assert outcomes["a"].reason.startswith(f"{path}: ") and message in outcomes["a"].reason and "\n" not in outcomes["a"].reason
    assert library.movies() == [("D", "b")]
    monkeypatch.undo()
    left = statuses(folder, library)
    assert left == ({"b": "skipped"} if message == "the file is gone" else {"a": "ok", "b": "skipped"})


def test_a_film_that_is_only_touched_while_it_is_read_is_done(folder: Path, library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "D/a.wav"
    while_reading(monkeypatch, path, lambda: os.utime(path))
    assert statuses(folder, library) == {"a": "ok", "b": "ok"}
    assert statuses(folder, library) == {"a": "skipped", "b": "skipped"}


@pytest.mark.parametrize("years", [-60, 200])
def test_a_wrong_clock_makes_no_difference(
    folder: Path, library: Library, write_media: WriteMedia, monkeypatch: pytest.MonkeyPatch, years: int
) -> None:
    """What was recorded is compared for being the same, never for being older or newer."""
    a, b = folder / "D/a.wav", folder / "D/b.wav"
    os.utime(a, (a.stat().st_mtime + years * YEAR,) * 2)
    assert statuses(folder, library) == {"a": "ok", "b": "ok"}
    monkeypatch.setattr(pipeline, "now", lambda: f"{2026 - years}-01-01T00:00:00+00:00")  # the clock is set back, or on
    for path in library.root.rglob("*.json"):
        os.utime(path.parent, (years * YEAR + 2**31,) * 2)
    assert statuses(folder, library) == {"a": "skipped", "b": "skipped"}
    write_media(b, tone(4, rate=8000), rate=8000, layout="mono")
    os.utime(b, (b.stat().st_mtime - years * YEAR,) * 2)  # changed, and older or newer than its result
    assert statuses(folder, library) == {"a": "skipped", "b": "ok"}
    assert library.profile("D", "b")["duration"] == 4
    assert statuses(folder, library) == {"a": "skipped", "b": "skipped"}


@pytest.mark.parametrize("damage", ["a byte", "cut", "missing"])
def test_a_damaged_table_is_made_again(folder: Path, library: Library, damage: str) -> None:
    assert statuses(folder, library) == {"a": "ok", "b": "ok"}
    path = library.movie_folder("D", "a") / "windows.parquet"
    whole = path.read_bytes()
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(whole[:100] if damage == "cut" else whole[:50] + bytes([whole[50] ^ 1]) + whole[51:])
    assert statuses(folder, library) == {"a": "ok", "b": "skipped"}
    assert path.read_bytes() == whole
