"""Media files as PyAV (ffmpeg's libraries) opens them: refused where they claim what no film is, read past what is damaged."""

import errno
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av

from analysis.resampling import MAX_CHANNELS, RATES
from errors import AudioError, InputError

# A damaged file may fail at every packet: give up on it rather than walk through gigabytes of errors.
MAX_BAD_PACKETS = 1000
# What no film is. The length leaves room for the 26.5 hours at which the clock of MPEG streams begins anew.
LONGEST = 30 * 3600  # s
# A file may be a playlist of others: no address is ever followed, and what leads to other files is refused.
_OPTIONS = {"protocol_whitelist": "file"}
_PLAYLISTS = frozenset({"hls", "concat", "dash", "imf", "sdp", "rtsp", "rtp"})


def opened(path: Path) -> av.container.InputContainer:
    """A media file, opened, to be closed by its user. Raises InputError where there is none, AudioError where it is no film's."""
    _check_file(path)
    try:
        container = av.open(str(path), metadata_errors="ignore", options=_OPTIONS)
    except (av.FFmpegError, OSError, ValueError) as error:
        raise AudioError(f"{path}: not a media file that ffmpeg can read ({reason_of(error)})") from error
    if not _PLAYLISTS.isdisjoint(container.format.name.split(",")):
        container.close()
        raise AudioError(f"{path}: is a list of other files; give the film itself")
    return container


def _check_file(path: Path) -> None:
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    if path.stat().st_size == 0:
        raise AudioError(f"{path}: the file is empty (0 bytes); copy it again")


def audio_stream(container: av.container.InputContainer, path: Path, track: int) -> av.AudioStream:
    """An audio track, counted from 0. Raises AudioError when there is none, or when it claims what no film has."""
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
        f"a length of {(seconds := promised_seconds(container, stream)) / 3600:.0f} hours": not seconds <= LONGEST,
    }
    if wrong := [claim for claim, is_wrong in claims.items() if is_wrong]:
        raise AudioError(f"{path}: claims {' and '.join(wrong)}, as no film has; re-encode the file")


@dataclass
class Damage:
    """What was wrong with a file on the way: how many packets were left out, and what decoding ended at if it ended early."""

    packets: int = 0
    stopped_by: str = ""

    def add(self, error: Exception, *, final: bool = False) -> None:
        # The error itself would hold the decoder, and all it has taken, until garbage is collected.
        self.packets += 1
        if final or self.packets >= MAX_BAD_PACKETS:
            self.stopped_by = reason_of(error)


def read_frames(
    container: av.container.InputContainer, stream: av.AudioStream, damage: Damage, since: float | None = None
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


def promised_seconds(container: av.container.InputContainer, stream: av.AudioStream) -> float:
    """How long the file says its track is, in seconds; 0 when it does not say."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration else 0.0


def reason_of(error: Exception) -> str:
    """What ffmpeg or the system says of a file, in a few words."""
    if isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EPERM):
        return "permission denied"
    return (getattr(error, "strerror", None) or str(error)).lower()
