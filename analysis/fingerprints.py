"""How a later look tells that a file of the library is still what was written: its size and time of change, its hash; a seal in JSON."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from models.registry import sha256

SEAL = "seal"  # key of the hash of all other keys

Fingerprints = dict[str, dict[str, Any]]  # name of a file -> {"size", "mtime_ns", "sha256"}


def taken(folder: Path, names: Iterable[str]) -> Fingerprints:
    """Fingerprints of files of a folder."""
    return {name: _stamp(folder / name) | {"sha256": sha256(folder / name)} for name in names}


def touched(folder: Path, known: Fingerprints) -> list[str]:
    """Names of the files that are missing or whose size or time of change is another one; a matter of microseconds."""
    return [name for name, was in known.items() if _stamp(folder / name).items() - was.items()]


def damaged(folder: Path, known: Fingerprints) -> dict[str, str]:
    """What is wrong with each file whose content is not what it was; reads them all."""
    return {name: problem for name, was in known.items() if (problem := _problem(folder / name, was))}


def _stamp(path: Path) -> dict[str, Any]:
    try:
        stat = path.stat()
    except FileNotFoundError:
        return {"size": -1, "mtime_ns": -1}
    return {"size": stat.st_size, "mtime_ns": stat.st_mtime_ns}


def _problem(path: Path, was: Mapping[str, Any]) -> str:
    try:
        size = path.stat().st_size
        if size != was["size"]:
            return f"has {size} bytes and had {was['size']} when it was written"
        return "" if sha256(path) == was["sha256"] else "was changed after it was written"
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read ({error.strerror or error})"


def sealed(content: Mapping[str, Any]) -> dict[str, Any]:
    """The content with a seal, by which a single changed letter shows."""
    bare = {key: value for key, value in content.items() if key != SEAL}
    return {**bare, SEAL: hashlib.sha256(json.dumps(bare, sort_keys=True).encode()).hexdigest()}


def broken(content: Mapping[str, Any]) -> bool:
    """Whether content with a seal is not what was sealed; what has none (older versions wrote none) is not broken."""
    return SEAL in content and sealed(content) != dict(content)
