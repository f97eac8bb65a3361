"""Pieces that are kept in a library: what there is, to be heard, taken away and removed.

GET    /compose/kept/ID/FILE?library=L    sound.ogg, piece.wav, piece.mid or cover.png
DELETE /compose/kept/ID?library=L         204: it is removed from the library
"""

from typing import NamedTuple

from flask import Flask, Response, abort, request

from analysis.composing import keeping
from analysis.composing.keeping import Film, Kept
from analysis.library import Library
from dashboard import data
from dashboard.files_of_pieces import COVER, MIDI, SOUND, WAV, sent, wav
from dashboard.urls import href
from errors import LeitmotifError

PATH = "/compose/kept"
_FILES = {SOUND: keeping.SOUND, WAV: keeping.SOUND, MIDI: keeping.MIDI, COVER: keeping.COVER}
_FRESH = 60  # s: a piece that is kept again may have another cover


class Shelf(NamedTuple):
    """The pieces a library keeps, and a line for each that cannot be read."""

    pieces: list[Kept]
    damaged: list[str]


def serve(server: Flask) -> None:
    """Answer requests at PATH."""
    server.add_url_rule(f"{PATH}/<known>/<file>", "kept-file", _file)
    server.add_url_rule(f"{PATH}/<known>", "kept-remove", _remove, methods=["DELETE"])


def address(library: str | None, piece: Kept, file: str = "") -> str:
    """Where a file of a piece is, or without a file the piece itself."""
    return href(f"{PATH}/{piece.id}/{file}".removesuffix("/"), library=library)


def shelf(library: Library, film: Film | None = None) -> Shelf:
    """What a library keeps, or keeps for a film; what lies outside behind a link is named and left out."""
    damaged: list[str] = []
    pieces = []
    for piece in keeping.kept(library, film, damaged.append):
        try:
            for name in (keeping.ABOUT, keeping.SOUND, keeping.MIDI, keeping.COVER):
                data.within(library, piece.folder / name)
            pieces.append(piece)
        except LeitmotifError as error:
            damaged.append(str(error))
    return Shelf(pieces, damaged)


def _file(known: str, file: str) -> Response:
    if file not in _FILES:
        abort(404, "There is no such file.")
    piece = _piece(known)
    try:
        content = (piece.folder / _FILES[file]).read_bytes()
        content = wav(content) if file == WAV else content
    except (OSError, RuntimeError):  # soundfile's errors are of the latter
        abort(404, f"{_FILES[file]} of this piece cannot be read; check it, or remove the piece.")
    response = sent(content, file, f"{piece.about['source']['name']} {piece.about['seed']}")
    response.cache_control.no_cache = None
    response.cache_control.private, response.cache_control.max_age = True, _FRESH
    return response


def _remove(known: str) -> tuple[str, int]:
    try:
        keeping.remove(_piece(known))
    except LeitmotifError as error:
        abort(400, str(error))
    return "", 204


def _piece(known: str) -> Kept:
    """The kept piece of this name. Names are compared with those the library has; they are not made into a path."""
    try:
        pieces = shelf(data.library(request.args.get("library") or None)).pieces
    except LeitmotifError as error:
        abort(404, str(error))
    found = next((piece for piece in pieces if piece.id == known), None)
    if found is None:
        abort(404, "There is no such piece in this library.")
    return found
