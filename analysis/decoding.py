"""Decoding in a process of its own: what a damaged or hostile file does to ffmpeg (hang, crash, take all memory) ends there.

A process decodes one film after the other, so that its start is paid once. Blocks of sound come through a pipe while decoding goes on.
"""

import os
from collections.abc import Iterator
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path

from analysis.audio import SAMPLE_RATE, blocks, nothing_heard
from analysis.companions import Companion
from analysis.spool import Spool
from errors import AudioError, InputError, LeitmotifError

PATIENCE = 120.0  # s without a further ten seconds of sound, after which a decoder is taken to be stuck
_KINDS: dict[str, type[LeitmotifError]] = {kind.__name__: kind for kind in (AudioError, InputError)}


def decode(path: Path, *, track: int = 0, patience: float = PATIENCE) -> tuple[Spool, tuple[str, ...]]:
    """Decode one audio track to 8 kHz mono int16, on disk; with it what was wrong with the file, one sentence each.

    Parameters
    ----------
    path : media file
    track : which audio track, counted from 0
    patience : seconds without progress after which the attempt is given up

    Raises
    ------
    AudioError : as analysis.audio.decode, and when the decoder crashes or makes no progress
    InputError : there is no such file
    LibraryError : there is no room for the decoded sound
    """
    signal, warnings = Spool(), list[str]()
    try:
        for block in decoder().blocks(path, track, patience, warnings):
            signal.append(block)
        if not len(signal):
            raise nothing_heard(path)
    except BaseException:
        signal.close()
        raise
    return signal, tuple(warnings)


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
        if not self._process.alive:
            self._process = Companion(serve)
        whole, heard = False, 0
        try:
            self._process.pipe.send((str(path.absolute()), str(path), track))
            while block := self._receive(path, patience, heard):
                yield block
                heard += len(block)
            told, kind, message = self._process.pipe.recv()
            whole = True
        except (EOFError, BrokenPipeError, ConnectionResetError) as error:
            raise AudioError(f"{path}: the decoder crashed on it{_after(heard)}; re-encode the file") from error
        finally:
            if not whole:
                self._process.stop()
        warnings += told
        if kind:
            raise _KINDS.get(kind, AudioError)(message)

    def _receive(self, path: Path, patience: float, heard: int) -> bytes:
        if not self._process.pipe.poll(patience):
            raise AudioError(f"{path}: decoding made no progress for {patience:.0f} s{_after(heard)} and was ended; re-encode the file")
        return self._process.pipe.recv_bytes()


def serve(pipe: Connection) -> None:
    """Decode one file for the other end of the pipe."""
    place, shown, track = pipe.recv()
    warnings: list[str] = []
    kind = message = ""
    try:
        for block in blocks(Path(place), track=track, warnings=warnings):
            pipe.send_bytes(block.data)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        raise
    except Exception as error:  # whatever a file did is told of the file
        kind, message = type(error).__name__, " ".join(str(error).replace(place, shown).split())
        if kind not in _KINDS:
            message = f"{shown}: cannot be decoded ({message or kind}); check or re-encode the file"
    pipe.send_bytes(b"")
    pipe.send((warnings, kind, message))


def _after(heard: int) -> str:
    return f" after {heard / 2 / SAMPLE_RATE:.0f} s" if heard else ""
