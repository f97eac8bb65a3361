"""Has files examined and music composed in processes of their own: in the server's, every page would wait for the models' turns.

What is imported here is imported there first of all, while Ctrl-C still ends that process with a traceback: only what is light.
"""

import multiprocessing
import os
import signal
import threading
import traceback
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING, Any

from errors import LeitmotifError

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.hearing import Progress

    Work = Callable[[Any, str, Progress], Any]  # is given what to work on, its name, and whom to tell of each stage

_EVERY = 0.2  # s between two looks at whether anybody still waits
_NICENESS = 10  # the pages go first


@dataclass(frozen=True)
class _Stage:
    """How far the process is."""

    name: str
    share: float | None


class WorkerError(LeitmotifError):
    """The process ended while it worked."""


class Worker:
    """A process that is started with the first piece of work and kept, so that the models are loaded once.

    Parameters
    ----------
    work : a function of a module, which the process imports
    first : the stage until it says of one
    name : of the process
    """

    def __init__(self, work: "Work", first: str = "decode", name: str = "examining") -> None:
        self._work, self._first, self._name = work, first, name
        self._process: BaseProcess | None = None
        self._pipe: Connection

    def do(self, subject: Any, name: str, progress: "Progress") -> Any:
        """Have a piece of work done; for one thread at a time.

        Parameters
        ----------
        subject, name : as for the function that works
        progress : is told each stage, again and again; what it raises ends the process at once, and the next work starts another

        Raises
        ------
        WorkerError : the process ended
        and what the function raises: a LeitmotifError as it is, anything else as a RuntimeError with its traceback
        """
        if self._process is None or not self._process.is_alive():
            self._start()
        answer: Any = _Stage(self._first, 0.0)  # as long as the process has only just started
        try:
            self._pipe.send((self._work, subject, name))
            while isinstance(answer, _Stage):
                progress(answer.name, answer.share)
                if self._pipe.poll(_EVERY):
                    answer = self._pipe.recv()
        except (EOFError, OSError):
            self._end()
            raise WorkerError(f"{name}: the process that worked on it was ended, perhaps for want of memory; try it again") from None
        except BaseException:
            self._end()
            raise
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _start(self) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._pipe, theirs = spawn.Pipe()
        self._process = spawn.Process(target=_work, args=(theirs,), daemon=True, name=self._name)
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


def _answer(pipe: Connection, work: "Work", subject: Any, name: str) -> Any:
    try:
        return work(subject, name, lambda stage, share: pipe.send(_Stage(stage, share)))
    except LeitmotifError as error:
        return error
    except Exception:
        return RuntimeError(traceback.format_exc())
