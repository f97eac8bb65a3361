"""Has files examined in a process of its own: in the server's, every page would wait for the models' turns.

What is imported here is imported there first of all, while Ctrl-C still ends that process with a traceback: only what is light.
"""

import multiprocessing
import os
import signal
import threading
import traceback
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TYPE_CHECKING

from errors import LeitmotifError

if TYPE_CHECKING:
    from dashboard.examining import Examine, Found
    from dashboard.hearing import Progress

_EVERY = 0.2  # s between two looks at whether anybody still waits
_NICENESS = 10  # the pages go first


class WorkerError(LeitmotifError):
    """The process ended while it examined a file."""


class Worker:
    """A process that is started with the first file and kept, so that the models are loaded once.

    Parameters
    ----------
    examine : what examines a file of a given name; a function of a module, which the process imports
    """

    def __init__(self, examine: "Examine") -> None:
        self._examine = examine
        self._process: BaseProcess | None = None
        self._pipe: Connection

    def examine(self, path: Path, name: str, progress: "Progress") -> "Found":
        """Have a file examined; for one thread at a time.

        Parameters
        ----------
        path, name : as for the function that examines
        progress : is told each stage, again and again; what it raises ends the process at once, and the next file starts another

        Raises
        ------
        WorkerError : the process ended
        and what the function raises: a LeitmotifError as it is, anything else as a RuntimeError with its traceback
        """
        if self._process is None or not self._process.is_alive():
            self._start()
        answer: Found | Exception | tuple[str, float | None] = ("decode", 0.0)  # as long as the process has only just started
        try:
            self._pipe.send((self._examine, path, name))
            while isinstance(answer, tuple):
                progress(*answer)
                if self._pipe.poll(_EVERY):
                    answer = self._pipe.recv()
        except (EOFError, OSError):
            self._end()
            raise WorkerError(f"{name}: the process that examined it was ended, perhaps for want of memory; upload it again") from None
        except BaseException:
            self._end()
            raise
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _start(self) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._pipe, theirs = spawn.Pipe()
        self._process = spawn.Process(target=_work, args=(theirs,), daemon=True, name="examining")
        self._process.start()
        theirs.close()  # so that its end is seen here

    def _end(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.join()
        self._pipe.close()


# --- in the process --------------------------------------------------------------------------------------------------


def _work(pipe: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which ends this process with itself
    threading.Thread(target=_end_with_server, daemon=True).start()
    os.nice(_NICENESS)
    with suppress(EOFError, OSError):  # the server is gone
        while True:
            pipe.send(_answer(pipe, *pipe.recv()))


def _end_with_server() -> None:
    """However the server ended, nothing is left of this process."""
    server = multiprocessing.parent_process()
    assert server is not None
    wait([server.sentinel])
    os._exit(1)


def _answer(pipe: Connection, examine: "Examine", path: Path, name: str) -> "Found | Exception":
    try:
        return examine(path, name, lambda stage, share: pipe.send((stage, share)))
    except LeitmotifError as error:
        return error
    except Exception:
        return RuntimeError(traceback.format_exc())
