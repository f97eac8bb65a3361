"""Commands that are killed in the middle, and what a library looks like afterwards."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from analysis import checking, dataset
from analysis.files import PARTIAL
from analysis.library import MOVIE_TABLES, PROFILE, PROVENANCE, Library
from scrapers import records

KILLED = -signal.SIGKILL
# What may differ between two runs that did the same: clock times, and what the last run found done already.
CLOCK = {
    "provenance.json": ("analysed", "mtime_ns", "seal"),
    "manifest.json": ("started", "finished", "seconds", "seal", "status", "counts"),
}


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit status, or minus the signal; its steps, if it came to its end; what it complained."""

    status: int
    steps: list[str]
    said: str


class Commands:
    """A process that runs commands; see tests.faults.server."""

    def __enter__(self) -> Self:
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.server"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._answer() == {"ready": True}
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.communicate()

    def run(
        self, *arguments: object, root: Path, kill_at: int | None = None, kill_after: float | None = None, exchange: bool = True
    ) -> Ended:
        """Run a command to its end, or until it is killed: at a step, or after so many seconds.

        Parameters
        ----------
        arguments : of `leitmotif`
        root : steps are those below this folder
        exchange : whether the system can let two folders change places
        """
        assert self._server.stdin is not None and self._server.stdout is not None
        pid = self.start(*arguments, root=root, kill_at=kill_at, exchange=exchange)
        if kill_after is not None:
            time.sleep(kill_after)  # a moment like any other
            os.kill(pid, signal.SIGKILL)  # the server has not waited for it yet, so that it is no other's
        return self.wait(pid)

    def start(self, *arguments: object, root: Path, kill_at: int | None = None, exchange: bool = True) -> int:
        """Start a command as `run` does; its process."""
        request = {"arguments": [str(argument) for argument in arguments], "root": str(root), "kill_at": kill_at, "exchange": exchange}
        return self._ask(request)["pid"]

    def wait(self, pid: int) -> Ended:
        """Wait until a command has ended."""
        return Ended(**self._ask({"wait": pid}))

    def _ask(self, request: dict[str, Any]) -> Any:
        assert self._server.stdin is not None
        self._server.stdin.write(json.dumps(request) + "\n")
        self._server.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        assert self._server.stdout is not None
        return json.loads(self._server.stdout.readline())


def assert_never_half(library: Library) -> None:
    """What is there is whole, whatever moment a command was killed in; unfinished work lies under a name that nothing reads."""
    for folder in library.root.glob("movies/*/*"):
        if not folder.name.startswith(PARTIAL):
            assert {path.name for path in folder.iterdir() if not path.name.startswith(PARTIAL)} == {*MOVIE_TABLES, PROFILE, PROVENANCE}
            assert library.intact(folder.parent.name, folder.name, library.provenance(folder.parent.name, folder.name))
    if (library.root / "enhanced.csv").exists():
        dataset.read(library)
    library.metadata()
    library.manifest()


def assert_whole(library: Library) -> None:
    """Nothing is damaged, missing or out of step, and nothing unfinished is left."""
    assert checking.check(library, records.table) == []
    assert list(library.root.rglob(f"{PARTIAL}*")) == []


def content(root: Path) -> dict[str, Any]:
    """Every file of a library, byte for byte, but for what CLOCK names."""
    files = [
        path for path in sorted(root.rglob("*")) if path.is_file() and not any(p.startswith(".") for p in path.relative_to(root).parts)
    ]
    return {str(path.relative_to(root)): _content(path) for path in files}


def _content(path: Path) -> Any:
    if path.name not in CLOCK:
        return path.read_bytes()
    return _without(json.loads(path.read_bytes()), CLOCK[path.name])


def _without(content: Any, names: tuple[str, ...]) -> Any:
    if isinstance(content, list):
        return [_without(one, names) for one in content]
    if isinstance(content, dict):
        return {key: _without(value, names) for key, value in content.items() if key not in names}
    return content
