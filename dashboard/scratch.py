"""Where uploads lie for a while: a folder for each process, removed when it ends, or, if it was killed, when the next one starts.

Its process holds a lock on it, which tells the living from the dead.
"""

import atexit
import os
import shutil
import tempfile
from contextlib import ExitStack
from functools import cache
from pathlib import Path

from analysis import locks
from errors import LibraryError

_PREFIX = "leitmotif-scratch-"
_ALIVE = "alive"


def folder() -> Path:
    """This process's folder, in the system's for temporary files."""
    return _folder(tempfile.gettempdir(), os.getpid())


@cache
def _folder(temporary: str, _process: int) -> Path:
    while True:
        made = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=temporary))
        lock = ExitStack()
        try:
            lock.enter_context(locks.held(made, _ALIVE))
        except LibraryError:  # another one starts at the same time, and took it for a dead one's
            continue
        if (made / locks.FOLDER / _ALIVE).exists() and not made.stat().st_mode & 0o077:  # it is still the folder that was made
            atexit.register(lock.close)
            atexit.register(shutil.rmtree, made, ignore_errors=True)
            return made
        lock.close()


def sweep() -> None:
    """Remove what is left of this user's processes that were killed."""
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            if left.is_symlink() or left.stat().st_uid != os.getuid():
                continue
            with locks.idle(left, _ALIVE) as dead:
                if dead:
                    shutil.rmtree(left, ignore_errors=True)
        except (OSError, LibraryError):
            continue
