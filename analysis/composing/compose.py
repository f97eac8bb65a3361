"""From a profile to pieces of music: written, arranged, played, listened to, and ordered by how well they match it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from analysis.composing import arranging, drafting, matching, sounding
from analysis.composing.matching import Match, Measured
from analysis.composing.piece import Piece
from analysis.composing.target import Profile
from errors import Cancelled, InputError

SHORTEST, LONGEST = 10.0, 300.0  # s
MOST = 32  # candidates
STAGES = ("write", "arrange", "render", "listen")  # as `progress` is told them


@dataclass(frozen=True)
class Candidate:
    """A piece that was composed, and how near it is to what was asked for.

    seed : composes it again: `compose` with this seed and a count of 1
    """

    piece: Piece
    seed: int
    measured: Measured
    match: Match

    @property
    def sound(self) -> np.ndarray:
        """Its sound [shape=(2, n), float32] at sounding.RATE, played anew each time: the sounds of all candidates may not fit in memory."""
        return sounding.render(self.piece)


def compose(
    profile: Profile,
    *,
    seconds: float = 60.0,
    seed: int = 0,
    count: int = 8,
    progress: Callable[[int, int, str], None] = lambda done, total, what: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> list[Candidate]:
    """Compose candidates for a profile, the best match first.

    Parameters
    ----------
    seconds : about how long, SHORTEST..LONGEST
    seed : 0 or more, of the first candidate; the others have those after it, and each its own piece, however many are asked for
    count : how many, 1..MOST
    progress : is told before each step how many are done, of how many, and which of STAGES begins; at the end no stage ("")
    cancelled : is asked between steps, and while notes are written

    Raises
    ------
    InputError : seconds, seed or count is out of range
    Cancelled : `cancelled` said so
    """
    check(seconds, seed, count)
    total = 1 + 3 * count
    made: list[Candidate] = []

    def step(done: int, what: str) -> None:
        progress(done, total, what)
        if cancelled():
            raise Cancelled("composing was cancelled")

    seeds = range(seed, seed + count)
    with threadpool_limits(1):  # the matrices are small: threads that wait for each other would cost more than they do
        step(0, "write")
        drafts = drafting.drafts(profile, seconds=seconds, seeds=seeds, cancelled=cancelled)
        for own_seed, draft in zip(seeds, drafts, strict=True):
            done = 1 + 3 * len(made)
            step(done, "arrange")
            piece = arranging.arrange(draft, profile, own_seed)
            step(done + 1, "render")
            sound = sounding.render(piece)
            step(done + 2, "listen")
            measured = matching.measure(piece, sound)
            made.append(Candidate(piece, own_seed, measured, matching.match(profile, measured)))
    step(total, "")
    return sorted(made, key=lambda candidate: -candidate.match.score)


def check(seconds: float, seed: int, count: int) -> None:
    """Raises InputError when one of them is out of range."""
    if not SHORTEST <= seconds <= LONGEST:
        raise InputError(f"a length of {seconds:g} s cannot be composed: ask for {SHORTEST:g} to {LONGEST:g}")
    if seed < 0:
        raise InputError(f"seed {seed} is negative; give 0 or more")
    if not 1 <= count <= MOST:
        raise InputError(f"{count} candidates cannot be composed: ask for 1 to {MOST}")
