"""Decode any soundtrack with PyAV (ffmpeg's libraries), in blocks: whole to 8 kHz mono, or a stretch of it for listening."""

import errno
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any

import av
import numpy as np

from errors import AudioError, InputError, LeitmotifError

SAMPLE_RATE = 8000  # Hz
BLOCK_SECONDS = 10  # length of the blocks handed on while decoding
# A container may promise a little more than its audio holds (video tail, encoder delay); more than this is a cut file.
MISSING_TOLERANCE = 2.0  # s
# A damaged file may fail at every packet: give up on it rather than walk through gigabytes of errors.
MAX_BAD_PACKETS = 1000
# What no film is. The length leaves room for the 26.5 hours at which the clock of MPEG streams begins anew.
LONGEST = 30 * 3600  # s
MAX_CHANNELS = 64
RATES = range(1000, 4_000_001)  # Hz, from telephones' to that of one-bit recordings

LISTENING_RATE = 48_000  # Hz, that of nearly all films, whose sound is then not resampled
# What is decoded before a stretch and thrown away: codecs build on what came before.
_PREROLL = 1.0  # s
# A file may be a playlist of others: no address is ever followed, and what leads to other files is refused.
_OPTIONS = {"protocol_whitelist": "file"}
_PLAYLISTS = frozenset({"hls", "concat", "dash", "imf", "sdp", "rtsp", "rtp"})


@dataclass(frozen=True)
class Soundtrack:
    """A decoded soundtrack.

    signal : np.ndarray [shape=(n,), int16] mono samples at SAMPLE_RATE
    warnings : what was wrong with the file though it could be decoded, one sentence each
    """

    signal: np.ndarray
    warnings: tuple[str, ...] = ()

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return len(self.signal) / SAMPLE_RATE


def decode(path: Path, *, track: int = 0) -> Soundtrack:
    """Decode one audio track of a media file to 8 kHz mono int16.

    Any container, codec, rate and channel layout ffmpeg reads; surround sound is mixed down by ffmpeg's own
    coefficients. Memory holds the int16 signal and one block, never the file or a float copy.

    Parameters
    ----------
    path : media file
    track : which audio track, counted from 0

    Raises
    ------
    AudioError : the file is empty, not media, has no such track, nothing in it can be decoded, or it is like no film (LONGEST and so on)
    """
    warnings: list[str] = []
    signal = np.empty(0, np.int16)
    filled = 0
    for block in blocks(path, track=track, warnings=warnings):
        if filled + len(block) > len(signal):
            grown = np.empty(max(int(1.5 * len(signal)), filled + len(block), 600 * SAMPLE_RATE), np.int16)
            grown[:filled] = signal[:filled]
            signal = grown
        signal[filled : filled + len(block)] = block
        filled += len(block)
    if not filled:
        raise nothing_heard(path)
    return Soundtrack(signal[:filled], tuple(warnings))


def nothing_heard(path: Path) -> AudioError:
    """The error of a file that has an audio track without any sound."""
    return AudioError(f"{path}: its audio track holds no sound that can be decoded; check or re-encode the file")


def of_sound(sound: np.ndarray, rate: int) -> np.ndarray:
    """The signal that `decode` would give of a sound written to a file of 16 bits.

    Parameters
    ----------
    sound : np.ndarray [shape=(2, n), float] -1..1
    rate : its samples per second
    """
    samples = np.round(np.clip(sound, -1, 1) * 32767).astype(np.int16)
    frame = av.AudioFrame.from_ndarray(samples.T.reshape(1, -1), format="s16", layout="stereo")
    frame.sample_rate = rate
    return np.concatenate([piece[:, 0] for piece in _resampled([frame], "mono", SAMPLE_RATE)])


def blocks(path: Path, *, track: int = 0, warnings: list[str] | None = None) -> Iterator[np.ndarray]:
    """Yield the track as int16 arrays of BLOCK_SECONDS (the last one shorter).

    What is wrong with the file but does not stop it is appended to `warnings`.
    """
    warnings = [] if warnings is None else warnings
    with _open(path) as container:
        stream = _audio_stream(container, path, track)
        heard = 0
        for block in _rebuffer(_pieces(container, stream, warnings), BLOCK_SECONDS * SAMPLE_RATE):
            if (heard := heard + len(block)) > LONGEST * SAMPLE_RATE:
                raise AudioError(f"{path}: has more than {LONGEST // 3600} hours of sound; cut it into parts")
            yield block


def stretch(path: Path, start: float, end: float, *, track: int = 0, rate: int = LISTENING_RATE) -> Iterator[np.ndarray]:
    """Decode a stretch of an audio track in stereo, for listening.

    Decoding begins a little before the stretch, wherever it lies in the file. The first sample is that of second `start`
    of the signal `decode` gives: to the sample where the container tells time so exactly, within its unit of time (Matroska:
    1 ms) or within one frame (MP3) where it does not. What a damaged or short file lacks is silence.

    Parameters
    ----------
    path : media file
    start, end : seconds, 0 <= start < end
    track : which audio track, counted from 0
    rate : samples per second

    Yields
    ------
    np.ndarray [shape=(n, 2), int16] a second at a time, together round((end - start) * rate) samples

    Raises
    ------
    AudioError : the file is not media, has no such track, or nothing in it can be decoded
    """
    with _open(path) as container:
        stream = _audio_stream(container, path, track)
        pieces = _stereo(container, stream, path, start, rate)
        yield from _rebuffer(_exactly(pieces, round((end - start) * rate), rate), rate)


def promised_length(path: Path) -> float | None:
    """Seconds a file says it holds, read from its head without decoding; None when it does not say, is no media file or like no film."""
    try:
        with _open(path) as container:
            seconds = container.duration / av.time_base if container.duration else 0.0
    except LeitmotifError:
        return None
    return seconds if 0 < seconds <= LONGEST else None


def _open(path: Path) -> av.container.InputContainer:
    _check_file(path)
    try:
        container = av.open(str(path), metadata_errors="ignore", options=_OPTIONS)
    except (av.FFmpegError, OSError, ValueError) as error:
        raise AudioError(f"{path}: not a media file that ffmpeg can read ({_reason(error)})") from error
    if not _PLAYLISTS.isdisjoint(container.format.name.split(",")):
        container.close()
        raise AudioError(f"{path}: is a list of other files; give the film itself")
    return container


def _check_file(path: Path) -> None:
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    if path.stat().st_size == 0:
        raise AudioError(f"{path}: the file is empty (0 bytes); copy it again")


def _audio_stream(container: av.container.InputContainer, path: Path, track: int) -> av.AudioStream:
    streams = container.streams.audio
    if not streams:
        raise AudioError(f"{path}: has no audio track")
    if not 0 <= track < len(streams):
        raise AudioError(f"{path}: has no audio track {track}; --audio-track goes from 0 to {len(streams) - 1}")
    stream = streams[track]
    if not stream.codec_context:
        raise AudioError(f"{path}: its audio track is of a kind that ffmpeg does not know; re-encode the file")
    _check_claims(container, stream, path)
    return stream


def _check_claims(container: av.container.InputContainer, stream: av.AudioStream, path: Path) -> None:
    """Refuse what a head says of no film before anything is made room for."""
    claims = {
        f"{stream.channels} channels": stream.channels > MAX_CHANNELS,
        f"{stream.sample_rate} samples a second": stream.sample_rate and stream.sample_rate not in RATES,
        f"a length of {(seconds := _promised_seconds(container, stream)) / 3600:.0f} hours": not seconds <= LONGEST,
    }
    if wrong := [claim for claim, is_wrong in claims.items() if is_wrong]:
        raise AudioError(f"{path}: claims {' and '.join(wrong)}, as no film has; re-encode the file")


def _pieces(container: av.container.InputContainer, stream: av.AudioStream, warnings: list[str]) -> Iterator[np.ndarray]:
    """Resampled frames in the order they come, with the track's late start filled by silence."""
    total = 0
    damage = _Damage()
    frames = _frames(container, stream, damage)
    if (first := next(frames, None)) is not None:
        if (late := _late_start(container, first)) > 0:
            yield np.zeros(late, np.int16)
            total += late
        for piece in _resampled(chain([first], frames), "mono", SAMPLE_RATE):
            total += len(piece)
            yield piece[:, 0]
    if damage.stopped_by:
        warnings.append(f"stopped at {total / SAMPLE_RATE:.0f} s: {damage.stopped_by}")
    if damage.packets:
        warnings.append(f"{damage.packets} damaged packet{'s' if damage.packets > 1 else ''} left out")
    promised = _promised_seconds(container, stream)
    if total and promised - total / SAMPLE_RATE > MISSING_TOLERANCE:
        warnings.append(f"only {total / SAMPLE_RATE:.0f} s of the promised {promised:.0f} s could be decoded: the file seems cut short")


@dataclass
class _Damage:
    """What was wrong with a file on the way: how many packets were left out, and what decoding ended at if it ended early."""

    packets: int = 0
    stopped_by: str = ""

    def add(self, error: Exception, *, final: bool = False) -> None:
        # The error itself would hold the decoder, and all it has taken, until garbage is collected.
        self.packets += 1
        if final or self.packets >= MAX_BAD_PACKETS:
            self.stopped_by = _reason(error)


def _frames(
    container: av.container.InputContainer, stream: av.AudioStream, damage: _Damage, since: float | None = None
) -> Iterator[av.AudioFrame]:
    """Decoded frames from where the container stands; packets that end before `since` (s) are left out; so are damaged ones, and noted."""
    packets = container.demux(stream)
    while not damage.stopped_by:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except IndexError:  # a packet of a track that begins on the way, of which PyAV does not know
            packets = container.demux(stream)
            continue
        except (av.FFmpegError, OSError) as error:
            damage.add(error, final=not isinstance(error, av.InvalidDataError))
            packets = container.demux(stream)  # goes on behind the error, which ended the former
            continue
        if since is not None and packet.pts is not None and (packet.pts + (packet.duration or 0)) * packet.time_base < since:
            continue
        try:
            frames = packet.decode()
        except (av.FFmpegError, OSError) as error:
            damage.add(error)
            continue
        yield from frames


def _resampled(frames: Iterable[av.AudioFrame], layout: str, rate: int) -> Iterator[np.ndarray]:
    """Frames as int16 arrays [shape=(n, channels)] of this rate; a sound may change its format on the way, as broadcasts do."""
    kind, held = None, 0
    resampler: Any = None
    for frame in frames:  # hundreds of thousands in a film: nothing here may take long
        if kind != (now := (frame.format.name, frame.layout.name, frame.sample_rate)):
            if (new := _resampler_of(frame, layout, rate)) is None:
                continue
            if resampler:
                yield from resampler.rest()
            kind, resampler, held = now, new, 0
            push = resampler.source.push
        push(frame)
        held += frame.samples
        if held >= frame.sample_rate:  # asked once a second and not after each of some fifty frames
            held = 0
            yield from resampler.ready()
    if resampler:
        yield from resampler.rest()


def _resampler_of(frame: av.AudioFrame, layout: str, rate: int) -> "_Resampler | None":
    """One for frames like this; None where no sound is like this, and a damaged packet only says so."""
    if frame.sample_rate not in RATES or frame.layout.nb_channels > MAX_CHANNELS:
        return None
    try:
        return _Resampler(frame, layout, rate)
    except av.FFmpegError:
        return None


class _Resampler:
    """ffmpeg's resampler for frames like this one. What is pushed into its source comes out in whole seconds."""

    def __init__(self, like: av.AudioFrame, layout: str, rate: int) -> None:
        self._graph = graph = av.filter.Graph()  # its filters live only as long as it does
        self.source = graph.add_abuffer(
            format=like.format.name, sample_rate=like.sample_rate, layout=like.layout.name, time_base=Fraction(1, like.sample_rate)
        )
        filters = [
            graph.add("aformat", f"sample_fmts=s16:sample_rates={rate}:channel_layouts={layout}"),
            graph.add("asetnsamples", f"n={rate}:p=0"),
        ]
        if layout == "mono" and like.layout.nb_channels > 1:
            # ffmpeg would resample every channel and mix then. Its coefficients, normalised as for whole numbers, so that nothing clips.
            mixed = f"{like.sample_rate}:out_chlayout=mono:out_sample_fmt=fltp:rematrix_maxval=1"
            filters.insert(0, graph.add("aresample", mixed))
        self._sink = graph.add("abuffersink")
        graph.link_nodes(self.source, *filters, self._sink)
        graph.configure()

    def ready(self) -> Iterator[np.ndarray]:
        """The whole seconds [shape=(rate, channels)] that have become ready."""
        with suppress(av.BlockingIOError, av.EOFError):
            while True:
                piece: Any = self._sink.pull()
                yield piece.to_ndarray().reshape(piece.samples, -1)

    def rest(self) -> Iterator[np.ndarray]:
        """What is left when nothing more comes."""
        self.source.push(None)
        yield from self.ready()


def _stereo(container: av.container.InputContainer, stream: av.AudioStream, path: Path, start: float, rate: int) -> Iterator[np.ndarray]:
    """Resampled frames [shape=(n, 2)], the first one cut so that it begins at second `start` of the signal."""
    frames = _frames(container, stream, _Damage())
    first = next(frames, None)
    if first is None:
        raise nothing_heard(path)
    wanted = _clock(first) - _late_start(container, first) / SAMPLE_RATE + start
    if start > _PREROLL:
        begins = first
        for landing in (wanted - _PREROLL, container.start_time / av.time_base if container.start_time else 0.0):
            # By the main stream, the picture: the sound of a Matroska file has no index and would be searched from its beginning.
            container.seek(max(0, round(landing * av.time_base)))
            frames = _frames(container, stream, _Damage(), since=wanted - _PREROLL)
            first = next(frames, None)
            if first is not None and first.time is not None and first.time <= wanted:
                break
        if first is None:
            return
        ahead = wanted - _on_grid(first, begins, stream)
    else:
        ahead = wanted - _clock(first)
    skipped = round(ahead * rate)
    if skipped < 0:
        yield np.zeros((-skipped, 2), np.int16)
    for piece in _resampled(chain([first], frames), "stereo", rate):
        yield piece[max(skipped, 0) :]
        skipped -= len(piece)


def _clock(frame: av.AudioFrame) -> float:
    return frame.time or 0.0


def _on_grid(frame: av.AudioFrame, first: av.AudioFrame, stream: av.AudioStream) -> float:
    """Time of a frame, counted in whole frames where that agrees with the container's time, which may be rounded: then it is exact."""
    length = frame.samples / frame.sample_rate
    second = _clock(first) + first.samples / first.sample_rate  # decoders cut the first frame
    counted = second + round((_clock(frame) - second) / length) * length
    return counted if abs(counted - _clock(frame)) <= float(stream.time_base or 0) else _clock(frame)


def _exactly(pieces: Iterator[np.ndarray], wanted: int, block: int) -> Iterator[np.ndarray]:
    """The first `wanted` rows of all pieces together; what they lack is silence, in pieces of `block`."""
    for piece in pieces:
        yield piece[:wanted]
        wanted -= len(piece)
        if wanted <= 0:
            return
    for begin in range(0, wanted, block):
        yield np.zeros((min(block, wanted - begin), 2), np.int16)


def _late_start(container: av.container.InputContainer, frame: av.AudioFrame) -> int:
    """Samples of silence before the first frame, so that second t of the signal is second t of the film."""
    begins = (container.start_time or 0) / av.time_base
    late = (frame.time or 0.0) - begins
    return round(late * SAMPLE_RATE) if 0.05 < late < 3600 else 0


def _promised_seconds(container: av.container.InputContainer, stream: av.AudioStream) -> float:
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration else 0.0


def _rebuffer(pieces: Iterator[np.ndarray], size: int) -> Iterator[np.ndarray]:
    """Join small arrays and hand on arrays of `size` samples; the last one may be shorter."""
    held: list[np.ndarray] = []
    count = 0
    for piece in pieces:
        held.append(piece)
        count += len(piece)
        if count >= size:
            joined = np.concatenate(held)
            whole = count - count % size
            for start in range(0, whole, size):
                yield joined[start : start + size]
            held, count = [joined[whole:]], count - whole
    if count:
        yield np.concatenate(held)


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EPERM):
        return "permission denied"
    return (getattr(error, "strerror", None) or str(error)).lower()
