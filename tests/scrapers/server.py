"""A web server on this computer that answers as a test tells it to; nothing else is ever asked in tests."""

import gzip
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Handler = BaseHTTPRequestHandler
Play = Callable[[Handler], None]


@dataclass
class Server:
    """`base` is its address; `plays` says what it does at each path, one after the other, the last one for ever."""

    base: str
    plays: dict[str, list[Play]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def on(self, path: str, *plays: Play) -> str:
        """Play these answers at a path (without its query); returns its address."""
        self.plays[path] = list(plays)
        return self.base + path


@contextmanager
def serving() -> Iterator[Server]:
    """A server for the length of a block."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append(self.path)
            state.headers.append(dict(self.headers))
            plays = state.plays.get(self.path.split("?")[0], [answer(404)])
            (plays.pop(0) if len(plays) > 1 else plays[0])(self)

        def log_message(self, *_: object) -> None:
            pass

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    httpd.daemon_threads = True
    state = Server(f"http://127.0.0.1:{httpd.server_address[1]}")
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        httpd.shutdown()
        httpd.server_close()


def answer(code: int, body: str | bytes = b"", **headers: str) -> Play:
    """A plain answer; an underscore in a header's name stands for a hyphen."""
    content = body.encode() if isinstance(body, str) else body

    def play(handler: Handler) -> None:
        handler.send_response(code)
        for name, value in ({"Content-Length": str(len(content))} | {k.replace("_", "-"): v for k, v in headers.items()}).items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(content)
        handler.close_connection = True

    return play


def zipped(body: str, *, keep: float = 1.0, damage: bool = False) -> Play:
    """A gzip answer; of which a part is `keep`, or whose middle is damaged."""
    packed = gzip.compress(body.encode())
    packed = packed[: int(len(packed) * keep)]
    if damage:
        middle = len(packed) // 2
        packed = packed[:middle] + bytes(255 - byte for byte in packed[middle:])
    return answer(200, packed, Content_Encoding="gzip")


def chunked(*chunks: bytes, whole: bool = True) -> Play:
    """An answer that does not say its length beforehand; not `whole`: its end is missing."""
    content = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + (b"0\r\n\r\n" if whole else b"")

    def play(handler: Handler) -> None:
        handler.protocol_version = "HTTP/1.1"
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        handler.wfile.write(content)
        handler.close_connection = True

    return play


def drip(stop: threading.Event, *, every: float) -> Play:
    """A byte now and then, until told to stop."""

    def play(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        while not stop.wait(every):
            try:
                handler.wfile.write(b" ")
            except OSError:
                return

    return play


def silence(stop: threading.Event) -> Play:
    """Nothing at all, until told to stop."""
    return lambda handler: (stop.wait(), setattr(handler, "close_connection", True))[0]


def hang_up(handler: Handler) -> None:
    """The connection cut without a word."""
    handler.close_connection = True
    handler.connection.shutdown(2)
