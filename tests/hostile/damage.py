"""Damage done to files as disks, networks and enemies do it, the same for the same seed; and an end to what would hang."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Literal

import numpy as np

HEAD = 512  # bytes in which formats say what is to come
MOST = 4  # wounds of one file
CLAIMS = (0, 1, 10**9, 2**31 - 1, 2**31, 2**32 - 1)  # numbers of four bytes that programs trip over
PATIENCE = 30  # s for what takes a second: far more than a busy machine needs


def damaged(content: bytes, seed: int) -> bytes:
    """The content with bytes flipped, cut, repeated, inserted, zeroed or swapped; every second time in its head."""
    random = np.random.default_rng(seed)
    for _ in range(random.integers(1, MOST + 1)):
        reach = min(HEAD, len(content)) if random.random() < 0.5 else len(content)
        place = int(random.integers(0, max(reach, 1)))
        content = _wounded(content, place, int(2 ** random.uniform(0, 9)), random)
    return content


def _wounded(content: bytes, place: int, length: int, random: np.random.Generator) -> bytes:
    before, hit, behind = content[:place], content[place : place + length], content[place + length :]
    match random.integers(0, 10):
        case 0:
            return before
        case 1:
            return before + behind
        case 2:
            return before + hit * int(random.integers(2, 6)) + behind
        case 3:
            return before + random.bytes(length) + hit + behind
        case 4:
            return before + bytes(len(hit)) + behind
        case 5:
            return before + b"\xff" * len(hit) + behind
        case 6:
            return behind + hit + before
        case 7 | 8:
            order: Literal["little", "big"] = "little" if random.random() < 0.5 else "big"
            return before + int(random.choice(CLAIMS)).to_bytes(4, order) + content[place + 4 :]
    flipped = bytearray(content)
    for at in np.minimum(place + random.integers(0, 64, 4), len(content) - 1) if content else ():
        flipped[at] ^= 1 << int(random.integers(0, 8))
    return bytes(flipped)


class Hung(Exception):
    """What was asked had not ended when its time was up."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Ends what is done in the block, by an exception, when it has worked (not waited for others) for longer than anyone would wait."""

    def end(signum: int, frame: FrameType | None) -> None:
        raise Hung(f"not done after {seconds} s")

    before = signal.signal(signal.SIGPROF, end)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def one_line(error: BaseException) -> str:
    """The message of an error, which must be one line of bounded length."""
    message = str(error)
    assert message and "\n" not in message and "\r" not in message and len(message) < 1000, repr(message[:2000])
    return message
