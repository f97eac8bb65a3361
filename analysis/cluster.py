"""A run's movies shared among the machines of a Dask cluster, which all see the films and the library at the same place.

Workers write their movies' folders themselves; the driver, this process, hears what became of each (docs/many-films.md).
"""

import logging
import socket
import sys
import threading
import time
import uuid
import warnings
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from analysis import cores, locks, pipeline
from analysis.pipeline import Movie, Options, Outcome
from errors import ClusterError, ClusterLost

CONNECT_SECONDS = 10.0
ENDING_SECONDS = 5.0
_one_at_a_time = threading.Lock()  # of a worker's threads: it has one decoder


@dataclass(frozen=True)
class _Film:
    """A movie as it is sent to a worker, which has another working directory."""

    path: Path
    director: str
    movie: str
    problem: str = ""


def analyse(movies: Sequence[Movie], root: Path, options: Options, *, scheduler: str) -> Generator[Outcome, None, None]:
    """A way (analysis.many) of the workers of a Dask scheduler; a film whose worker dies is given to another by the scheduler.

    When it is closed, films that have not begun are taken back; those under way are finished, and skipped by the next run.

    Parameters
    ----------
    scheduler : its address, tcp://HOST:PORT

    Raises
    ------
    ClusterError : Dask is not installed, or the scheduler cannot be reached
    ClusterLost : the scheduler was lost in the middle
    """
    distributed = _distributed()
    with _connected(distributed, scheduler) as client, _sign(root) as sign, _told_when_lost(scheduler):
        futures = {}
        for movie in movies:
            film = _Film(movie.path.absolute(), movie.director, movie.movie)
            futures[client.submit(_listen, film, root.absolute(), options, sign, key=f"leitmotif-{uuid.uuid4()}")] = movie
        for future in distributed.as_completed(list(futures), loop=client.loop):
            if future.cancelled():
                raise CancelledError
            yield _outcome(future, futures.pop(future))


def _listen(film: Movie, root: Path, options: Options, sign: Path) -> Outcome:
    """What a worker does."""
    with _one_at_a_time:
        return _listen_alone(film, root, options, sign)


def _listen_alone(film: Movie, root: Path, options: Options, sign: Path) -> Outcome:
    cores.one_for_me()
    for path, what in ((sign, f"the library {root}"), (film.path, f"the film {film.path}")):
        if not path.is_file():
            reason = f"the worker on {socket.gethostname()} cannot see {what}; put it on storage that all see at the same place"
            return pipeline.outcome(film, "failed", reason=reason)
    return pipeline.analyse(film, root, options)


@contextmanager
def _told_when_lost(scheduler: str) -> Iterator[None]:
    """Futures are cancelled when the scheduler is lost, or a question to it fails: whichever comes first."""
    try:
        yield
    except (OSError, CancelledError) as error:
        raise ClusterLost(f"the scheduler {scheduler} was lost") from error


def _outcome(future: Any, movie: Movie) -> Outcome:
    error = future.exception()
    if error is None:
        return replace(future.result(), path=pipeline.outcome(movie, "ok").path)
    if type(error).__name__ == "KilledWorker":
        why = "the workers that listened to it died, one after the other; if memory ran out, start fewer of them"
    else:
        why = (
            f"its worker could not listen to it ({type(error).__name__}: {' '.join(str(error).split())}); is this version installed there?"
        )
    return pipeline.outcome(movie, "failed", reason=f"{movie.path}: {why}")


def _distributed() -> ModuleType:
    try:
        import dask
        import distributed
    except ImportError:
        raise ClusterError("--scheduler needs Dask, which is not installed: run `pip install 'leitmotif[dask]'`") from None
    dask.config.set({"distributed.comm.timeouts.connect": f"{CONNECT_SECONDS:.0f}s"})
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] in ("distributed", "tornado", "asyncio"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)  # they tell in tracebacks what the run says in one line
    return distributed


@contextmanager
def _connected(distributed: ModuleType, scheduler: str) -> Iterator[Any]:
    """A client of the scheduler; closing it takes back what has not begun."""
    try:
        _knock(scheduler)
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            client = distributed.Client(scheduler, timeout=CONNECT_SECONDS, set_as_default=False, name="leitmotif")
            threads = client.nthreads().values()
    except Exception as error:  # of many kinds: no such address, nobody there, somebody there who speaks another language
        why = " ".join(str(error).split()) or type(error).__name__
        raise ClusterError(f"--scheduler: {scheduler} cannot be reached ({why}); start `dask scheduler` there") from None
    if any("VersionMismatch" in warning.category.__name__ for warning in told):
        _warn(f"{scheduler} runs on other versions of Python or of packages than this machine; if films fail, install the same ones")
    if any(number > 1 for number in threads):
        _warn("some workers have several threads, and use one of them: start `dask worker` with --nthreads 1 and --nworkers N")
    if not threads:
        _warn(f"{scheduler} has no workers yet; the films wait for `dask worker {scheduler}`")
    try:
        yield client
    finally:
        with suppress(Exception):  # what it says of a scheduler that is gone has been said
            client.close(timeout=ENDING_SECONDS)


def _knock(scheduler: str) -> None:
    """Raise where nobody is, or somebody who is silent: Dask's client would wait for that one for ever. A scheduler speaks first."""
    protocol, _, place = scheduler.partition("://")
    host, _, port = place.rpartition(":")
    deadline = time.monotonic() + CONNECT_SECONDS
    while True:
        try:
            with socket.create_connection((host.strip("[]"), int(port)), timeout=max(deadline - time.monotonic(), 0.1)) as line:
                if protocol == "tcp" and not line.recv(1):
                    raise ConnectionError("the connection was closed at once")
            return
        except ConnectionRefusedError:  # it may be starting, as we are
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


@contextmanager
def _sign(root: Path) -> Iterator[Path]:
    """A file in the library by which a worker knows that it sees the same library, and not a folder of its own by that name."""
    sign = root.absolute() / locks.FOLDER / f"seen-{uuid.uuid4().hex}"
    sign.parent.mkdir(parents=True, exist_ok=True)
    sign.touch()
    try:
        yield sign
    finally:
        sign.unlink(missing_ok=True)


def _warn(text: str) -> None:
    print(f"warning: {text}", file=sys.stderr, flush=True)
