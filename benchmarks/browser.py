"""The dashboard as a browser sees it: pages by their addresses, and callbacks with what their components hold.

Whether the app is asked in this process or over a connection is the client's matter.
"""

import gzip
import http.client
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlencode

from dash import Dash

from analysis.library import Library
from dashboard.security import CALLBACKS

Id = str | dict[str, Any]
Components = list[tuple[Id, dict[str, Any]]]
_PAGES = "_pages_content.children"
_LOCATIONS = ("shell-url", *(f"{page}-url" for page in ("library", "movies", "validation", "mining")))
_WORDS = ("ri", "quiet", "vorn", "the long", "ночной", "o")
# What a user does to a component, by property; what it is before that stands in the page.
_GESTURES: dict[str, Any] = {
    "n_clicks": 1, "searchValue": "quiet", "clickData": {"points": [{"x": "rating", "y": "metascore", "pointIndex": 0, "customdata": 0}]},
    "selectedData": {"points": [{"customdata": i, "pointIndex": i} for i in range(0, 2000, 2)]}, "opened": True,
}  # fmt: skip


class Answer(NamedTuple):
    """What was answered: seconds by the clock and of this process' computing, the content, and the bytes that it travelled in."""

    seconds: float
    computing: float
    content: bytes
    sent: int


class Client(Protocol):
    """Asks the app. An answer that says of an error is a RuntimeError."""

    def ask(self, address: str, body: Any = None) -> Answer:
        """GET an address, or POST it with a body that is sent as JSON."""


class InProcess:
    """Asks an app of this process."""

    def __init__(self, app: Dash) -> None:
        self._client = app.server.test_client()

    def ask(self, address: str, body: Any = None) -> Answer:
        """See Client."""
        begun, begun_computing = time.perf_counter(), time.process_time()
        answer = self._client.open(address, method="GET" if body is None else "POST", json=body, headers={"Accept-Encoding": "gzip"})
        seconds, computing = time.perf_counter() - begun, time.process_time() - begun_computing
        return _answer(address, answer.status_code, answer.data, answer.headers.get("Content-Encoding"), seconds, computing)


class Connected:
    """Asks a server, over one connection that is kept."""

    def __init__(self, host: str, port: int, timeout: float = 60) -> None:
        self._connection = http.client.HTTPConnection(host, port, timeout=timeout)

    def ask(self, address: str, body: Any = None) -> Answer:
        """See Client."""
        content = None if body is None else json.dumps(body).encode()
        begun, begun_computing = time.perf_counter(), time.thread_time()
        headers = {"Accept-Encoding": "gzip", "Content-Type": "application/json"}
        self._connection.request("GET" if body is None else "POST", address, content, headers)
        answer = self._connection.getresponse()
        data = answer.read()
        seconds, computing = time.perf_counter() - begun, time.thread_time() - begun_computing
        return _answer(address, answer.status, data, answer.headers.get("Content-Encoding"), seconds, computing)

    def close(self) -> None:
        """End the connection."""
        self._connection.close()


def _answer(address: str, status: int, data: bytes, encoding: str | None, seconds: float, computing: float) -> Answer:
    content = gzip.decompress(data) if encoding == "gzip" else data
    if status >= 400:
        raise RuntimeError(f"{address} answered {status}: {content.decode(errors='replace')[:300]}")
    return Answer(seconds, computing, content, len(data))


class Page(NamedTuple):
    """A page that was opened: its answer, and all components that can be seen, those around it included."""

    answer: Answer
    there: Components


class Browser:
    """Opens pages and fires callbacks."""

    def __init__(self, client: Client) -> None:
        self.client = client
        specs = json.loads(client.ask("/_dash-dependencies").content)
        self.specs = [spec for spec in specs if not spec["clientside_function"]]
        self.shell = components(json.loads(client.ask("/_dash-layout").content))

    def page(self, path: str, query: dict[str, Any]) -> Page:
        """The page at an address."""
        spec = next(spec for spec in self.specs if _PAGES in spec["output"])
        here: Components = [("_pages_location", {"pathname": path, "search": _search(query)}), ("_pages_store", {})]
        answer = self.call(spec, here, 0)
        return Page(answer, _at(path, query) + self.shell + components(json.loads(answer.content)))

    def callable(self, there: Components) -> list[dict[str, Any]]:
        """The callbacks all of whose inputs are among these components; not that of the pages themselves."""
        return [
            spec for spec in self.specs if _PAGES not in spec["output"] and all(_matching(given["id"], there) for given in spec["inputs"])
        ]  # fmt: skip

    def call(self, spec: dict[str, Any], there: Components, run: int) -> Answer:
        """Fire a callback as if its first input had just changed; `run` says to what."""
        inputs = [_values(given, there) for given in spec["inputs"]]
        changed = inputs[0][0] if isinstance(inputs[0], list) else inputs[0]
        if _PAGES not in spec["output"]:
            changed["value"] = _gesture(changed, dict(_matching(changed["id"], there)[0][1]), run)
        outputs = [dict(zip(("id", "property"), split(part), strict=True)) for part in spec["output"].strip(".").split("...")]
        body = {
            "output": spec["output"], "outputs": outputs if spec["output"].startswith("..") else outputs[0], "inputs": inputs,
            "state": [_values(given, there) for given in spec["state"]],
            "changedPropIds": [f"{_text(changed['id'])}.{changed['property']}"],
        }  # fmt: skip
        try:
            return self.client.ask(CALLBACKS, body)
        except RuntimeError as error:
            raise RuntimeError(f"{spec['output']}: {error}") from None


def components(layout: Any) -> Components:
    """Id and properties of everything in a layout that has an id."""
    if isinstance(layout, list):
        return [found for part in layout for found in components(part)]
    if not isinstance(layout, dict):
        return []
    here = [(layout["id"], layout)] if layout.get("id") else []
    return here + [found for part in layout.values() for found in components(part)]


def split(output: str) -> tuple[str, str]:
    """The id and the property of "id.property"."""
    name, _, prop = output.rpartition(".")
    return name, prop


def _search(query: dict[str, Any]) -> str:
    return f"?{urlencode(query, doseq=True)}" if query else ""


def _at(path: str, query: dict[str, Any]) -> Components:
    """The page's own location, which the browser fills."""
    return [(name, {"pathname": path, "search": _search(query), "href": path + _search(query)}) for name in _LOCATIONS]


def _matching(wanted: Id, there: Components) -> Components:
    """The components an id means; that of a pattern ("ALL") may mean several."""
    pattern = json.loads(wanted) if isinstance(wanted, str) and wanted.startswith("{") else wanted
    if isinstance(pattern, str):
        return [found for found in there if found[0] == pattern]
    return [
        found for found in there
        if isinstance(found[0], dict) and found[0].keys() == pattern.keys()
        and all(isinstance(value, list) or found[0][key] == value for key, value in pattern.items())
    ]  # fmt: skip


def _values(given: dict[str, Any], there: Components) -> Any:
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


def _text(name: Id) -> str:
    return name if isinstance(name, str) else json.dumps(name, sort_keys=True, separators=(",", ":"))


# --- where one goes ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class View:
    """A page for an address that differs from run to run."""

    name: str
    address: Callable[[int], tuple[str, dict[str, Any]]]


def views(library: Library) -> list[View]:
    """Every page of a library, and those that differ by what was chosen."""
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
        View("projection by composer", fixed(mining, view="projection", by="composer")),
        View("surface by film genre", lambda i: (mining, {"view": "surface", "by": "genre", "c": ("0.1", "1", "10", "100")[i % 4]})),
        View("profiles", lambda i: (mining, {"view": "profiles"} | some_directors(i))),
        View("profiles by other groups", lambda i: (mining, {"view": "profiles", "by": ("composer", "genre", "decade", "country")[i % 4]})),
        View("models", fixed("/models")),
    ]
