"""The Compose page's requests: a piece is asked for, one asks how far it is, hears, sees, takes away and keeps what was composed.

POST   /compose/jobs                      201 {"id"}; its JSON is {"search": the page's address after the ?, "visitor": any name}
GET    /compose/jobs/ID                   {"name", "stage", "share", "waiting"} or with "problem"; its stage is "done" at the end
DELETE /compose/jobs/ID                   204: it is not wanted any more, and is not composed further
GET    /compose/jobs/ID/N/FILE            of candidate N, counted from 0: sound.ogg, piece.wav, piece.mid or roll.json
POST   /compose/jobs/ID/N/keep?cover=S    201 {"said"}: it is kept in the library, with the cover of seed S
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from io import BytesIO
from typing import Any, NoReturn

from flask import Flask, Response, abort, current_app, jsonify, request

from analysis.composing import keeping
from dashboard import data, wishes
from dashboard.composing import Composed
from dashboard.files_of_pieces import MIDI, SOUND, WAV, sent, wav
from dashboard.reception import BusyError, UnknownError
from dashboard.studio import Studio
from dashboard.urls import parameters
from errors import InputError, LeitmotifError
from models.labels import GENRES

PATH = "/compose/jobs"
DONE = "done"
ROLL = "roll.json"
MOST_BYTES = 32 * 2**10  # of a request; an address is shorter
_LONGEST_VISITOR = 100  # letters
_STUDIO = "LEITMOTIF_STUDIO"


def serve(server: Flask, studio: Studio | None = None) -> None:
    """Answer requests at PATH; `studio` composes."""
    server.config[_STUDIO] = studio or Studio()
    server.add_url_rule(PATH, "compose-ask", _ask, methods=["POST"])
    server.add_url_rule(f"{PATH}/<known>", "compose-status", _status)
    server.add_url_rule(f"{PATH}/<known>", "compose-drop", _drop, methods=["DELETE"])
    server.add_url_rule(f"{PATH}/<known>/<int:number>/<file>", "compose-file", _file)
    server.add_url_rule(f"{PATH}/<known>/<int:number>/keep", "compose-keep", _keep, methods=["POST"])


def studio() -> Studio:
    """The studio of the app that answers."""
    return current_app.config[_STUDIO]


def address(known: str, number: int, file: str) -> str:
    """Where a file of a candidate is."""
    return f"{PATH}/{known}/{number}/{file}"


# --- composing ------------------------------------------------------------------------------------------------------


def _ask() -> tuple[Response, int]:
    try:
        search, visitor = _asked()
        return jsonify(id=studio().ask(wishes.wish(wishes.read(parameters(search))), visitor)), 201
    except LeitmotifError as error:
        _refuse(error)


def _asked() -> tuple[str, str]:
    """The body's address and visitor."""
    if (request.content_length or 0) > MOST_BYTES:
        abort(413, "This request is longer than any the page makes.")
    try:
        body = json.loads(request.get_data())
        search, visitor = body["search"], body["visitor"]
    except (ValueError, TypeError, KeyError, RecursionError):
        search = visitor = None
    if not isinstance(search, str) or not isinstance(visitor, str) or not 0 < len(visitor) <= _LONGEST_VISITOR:
        abort(400, "A piece is asked for with the page's address and a name of the visitor; load the page anew.")
    return search, visitor


def _status(known: str) -> Response:
    try:
        job = studio().find(known)
    except LeitmotifError as error:
        _refuse(error)
    said: dict[str, Any] = {"name": job.wish.name, "stage": job.stage, "share": job.share, "waiting": job.waiting}
    if job.found:
        said |= {"stage": DONE, "share": 1}
    elif job.problem:
        said["problem"] = job.problem
    response = jsonify(said)
    response.cache_control.no_store = True
    return response


def _drop(known: str) -> tuple[str, int]:
    try:
        studio().drop(known)
    except LeitmotifError as error:
        _refuse(error)
    return "", 204


# --- what was composed ----------------------------------------------------------------------------------------------


def _file(known: str, number: int, file: str) -> Response:
    try:
        job, piece = studio().find(known), studio().candidate(known, number)
    except LeitmotifError as error:
        _refuse(error)
    if file == ROLL:
        return _kept_by_the_browser(jsonify(piece.roll))
    contents = {SOUND: lambda: piece.sound, WAV: lambda: wav(piece.sound), MIDI: lambda: piece.midi}
    if file not in contents:
        abort(404, "There is no such file.")
    return _kept_by_the_browser(sent(contents[file](), file, f"{job.wish.name} {piece.seed}"))


def _kept_by_the_browser(response: Response) -> Response:
    """What is behind the address of a candidate does not change."""
    response.cache_control.no_cache = None
    response.cache_control.private, response.cache_control.max_age = True, 3600
    return response


# --- kept in the library --------------------------------------------------------------------------------------------


def _keep(known: str, number: int) -> tuple[Response, int]:
    try:
        wish, piece = studio().find(known).wish, studio().candidate(known, number)
        library = data.library(wish.library)
        said = about(piece, wish)
        data.within(library, keeping.place(library, said))
        kept = keeping.keep(library, midi=piece.midi, sound=piece.sound, about=said, cover=_cover(piece))
    except LeitmotifError as error:
        _refuse(error)
    where = f"beside {wish.film[1]}" if wish.film else "in the library"
    return jsonify(id=kept.id, said=f"Kept {where}."), 201


def about(piece: Composed, wish: wishes.Wish) -> dict[str, Any]:
    """What piece.json says of a piece."""
    return {
        "source": dict(wish.source), "asked": asdict(wish.profile), "got": dict(piece.match.got), "match": round(piece.match.score, 2),
        "parts": {name: round(part, 2) for name, part in piece.match.parts.items()}, "seed": piece.seed, "length": round(piece.seconds, 2),
        "tempo": round(piece.tempo, 2), "key": piece.key,
        "film": {"director": wish.film[0], "movie": wish.film[1]} if wish.film else None,
    }  # fmt: skip


def cover_answers(piece: Composed) -> Mapping[str, Any]:
    """What analysis.covers.for_recording wants to know of a piece."""
    genres = {genre: piece.measured.music_genres[genre] for genre in GENRES}
    return {"genre": genres} | {name: {"value": getattr(piece.measured, name)} for name in ("valence", "energy")}


def _cover(piece: Composed) -> bytes | None:
    """The cover of the seed that the request names; none without one."""
    from PIL import Image

    from analysis import covers

    seed = wishes.number(request.args.get("cover"), 0, 2**32 - 1)
    if seed is None:
        return None
    content = BytesIO()
    Image.fromarray(covers.for_recording(cover_answers(piece), seed).picture).save(content, "PNG")
    return content.getvalue()


def _refuse(error: LeitmotifError) -> NoReturn:
    statuses = {BusyError: 503, UnknownError: 404, InputError: 400}
    abort(next((status for kind, status in statuses.items() if isinstance(error, kind)), 404), str(error))
