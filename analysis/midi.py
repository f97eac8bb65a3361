"""MIDI files are read in a process of its own: the library that reads them crashes on some that are damaged."""

import os
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from analysis.companions import Companion
from errors import ScoreError

PATIENCE = 60.0  # s for what takes a few thousandths of one


def rows(path: Path) -> np.ndarray:
    """Start, duration (seconds), pitch and velocity of each note besides percussion [shape=(n, 4)].

    Raises ScoreError when the file cannot be read.
    """
    found = _reader_of(os.getpid()).ask(path)
    if isinstance(found, str):
        raise ScoreError(f"{path}: is not a MIDI file that can be read ({found})")
    return found


@cache
def _reader_of(_process: int) -> "_Reader":  # a forked process must not share its parent's
    return _Reader()


class _Reader:
    """A process that reads. One that crashed is started again at the next file."""

    def __init__(self) -> None:
        self._process = Companion(serve)

    def ask(self, path: Path) -> np.ndarray | str:
        """The rows, or why there are none."""
        if not self._process.alive:
            self._process = Companion(serve)
        answered = False
        try:
            self._process.pipe.send(path.absolute())
            answered = self._process.pipe.poll(PATIENCE)
            return self._process.pipe.recv() if answered else "it takes no end"
        except (EOFError, BrokenPipeError, ConnectionResetError):
            answered = False
            return "its reader crashed on it"
        finally:
            if not answered:
                self._process.stop()


def serve(pipe: Connection) -> None:
    """Read one file for the other end of the pipe."""
    path: Path = pipe.recv()
    pipe.send(_read(path))


def _read(path: Path) -> np.ndarray | str:
    from symusic import Score

    try:
        score: Any = Score(path).to("second")  # type: ignore[union-attr]
    except Exception as error:  # its errors have no class of their own
        return " ".join(str(error).split())
    notes = [(note.time, note.duration, note.pitch, note.velocity) for track in score.tracks if not track.is_drum for note in track.notes]
    return np.array(notes).reshape(-1, 4)
