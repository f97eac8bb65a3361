"""Locks between real processes."""

import errno
import fcntl
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from analysis import locks
from errors import LibraryError

HOLD = """
import sys
from pathlib import Path
from analysis import locks
with getattr(locks, sys.argv[1])(Path(sys.argv[2]), "job", shared=bool(sys.argv[3])):
    print("held", flush=True)
    sys.stdin.read()
"""
READ = """
import sys
from pathlib import Path
from analysis import locks
root = Path(sys.argv[1])
print("asking", flush=True)
with locks.waiting(root, "job"):
    print((root / "note").read_text())
"""


@contextmanager
def another(root: Path, how: str = "held", *, shared: bool = False) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock until its input ends."""
    command = [sys.executable, "-c", HOLD, how, str(root), "yes" if shared else ""]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process


def test_a_job_that_is_under_way_elsewhere_is_refused_in_a_line(tmp_path: Path) -> None:
    with another(tmp_path) as other:
        with pytest.raises(LibraryError, match="job is under way here in another process; wait") as refused, locks.held(tmp_path, "job"):
            pass
        assert str(tmp_path) in str(refused.value) and "\n" not in str(refused.value)
        with pytest.raises(LibraryError), locks.held(tmp_path, "job", shared=True):
            pass
        with locks.held(tmp_path, "other job"), locks.idle(tmp_path, "job") as idle:
            assert not idle
        other.send_signal(signal.SIGKILL)
        other.wait()
        with locks.held(tmp_path, "job"):
            pass


def test_a_lock_can_be_shared(tmp_path: Path) -> None:
    with another(tmp_path, shared=True):
        with locks.held(tmp_path, "job", shared=True):
            pass
        with pytest.raises(LibraryError, match="under way"), locks.held(tmp_path, "job"):
            pass
    with locks.idle(tmp_path, "job") as idle:
        assert idle


def test_a_critical_section_waits_its_turn(tmp_path: Path) -> None:
    with locks.held(tmp_path, "job"):
        process = subprocess.Popen([sys.executable, "-c", READ, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert process.stdout.readline() == "asking\n"
        (tmp_path / "note").write_text("what was written meanwhile")
    said, _ = process.communicate(timeout=30)
    assert (process.returncode, said) == (0, "what was written meanwhile\n")


def test_where_there_are_no_locks_a_job_goes_on_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def none(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", none)
    monkeypatch.setattr(locks, "_told", [])
    with locks.held(tmp_path, "job"), locks.waiting(tmp_path, "section"), locks.idle(tmp_path, "other") as idle:
        assert not idle, "what cannot be known is not taken for idle"
    assert capsys.readouterr().err.count("has no locks") == 1


def test_a_place_that_cannot_be_a_library_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(LibraryError, match=r"file: cannot be used as a library .*; choose another --library"),
        locks.held(tmp_path / "file", "job"),
    ):
        pass
