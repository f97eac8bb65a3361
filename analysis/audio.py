"""Decode any soundtrack to 8 kHz mono, in blocks, with PyAV (ffmpeg's libraries)."""

import errno
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from errors import AudioError, InputError

SAMPLE_RATE = 8000  # Hz
BLOCK_SECONDS = 10  # length of the blocks handed on while decoding
# A container may promise a little more than its audio holds (video tail, encoder delay); more than this is a cut file.
MISSING_TOLERANCE = 2.0  # s
# A damaged file may fail at every packet: give up on it rather than walk through gigabytes of errors.
MAX_BAD_PACKETS = 1000


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
    AudioError : the file is empty, not media, has no such track, or nothing in it can be decoded
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
        raise AudioError(f"{path}: its audio track holds no sound that can be decoded; check or re-encode the file")
    return Soundtrack(signal[:filled], tuple(warnings))


def blocks(path: Path, *, track: int = 0, warnings: list[str] | None = None) -> Iterator[np.ndarray]:
    """Yield the track as int16 arrays of BLOCK_SECONDS (the last one shorter).

    What is wrong with the file but does not stop it is appended to `warnings`.
    """
    warnings = [] if warnings is None else warnings
    _check_file(path)
    try:
        container = av.open(str(path), metadata_errors="ignore")
    except (av.FFmpegError, OSError, ValueError) as error:
        raise AudioError(f"{path}: not a media file that ffmpeg can read ({_reason(error)})") from error
    with container:
        stream = _audio_stream(container, path, track)
        yield from _rebuffer(_pieces(container, stream, path, warnings), BLOCK_SECONDS * SAMPLE_RATE)


def promised_length(path: Path) -> float | None:
    """Seconds a file says it holds, read from its head without decoding; None when it does not say or is no media file."""
    try:
        with av.open(str(path)) as container:
            seconds = container.duration / av.time_base if container.duration else 0.0
    except (OSError, ValueError):  # av's errors are of these kinds
        return None
    return seconds or None


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
    return streams[track]


def _pieces(container: av.container.InputContainer, stream: av.AudioStream, path: Path, warnings: list[str]) -> Iterator[np.ndarray]:
    """Resampled frames in the order they come, with the track's late start filled by silence."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
    total, bad = 0, 0
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
            frames = packet.decode()
        except StopIteration:
            break
        except (av.FFmpegError, OSError) as error:
            bad += 1
            if bad >= MAX_BAD_PACKETS or not isinstance(error, av.InvalidDataError):
                warnings.append(f"stopped at {total / SAMPLE_RATE:.0f} s: {_reason(error)}")
                break
            continue
        for frame in frames:
            if total == 0 and (late := _late_start(container, frame)) > 0:
                yield np.zeros(late, np.int16)
                total += late
            for piece in resampler.resample(frame):
                samples = piece.to_ndarray()[0]
                total += len(samples)
                yield samples
    if total:
        for piece in resampler.resample(None):
            total += piece.samples
            yield piece.to_ndarray()[0]
    if bad:
        warnings.append(f"{bad} damaged packet{'s' if bad > 1 else ''} left out")
    promised = _promised_seconds(container, stream)
    if total and promised - total / SAMPLE_RATE > MISSING_TOLERANCE:
        warnings.append(f"only {total / SAMPLE_RATE:.0f} s of the promised {promised:.0f} s could be decoded: the file seems cut short")


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
