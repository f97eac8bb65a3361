"""Replies kept on disk: one file each, there whole or not at all, plus which hosts refused to answer."""

import contextlib
import gzip
import hashlib
import json
import os
import tempfile
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from errors import InputError

REFUSAL_HOLDS = timedelta(days=1)  # how long a host that refused is left alone


@dataclass(frozen=True)
class Kept:
    """A reply as it came, and what its server wants to hear when it is asked whether the reply still holds.

    when : time of the download, ISO 8601
    """

    body: bytes
    when: str
    etag: str = ""
    modified: str = ""

    @property
    def age(self) -> timedelta:
        return datetime.now(UTC) - datetime.fromisoformat(self.when)


class PageCache:
    """Replies below one folder, found by their address. Addresses must hold no secrets."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, url: str) -> Kept | None:
        """The kept reply; None when there is none or its file is damaged (the address is then simply asked again)."""
        try:
            head, _, body = gzip.decompress(self._file(url).read_bytes()).partition(b"\n")
            known = json.loads(head)
            kept = Kept(body, known["when"], known["etag"], known["modified"])
            return kept if known["url"] == url and kept.age >= timedelta(0) else None
        except (OSError, EOFError, ValueError, KeyError, TypeError, zlib.error):
            return None

    def write(self, url: str, kept: Kept) -> None:
        """Keep a reply. Raises InputError when the folder cannot be written."""
        head = {"url": url, "when": kept.when, "etag": kept.etag, "modified": kept.modified}
        self._write(self._file(url), gzip.compress(json.dumps(head).encode() + b"\n" + kept.body, mtime=0))

    def forget(self, url: str) -> None:
        """Drop a reply, so that the address is asked again."""
        self._file(url).unlink(missing_ok=True)

    def refusals(self) -> dict[str, str]:
        """Why each host that refused lately is not asked."""
        now = datetime.now(UTC)
        return {
            host: said["reason"] for host, said in self._refused().items() if now - datetime.fromisoformat(said["when"]) < REFUSAL_HOLDS
        }

    def refuse(self, host: str, reason: str) -> None:
        """Remember a refusal. Raises InputError when the folder cannot be written."""
        refused = self._refused() | {host: {"when": datetime.now(UTC).isoformat(timespec="seconds"), "reason": reason}}
        self._write(self.folder / "refused.json", json.dumps(refused, indent=1).encode())

    def _refused(self) -> dict[str, Any]:
        try:
            refused = json.loads((self.folder / "refused.json").read_bytes())
            return {
                host: {"when": str(datetime.fromisoformat(said["when"])), "reason": str(said["reason"])} for host, said in refused.items()
            }
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}

    def _file(self, url: str) -> Path:
        return self.folder / f"{hashlib.sha256(url.encode('utf-8', 'backslashreplace')).hexdigest()[:40]}.gz"

    def _write(self, path: Path, content: bytes) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle, partial = tempfile.mkstemp(prefix=".partial-", dir=self.folder)
        except OSError as error:
            raise self._unwritable(error) from error
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            os.replace(partial, path)
        except OSError as error:
            raise self._unwritable(error) from error
        finally:
            with contextlib.suppress(FileNotFoundError):
                Path(partial).unlink()

    def _unwritable(self, error: OSError) -> InputError:
        return InputError(f"{self.folder}: cannot be written ({error.strerror or error}); free space or name another folder for the cache")
