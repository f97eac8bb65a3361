"""Serve the dashboard on this machine."""

import logging
import resource
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import Sequence
from pathlib import Path

import waitress

from dashboard import warm
from dashboard.app import create_app
from dashboard.security import MAX_REQUEST_BYTES, hosts_of
from errors import InputError

_THREADS = 32  # what is quickly answered does not wait for what is not, such as covers that are drawn one after the other
_CONNECTIONS = 600  # a browser keeps six open: a hundred people
_DESCRIPTORS = 2 * _CONNECTIONS


def serve(libraries: Sequence[Path], host: str = "127.0.0.1", port: int = 8050, open_browser: bool = False) -> None:
    """Serve the dashboard until interrupted.

    Parameters
    ----------
    libraries : library folders, at least one
    host, port : where to listen; only this machine can reach the default
    open_browser : open the page in the user's browser

    Raises
    ------
    LibraryError : a library folder is missing
    InputError : the port cannot be used
    """
    server = create_server(libraries, host, port)
    address = f"http://{f'[{host}]' if ':' in host else host}:{server.effective_port}"
    if hosts_of(host) is None:
        print(f"{host}: everyone who can reach this machine there can see and download these libraries, keep and remove composed pieces; "
              "the dashboard has no passwords. Without --host only this machine can.", file=sys.stderr, flush=True)  # fmt: skip
    print(f"Leitmotif is at {address} (Ctrl-C stops it)", flush=True)
    if open_browser:
        threading.Timer(0.5, webbrowser.open, [address]).start()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: nothing of an upload stays behind
    server.run()


def create_server(libraries: Sequence[Path], host: str, port: int) -> "waitress.server.BaseWSGIServer":
    """A server that listens but does not answer yet; `run()` answers. Port 0 takes a free one (`effective_port`)."""
    app = create_app(libraries, hosts_of(host))
    try:
        # A socket of our own: an address in use is an error here and not, as with several addresses, half a server.
        listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"port {port} on {host} cannot be used ({reason}); choose another with --port") from error
    warm.begin(app)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # that some wait is nothing to tell, it would be a line a request
    _allow_descriptors()
    # Without a name and version of the server in the answers; poll, because select knows no descriptor above 1023.
    return waitress.create_server(
        app.server, sockets=[listener], threads=_THREADS, ident=None, max_request_body_size=MAX_REQUEST_BYTES,
        connection_limit=_CONNECTIONS, asyncore_use_poll=True,
    )  # fmt: skip


def _allow_descriptors() -> None:
    """Each connection takes one, and on some systems a program begins with no more than 256."""
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _DESCRIPTORS if most == resource.RLIM_INFINITY else min(_DESCRIPTORS, most)
    if allowed != resource.RLIM_INFINITY and allowed < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
