"""Folders for uploads: those of living processes stay, those of killed ones go."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from dashboard import scratch

HOLD = "import sys; from dashboard import scratch; print(scratch.folder(), flush=True); sys.stdin.read()"


def test_what_a_killed_process_left_is_removed_at_the_next_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    command, environment = [sys.executable, "-c", HOLD], os.environ | {"TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        theirs = Path(other.stdout.readline().strip())
        (theirs / "upload").touch()
        mine = scratch.folder()
        assert mine == scratch.folder() != theirs and mine.stat().st_mode & 0o077 == 0
        scratch.sweep()
        assert (theirs / "upload").exists(), "it lives"
        other.send_signal(signal.SIGKILL)
        other.wait()
    scratch.sweep()
    assert not theirs.exists() and mine.exists()


def test_nothing_is_left_of_a_process_that_ends(tmp_path: Path) -> None:
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    subprocess.run([sys.executable, "-c", HOLD], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
    assert list(tmp_path.iterdir()) == []
