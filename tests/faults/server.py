"""Runs commands in forked processes, everything imported and loaded beforehand, and kills them where it is asked to.

A process of its own for `tests.faults.killing`: requests and answers are lines of JSON. A step is a moment just before a file or a folder
of the library is opened for writing, brought to the disk, made, renamed or removed.
"""

import json
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from threading import Thread
from typing import IO, Any

from analysis.audio import SAMPLE_RATE
from analysis.cores import VARIABLES

_STEPS = "\0"  # between what a command complained and its steps
_FOLDERS = ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree")


def main() -> None:
    """Answer {"arguments", "root", "kill_at", "exchange"} with {"pid"}, and {"wait": pid} with {"status", "steps", "said"}."""
    os.environ.update(dict.fromkeys(VARIABLES, "1"))  # a process with threads should not be forked
    _get_ready()
    print(json.dumps({"ready": True}), flush=True)
    told: dict[int, IO[bytes]] = {}
    for line in sys.stdin:
        request = json.loads(line)
        if "wait" in request:
            status = os.waitstatus_to_exitcode(os.waitpid(request["wait"], 0)[1])
            with told.pop(request["wait"]) as file:
                file.seek(0)
                said, _, steps = file.read().decode().partition(_STEPS)
            print(json.dumps({"status": status, "steps": steps.split(), "said": said}), flush=True)
            continue
        file = tempfile.TemporaryFile()  # noqa: SIM115 - open until it is asked for
        pid = os.fork()
        if pid == 0:
            _child(request, file.fileno())
        told[pid] = file
        print(json.dumps({"pid": pid}), flush=True)


def _get_ready() -> None:
    import numpy as np
    import rich.console
    import rich.progress
    import rich.table  # noqa: F401
    from typer.testing import CliRunner

    import cli
    from analysis import attributes, checking, dataset, decoding, detection, many  # noqa: F401
    from scrapers import fetch, folder, imdb_datasets, review, saved_pages, web_api  # noqa: F401

    silence = np.zeros(10 * SAMPLE_RATE, np.int16)
    detection.seconds(silence)  # loads the models, and makes what they need
    attributes.windows(silence, [(0, 10)])
    CliRunner().invoke(cli.app, ["export", "--library", os.devnull, "--out", os.devnull])  # what typer loads when it is first used
    decoding.Companion = _Beside  # type: ignore[assignment, misc]
    decoding._limit_memory = lambda: None  # it would be this process's


class _Beside:
    """A companion that is a thread: a process for each of so many short runs would only be started and ended."""

    alive = True

    def __init__(self, work: Callable[[Connection], None]) -> None:
        self.pid = os.getpid()
        self.pipe, self._theirs = Pipe()
        Thread(target=self._serve, args=(work,), daemon=True).start()

    def _serve(self, work: Callable[[Connection], None]) -> None:
        with suppress(EOFError, OSError):
            while True:
                work(self._theirs)

    def stop(self) -> None:
        self.pipe.close()


def _child(request: dict[str, Any], told: int) -> None:
    import cli
    from analysis import exchange

    if not request["exchange"]:
        exchange._rename = None
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    os.dup2(os.open(os.devnull, os.O_RDWR), 1)
    os.dup2(told, 2)
    steps = _tell_steps(request["root"], request["kill_at"])
    sys.argv = ["leitmotif", *request["arguments"]]
    status = 0
    try:
        cli.main()
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else 1
    sys.stderr.flush()
    os.write(told, (_STEPS + " ".join(steps)).encode())
    os._exit(status)


def _tell_steps(root: str, kill_at: int | None) -> list[str]:
    """The steps from now on, as they come; the process dies at one of them."""
    steps: list[str] = []

    def step(name: str) -> None:
        if len(steps) == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        steps.append(name)

    def hear(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _FOLDERS:
            concerned = str(arguments[0]).startswith(root)
        else:
            concerned = event == "open" and str(arguments[0]).startswith(root) and bool(arguments[2] & (os.O_WRONLY | os.O_RDWR))
        if concerned:
            step(event)

    os.fsync = lambda handle: step("fsync")  # it is for power cuts, which a test cannot make, and takes long on a busy disk
    sys.addaudithook(hear)
    return steps


if __name__ == "__main__":
    main()
