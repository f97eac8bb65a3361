"""Files that are there whole or not at all, and readers that name what is damaged."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pandas as pd

from errors import LibraryError

PARTIAL = ".partial-"  # how the names of unfinished files and folders begin


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """A temporary folder beside `target` that takes its place when the block ends without an error.

    Raises LibraryError when it cannot be written (disk full, no permission); nothing of it is left behind.
    """
    partial = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=PARTIAL, dir=target.parent))
        partial.chmod(0o755)
        yield partial
        _swap(partial, target)
    except OSError as error:
        raise LibraryError(f"{target}: cannot be written ({error.strerror or error}); free space or choose another --library") from error
    finally:
        if partial is not None:
            shutil.rmtree(partial, ignore_errors=True)


def _swap(partial: Path, target: Path) -> None:
    """Put `partial` in the place of `target`; a folder cannot be renamed over a full one, so the old one steps aside."""
    if target.exists():
        old = Path(tempfile.mkdtemp(prefix=PARTIAL, dir=target.parent))
        os.replace(target, old / "old")
        os.replace(partial, target)
        shutil.rmtree(old, ignore_errors=True)
    else:
        os.replace(partial, target)


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """A temporary path beside `target` that is renamed to it when the block ends without an error."""
    partial = target.with_name(f"{PARTIAL}{os.getpid()}-{target.name}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        os.replace(partial, target)
    except OSError as error:
        raise LibraryError(f"{target}: cannot be written ({error.strerror or error}); free space or choose another place") from error
    finally:
        with suppress(OSError):  # where nothing could be written there is nothing to remove
            partial.unlink()


def write_json(path: Path, content: Any) -> None:
    """Write JSON in one rename, readable and with stable order."""
    with whole_file(path) as partial:
        partial.write_text(json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


def read_json(path: Path) -> Any:
    """Read JSON; LibraryError names a missing or damaged file."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise LibraryError(f"{path}: cannot be read ({error}); run the analysis again") from error


def read_parquet(path: Path) -> pd.DataFrame:
    """Read a Parquet table; LibraryError names a missing or damaged file."""
    try:
        return pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise LibraryError(f"{path}: cannot be read ({error}); run the analysis again") from error
