"""What a server's reply comes to: a page, not found, a refusal, a failure, or something worth another attempt."""

import math
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import requests

from scrapers import values
from scrapers.sources import Status, now

_INSTEAD = "save the page from a browser and name its folder with --pages, or use IMDb's dataset files"
_CONSENT = re.compile(rb"<title[^>]*>[^<]*(?:consent|before you continue|cookies)|<form[^>]+action=[^>]*consent", re.I)
_TITLE_SHAPES = (b"application/ld+json", b"__NEXT_DATA__", b'data-testid="hero')


@dataclass(frozen=True)
class Reply:
    """What came of asking one address.

    body : of an "ok", else empty
    when : time of the download, ISO 8601
    reason : one line for a person; with "ok" it says why an old copy had to do
    code : HTTP status; None when no server answered
    etag, modified : what the server wants to hear when it is asked whether the reply still holds
    """

    status: Status
    body: bytes = b""
    when: str = field(default_factory=now)
    reason: str = ""
    code: int | None = None
    etag: str = ""
    modified: str = ""


class NotYet(Exception):
    """No reply that can be used. Ask again after `wait` seconds (None: as our manners say), or be content with `reply`."""

    def __init__(self, reply: Reply, wait: float | None = None) -> None:
        super().__init__(reply.reason)
        self.reply, self.wait = reply, wait


def judge(url: str, response: requests.Response, *, max_bytes: int, too_late: Callable[[], bool]) -> Reply:
    """Read a response that is no redirect.

    Parameters
    ----------
    url : the address asked, without keys
    max_bytes : size at which a page, unpacked, is given up
    too_late : asked while the page comes in; True gives it up

    Raises
    ------
    NotYet : the server is busy or out of order, or the page came slow, cut short, damaged or too large
    """
    code = response.status_code
    body = _body(url, response, max_bytes, too_late) if code in (200, 202) else b""
    if sign := _refusal(url, response, body):
        return Reply("blocked", reason=f"{urlsplit(url).netloc} refuses to be read by a program ({sign}); {_INSTEAD}", code=code)
    if code == 429:
        raise NotYet(
            Reply("blocked", reason=f"{urlsplit(url).netloc} asks for a longer pause (429); run again later", code=code), _pause(response)
        )
    if code >= 500:
        raise NotYet(Reply("failed", reason=f"{url}: the server is out of order ({code}); run again later", code=code), _pause(response))
    if code in (404, 410):
        return Reply("not_found", reason=f"{url}: no such page", code=code)
    if code not in (200, 304):
        return Reply("failed", reason=f"{url}: answered {code}", code=code)
    return Reply("ok", body, code=code, etag=response.headers.get("etag", ""), modified=response.headers.get("last-modified", ""))


def _refusal(url: str, response: requests.Response, body: bytes) -> str:
    """By what a refusal is known, "" for none."""
    if action := response.headers.get("x-amzn-waf-action"):
        return f"x-amzn-waf-action: {values.text(action)[:40]}"
    if response.status_code == 403:
        return "403"
    if response.status_code == 202 and not body.strip():
        return "202 with an empty page"
    address = urlsplit(url)
    asks_consent = _CONSENT.search(body) and not any(shape in body for shape in _TITLE_SHAPES)
    return "a consent page" if asks_consent or "consent" in address.netloc + address.path else ""


def _pause(response: requests.Response) -> float | None:
    """Seconds the server wants us to wait: a number, or until a date."""
    said = response.headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        return float(said)
    try:
        until = parsedate_to_datetime(said)
    except ValueError:
        return None
    return max(0.0, (until - datetime.now(until.tzinfo or UTC)).total_seconds()) if until.tzinfo else None


def _body(url: str, response: requests.Response, max_bytes: int, too_late: Callable[[], bool]) -> bytes:
    """The page, unpacked here and not by requests, which takes half a gzip file for a whole one and unpacks without a limit."""
    coding = response.headers.get("content-encoding", "").strip().lower()
    if coding not in ("", "identity", "gzip", "x-gzip"):
        raise NotYet(Reply("failed", reason=f"{url}: is packed in a way that was not asked for ({values.text(coding)[:40]})"), math.inf)
    unpack = zlib.decompressobj(wbits=31) if "gzip" in coding else None
    body, empty = bytearray(), True
    # read1 hands over what has come; stream waits for a full block, for ever when a server sends a byte now and then.
    while chunk := response.raw.read1(1 << 16, decode_content=False):
        empty = False
        try:
            body += unpack.decompress(chunk, max_bytes - len(body) + 1) if unpack else chunk
        except zlib.error:
            raise NotYet(Reply("failed", reason=f"{url}: the page came damaged (broken gzip)")) from None
        if len(body) > max_bytes:
            raise NotYet(Reply("failed", reason=f"{url}: is larger than {max_bytes >> 20} MiB, which no title page is"), math.inf)
        if too_late():
            raise NotYet(Reply("failed", reason=f"{url}: the page comes too slowly"))
    if unpack and not (unpack.eof or empty):
        raise NotYet(Reply("failed", reason=f"{url}: the page came cut short"))
    return bytes(body)
