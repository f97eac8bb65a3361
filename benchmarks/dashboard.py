"""Every page and callback of the dashboard over a library of 10,000 films and 30 million windows.

What is measured is what the browser waits for: the request through the real app, callback and serialisation included.
Runs differ from each other (another film, other directors, another word), so that nothing is merely remembered; but for what the
program itself keeps until the dataset or a card changes, the views of the Mining and Models pages, of which the warm-up draws the first.
"""

import json
import statistics
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.library import Library
from benchmarks import Result, big_library
from benchmarks.browser import Answer, Browser, InProcess, split, views
from benchmarks.process import measure
from dashboard.export_route import FORMATS
from dashboard.export_route import PATH as EXPORT

CACHE = Path(".bench")
RUNS = 20
LATER_VISITS = 5
LIMIT_MS = 200.0
BASELINE_FILMS = 200  # read by the baseline and scaled up
_FILTERS = ("quiet", "jazz", "quiet jazz", "ночной blues", "ada")  # each leaves another number of films


@dataclass(frozen=True)
class Times:
    """Seconds that one kind of request took, the first one and those after it, and the bytes it sent at most.

    `computing` is the processor's time (median): what it would take on a machine that does nothing else.
    """

    first: float
    again: list[float]
    computing: float
    size: int
    sent: int

    @classmethod
    def of(cls, answers: Sequence[Answer]) -> "Times":
        """Sum up at least two answers."""
        seconds = [answer.seconds for answer in answers]
        computing = statistics.median(answer.computing for answer in answers[1:])
        return cls(
            seconds[0], seconds[1:], computing, max(len(answer.content) for answer in answers), max(answer.sent for answer in answers)
        )

    @property
    def late(self) -> float:
        """95th percentile of the further runs."""
        return float(np.percentile(self.again, 95))

    def figures(self, name: str) -> dict[str, float]:
        """Milliseconds and kilobytes by figure name."""
        milliseconds = {"first": self.first, "median": statistics.median(self.again), "95 %": self.late, "median CPU": self.computing}
        kilobytes = {"kB": self.size / 1000, "kB sent": self.sent / 1000}
        return {f"{name}, {key} ms": 1000 * value for key, value in milliseconds.items()} | {
            f"{name}, {k}": v for k, v in kilobytes.items()
        }


def dashboard(data: Path | None) -> Result:
    """Milliseconds (first, median and 95th percentile of further runs) and kilobytes of every page and callback.

    The library is made once (benchmarks/big_library.py); `data` is not used.
    """
    library = big_library.make(CACHE / f"dashboard-{big_library.FILMS}")
    measure(big_library.validate, library.root)
    figures = measure(answers, library.root, RUNS).value
    figures |= measure(drawn, library.root).value
    figures["baseline seconds, scaled up"] = measure(pandas_reads_all, library.root).value
    return Result(name="dashboard", figures=figures, baseline="pandas reading every film's tables for the library's figures")


def answers(root: Path, runs: int = RUNS) -> dict[str, float]:
    """Times of the pages and of all callbacks that the pages of a library have.

    Parameters
    ----------
    root : a library's folder
    runs : of each, after the first
    """
    browser, warmed_up = _warm(root)
    times: dict[str, Times] = {}
    for view in views(Library(root)):
        pages = [browser.page(*view.address(run)) for run in range(runs + 1)]
        times[view.name] = Times.of([page.answer for page in pages])
        there = pages[-1].there
        for spec in browser.callable(there):
            name = _name(spec)
            if name not in times:
                times[name] = Times.of([browser.call(spec, there, run) for run in range(runs + 1)])
    exports = [browser.client.ask(f"{EXPORT}?format={list(FORMATS)[run % len(FORMATS)]}", {}) for run in range(runs + 1)]
    times["export of all films"] = Times.of(exports)
    return (
        {"warm-up ms": 1000 * warmed_up}
        | _summary(times)
        | {key: value for name, found in times.items() for key, value in found.figures(name).items()}
    )


def _warm(root: Path) -> tuple[Browser, float]:
    """The app as a browser sees it, and the seconds that it took to warm up, which the server does beside its first visitor."""
    from dashboard import warm
    from dashboard.app import create_app

    app = create_app([root])
    begun = time.perf_counter()
    warm.warm(app)
    return Browser(InProcess(app)), time.perf_counter() - begun


def _summary(times: dict[str, "Times"]) -> dict[str, float]:
    return {
        "pages and callbacks": float(len(times)),
        "slowest median ms": max(1000 * statistics.median(found.again) for found in times.values()),
        "slowest 95 % ms": max(1000 * found.late for found in times.values()),
        "slowest median CPU ms": max(1000 * found.computing for found in times.values()),
        f"of them over {LIMIT_MS:.0f} ms": float(sum(1000 * found.late > LIMIT_MS for found in times.values())),
    }


def _name(spec: dict[str, Any]) -> str:
    """A callback by what changes and what it changes."""
    changed = spec["inputs"][0]
    inner = json.loads(changed["id"]) if changed["id"].startswith("{") else {}
    one = next((value for key, value in inner.items() if isinstance(value, str) and key != "type"), inner.get("type", changed["id"]))
    return f"{one}.{changed['property']} to {split(spec['output'].strip('.').split('...')[0])[0]}"


# --- in the browser ---------------------------------------------------------------------------------------------


# When the first film stands in the grid and is painted, by the page's own clock.
_WATCH = """new MutationObserver((_, watcher) => {
  if (!document.querySelector(".ag-row")) return;
  watcher.disconnect();
  requestAnimationFrame(() => setTimeout(() => (window.painted = performance.now())));
}).observe(document, { childList: true, subtree: true });"""
_WATCH_COUNT = """() => {
  const begun = performance.now();
  window.counted = 0;
  new MutationObserver((_, watcher) => {
    watcher.disconnect();
    requestAnimationFrame(() => setTimeout(() => (window.counted = performance.now() - begun)));
  }).observe(document.getElementById("library-count"), { childList: true, subtree: true, characterData: true });
}"""


def drawn(root: Path) -> dict[str, float]:
    """Milliseconds until Chromium has painted something, has drawn the first films, and has filtered them; {} without Chromium."""
    from dashboard.screenshots import CHROMIUM_OPTIONS, find_chromium

    chromium = find_chromium()
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        chromium = None
    if chromium is None:
        print("Without Chromium and playwright the time until the first page is drawn is not measured.", file=sys.stderr)
        return {}
    from dashboard import warm
    from dashboard.server import create_server

    server = create_server([root], "127.0.0.1", 0)
    threading.Thread(target=server.run, daemon=True).start()  # ends with the process
    for thread in [thread for thread in threading.enumerate() if thread.name == warm.NAME]:
        thread.join()
    address = f"http://127.0.0.1:{server.effective_port}/library"
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=list(CHROMIUM_OPTIONS))
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.add_init_script(_WATCH)
        first, *later = (_visit(page, address) for _ in range(1 + LATER_VISITS))
        figures = {f"browser, first visit, {name} ms": value for name, value in first.items()}
        figures |= {f"browser, later visits, {name} ms": statistics.median(visit[name] for visit in later) for name in first}
        times = []
        for word in _FILTERS:
            page.evaluate(_WATCH_COUNT)
            page.fill("#library-search", word)
            times.append(page.wait_for_function("() => window.counted").json_value())
        figures["browser, filter typed, median ms"] = statistics.median(times)
        browser.close()
    return figures


def _visit(page: Any, address: str) -> dict[str, float]:
    """Milliseconds until something and until the first films were painted; leaves the page when all films are there."""
    page.goto(address)
    page.wait_for_function("() => window.painted")
    page.wait_for_load_state("networkidle")
    painted = page.evaluate("() => [performance.getEntriesByName('first-contentful-paint')[0].startTime, window.painted]")
    return dict(zip(("first paint", "films drawn"), painted, strict=True))


# --- the baseline -----------------------------------------------------------------------------------------------


def pandas_reads_all(root: Path) -> float:
    """Seconds to find the library's figures from its films' tables, read with pandas one after the other."""
    films = sorted(root.glob("movies/*/*"))
    some = films[:: max(1, len(films) // BASELINE_FILMS)]
    begun = time.perf_counter()
    seconds = pd.concat(pd.read_parquet(folder / "seconds.parquet") for folder in some)
    windows = pd.concat(pd.read_parquet(folder / "windows.parquet") for folder in some)
    seconds["label"].value_counts()
    windows["genre"].value_counts()
    return (time.perf_counter() - begun) * len(films) / len(some)
