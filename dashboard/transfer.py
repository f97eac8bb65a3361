"""How answers travel: compressed, and kept by the browser where what is behind an address cannot change."""

import gzip
from functools import lru_cache

from flask import Flask, Response, request

_LEAST_BYTES = 1_400  # below, it is one packet anyway
_MOST_BYTES = 2_000_000  # of an answer made for one request: above, it is a file to be saved, and compressing takes longer than sending
_KINDS = ("text/", "application/json", "application/javascript", "image/svg+xml")
_FILES = ("/assets/", "/_dash-component-suites/")
_YEAR = 365 * 24 * 3600  # s
_FAST, _SMALL = 1, 6  # gzip's levels: for what is made for one request, and for files


def ease(server: Flask) -> None:
    """Compress answers for browsers that take them so, and let files that name their version be kept for a year."""
    server.after_request(_kept)
    server.after_request(_compressed)


def _kept(response: Response) -> Response:
    # Dash names the time of an asset's last change in its address.
    if request.path.startswith("/assets/") and "m" in request.args and response.status_code == 200:
        response.cache_control.no_cache = None
        response.cache_control.max_age = _YEAR
        response.cache_control.immutable = True
    return response


def _compressed(response: Response) -> Response:
    is_file = request.path.startswith(_FILES)
    if response.status_code != 200 or "gzip" not in request.accept_encodings or not (response.mimetype or "").startswith(_KINDS):
        return response
    if "Content-Encoding" in response.headers or (response.is_streamed and not is_file):
        return response
    response.direct_passthrough = False  # an asset is an open file still
    content = response.get_data()
    if len(content) >= _LEAST_BYTES and (is_file or len(content) <= _MOST_BYTES):
        response.set_data(_file(content) if is_file else gzip.compress(content, _FAST))
        response.headers["Content-Encoding"] = "gzip"
        response.vary.add("Accept-Encoding")
    return response


@lru_cache(maxsize=128)
def _file(content: bytes) -> bytes:
    """A file compressed well, once."""
    return gzip.compress(content, _SMALL)
