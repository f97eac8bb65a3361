"""The rows of the library's grid that do not come with its page: the page shows its first films at once, the others follow."""

import json
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, request

from analysis.library import Library
from dashboard import data
from dashboard.components.films import WITH_PAGE, shown
from dashboard.urls import href, single
from errors import LeitmotifError

PATH = "/library/films"
_YEAR = 365 * 24 * 3600  # s


def address(library: Library, name: str | None) -> str:
    """Address of the rows of a library, served under this name; it changes with them."""
    return href(PATH, library=name, version=_text(data.version(library)))


def serve(server: Flask) -> None:
    """Answer requests for rows. What cannot be given is said in one line."""
    server.add_url_rule(PATH, "films", _answer)


def _answer() -> Response:
    try:
        library = data.library(single(request.args.get("library")))
        version = data.version(library)
        response = Response(_rest(library.root, version), mimetype="application/json")
    except LeitmotifError as error:
        return Response(f"{error}\n", 404, mimetype="text/plain")
    if request.args.get("version") == _text(version):
        response.cache_control.max_age, response.cache_control.private, response.cache_control.immutable = _YEAR, True, True
    else:
        response.cache_control.no_store = True
    return response


def _text(version: data.Version) -> str:
    return "-".join(map(str, version or ()))


@lru_cache(maxsize=4)
def _rest(root: Path, _of: data.Version) -> str:
    """Columns by name, of all films but those that come with the page."""
    rest = shown(data.dataset(Library(root))).iloc[WITH_PAGE:]
    return json.dumps(rest.to_dict("list"), ensure_ascii=False, separators=(",", ":"))
