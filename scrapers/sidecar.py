"""Metadata a person, or a media centre, keeps beside the film: `<Movie>.json` and `<Movie>.nfo` next to `<Movie>.<ext>`."""

import json
import re
import reprlib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from errors import DataError
from scrapers import values
from scrapers.folder import MovieFile
from scrapers.records import EMPTY, KNOWN

MAX_BYTES = 1 << 20


def read(movie: MovieFile) -> tuple[dict[str, Any], str] | None:
    """What the sidecars say (`title` and fields of records.FIELDS) and their names; None when there is none.

    The .json goes before the .nfo. Raises DataError for a damaged one, and for a .json with a field that cannot be right.
    """
    known: dict[str, Any] = {}
    names = []
    for ending, reader in _READERS.items():
        path = movie.path.with_suffix(ending)
        if path.is_file():
            known = reader(path) | known
            names.append(path.name)
    return (known, " and ".join(names)) if names else None


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise DataError(f"{path}: is too large for a sidecar; correct or remove it")
        return path.read_bytes().decode("utf-8-sig", "strict" if path.suffix == ".json" else "replace")
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: is not readable ({error}); correct or remove it") from error


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(_text(path))
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}: is not readable JSON ({error}); correct or remove it") from error
    if not isinstance(content, dict):
        raise DataError(f"{path}: must hold one JSON object with fields such as title, year, rating; correct or remove it")
    known = values.clean(content)
    for field in ("title", *KNOWN):
        if field != "synthetic" and content.get(field) not in EMPTY and field not in known:
            raise DataError(f"{path}: {field} cannot be {_shown(content[field])}; correct it")
    return known | ({"synthetic": True} if content.get("synthetic") is True else {})


def _shown(value: Any) -> str:
    return repr((value if isinstance(value, str) else reprlib.repr(value))[:60])


def _nfo(path: Path) -> dict[str, Any]:
    """The movie of a Kodi .nfo; of any other text only the IMDb id in it."""
    text = _text(path)
    root = _xml(text)
    if root is None:
        return values.clean({"imdb_id": text})

    def all_of(*tags: str) -> list[str]:
        return [element.text.strip() for tag in tags for element in root.findall(tag) if element.text and element.text.strip()]

    def first(*tags: str) -> str | None:
        return next(iter(all_of(*tags)), None)

    return values.clean(
        {
            "imdb_id": first("uniqueid[@type='imdb']", "imdbid", "imdb_id", "id") or "",
            "title": first("title"),
            "other_title": first("originaltitle"),
            "year": first("year", "premiered"),
            "rating": first("ratings/rating[@name='imdb']/value"),
            "metascore": first("ratings/rating[@name='metacritic']/value"),
            "countries": all_of("country"),
            "genres": all_of("genre"),
            "director": all_of("director"),
            "cast": all_of("actor/name"),
            "runtime": first("runtime"),
        }
    )


def _xml(text: str) -> ElementTree.Element | None:
    """The <movie> in an .nfo, or None; behind it an .nfo may hold a bare address. Entities are not read: they can explode."""
    begin = re.search(r"<movie\b", text)
    end = text.find("</movie>", begin.end()) if begin else -1
    if not begin or end < 0:
        return None
    movie = text[begin.start() : end + len("</movie>")]
    if "<!" in movie:
        return None
    try:
        return ElementTree.fromstring(movie)
    except (ElementTree.ParseError, ValueError):
        return None


_READERS: dict[str, Callable[[Path], dict[str, Any]]] = {".json": _json, ".nfo": _nfo}
