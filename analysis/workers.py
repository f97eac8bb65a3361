"""A run's movies shared among processes of this machine, one core each. A process that dies costs nothing but its film's second try."""

import os
import signal
import threading
import time
from collections import Counter, deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import connection, get_context, parent_process, resource_tracker
from pathlib import Path

from analysis import cores, pipeline
from analysis.pipeline import Movie, Options, Outcome
from errors import ClusterError

TRIES = 2  # a film whose process died this often is given up
ENDING_SECONDS = 5.0  # in which a process that is told to end may clean up
_READY = "ready"


def analyse(movies: Sequence[Movie], root: Path, options: Options, *, count: int) -> Generator[Outcome, None, None]:
    """A way (analysis.many) of `count` processes. When it is closed they are ended; what they had not finished leaves no trace.

    Raises
    ------
    ClusterError : the processes end before they can be given anything
    """
    waiting, tries = deque(movies), Counter[Movie]()
    with _team(root, options, min(count, len(movies))) as team:
        while waiting or any(worker.movie for worker in team):
            for worker in team:
                if waiting and worker.movie is None:
                    worker.give(waiting.popleft())
            for worker in _heard(team):
                answer = worker.answer()
                if isinstance(answer, Outcome):
                    yield answer
                elif answer is None:
                    team[team.index(worker)] = worker.successor()
                    if (movie := worker.movie) is None:
                        continue
                    tries[movie] += 1
                    if tries[movie] < TRIES:
                        waiting.append(movie)
                    else:
                        yield pipeline.outcome(movie, "failed", reason=f"{movie.path}: {worker.obituary()}")


class _Worker:
    """The parent's side of a process."""

    def __init__(self, root: Path, options: Options) -> None:
        self.movie: Movie | None = None
        self._given = root, options
        self._ready = False
        context = get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs, root, options), daemon=True)
        with cores.one_for_children(), _deaf_to_ctrl_c():
            self._process.start()
        theirs.close()

    def give(self, movie: Movie) -> None:
        self.movie = movie
        with suppress(BrokenPipeError):  # one that died meanwhile is found so when it is heard
            self.pipe.send(movie)

    def answer(self) -> Outcome | str | None:
        """What the process says; None when it died."""
        try:
            said = self.pipe.recv()
        except (EOFError, OSError):
            self._process.join()
            if not self._ready:
                raise ClusterError(f"a worker cannot be started: {self._end()}; try without --workers") from None
            return None
        self._ready = True
        if isinstance(said, Outcome):
            self.movie = None
        return said

    def successor(self) -> "_Worker":
        """Another process in place of one that died."""
        self.pipe.close()
        return _Worker(*self._given)

    def obituary(self) -> str:
        """Why there is no result of the process' film."""
        return f"the process that listens to it died {TRIES} times ({self._end()}); if memory ran out, use fewer --workers"

    def tell_to_end(self) -> None:
        self.pipe.close()  # one that waits ends by itself
        if self.movie is not None:
            self._process.terminate()

    def wait_for_end(self) -> None:
        self._process.join(ENDING_SECONDS)
        self._process.kill()
        self._process.join()

    def _end(self) -> str:
        code = self._process.exitcode or 0
        return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"


@contextmanager
def _team(root: Path, options: Options, count: int) -> Iterator[list[_Worker]]:
    team: list[_Worker] = []
    try:
        for _ in range(count):
            team.append(_Worker(root, options))
        yield team
    finally:
        for worker in team:
            worker.tell_to_end()
        for worker in team:
            worker.wait_for_end()


def _heard(team: list[_Worker]) -> list[_Worker]:
    """Workers that have said something, or died; waits for one."""
    speaking = connection.wait([worker.pipe for worker in team])
    return [worker for worker in team if worker.pipe in speaking]


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Processes started inside this context never see the terminal's Ctrl-C, from their first moment on: their parent ends them."""
    resource_tracker.ensure_running()  # multiprocessing starts it with the first process, and unblocks the signal then
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


# --- in the process ---------------------------------------------------------------------------------------------


def _work(pipe: connection.Connection, root: Path, options: Options) -> None:
    signal.signal(signal.SIGTERM, _leave)
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    cores.one_for_me()
    try:
        pipe.send(_READY)
        while True:
            pipe.send(pipeline.analyse(pipe.recv(), root, options))
    except (EOFError, OSError):  # the parent needs nothing more, or is gone
        signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _leave(*_: object) -> None:
    """End in order, and undisturbed, so that unfinished files are removed."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise SystemExit(128 + signal.SIGTERM)


def _leave_with_parent() -> None:
    parent = parent_process()
    assert parent is not None
    connection.wait([parent.sentinel])
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(ENDING_SECONDS)
    os._exit(1)
