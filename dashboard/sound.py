"""The sound of a stretch of a film, for the player: `/sound?library=L&director=D&movie=M&start=S&end=E` (seconds) answers with a WAV.

Browsers play few of the codecs films have, but every one plays WAV; and the size of a WAV is known before anything is decoded. So a
request for a range of its bytes (RFC 9110, 14.2) is answered by decoding just that range, at once and without a file in between.
"""

import math
import struct
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from flask import Flask, Response, abort, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from analysis import audio
from dashboard import data
from dashboard.urls import href
from errors import AudioError, InputError, LeitmotifError

PATH = "/sound"
CHANNELS, SAMPLE_BYTES = 2, 2
FRAME_BYTES = CHANNELS * SAMPLE_BYTES
HEADER_BYTES = 44
LONGEST = 6 * 3600  # s; the sizes in a WAV have 32 bits
# A range is answered with at most this much, and the player asks for the next when it needs it: a player that is paused holds no thread.
MOST_BYTES = 5 * audio.LISTENING_RATE * FRAME_BYTES  # 5 s


@dataclass(frozen=True)
class Stretch:
    """Sound to be sent: of which file, from which second on, how many frames."""

    original: data.Original
    start: float
    frames: int

    @property
    def size(self) -> int:
        """Bytes of the WAV."""
        return HEADER_BYTES + self.frames * FRAME_BYTES

    @property
    def version(self) -> str:
        """Another one when the file or the stretch is another."""
        return f"{self.original.version}-{self.original.track}-{self.start!r}-{self.frames}"


def serve(server: Flask) -> None:
    """Answer requests at PATH."""
    server.add_url_rule(PATH, "sound", answer)


def address(library: str | None, director: str, movie: str) -> str:
    """Address of a film's sound, to which `&start=` and `&end=` are added."""
    return href(PATH, library=library, director=director, movie=movie)


def answer() -> Response:
    """Answer a request; what cannot be answered gets one line of plain text with 400, 404 or 416."""
    stretch = _stretch(request.args)
    part = _part(stretch)
    first, last = part or (0, stretch.size - 1)
    response = Response(status=206 if part else 200, mimetype="audio/wav")
    if request.method != "HEAD":
        pieces = wav_bytes(stretch, first, last)
        response.response = _begun(pieces, stretch.original.path.name)
        response.call_on_close(pieces.close)  # also when the listener goes away: nothing more is decoded
    response.content_length = last + 1 - first
    response.accept_ranges = "bytes"
    response.set_etag(stretch.version)
    response.cache_control.private = True
    response.cache_control.no_cache = True
    if part:
        response.content_range.set(first, last + 1, stretch.size)
    return response


def wav_bytes(stretch: Stretch, first: int, last: int) -> Generator[bytes]:
    """Bytes `first` to `last`, inclusive, of a stretch as WAV; only what they need is decoded.

    Raises AudioError or InputError if nothing can be decoded.
    """
    head = wav_header(stretch.frames)[first : last + 1]
    begin, end = max(first - HEADER_BYTES, 0), last + 1 - HEADER_BYTES
    if end <= begin:
        yield head
        return
    frame, skipped = divmod(begin, FRAME_BYTES)
    rate, original = audio.LISTENING_RATE, stretch.original
    start, stop = (stretch.start + n / rate for n in (frame, math.ceil(end / FRAME_BYTES)))
    wanted = end - begin
    for block in audio.stretch(original.path, start, stop, track=original.track):
        part = block.astype("<i2", copy=False).tobytes()[skipped : skipped + wanted]
        wanted -= len(part)
        yield head + part
        head, skipped = b"", 0


def _begun(pieces: Iterator[bytes], name: str) -> Iterator[bytes]:
    """The same pieces, the first of them decoded: that a file cannot be decoded must be known before the answer begins."""
    try:
        first = next(pieces)
    except (AudioError, InputError):
        abort(404, f"{name} cannot be decoded any more; check the file.")
    return chain([first], pieces)


def wav_header(frames: int) -> bytes:
    """The header of a WAV with so many frames of 16-bit stereo (http://soundfile.sapp.org/doc/WaveFormat/)."""
    size, rate = frames * FRAME_BYTES, audio.LISTENING_RATE
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI", b"RIFF", HEADER_BYTES - 8 + size, b"WAVE",
        b"fmt ", 16, 1, CHANNELS, rate, rate * FRAME_BYTES, FRAME_BYTES, 8 * SAMPLE_BYTES, b"data", size,
    )  # fmt: skip


def _stretch(query: Mapping[str, str]) -> Stretch:
    """What an address asks for. The names must be those of a film of a library; they are not made into a path."""
    director, movie = query.get("director", ""), query.get("movie", "")
    start, end = _seconds(query, "start"), _seconds(query, "end")
    try:
        library = data.library(query.get("library"))
        known = (director, movie) in data.movies(library)
    except LeitmotifError:
        known = False
    if not known:
        abort(404, "There is no such film in this library.")
    try:
        original = data.original(library, director, movie)
    except LeitmotifError:
        abort(404, "The library does not say which file this film is; run `leitmotif analyse` again.")
    if original.problem:
        abort(404, f"{original.path.name} {original.problem}.")
    if not 0 <= start < min(end, original.duration):
        abort(400, f"start and end are seconds of the film, 0 to {original.duration}, and start comes first.")
    seconds = min(end, original.duration) - start
    if seconds > LONGEST:
        abort(400, f"At most {LONGEST} seconds can be heard at once; ask for a part.")
    return Stretch(original, start, round(seconds * audio.LISTENING_RATE))


def _seconds(query: Mapping[str, str], name: str) -> float:
    try:
        value = float(query[name])
    except (KeyError, ValueError):
        value = math.nan
    if not math.isfinite(value):
        abort(400, f"{name} must be given in seconds.")
    return value


def _part(stretch: Stretch) -> tuple[int, int] | None:
    """First and last byte of the answer if a range was asked for; None for all of it.

    Several ranges at once are answered with all, as RFC 9110 allows.
    """
    asked = request.range
    if asked is None and request.headers.get("Range", "").startswith("bytes"):
        raise RequestedRangeNotSatisfiable(stretch.size, description="The range cannot be read; ask for bytes=first-last.")
    if asked is None or asked.units != "bytes" or len(asked.ranges) > 1:
        return None
    if request.if_range.etag not in (None, stretch.version):
        return None  # the listener holds a part of another file
    first, end = asked.ranges[0]
    first = max(stretch.size + first, 0) if first < 0 else first
    if first >= stretch.size:
        raise RequestedRangeNotSatisfiable(stretch.size, description=f"The range begins after the last of {stretch.size} bytes.")
    return first, min(end or stretch.size, stretch.size, first + MOST_BYTES) - 1
