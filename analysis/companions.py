"""Processes that work for this one: they do what may hang or crash, or use the other cores, and end when it does."""

import atexit
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread

from analysis.cores import VARIABLES

_ROOT = Path(__file__).parents[1]


class Companion:
    """A process that calls `work(pipe)` until the pipe closes, and uses one core.

    Started as a plain command: unlike multiprocessing's it needs nothing of the program's main module, and a daemonic process may have one.

    Parameters
    ----------
    work : a function of a module; what it is given is the other end of `pipe`
    """

    def __init__(self, work: Callable[[Connection], None]) -> None:
        self.pipe, theirs = Pipe()
        watched, self._life = os.pipe()  # closed by the system when this process ends, however it ends
        task = f"from {work.__module__} import {work.__name__} as work; from analysis.companions import serve; serve(work)"
        paths = os.pathsep.join([str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
        self._process = subprocess.Popen(
            [sys.executable, "-c", task, str(theirs.fileno()), str(watched)],
            pass_fds=[theirs.fileno(), watched],
            env=os.environ | dict.fromkeys(VARIABLES, "1") | {"PYTHONPATH": paths},
            stdin=subprocess.DEVNULL,
            process_group=0,  # the terminal's Ctrl-C is for its owner, who ends it
        )
        theirs.close()
        os.close(watched)
        atexit.register(self.stop)

    @property
    def alive(self) -> bool:
        """Whether the process has not ended."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    def stop(self) -> None:
        """End the process, whatever it is at."""
        if self.pipe.closed:
            return
        atexit.unregister(self.stop)
        self._process.kill()
        self._process.wait()
        self.pipe.close()
        os.close(self._life)


def serve(work: Callable[[Connection], None]) -> None:
    """What a companion does: work for what comes through the pipe, until its owner closes it or is gone."""
    Thread(target=_end_with_owner, args=[int(sys.argv[2])], daemon=True).start()
    with Connection(int(sys.argv[1])) as pipe, suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            work(pipe)


def _end_with_owner(watched: int) -> None:
    """Who is stuck in its work would not see that the pipe was closed."""
    os.read(watched, 1)
    os._exit(0)
