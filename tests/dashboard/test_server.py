"""The server as it is started: a production WSGI server that slow and greedy clients do not stop."""

import json
import logging
import socket
import threading
import urllib.request
from collections.abc import Iterator

import pytest
import waitress.server

from analysis.library import Library
from dashboard import server as served
from dashboard.app import create_app
from dashboard.security import MAX_REQUEST_BYTES


@pytest.fixture(scope="module")
def server(pristine: Library) -> Iterator[waitress.server.BaseWSGIServer]:
    made = served.create_server([pristine.root], "127.0.0.1", 0)
    threading.Thread(target=made.run, daemon=True).start()
    yield made
    made.close()


def connected(server: waitress.server.BaseWSGIServer, sent: bytes = b"") -> socket.socket:
    client = socket.create_connection(("127.0.0.1", server.effective_port), timeout=30)
    client.sendall(sent)
    return client


def answer_of(server: waitress.server.BaseWSGIServer, path: str = "/assets/style.css") -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{server.effective_port}{path}", timeout=30) as answer:
        return answer.status


def test_it_is_waitress_and_nothing_is_left_to_debug(server: waitress.server.BaseWSGIServer, pristine: Library) -> None:
    assert isinstance(server, waitress.server.BaseWSGIServer)
    app = create_app([pristine.root])
    assert not app.server.debug and not app.server.testing and not app._dev_tools.ui and not app._dev_tools.hot_reload
    with urllib.request.urlopen(f"http://127.0.0.1:{server.effective_port}/_reload-hash", timeout=30) as answer:
        assert json.load(answer)["reloadHash"] is None, "nothing is loaded anew while one develops"


def test_more_browsers_than_a_hundred_connections_allow_are_answered(server: waitress.server.BaseWSGIServer) -> None:
    """Twenty browsers keep six connections open each."""
    kept = [connected(server) for _ in range(130)]
    assert answer_of(server) == 200
    for client in kept:
        client.close()


def test_clients_that_never_end_their_request_keep_nobody_waiting(server: waitress.server.BaseWSGIServer) -> None:
    head = b"POST /_dash-update-component HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n{"
    slow = [connected(server, sent) for _ in range(served._THREADS) for sent in (b"GET /library HT", head)]
    assert answer_of(server) == 200
    for client in slow:
        client.close()


def test_a_request_that_is_too_long_is_refused_before_it_is_sent(server: waitress.server.BaseWSGIServer) -> None:
    head = f"POST /_dash-update-component HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {MAX_REQUEST_BYTES + 1}\r\n\r\n"
    with connected(server, head.encode()) as client:
        assert client.recv(1000).startswith(b"HTTP/1.1 413 ")
    assert answer_of(server) == 200


def test_requests_that_wait_write_no_lines(server: waitress.server.BaseWSGIServer) -> None:
    assert not logging.getLogger("waitress.queue").isEnabledFor(logging.WARNING)
