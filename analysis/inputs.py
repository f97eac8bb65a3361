"""What tells an input file from another, and from what it was: where it is, its size and time of change, and the hash of its content."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from errors import AudioError
from models import registry

Identity = dict[str, Any]  # path, size, mtime_ns, sha256


def place(path: Path) -> dict[str, Any]:
    """An identity but for the hash: what can be told without reading the file. Raises AudioError when it is gone."""
    if not path.is_file():
        raise AudioError(f"{path}: the file is gone; it was there when the run began")
    stat = path.stat()
    return {"path": str(path.resolve()), "size": stat.st_size, "mtime_ns": stat.st_mtime_ns}


def identity(path: Path, before: Mapping[str, Any]) -> Identity:
    """The file's identity; its content is hashed again only if size or time of change differ from those of an identity before."""
    found = place(path)
    if all(before.get(key) == found[key] for key in ("size", "mtime_ns")):
        return found | {"sha256": before["sha256"]}
    return found | {"sha256": registry.sha256(path)}


def untouched(path: Path, before: Identity) -> bool:
    """Whether the file is, as far as can be told without reading it, the one of an identity."""
    return place(path) | {"sha256": before["sha256"]} == before


def check_the_same(path: Path, before: Identity) -> None:
    """Raise AudioError when the content is not that of an identity."""
    if not untouched(path, before) and registry.sha256(path) != before["sha256"]:
        raise AudioError(f"{path}: was changed while it was read; run again when it is complete")
