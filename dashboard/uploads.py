"""The Tag page's requests: a recording or a picture comes in pieces, one asks how far it is, and fetches what was found.

In pieces, because the server reads a request to its end before anyone looks at it: no request is longer than others may be.

    POST   /tag/files?name=N&size=BYTES   201 {"id"}: a file is about to come
    PUT    /tag/files/ID?at=BYTE          204: the next piece of it
    GET    /tag/files/ID                  {"name", "stage", "share", "waiting"} or with "problem"; its stage is "done" at the end
    DELETE /tag/files/ID                  204: it is not wanted any more
    GET    /tag/files/ID/answers          the answers, as `leitmotif tag --json` prints them, or `poster` and `scene` together
    GET    /tag/files/ID/picture          a picture, no larger than it is shown
"""

import json
from typing import Any, NoReturn

from flask import Flask, Response, abort, current_app, jsonify, request

from dashboard.reception import BusyError, Desk, UnknownError, Upload
from dashboard.seeing import Seen
from errors import LeitmotifError

PATH = "/tag/files"
PIECE_BYTES = 4 * 2**20
DONE = "done"
_DESK = "LEITMOTIF_DESK"


def serve(server: Flask, desk: Desk | None = None) -> None:
    """Answer requests at PATH; `desk` takes the files."""
    server.config[_DESK] = desk or Desk()
    server.add_url_rule(PATH, "tag-open", _open, methods=["POST"])
    server.add_url_rule(f"{PATH}/<known>", "tag-append", _append, methods=["PUT"])
    server.add_url_rule(f"{PATH}/<known>", "tag-status", _status)
    server.add_url_rule(f"{PATH}/<known>", "tag-drop", _drop, methods=["DELETE"])
    server.add_url_rule(f"{PATH}/<known>/answers", "tag-answers", _answers)
    server.add_url_rule(f"{PATH}/<known>/picture", "tag-picture", _picture)


def desk() -> Desk:
    """The desk of the app that answers."""
    return current_app.config[_DESK]


def answers_address(known: str) -> str:
    """Where the answers for a file can be downloaded."""
    return f"{PATH}/{known}/answers"


def picture_address(known: str) -> str:
    """Where a picture can be seen."""
    return f"{PATH}/{known}/picture"


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
    upload = _known(known)
    said: dict[str, Any] = {"name": upload.name, "stage": upload.stage, "share": upload.share, "waiting": upload.waiting}
    if upload.found:
        said |= {"stage": DONE, "share": 1}
    elif upload.problem:
        said["problem"] = upload.problem
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
    upload = _known(known)
    if upload.found is None:
        abort(404, upload.problem or f"{upload.name}: is not examined to its end yet; wait a moment")
    response = Response(json.dumps(upload.found.answers, ensure_ascii=False) + "\n", mimetype="application/json")
    response.headers.set("Content-Disposition", "attachment", filename=f"{upload.name}.json")
    response.cache_control.no_store = True
    return response


def _picture(known: str) -> Response:
    upload = _known(known)
    if not isinstance(upload.found, Seen):
        abort(404, upload.problem or f"{upload.name}: is no picture that was looked at")
    response = Response(upload.found.preview, mimetype="image/jpeg")
    response.cache_control.no_store = True
    return response


def _known(known: str) -> Upload:
    try:
        return desk().find(known)
    except LeitmotifError as error:
        _refuse(error)


def _number(name: str) -> int:
    text = request.args.get(name, "")
    if not (text.isascii() and text.isdigit()):
        abort(400, f"{name} must be given in bytes.")
    return int(text[:20])


def _refuse(error: LeitmotifError) -> NoReturn:
    abort(503 if isinstance(error, BusyError) else 404 if isinstance(error, UnknownError) else 400, str(error))
