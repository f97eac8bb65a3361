"""The Tag page's requests: a recording comes in pieces, one asks how far it is, and fetches what was heard.

In pieces, because the server reads a request to its end before anyone looks at it: no request is longer than others may be.

    POST   /tag/recordings?name=N&size=BYTES   201 {"id"}: a recording is about to come
    PUT    /tag/recordings/ID?at=BYTE          204: the next piece of it
    GET    /tag/recordings/ID                  {"name", "stage", "share", "waiting"} or with "problem"; its stage is "heard" at the end
    DELETE /tag/recordings/ID                  204: it is not wanted any more
    GET    /tag/recordings/ID/answers          the answers, as `leitmotif tag --json` prints them
"""

import json
from typing import Any, NoReturn

from flask import Flask, Response, abort, current_app, jsonify, request

from dashboard.listening import BusyError, Desk, UnknownError
from errors import LeitmotifError

PATH = "/tag/recordings"
PIECE_BYTES = 4 * 2**20
DONE = "heard"
_DESK = "LEITMOTIF_DESK"


def serve(server: Flask, desk: Desk | None = None) -> None:
    """Answer requests at PATH; `desk` takes the recordings."""
    server.config[_DESK] = desk or Desk()
    server.add_url_rule(PATH, "tag-open", _open, methods=["POST"])
    server.add_url_rule(f"{PATH}/<known>", "tag-append", _append, methods=["PUT"])
    server.add_url_rule(f"{PATH}/<known>", "tag-status", _status)
    server.add_url_rule(f"{PATH}/<known>", "tag-drop", _drop, methods=["DELETE"])
    server.add_url_rule(f"{PATH}/<known>/answers", "tag-answers", _answers)


def desk() -> Desk:
    """The desk of the app that answers."""
    return current_app.config[_DESK]


def answers_address(known: str) -> str:
    """Where the answers for a recording can be downloaded."""
    return f"{PATH}/{known}/answers"


def _open() -> tuple[Response, int]:
    try:
        return jsonify(id=desk().open(request.args.get("name", ""), _number("size"))), 201
    except LeitmotifError as error:
        _refuse(error)


def _append(known: str) -> tuple[str, int]:
    try:
        desk().append(known, _number("at"), request.stream)  # type: ignore[arg-type]
    except LeitmotifError as error:
        _refuse(error)
    return "", 204


def _status(known: str) -> Response:
    try:
        recording = desk().find(known)
    except LeitmotifError as error:
        _refuse(error)
    said: dict[str, Any] = {"name": recording.name, "stage": recording.stage, "share": recording.share, "waiting": recording.waiting}
    if recording.heard:
        said |= {"stage": DONE, "share": 1}
    elif recording.problem:
        said["problem"] = recording.problem
    response = jsonify(said)
    response.cache_control.no_store = True
    return response


def _drop(known: str) -> tuple[str, int]:
    try:
        desk().drop(known)
    except LeitmotifError as error:
        _refuse(error)
    return "", 204


def _answers(known: str) -> Response:
    try:
        recording = desk().find(known)
    except LeitmotifError as error:
        _refuse(error)
    if recording.heard is None:
        abort(404, recording.problem or f"{recording.name}: is not heard to its end yet; wait a moment")
    response = Response(json.dumps(recording.heard.answers, ensure_ascii=False) + "\n", mimetype="application/json")
    response.headers.set("Content-Disposition", "attachment", filename=f"{recording.name}.json")
    response.cache_control.no_store = True
    return response


def _number(name: str) -> int:
    text = request.args.get(name, "")
    if not (text.isascii() and text.isdigit()):
        abort(400, f"{name} must be given in bytes.")
    return int(text[:20])


def _refuse(error: LeitmotifError) -> NoReturn:
    abort(503 if isinstance(error, BusyError) else 404 if isinstance(error, UnknownError) else 400, str(error))
