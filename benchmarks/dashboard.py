"""Every page and callback of the dashboard over a library of 10,000 films and 30 million windows.

What is measured is what the browser waits for: the request through the real app, callback and serialisation included.
Runs differ from each other (another film, other directors, another word), so that nothing is merely remembered.
"""

import gzip
import json
import statistics
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import numpy as np
import pandas as pd

from analysis.library import Library
from benchmarks import Result, big_library
from benchmarks.process import measure
from dashboard.export_route import FORMATS
from dashboard.export_route import PATH as EXPORT

CACHE = Path(".bench")
RUNS = 20
LATER_VISITS = 5
LIMIT_MS = 200.0
BASELINE_FILMS = 200  # read by the baseline and scaled up
_PAGES = "_pages_content.children"
_FILTERS = ("quiet", "jazz", "quiet jazz", "ночной blues", "ada")  # each leaves another number of films
_WORDS = ("ri", "quiet", "vorn", "the long", "ночной", "o")
# What a user does to a component, by property; what it is before that stands in the page.
_GESTURES: dict[str, Any] = {
    "n_clicks": 1, "searchValue": "quiet", "clickData": {"points": [{"x": "rating", "y": "metascore", "pointIndex": 0, "customdata": 0}]},
    "selectedData": {"points": [{"customdata": i, "pointIndex": i} for i in range(0, 2000, 2)]}, "opened": True,
}  # fmt: skip


@dataclass(frozen=True)
class View:
    """A page for an address that differs from run to run."""

    name: str
    address: Callable[[int], tuple[str, dict[str, Any]]]


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
    def of(cls, answers: "Sequence[_Answer]") -> "Times":
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
    browser, library = _Browser(root), Library(root)
    times: dict[str, Times] = {}
    for view in _views(library):
        pages = [browser.page(*view.address(run)) for run in range(runs + 1)]
        times[view.name] = Times.of(pages)
        path, query = view.address(runs)
        there = _at(path, query) + browser.shell + _components(json.loads(pages[-1].content))
        for spec in browser.callable(there):
            name = _name(spec)
            if name not in times:
                times[name] = Times.of([browser.call(spec, there, run) for run in range(runs + 1)])
    times["export of all films"] = Times.of([browser.export(list(FORMATS)[run % len(FORMATS)]) for run in range(runs + 1)])
    return (
        {"warm-up ms": 1000 * browser.warmed_up}
        | _summary(times)
        | {key: value for name, found in times.items() for key, value in found.figures(name).items()}
    )


def _summary(times: dict[str, "Times"]) -> dict[str, float]:
    return {
        "pages and callbacks": float(len(times)),
        "slowest median ms": max(1000 * statistics.median(found.again) for found in times.values()),
        "slowest 95 % ms": max(1000 * found.late for found in times.values()),
        "slowest median CPU ms": max(1000 * found.computing for found in times.values()),
        f"of them over {LIMIT_MS:.0f} ms": float(sum(1000 * found.late > LIMIT_MS for found in times.values())),
    }


def _at(path: str, query: dict[str, Any]) -> "_Components":
    """The page's own location, which the browser fills."""
    names = ("shell-url", *(f"{page}-url" for page in ("library", "movies", "validation", "mining")))
    return [(name, {"pathname": path, "search": _search(query), "href": path + _search(query)}) for name in names]


def _name(spec: dict[str, Any]) -> str:
    """A callback by what changes and what it changes."""
    changed = spec["inputs"][0]
    inner = json.loads(changed["id"]) if changed["id"].startswith("{") else {}
    one = next((value for key, value in inner.items() if isinstance(value, str) and key != "type"), inner.get("type", changed["id"]))
    return f"{one}.{changed['property']} to {_split(spec['output'].strip('.').split('...')[0])[0]}"


def _views(library: Library) -> list[View]:
    films = library.movies()
    step = max(1, len(films) // 97)
    directors = sorted({director for director, _ in films})

    def film(i: int) -> dict[str, str]:
        director, movie = films[i * step % len(films)]
        return {"director": director, "movie": movie}

    def some_directors(i: int) -> dict[str, list[str]]:
        return {"directors": [directors[(i * 7 + k * 13) % len(directors)] for k in range(3)]}

    def fixed(path: str, **query: Any) -> Callable[[int], tuple[str, dict[str, Any]]]:
        return lambda i: (path, query)

    mining = "/mining"
    return [
        View("library", fixed("/library")),
        View("library filtered", lambda i: ("/library", {"q": _WORDS[i % len(_WORDS)]})),
        View("movie layer", lambda i: ("/movies", film(i))),
        View("segment layer", lambda i: ("/movies", film(i) | {"layer": "segment"})),
        View("validation", fixed("/validation")),
        View("correlation", fixed(mining)),
        View("correlation, sounder", fixed(mining, encoding="sound")),
        View("correlation, clustered", fixed(mining, order="clustered")),
        View(
            "correlation, other columns", lambda i: (mining, {"columns": ["rating", "music_duration", "jazz", "year", "rock"][: 2 + i % 4]})
        ),
        View("projection", fixed(mining, view="projection")),
        View("projection, music", fixed(mining, view="projection", features="music")),
        View("projection, sounder metadata", fixed(mining, view="projection", features="metadata", encoding="sound")),
        View("surface", lambda i: (mining, {"view": "surface"} | some_directors(i))),
        View("models", fixed("/models")),
    ]


class _Browser:
    """The app as a browser sees it: pages by their addresses, and callbacks with what their components hold."""

    def __init__(self, root: Path) -> None:
        from dashboard import warm
        from dashboard.app import create_app

        app = create_app([root])
        begun = time.perf_counter()
        warm.warm(app)  # as the server does beside its first visitor
        self.warmed_up = time.perf_counter() - begun
        self.client = app.server.test_client()
        self.specs = [spec for spec in self.client.get("/_dash-dependencies").json if not spec["clientside_function"]]
        self.shell = _components(self.client.get("/_dash-layout").json)

    def page(self, path: str, query: dict[str, Any]) -> "_Answer":
        """The page at an address."""
        spec = next(spec for spec in self.specs if _PAGES in spec["output"])
        here: _Components = [("_pages_location", {"pathname": path, "search": _search(query)}), ("_pages_store", {})]
        return self.call(spec, here, 0)

    def callable(self, there: "_Components") -> list[dict[str, Any]]:
        """The callbacks all of whose inputs are among these components; not that of the pages themselves."""
        return [
            spec for spec in self.specs if _PAGES not in spec["output"] and all(_matching(given["id"], there) for given in spec["inputs"])
        ]  # fmt: skip

    def call(self, spec: dict[str, Any], there: "_Components", run: int) -> "_Answer":
        """Fire a callback as if its first input had just changed."""
        inputs = [_values(given, there) for given in spec["inputs"]]
        changed = inputs[0][0] if isinstance(inputs[0], list) else inputs[0]
        if _PAGES not in spec["output"]:
            changed["value"] = _gesture(changed, dict(_matching(changed["id"], there)[0][1]), run)
        outputs = [dict(zip(("id", "property"), _split(part), strict=True)) for part in spec["output"].strip(".").split("...")]
        request = {
            "output": spec["output"], "outputs": outputs if spec["output"].startswith("..") else outputs[0], "inputs": inputs,
            "state": [_values(given, there) for given in spec["state"]],
            "changedPropIds": [f"{_text(changed['id'])}.{changed['property']}"],
        }  # fmt: skip
        return self._post(spec["output"], "/_dash-update-component", json=request)

    def export(self, name: str) -> "_Answer":
        """All films as a file of this format."""
        return self._post("export", f"{EXPORT}?format={name}")

    def _post(self, what: str, address: str, **body: Any) -> "_Answer":
        begun, begun_computing = time.perf_counter(), time.process_time()
        answer = self.client.post(address, headers={"Accept-Encoding": "gzip"}, **body)
        seconds, computing = time.perf_counter() - begun, time.process_time() - begun_computing
        if answer.status_code >= 400:
            raise RuntimeError(f"{what} answered {answer.status}: {answer.get_data(as_text=True)[:300]}")
        zipped = answer.headers.get("Content-Encoding") == "gzip"
        content = gzip.decompress(answer.data) if zipped else answer.data
        return _Answer(seconds, computing, content, len(answer.data))


class _Answer(NamedTuple):
    seconds: float
    computing: float
    content: bytes
    sent: int


_Id = str | dict[str, Any]
_Components = list[tuple[_Id, dict[str, Any]]]


def _search(query: dict[str, Any]) -> str:
    return f"?{urlencode(query, doseq=True)}" if query else ""


def _components(layout: Any) -> _Components:
    """Id and properties of everything in a layout that has an id."""
    if isinstance(layout, list):
        return [found for part in layout for found in _components(part)]
    if not isinstance(layout, dict):
        return []
    here = [(layout["id"], layout)] if layout.get("id") else []
    return here + [found for part in layout.values() for found in _components(part)]


def _matching(wanted: _Id, there: _Components) -> _Components:
    """The components an id means; that of a pattern ("ALL") may mean several."""
    pattern = json.loads(wanted) if isinstance(wanted, str) and wanted.startswith("{") else wanted
    if isinstance(pattern, str):
        return [found for found in there if found[0] == pattern]
    return [
        found for found in there
        if isinstance(found[0], dict) and found[0].keys() == pattern.keys()
        and all(isinstance(value, list) or found[0][key] == value for key, value in pattern.items())
    ]  # fmt: skip


def _values(given: dict[str, Any], there: _Components) -> Any:
    """What an input or state holds; a list for a pattern."""
    found = [{"id": i, "property": given["property"], "value": props.get(given["property"])} for i, props in _matching(given["id"], there)]
    pattern = given["id"].startswith("{") and '["' in given["id"]
    return found if pattern else (found or [given])[0]


def _gesture(changed: dict[str, Any], props: dict[str, Any], run: int) -> Any:
    """What a user makes of a property: another option, a word, a click."""
    if changed["property"] == "value" and props.get("data"):
        option = props["data"][run % len(props["data"])]
        option = option if isinstance(option, str) else option["value"]
        return [option] if isinstance(props.get("value"), list) else option
    if changed["property"] == "searchValue":
        return _WORDS[run % len(_WORDS)]
    return _GESTURES.get(changed["property"], props.get(changed["property"]))


def _split(output: str) -> tuple[str, str]:
    name, _, prop = output.rpartition(".")
    return name, prop


def _text(name: _Id) -> str:
    return name if isinstance(name, str) else json.dumps(name, sort_keys=True, separators=(",", ":"))


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
