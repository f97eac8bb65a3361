"""Generated album covers as PNG, drawn when they are asked for.

GET /cover?library=L&director=D&movie=M&seed=N&size=S   from the music of a film
GET /cover?result=ID&seed=N&size=S                      from a recording that was given to the Tag page
GET /cover?composed=ID&piece=N&seed=N&size=S            from a piece that was composed
GET /cover?genre=G&seed=N&size=S                        of one genre

The same seed gives the same cover. With the `version` of what it is drawn from and with, the browser keeps it.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO
from typing import Any

import numpy as np
from flask import Flask, Response, abort, request

from dashboard import compose_route, data, uploads, wishes
from dashboard.hearing import Heard
from dashboard.urls import href
from errors import LeitmotifError
from models import registry

PATH = "/cover"
MODEL = "cover"
SMALL, SHOWN, LARGE = 200, 400, 800  # pixels a side: one of several, by itself, to take away
MOST_SEED = 2**32 - 1
_YEAR = 365 * 24 * 3600  # s
# One at a time and in the order they were asked for: a page asks for several at once, and the others must not wait for all of them.
_painter = ThreadPoolExecutor(1, "covers")


@dataclass(frozen=True)
class Subject:
    """What a cover is drawn from: `draw` draws the one of a seed, `version` is another one for another subject or model."""

    version: str
    draw: Callable[[int], np.ndarray] = field(compare=False)


def serve(server: Flask) -> None:
    """Answer requests at PATH."""
    server.add_url_rule(PATH, "cover", _answer)


def of_film(library: str | None, director: str, movie: str, profile: Mapping[str, Any]) -> str:
    """Address of a film's covers, to which seed and size are added. Raises ModelError if the model is missing."""
    return href(PATH, library=library, director=director, movie=movie, version=_version(profile))


def of_recording(known: str) -> str:
    """Address of the covers of a recording that was given to the Tag page. Raises ModelError if the model is missing."""
    return href(PATH, result=known, version=_version(known))


def of_piece(known: str, number: int) -> str:
    """Address of the covers of a candidate on the Compose page. Raises ModelError if the model is missing."""
    return href(PATH, composed=known, piece=str(number), version=_version([known, number]))


def of_genre(genre: str) -> str:
    """Address of the covers of a genre. Raises ModelError if the model is missing."""
    return href(PATH, genre=genre, version=_version(genre))


def address(subject: str, seed: int, size: int) -> str:
    """Address of one cover of a subject."""
    return f"{subject}&seed={seed}&size={size}"


def _version(content: Any) -> str:
    text = json.dumps([registry.card(MODEL)["sha256"], content], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _answer() -> Response:
    seed, size = _number("seed", MOST_SEED), _number("size", LARGE)
    if size not in (SMALL, SHOWN, LARGE):
        abort(400, f"size is one of {SMALL}, {SHOWN} and {LARGE} pixels.")
    try:
        subject = _subject(request.args)
        response = Response(mimetype="image/png")
        response.set_etag(f"{subject.version}-{seed}-{size}")
        response.cache_control.private = True
        if request.args.get("version") == subject.version:
            response.cache_control.max_age, response.cache_control.immutable = _YEAR, True
        else:
            response.cache_control.no_cache = True
        if response.make_conditional(request).status_code == 200 and request.method != "HEAD":
            response.set_data(_png(subject, seed, size))
    except LeitmotifError as error:
        abort(404, str(error))
    return response


def _subject(query: Mapping[str, str]) -> Subject:
    """What an address asks for. Names must be those of the library or of the model; they are not made into a path."""
    if "result" in query:
        return _recording(query["result"])
    if "composed" in query:
        return _piece(query["composed"], _number("piece", wishes.MOST_CANDIDATES))
    if "genre" in query:
        return _genre(query["genre"])
    return _film(query.get("library"), query.get("director", ""), query.get("movie", ""))


def _film(name: str | None, director: str, movie: str) -> Subject:
    library = data.library(name)
    if (director, movie) not in data.movies(library):
        abort(404, "There is no such film in this library.")
    profile = data.film(library, director, movie).profile
    if not profile["segments"]:
        abort(404, "This film has no music to draw a cover from.")
    return Subject(_version(profile), lambda seed: _covers().for_movie(profile, seed).picture)


def _recording(known: str) -> Subject:
    found = uploads.desk().find(known).found
    if not isinstance(found, Heard):
        abort(404, "There is no recording to draw a cover from.")
    answers = found.answers  # not all that was heard is to be kept with the picture
    return Subject(_version(known), lambda seed: _covers().for_recording(answers, seed).picture)


def _piece(known: str, number: int) -> Subject:
    answers = compose_route.cover_answers(compose_route.studio().candidate(known, number))
    return Subject(_version([known, number]), lambda seed: _covers().for_recording(answers, seed).picture)


def _genre(name: str) -> Subject:
    genres = registry.card(MODEL)["classes"]
    if name not in genres:
        abort(404, f"Covers are drawn of {', '.join(genres)}.")
    weights = [[float(name == genre) for genre in genres]]
    return Subject(_version(name), lambda seed: registry.load(MODEL).generate(np.array(weights), np.array([seed]))[0])


def _covers() -> Any:
    from analysis import covers  # only where one is drawn: the first page does not wait for it

    return covers


def _number(name: str, most: int) -> int:
    text = request.args.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and int(text) <= most):
        abort(400, f"{name} must be a whole number from 0 to {most}.")
    return int(text)


def _png(subject: Subject, seed: int, size: int) -> bytes:
    """A cover as a file; drawn when it is its turn."""
    return _painter.submit(_painted, subject, seed, size).result()


def _painted(subject: Subject, seed: int, size: int) -> bytes:
    from PIL import Image

    content = BytesIO()
    Image.fromarray(registry.load(MODEL).enlarge(_picture(subject, seed), size)).save(content, "PNG")
    return content.getvalue()


@lru_cache(maxsize=256)
def _picture(subject: Subject, seed: int) -> np.ndarray:
    return subject.draw(seed)
