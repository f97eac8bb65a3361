"""Decode any soundtrack with PyAV (ffmpeg's libraries), in blocks: whole to 8 kHz mono, or a stretch of it for listening."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import av
import numpy as np

from analysis.containers import LONGEST, Damage, audio_stream, opened, promised_seconds, read_frames
from analysis.resampling import resampled
from errors import AudioError, LeitmotifError

SAMPLE_RATE = 8000  # Hz
BLOCK_SECONDS = 10  # length of the blocks handed on while decoding
# A container may promise a little more than its audio holds (video tail, encoder delay); more than this is a cut file.
MISSING_TOLERANCE = 2.0  # s
LISTENING_RATE = 48_000  # Hz, that of nearly all films, whose sound is then not resampled
# What is decoded before a stretch and thrown away: codecs build on what came before.
_PREROLL = 1.0  # s


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
    return np.concatenate([piece[:, 0] for piece in resampled([frame], "mono", SAMPLE_RATE)])


def blocks(path: Path, *, track: int = 0, warnings: list[str] | None = None) -> Iterator[np.ndarray]:
    """Yield the track as int16 arrays of BLOCK_SECONDS (the last one shorter).

    What is wrong with the file but does not stop it is appended to `warnings`.
    """
    warnings = [] if warnings is None else warnings
    with opened(path) as container:
        stream = audio_stream(container, path, track)
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
    with opened(path) as container:
        stream = audio_stream(container, path, track)
        pieces = _stereo(container, stream, path, start, rate)
        yield from _rebuffer(_exactly(pieces, round((end - start) * rate), rate), rate)


def promised_length(path: Path) -> float | None:
    """Seconds a file says it holds, read from its head without decoding; None when it does not say, is no media file or like no film."""
    try:
        with opened(path) as container:
            seconds = container.duration / av.time_base if container.duration else 0.0
    except LeitmotifError:
        return None
    return seconds if 0 < seconds <= LONGEST else None


def _pieces(container: av.container.InputContainer, stream: av.AudioStream, warnings: list[str]) -> Iterator[np.ndarray]:
    """Resampled frames in the order they come, with the track's late start filled by silence."""
    total = 0
    damage = Damage()
    frames = read_frames(container, stream, damage)
    if (first := next(frames, None)) is not None:
        if (late := _late_start(container, first)) > 0:
            yield np.zeros(late, np.int16)
            total += late
        for piece in resampled(chain([first], frames), "mono", SAMPLE_RATE):
            total += len(piece)
            yield piece[:, 0]
    if damage.stopped_by:
        warnings.append(f"stopped at {total / SAMPLE_RATE:.0f} s: {damage.stopped_by}")
    if damage.packets:
        warnings.append(f"{damage.packets} damaged packet{'s' if damage.packets > 1 else ''} left out")
    promised = promised_seconds(container, stream)
    if total and promised - total / SAMPLE_RATE > MISSING_TOLERANCE:
        warnings.append(f"only {total / SAMPLE_RATE:.0f} s of the promised {promised:.0f} s could be decoded: the file seems cut short")


def _stereo(container: av.container.InputContainer, stream: av.AudioStream, path: Path, start: float, rate: int) -> Iterator[np.ndarray]:
    """Resampled frames [shape=(n, 2)], the first one cut so that it begins at second `start` of the signal."""
    frames = read_frames(container, stream, Damage())
    first = next(frames, None)
    if first is None:
        raise nothing_heard(path)
    wanted = _clock(first) - _late_start(container, first) / SAMPLE_RATE + start
    if start > _PREROLL:
        begins = first
        for landing in (wanted - _PREROLL, container.start_time / av.time_base if container.start_time else 0.0):
            # By the main stream, the picture: the sound of a Matroska file has no index and would be searched from its beginning.
            container.seek(max(0, round(landing * av.time_base)))
            frames = read_frames(container, stream, Damage(), since=wanted - _PREROLL)
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
    for piece in resampled(chain([first], frames), "stereo", rate):
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
