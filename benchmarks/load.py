"""Twenty analysts at once, at the real server: `leitmotif serve` in a process of its own, the analysts in another.

An analyst opens a page, does on it what the page offers, follows its links, looks at its covers, and opens another, with the time to
think that people take. The analysts share the processor with the server; what they take of it is told beside the figures.
"""

import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np

from benchmarks import Result, big_library
from benchmarks.analysts import Pause, Seen, browse, visit_all
from benchmarks.dashboard import CACHE
from benchmarks.process import Measured, measure

ANALYSTS = 20
SECONDS = 30.0  # of each run
THINKING: Pause = (1.0, 3.0)
FEW_FILMS = 16  # of the small library, about as many as the demo's
_ADDRESS = re.compile(r"http://([\d.]+):(\d+)")
_EVERY = 1.0  # s between two looks at the server's memory
_TOLD = 5  # errors that are printed


def load(data: Path | None) -> Result:
    """Milliseconds of an answer, requests a second and errors with twenty analysts at once, in a large and in a small library.

    The libraries are made once (benchmarks/big_library.py); `data` is not used.
    """
    figures: dict[str, float] = {}
    for films, windows in ((big_library.FILMS, big_library.WINDOWS_PER_FILM), (FEW_FILMS, 100)):
        library = big_library.make(CACHE / f"dashboard-{films}", films, windows)
        measure(big_library.validate, library.root)
        figures |= {f"{films:,} films: {name}": value for name, value in under_load(library.root).items()}
    return Result(name="load", figures=figures, baseline="one analyst alone, in the same run")


def under_load(root: Path, analysts: int = ANALYSTS, seconds: float = SECONDS, thinking: Pause = THINKING) -> dict[str, float]:
    """Have a library browsed by one analyst, by several at once, and by several who never stop to think.

    Parameters
    ----------
    root : a library's folder
    analysts : how many at once
    seconds : how long each time
    thinking : least and most seconds between what an analyst sees and does next
    """
    figures: dict[str, float] = {}
    with _served(root) as server:
        measure(visit_all, root, server.host, server.port)
        before = server.resident()
        runs = {"one": (1, thinking), f"{analysts}": (analysts, thinking), f"{analysts} without a pause": (analysts, None)}
        for name, (many, pause) in runs.items():
            done = measure(browse, root, server.host, server.port, many, seconds, pause)
            figures |= {f"{name}, {figure}": value for figure, value in _figures(done).items()}
        sizes = {"before": before, "after": server.resident(), "at the peak": server.peak}
        figures |= {f"server, MB {when}": size / 1e6 for when, size in sizes.items()}
        figures["server, lines in its log"] = float(len(server.log()))
    return figures


def _figures(done: Measured) -> dict[str, float]:
    """Numbers by figure name of what analysts saw; the first errors are printed."""
    seen: Seen = done.value
    for error in seen.errors[:_TOLD]:
        print(error, file=sys.stderr)
    figures = {
        "errors": float(len(seen.errors)), "requests/s": len(seen.answers) / seen.seconds,
        "cores the analysts took": done.cpu_seconds / seen.seconds,
    }  # fmt: skip
    for name, times in (("answer", seen.answers), ("page", seen.pages)):
        spread = {"median": statistics.median(times), "95 %": float(np.percentile(times, 95)), "slowest": max(times)}
        figures |= {f"{name} {figure} ms": 1000 * value for figure, value in spread.items()}
    return figures


class Server:
    """`leitmotif serve`, as seen from outside: `host` and `port`, and the most bytes of memory it held (`peak`)."""

    def __init__(self, process: subprocess.Popen[str], errors: IO[str]) -> None:
        assert process.stdout is not None
        self._process, self._errors, self.peak = process, errors, 0
        said = process.stdout.readline()
        address = _ADDRESS.search(said)
        if address is None:
            raise RuntimeError(f"the server did not start: {said}{' '.join(self.log())}")
        self.host, self.port = address[1], int(address[2])
        threading.Thread(target=self._watch, daemon=True).start()

    def resident(self) -> int:
        """Bytes of memory it holds now; 0 when it has ended."""
        said = subprocess.run(["ps", "-o", "rss=", "-p", str(self._process.pid)], capture_output=True, text=True, check=False).stdout
        return 1024 * int(said or 0)

    def log(self) -> list[str]:
        """What it has written to the terminal."""
        self._errors.seek(0)
        return self._errors.read().splitlines()

    def _watch(self) -> None:
        while self._process.poll() is None:
            self.peak = max(self.peak, self.resident())
            time.sleep(_EVERY)


@contextmanager
def _served(root: Path) -> Iterator[Server]:
    command = [sys.executable, "-m", "cli", "serve", "--library", str(root), "--port", "0"]
    with tempfile.TemporaryFile("w+") as errors, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as process:
        try:
            yield Server(process, errors)
        finally:
            process.terminate()
