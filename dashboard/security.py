"""What the server sends with every answer, and what it refuses to answer.

The pages need nothing from elsewhere, so the browser is told to fetch nothing from elsewhere, to run no script that is not the
dashboard's own, and to show the dashboard inside no other page.
"""

import base64
import hashlib
import ipaddress
import logging
from collections.abc import Collection
from functools import cache, partial
from urllib.parse import urlsplit

import dash
from dash.exceptions import DependencyException
from flask import Flask, Response, abort, request
from werkzeug.exceptions import HTTPException

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
# The longest request there can be: a lasso around 10,000 films, with room to spare. A recording is uploaded in pieces (uploads.py).
MAX_REQUEST_BYTES = 16 * 2**20
_LONGEST_ADDRESS = 8_192  # characters; a choice of all 40 columns and as many directors is shorter

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",  # for browsers that do not know frame-ancestors
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), midi=(), payment=(), usb=()",
}
CALLBACKS = "/_dash-update-component"
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_PLAIN = {"Content-Type": "text/plain; charset=utf-8"}
_log = logging.getLogger(__name__)


def hosts_of(bound: str) -> frozenset[str] | None:
    """Names under which a server bound to this address may be asked; None for any, where others than this machine can reach it."""
    try:
        local = bound in LOOPBACK or ipaddress.ip_address(bound).is_loopback
    except ValueError:  # a name
        local = False
    return LOOPBACK | {bound} if local else None


def protect(app: dash.Dash, *, hosts: Collection[str] | None, scripts: Collection[str] = ()) -> None:
    """Put headers on every answer, and refuse what no page of the dashboard asks for with one line.

    Parameters
    ----------
    app : the app, complete with its pages
    hosts : names under which the server may be asked; None for any. A page of another site can have its own name point to
        127.0.0.1 (DNS rebinding) and so read what is served there, but it cannot choose the name that the browser sends.
    scripts : the scripts that stand in the page itself besides Dash's own
    """
    server: Flask = app.server
    server.config["MAX_CONTENT_LENGTH"] = MAX_REQUEST_BYTES
    # First of all: a request that is refused here must not have been looked at by anyone.
    server.before_request_funcs.setdefault(None, []).insert(0, partial(_refuse, hosts))
    server.register_error_handler(Exception, _answer_error)
    policy = cache(lambda: content_security_policy([*app.csp_hashes(), *map(_hash, scripts)]))

    @server.after_request
    def with_headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers["Content-Security-Policy"] = policy()
        if response.mimetype == "text/html":  # the page is the same for all; what it loads has names that change with the content
            response.cache_control.no_cache = True
        return response


def content_security_policy(script_hashes: Collection[str]) -> str:
    """The policy as a header's value.

    Styles may stand in the page: Mantine, Plotly and AG Grid write theirs there. Scripts may not, but for those whose hashes are given
    (Dash's start and its callbacks in the browser), and nothing may be made into a script from text (no eval).
    """
    rules = {
        "default-src": ("'self'",),
        "script-src": ("'self'", *script_hashes),
        "style-src": ("'self'", "'unsafe-inline'"),
        "img-src": ("'self'", "data:"),  # Plotly draws a heat map as a picture
        "font-src": ("'self'", "data:"),  # the icon font of AG Grid
        "media-src": ("'self'", "blob:"),  # a recording that the browser plays without sending it anywhere
        "object-src": ("'none'",),
        "base-uri": ("'none'",),
        "form-action": ("'self'",),
        "frame-src": ("'none'",),
        "frame-ancestors": ("'none'",),
    }
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in rules.items())


def _hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def _refuse(hosts: Collection[str] | None) -> None:
    if hosts is not None and urlsplit(f"//{request.host}").hostname not in hosts:
        abort(421, "This address is not the dashboard's; open it as http://localhost or http://127.0.0.1 with its port.")
    if len(request.full_path) > _LONGEST_ADDRESS:
        abort(414, "This address is longer than any the dashboard has.")
    if request.method not in _READING and not _own_page():
        abort(403, "A page of another site asked for this; open the dashboard itself and ask there.")


def _own_page() -> bool:
    """Whether a page of the dashboard, or a program that is no browser, asks: browsers say of each page from which site it is."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    return site in (None, "same-origin", "none") and (origin is None or origin.partition("://")[2] == request.host)


def _answer_error(error: Exception) -> Response | tuple[str, int, dict[str, str]]:
    """One line of plain text. The terminal gets the traceback of what is the dashboard's own fault."""
    if isinstance(error, HTTPException):
        response = Response(f"{error.description}\n", error.code, error.get_headers())
        response.content_type = _PLAIN["Content-Type"]
        return response
    if isinstance(error, DependencyException):  # Dash's word for a file that none of its components has
        return "There is no such file.\n", 404, _PLAIN
    if request.path == CALLBACKS:
        # What goes wrong inside a callback is told in a toast (shell.apologise); here the request itself fits none.
        _log.info("a request that fits no callback", exc_info=error)
        return "This is no request of the dashboard; load the page anew.\n", 400, _PLAIN
    _log.error("unexpected error in the dashboard", exc_info=error)
    return "Something went wrong; the terminal in which Leitmotif runs says more.\n", 500, _PLAIN
