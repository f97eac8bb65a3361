"""Files and folders that are there whole or not at all, and readers that name what is damaged.

What is new is written beside what it replaces, brought to the disk, and put in its place by one rename. docs/robustness.md says what
that promises.
"""

import errno
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.exchange import exchange
from errors import LibraryError

PARTIAL = ".partial-"  # how the names of unfinished files and folders begin
_NEW, _OLD = "new", "old"  # in an unfinished folder: where what is written lies, and what steps aside for it


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """A temporary folder that takes the place of `target` when the block ends without an error.

    Raises LibraryError when it cannot be written (disk full, no permission); nothing of it is left behind.
    """
    partial = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=PARTIAL, dir=target.parent))
        new = partial / _NEW / target.name
        new.mkdir(parents=True)
        yield new
        for path in [*new.rglob("*"), new]:
            _settle(path)
        _swap(new, target, partial / _OLD)
    except OSError as error:
        raise LibraryError(f"{target}: cannot be written ({error.strerror or error}); free space or choose another --library") from error
    finally:
        if partial is not None:
            shutil.rmtree(partial, ignore_errors=True)


def _swap(new: Path, target: Path, aside: Path) -> None:
    """Put `new` in the place of `target`: in one step where the system can; otherwise the old one steps aside, where `sweep` finds it."""
    if not target.exists():
        os.replace(new, target)
    elif not exchange(new, target):
        aside.mkdir()
        try:
            os.replace(target, aside / target.name)
            os.replace(new, target)
        except BaseException:
            if not target.exists():
                os.replace(aside / target.name, target)
            raise


def _settle(path: Path) -> None:
    """Bring a file's content, or a folder's list of names, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # of a file system that cannot do it for folders
            raise
    finally:
        os.close(handle)


@contextmanager
def whole_file(target: Path, folder: Path | None = None) -> Iterator[Path]:
    """A temporary path that is renamed to `target` when the block ends without an error.

    Parameters
    ----------
    folder : where it lies until then; default: beside the target
    """
    partial = (folder or target.parent) / f"{PARTIAL}{secrets.token_hex(4)}-{target.name}"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        _settle(partial)
        os.replace(partial, target)
    except OSError as error:
        raise LibraryError(f"{target}: cannot be written ({error.strerror or error}); free space or choose another place") from error
    finally:
        with suppress(OSError):  # where nothing could be written there is nothing to remove
            partial.unlink()


def sweep(folder: Path, depth: int = 0) -> None:
    """Remove the unfinished files and folders of writers that were killed; only for times at which nobody writes there.

    A folder that had stepped aside, and was killed before its successor was in place, is put back.

    Parameters
    ----------
    folder : where to look; need not exist
    depth : how far below it to look
    """
    try:
        entries = [(Path(entry), entry.is_dir(follow_symlinks=False)) for entry in os.scandir(folder)]
    except OSError:
        return
    for path, is_folder in entries:
        if not path.name.startswith(PARTIAL):
            if is_folder and depth:
                sweep(path, depth - 1)
        elif is_folder:
            _put_back(path)
            shutil.rmtree(path, ignore_errors=True)
        else:
            with suppress(OSError):
                path.unlink()


def _put_back(partial: Path) -> None:
    for old in partial.glob(f"{_OLD}/*"):
        with suppress(OSError):
            if not (target := partial.parent / old.name).exists():
                os.replace(old, target)


def write_json(path: Path, content: Any, folder: Path | None = None) -> None:
    """Write JSON in one rename, readable and with stable order; `folder` as for `whole_file`."""
    with whole_file(path, folder) as partial:
        partial.write_text(json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


def read_json(path: Path, remedy: str = "run the analysis again") -> Any:
    """Read JSON; LibraryError names a missing or damaged file, and the remedy."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise LibraryError(f"{path}: cannot be read ({error}); {remedy}") from error


def read_parquet(path: Path) -> pd.DataFrame:
    """Read a Parquet table; LibraryError names a missing or damaged file."""
    try:
        return pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise LibraryError(f"{path}: cannot be read ({error}); run the analysis again") from error
