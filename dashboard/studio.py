"""Pieces that were asked for on the Compose page: composed one after the other, the last few kept for a while.

What was composed is kept in memory under a name that cannot be guessed, so that it is gone with the program.
"""

import logging
import queue
import secrets
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard.composing import STAGES, Composed, Composition, compose_for
from dashboard.reception import BusyError, UnknownError
from dashboard.wishes import Wish
from dashboard.worker import Worker
from errors import LeitmotifError

if TYPE_CHECKING:
    from dashboard.worker import Work

AT_ONCE = 4  # pieces waiting or being composed; one more is asked to come later
KEPT = 12  # compositions that are remembered
MOST_BYTES = 256 * 2**20  # of their sound together; the last one is kept in any case
_log = logging.getLogger(__name__)


@dataclass(eq=False)
class Job:
    """A piece that was asked for. `share` is how much is done, None where that is not known; `problem` ends it.

    `waiting` says that others are composed before it; `visitor` is a name that the browser gave itself.
    """

    wish: Wish
    visitor: str
    stage: str = STAGES[0]
    share: float | None = None
    waiting: bool = False
    problem: str = ""
    found: Composition | None = None
    dropped: bool = False

    @property
    def ended(self) -> bool:
        """Whether nothing more happens to it."""
        return self.found is not None or bool(self.problem) or self.dropped

    @property
    def size(self) -> int:
        """Bytes of sound that are kept for it."""
        return sum(len(one.sound) for one in self.found.candidates) if self.found else 0


class _Dropped(Exception):
    """Nobody waits for this piece any more."""


class Studio:
    """Takes wishes and has them composed, one at a time.

    Parameters
    ----------
    by : what composes, called in a thread of its own; default: a process that is kept for it
    """

    def __init__(self, by: "Work | None" = None) -> None:
        self._compose = by or Worker(compose_for, first=STAGES[0], name="composing").do
        self._jobs: dict[str, Job] = {}  # the one that was looked at last is the last
        self._waiting: queue.Queue[Job] = queue.Queue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def ask(self, wish: Wish, visitor: str) -> str:
        """Have a piece composed; returns the name under which it is known from now on.

        Raises
        ------
        BusyError : the visitor has one in the making, or there are AT_ONCE already
        """
        with self._lock:
            going_on = [job for job in self._jobs.values() if not job.ended]
            if any(job.visitor == visitor for job in going_on):
                raise BusyError("A piece of yours is being composed already; cancel it, or wait until it is done.")
            if len(going_on) >= AT_ONCE:
                raise BusyError(f"{AT_ONCE} pieces are being composed already; try again when one of them is done.")
            self._tidy()
            known = secrets.token_urlsafe(16)
            self._jobs[known] = job = Job(wish, visitor, waiting=bool(going_on))
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, daemon=True, name="composing")
                self._thread.start()
        self._waiting.put(job)
        return known

    def find(self, known: str) -> Job:
        """A job by the name it is known under. Raises UnknownError."""
        with self._lock:
            if known not in self._jobs:
                raise UnknownError(
                    f"This piece is no longer known: the last {KEPT} are, until Leitmotif is stopped. The same source, target and seed "
                    "give it again; keep a piece in the library to have it for good."
                )
            self._jobs[known] = found = self._jobs.pop(known)
            return found

    def candidate(self, known: str, number: int) -> Composed:
        """A candidate of a job, counted from 0, the best one first. Raises UnknownError."""
        found = self.find(known).found
        if found is None or not 0 <= number < len(found.candidates):
            raise UnknownError("There is no such piece; choose one of the candidates.")
        return found.candidates[number]

    def drop(self, known: str) -> None:
        """Forget a job; if it is being composed, that ends at once. Raises UnknownError."""
        job = self.find(known)
        with self._lock:
            job.dropped = True
            self._jobs.pop(known, None)

    def _tidy(self) -> None:
        """Forget all but the last few."""
        ended = [(known, job) for known, job in reversed(self._jobs.items()) if job.ended]
        total = 0
        for place, (known, job) in enumerate(ended):
            total += job.size
            if place >= KEPT - 1 or (place and total > MOST_BYTES):
                del self._jobs[known]

    def _work(self) -> None:
        while True:
            self._handle(self._waiting.get())

    def _handle(self, job: Job) -> None:
        def progress(stage: str, share: float | None) -> None:
            if job.dropped:
                raise _Dropped
            job.stage, job.share, job.waiting = stage, share, False

        try:
            progress(STAGES[0], None)
            job.found = self._compose(job.wish, job.wish.name, progress)
        except _Dropped:
            pass
        except LeitmotifError as error:
            job.problem = str(error)
        except Exception:
            # The thread works for all: if it ended here, every later piece would wait for ever. The terminal gets the traceback.
            _log.exception("unexpected error while composing")
            job.problem = "Something went wrong while composing; the terminal in which Leitmotif runs says more."
