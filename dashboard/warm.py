"""Do beforehand what the first visitor would otherwise wait for: read the libraries, compress the files, import what mining needs."""

import logging
import re
import threading
from collections.abc import Callable
from typing import Any

import dash
from dash import Dash

from analysis.library import Library
from dashboard import data
from dashboard.components import shell
from dashboard.urls import href
from errors import LeitmotifError

_log = logging.getLogger(__name__)
NAME = "warm-up"  # of the thread
_FILES = re.compile(r'(?:src|href)="(/[^"]+)"')
# What the page does not name: the scripts of grids and charts, which a browser asks for when it draws the first one.
_LATER = tuple(
    f"/_dash-component-suites/{name}"
    for name in ("dash_ag_grid/async-community.js", "dash/dcc/async-graph.js", "plotly/package_data/plotly.min.js")
)


def begin(app: Dash) -> threading.Thread:
    """Start to warm up beside the server, which answers meanwhile; the thread ends with the program."""
    thread = threading.Thread(target=warm, args=(app,), daemon=True, name=NAME)
    thread.start()
    return thread


def warm(app: Dash) -> None:
    """Read and compute once what is kept afterwards. What is damaged is left to the page that shows it."""
    libraries = [Library(library.root) for library in app.server.config[data.CONFIG_KEY].values()]
    for step in (data.dataset, data.movies, data.metadata):
        _each(step, libraries)
    _files(app)
    with app.server.test_request_context():
        for name in data.library_names():
            shell.search("a", href("", library=name))  # how names are compared is kept
        _pages(data.library_names())


def _pages(libraries: list[str]) -> None:
    """Draw what takes longest the first time; models, encodings and projections are kept."""
    layouts = {page["path"]: page["layout"] for page in dash.page_registry.values()}
    layouts["/models"]()
    for name in libraries:
        for encoding in ("thesis", "sound"):
            for view in ("correlation", "projection"):
                layouts["/mining"](library=name, encoding=encoding, view=view)


def _each(step: Callable[..., Any], libraries: list[Library]) -> None:
    for library in libraries:
        try:
            step(library)
        except LeitmotifError as error:
            _log.info("not warmed up: %s", error)


def _files(app: Dash) -> None:
    """Ask for the page and all it needs, as a browser does; what was compressed once is kept."""
    client = app.server.test_client()
    for address in dict.fromkeys([*_FILES.findall(client.get("/library").text), *_LATER]):
        client.get(address, headers={"Accept-Encoding": "gzip"})
