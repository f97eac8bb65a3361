"""People who browse the dashboard: each has a browser with several connections, and knows what can be done on a page."""

import http.client
import queue
import random
import re
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from analysis.library import Library
from benchmarks.browser import Answer, Browser, Connected, Page, View, views
from dashboard.cover_route import LARGE

Pause = tuple[float, float] | None  # least and most seconds; None for none

CONNECTIONS = 6  # of a browser to a server at once
_ACTIONS = 4  # on a page, at most
_SEEN_AT_ONCE = 5  # covers
_MANY = 1_000  # addresses that a page is opened with, and things that a callback is told, at most
_FILES = re.compile(r'(?:src|href)="(/[^"]+)"')
# What a page fetches by itself (the grid's further films), the covers that are fetched when one scrolls to them, and where it leads.
_AT_ONCE, _COVERS, _LINKS = (re.compile(rf'"({path}\?[^"]+)"') for path in ("/library/films", "/cover", "/movies"))
_LARGE = f"size={LARGE}"  # a cover that is saved and not shown


@dataclass
class Seen:
    """What analysts saw in how many seconds: those of each answer and of each page with all that it asks for, and errors."""

    seconds: float = 0.0
    answers: list[float] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def visit_all(root: Path, host: str, port: int) -> None:
    """See each page of a library once."""
    analyst = _Analyst(host, port, 0, Seen())
    for view in views(Library(root)):
        analyst.open(*view.address(0))


def browse(root: Path, host: str, port: int, analysts: int, seconds: float, thinking: Pause) -> Seen:
    """Have analysts browse for a while.

    Parameters
    ----------
    root : the library that is served
    host, port : where it is served
    analysts : how many at once
    seconds : how long
    thinking : least and most seconds between what one sees and does next
    """
    seen, pages, begun = Seen(), views(Library(root)), time.monotonic()
    with ThreadPoolExecutor(analysts) as pool:
        everyone = [_Analyst(host, port, number, seen, thinking) for number in range(analysts)]
        for work in [pool.submit(one.work, pages, begun + seconds) for one in everyone]:
            work.result()
    seen.seconds = time.monotonic() - begun
    return seen


class _Analyst:
    """One person; `number` decides what is done, the same in each run."""

    def __init__(self, host: str, port: int, number: int, seen: Seen, thinking: Pause = None) -> None:
        self._seen, self._thinking, self._random = seen, thinking, random.Random(number)
        self._client = _Connections(host, port, seen)
        self._browser: Browser | None = None
        self._pool = ThreadPoolExecutor(CONNECTIONS)
        self._kept: set[str] = set()  # what the browser has and does not ask for again

    def work(self, pages: list[View], end: float) -> None:
        """Open page after page, and use them, until the time is up."""
        self._think()  # they do not all come at the same moment
        while time.monotonic() < end:
            page = self.open(*self._random.choice(pages).address(self._random.randrange(_MANY)))
            for _ in range(self._random.randint(0, _ACTIONS)):
                self._think()
                if page is not None and time.monotonic() < end:
                    page = self._act(page)
            self._think()

    def open(self, path: str, query: dict[str, Any]) -> Page | None:
        """Open a page, on the first visit with all files; None if there was an error."""
        begun = time.perf_counter()
        try:
            browser = self._arrived()
            page = browser.page(path, query)
            own = [spec for spec in browser.callable(page.there) if not spec["prevent_initial_call"]]
            list(self._pool.map(lambda spec: browser.call(spec, page.there, 0), own))
            self._fetch(_AT_ONCE.findall(_text(page.answer)))
        except RuntimeError:  # is among the errors
            return None
        self._seen.pages.append(time.perf_counter() - begun)
        return page

    def _arrived(self) -> Browser:
        if self._browser is None:
            self._fetch(_FILES.findall(_text(self._client.ask("/library"))))
            self._browser = Browser(self._client)
        return self._browser

    def _act(self, page: Page) -> Page | None:
        """Do something of what the page offers; returns the page where one is then."""
        text, browser = _text(page.answer), self._arrived()
        links, callbacks = _LINKS.findall(text), browser.callable(page.there)
        what = self._random.choice(["look", "follow", *["use"] * 2])
        try:
            if what == "look":
                self._fetch([address for address in _COVERS.findall(text) if "size=" in address and _LARGE not in address][:_SEEN_AT_ONCE])
            elif what == "follow" and links:
                parts = urlsplit(self._random.choice(links))
                return self.open(parts.path, parse_qs(parts.query))
            else:
                browser.call(self._random.choice(callbacks), page.there, self._random.randrange(_MANY))
        except RuntimeError:  # is among the errors
            return None
        return page

    def _fetch(self, addresses: Iterable[str]) -> None:
        """Fetch what the browser does not have, over all its connections."""
        new = dict.fromkeys(address for address in addresses if address not in self._kept)
        self._kept |= new.keys()
        list(self._pool.map(self._client.ask, new))

    def _think(self) -> None:
        if self._thinking:
            time.sleep(self._random.uniform(*self._thinking))


class _Connections:
    """Asks over whichever connection is free, and notes how long it took and what went wrong."""

    def __init__(self, host: str, port: int, seen: Seen) -> None:
        self._seen = seen
        self._free: queue.SimpleQueue[Connected] = queue.SimpleQueue()
        for _ in range(CONNECTIONS):
            self._free.put(Connected(host, port))

    def ask(self, address: str, body: Any = None) -> Answer:
        """See benchmarks.browser.Client."""
        connection = self._free.get()
        try:
            answer = connection.ask(address, body)
        except (RuntimeError, OSError, http.client.HTTPException) as error:
            connection.close()
            self._seen.errors.append(f"{address}: {error!r}")
            raise RuntimeError(str(error)) from error
        finally:
            self._free.put(connection)
        self._seen.answers.append(answer.seconds)
        return answer


def _text(answer: Answer) -> str:
    """The answer with its addresses as they are; in JSON the server escapes their slashes."""
    return answer.content.decode().replace("\\u002f", "/")
