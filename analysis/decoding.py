"""Decoding in a process of its own: what a damaged or hostile file does to ffmpeg (hang, crash, take all memory) ends there.

A process decodes one film after the other, so that its start is paid once. Blocks of sound come through a pipe while decoding goes on.
"""

import os
import resource
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path

from analysis import audio
from analysis.companions import Companion
from analysis.spool import Spool
from errors import AudioError, InputError, LeitmotifError

PATIENCE = 120.0  # s without a further ten seconds of sound, after which a decoder is taken to be stuck
# Bytes a decoder may take, where the system counts them (Linux). The tables of a film of ten hours take 200 MB; a file of a few
# thousand bytes can ask for any number.
MOST_MEMORY = 768 << 20
_PAUSE = 0.1  # s between looks at what is there
_KINDS: dict[str, type[LeitmotifError]] = {kind.__name__: kind for kind in (AudioError, InputError)}


def decode(
    path: Path, *, track: int = 0, patience: float = PATIENCE, meanwhile: Callable[[Spool], bool] | None = None
) -> tuple[Spool, tuple[str, ...]]:
    """Decode one audio track to 8 kHz mono int16, on disk; with it what was wrong with the file, one sentence each.

    Parameters
    ----------
    path : media file
    track : which audio track, counted from 0
    patience : seconds without progress after which the attempt is given up
    meanwhile : called again and again with what is there; it says whether there was something to do for it

    Raises
    ------
    AudioError : as analysis.audio.decode, and when the decoder crashes or makes no progress
    InputError : there is no such file
    LibraryError : there is no room for the decoded sound
    """
    signal, warnings = Spool(), list[str]()
    try:
        with ThreadPoolExecutor(1) as aside:
            filling = aside.submit(_fill, signal, decoder().blocks(path, track, patience, warnings))
            try:
                while meanwhile and not filling.done():
                    if not meanwhile(signal):
                        wait([filling], _PAUSE)
                filling.result()
            finally:
                if not filling.done():
                    decoder().stop()  # or the thread would go on to the film's end
        if not len(signal):
            raise audio.nothing_heard(path)
    except BaseException:
        signal.close()
        raise
    return signal, tuple(warnings)


def _fill(signal: Spool, blocks: Iterator[bytes]) -> None:
    for block in blocks:
        signal.append(block)


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

    def blocks(self, path: Path, track: int, patience: float, warnings: list[str]) -> Iterator[bytes]:
        """Blocks of int16 samples as analysis.audio.blocks gives them, in bytes, while decoding goes on; raises as `decode` does."""
        with self._asked(path, track):
            while block := self._wait(path, patience).recv_bytes():
                self._heard += len(block) / 2 / audio.SAMPLE_RATE
                yield block
            told, kind, message = self._process.pipe.recv()
        warnings += told
        if kind:
            raise _KINDS.get(kind, AudioError)(message)

    def promised_length(self, path: Path, patience: float) -> float | None:
        """As analysis.audio.promised_length; raises AudioError when the process crashes or takes longer than `patience`."""
        with self._asked(path, None):
            return self._wait(path, patience).recv()

    def stop(self) -> None:
        """End the process; whoever waits for it is told that it crashed."""
        self._process.stop()

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
        for block in audio.blocks(Path(place), track=track, warnings=warnings):
            pipe.send_bytes(block.data)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        raise
    except Exception as error:  # whatever a file did is told of the file
        kind, message = type(error).__name__, " ".join(str(error).replace(place, shown).split())
        if kind not in _KINDS:
            message = f"{shown}: cannot be decoded ({message or kind}); check or re-encode the file"
    pipe.send_bytes(b"")
    pipe.send((warnings, kind, message))


def _limit_memory() -> None:
    """What asks for more is told that there is none, and the file is refused."""
    most = resource.getrlimit(resource.RLIMIT_DATA)[1]
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY if most == resource.RLIM_INFINITY else min(MOST_MEMORY, most), most))
