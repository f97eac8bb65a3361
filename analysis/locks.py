"""Locks on a library: jobs that would disturb each other find out, and short critical sections go one after the other.

A lock is a `flock` on an empty file in `<library>/.locks`: the kernel frees it when its process ends, however it ends, so that
nothing stale is ever left. The files themselves stay: removing one would let two processes hold "the same" lock.
"""

import errno
import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from errors import LibraryError

FOLDER = ".locks"
# What `flock` says on a file system that has no locks, as some network file systems.
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL)


@contextmanager
def held(root: Path, name: str, *, shared: bool = False) -> Iterator[None]:
    """Hold a job's lock for the length of the block.

    Parameters
    ----------
    root : the library's folder; made when missing
    name : of the job
    shared : others may hold it shared at the same time; not shared, nobody else may hold it

    Raises
    ------
    LibraryError : another process holds it, or nothing can be written in the library
    """
    with _opened(root, name) as lock:
        if not _take(lock, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB):
            raise LibraryError(f"{root}: {name} is under way here in another process; wait until it has ended or choose another --library")
        yield


@contextmanager
def waiting(root: Path, name: str, *, shared: bool = False) -> Iterator[None]:
    """Hold the lock of a short critical section; waits for whoever holds it. It must not be asked for again inside the block.

    Parameters, and raises, as of `held`; but for another holder.
    """
    with _opened(root, name) as lock:
        _take(lock, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield


@contextmanager
def idle(root: Path, name: str) -> Iterator[bool]:
    """Hold a lock if nobody else does, and tell whether it is held. False as well where the file system has no locks."""
    with _opened(root, name) as lock:
        yield _take(lock, fcntl.LOCK_EX | fcntl.LOCK_NB, without=False)


@contextmanager
def _opened(root: Path, name: str) -> Iterator[int]:
    try:
        (root / FOLDER).mkdir(parents=True, exist_ok=True)
        lock = os.open(root / FOLDER / name, os.O_RDWR | os.O_CREAT, 0o666)  # some file systems lock only what may be written
    except OSError as error:
        raise LibraryError(f"{root}: cannot be used as a library ({error.strerror or error}); choose another --library") from error
    try:
        yield lock
    finally:
        os.close(lock)  # frees the lock


def _take(lock: int, how: int, *, without: bool = True) -> bool:
    """Whether the lock was taken; `without` is the answer where there are no locks: the job goes on, and a line says so."""
    try:
        fcntl.flock(lock, how)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise LibraryError(f"the library cannot be locked ({error.strerror or error}); try again") from error
        _tell_once()
        return without
    return True


def _tell_once() -> None:
    if not _told:
        _told.append(True)
        line = "warning: the library's file system has no locks; see to it yourself that only one job at a time writes there"
        print(line, file=sys.stderr, flush=True)


_told: list[bool] = []
