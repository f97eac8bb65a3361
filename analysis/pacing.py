"""Doing something again and again, but not so often that it costs much."""

import time
from collections.abc import Callable

SHARE = 1 / 20  # of the time that the action may take


class Paced:
    """Calls an action when it was not called for a while: it takes SHARE of the time at most.

    Parameters
    ----------
    action : may raise; what it raises is passed on
    clock : seconds that only grow
    """

    def __init__(self, action: Callable[[], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._action, self._clock = action, clock
        self._due = clock()

    def __call__(self) -> None:
        """Do it, unless it is too early."""
        begun = self._clock()
        if begun >= self._due:
            self._action()
            ended = self._clock()
            self._due = ended + (ended - begun) / SHARE
