"""Decoding in a process of its own: what a damaged or hostile file does to ffmpeg (hang, crash, take all memory) ends there.

A process decodes one film after the other, so that its start is paid once. It writes into a spool of its owner, who listens meanwhile.
"""

import os
import resource
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from functools import cache
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle, send_handle
from pathlib import Path

from analysis import audio
from analysis.companions import Companion
from analysis.spool import Spool
from errors import AudioError, InputError, LeitmotifError, LibraryError

PATIENCE = 120.0  # s without a further ten seconds of sound, after which a decoder is taken to be stuck
# Bytes a decoder may take, where the system counts them (Linux). The tables of a film of ten hours take 200 MB; a file of a few
# thousand bytes can ask for any number.
MOST_MEMORY = 768 << 20
_KINDS: dict[str, type[LeitmotifError]] = {kind.__name__: kind for kind in (AudioError, InputError, LibraryError)}


def decode(
    path: Path, *, track: int = 0, patience: float = PATIENCE, meanwhile: Callable[[Spool], bool] | None = None
) -> tuple[Spool, tuple[str, ...]]:
    """Decode one audio track to 8 kHz mono int16, on disk; with it what was wrong with the file, one sentence each.

    Parameters
    ----------
    path : media file
    track : which audio track, counted from 0
    patience : seconds without progress after which the attempt is given up
    meanwhile : called with what is there whenever there is more; once again when it says that it found something to do

    Raises
    ------
    AudioError : as analysis.audio.decode, and when the decoder crashes or makes no progress
    InputError : there is no such file
    LibraryError : there is no room for the decoded sound
    """
    signal, warnings = Spool(), list[str]()
    try:
        for _ in decoder().fill(signal, path, track, patience, warnings):
            while meanwhile and meanwhile(signal):
                pass
        if not len(signal):
            raise audio.nothing_heard(path)
    except BaseException:
        signal.close()
        raise
    return signal, tuple(warnings)


def promised_length(path: Path, *, patience: float = PATIENCE) -> float | None:
    """Seconds a file says it holds, as analysis.audio.promised_length; None as well when the decoder crashes or takes no end."""
    try:
        return decoder().promised_length(path, patience)
    except AudioError:
        return None


def decoder() -> "Decoder":
    """This process's decoder, started when first asked for: ask early, and it gets ready meanwhile."""
    return _decoder_of(os.getpid())


@cache
def _decoder_of(_process: int) -> "Decoder":  # a forked process must not share its parent's
    return Decoder()


class Decoder:
    """A process that decodes. One that was ended is started again at the next film."""

    def __init__(self) -> None:
        self._process = Companion(serve)

    def fill(self, signal: Spool, path: Path, track: int, patience: float, warnings: list[str]) -> Iterator[int]:
        """Yield how many samples there are, as often as there are more; raises as `decode` does."""
        with self._asked(path, track):
            send_handle(self._process.pipe, signal.fileno(), self._process.pid)
            while isinstance(told := self._wait(path, patience).recv(), int):
                signal.grown(told)
                self._heard = told / audio.SAMPLE_RATE
                yield told
        found, kind, message = told
        warnings += found
        if kind:
            raise _KINDS.get(kind, AudioError)(message)

    def blocks(self, path: Path, track: int, patience: float, warnings: list[str]) -> Generator[bytes, None, None]:
        """What `fill` adds, piece by piece, as bytes of int16 samples, for those who listen to nothing but that."""
        with Spool() as signal:
            done = 0
            for there in self.fill(signal, path, track, patience, warnings):
                yield signal[done:there].tobytes()
                done = there

    def promised_length(self, path: Path, patience: float) -> float | None:
        """As analysis.audio.promised_length; raises AudioError when the process crashes or takes longer than `patience`."""
        with self._asked(path, None):
            return self._wait(path, patience).recv()

    @contextmanager
    def _asked(self, path: Path, track: int | None) -> Iterator[None]:
        """The process has been asked for a track, or for the length (None); it is ended where its answer is not taken to the end."""
        if not self._process.alive:
            self._process = Companion(serve)
        whole, self._heard = False, 0.0
        try:
            self._process.pipe.send((str(path.absolute()), str(path), track))
            yield
            whole = True
        except (EOFError, BrokenPipeError, ConnectionResetError) as error:
            raise AudioError(f"{path}: the decoder crashed on it{self._after}; re-encode the file") from error
        finally:
            if not whole:
                self._process.stop()

    def _wait(self, path: Path, patience: float) -> Connection:
        if not self._process.pipe.poll(patience):
            raise AudioError(f"{path}: decoding made no progress for {patience:.0f} s{self._after} and was ended; re-encode the file")
        return self._process.pipe

    @property
    def _after(self) -> str:
        return f" after {self._heard:.0f} s" if self._heard else ""


def serve(pipe: Connection) -> None:
    """Decode one file for the other end of the pipe, or say its length."""
    _limit_memory()
    place, shown, track = pipe.recv()
    if track is None:
        pipe.send(audio.promised_length(Path(place)))
        return
    warnings: list[str] = []
    kind = message = ""
    try:
        with Spool.of(recv_handle(pipe)) as signal:
            for block in audio.blocks(Path(place), track=track, warnings=warnings):
                signal.append(block)
                pipe.send(len(signal))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        raise
    except Exception as error:  # whatever a file did is told of the file
        kind, message = type(error).__name__, " ".join(str(error).replace(place, shown).split())
        if kind not in _KINDS:
            message = f"{shown}: cannot be decoded ({message or kind}); check or re-encode the file"
    pipe.send((warnings, kind, message))


def _limit_memory() -> None:
    """What asks for more is told that there is none, and the file is refused."""
    most = resource.getrlimit(resource.RLIMIT_DATA)[1]
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY if most == resource.RLIM_INFINITY else min(MOST_MEMORY, most), most))
