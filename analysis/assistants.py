"""One film on all cores: its parts are shared among this process and assistants, a process for each further core.

Processes and not threads: between the calls of NumPy only one thread of a process runs, and on blocks that fit a processor's cache
these calls are short.
"""

import os
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from multiprocessing.connection import Connection, wait
from typing import Any, TypeVar

from analysis import cores
from analysis.companions import Companion
from analysis.spool import Signal, Spool

MOST = 15  # assistants of a process: more would wait for it
_AHEAD = 2  # items an assistant is given, so that it need not wait for the next

Item = TypeVar("Item")
Result = TypeVar("Result")


def spread(function: Callable[[Signal, Item], Result], signal: Signal, items: Sequence[Item]) -> list[Result]:
    """What the function gives for each item, in order. Without further cores, or for an array in memory, all is done here.

    Parameters
    ----------
    function : of a module, or a partial of one, of the signal and an item
    """
    shared = isinstance(signal, Spool) and signal.shareable and len(items) > 1
    return _Team.of_this_process().share(function, signal, items) if shared else [function(signal, item) for item in items]


def get_ready(load: Callable[[], None]) -> None:
    """Start the assistants and let them load what they will need (a function of a module), while this process goes on."""
    _Team.of_this_process().get_ready(load)


class _Team:
    def __init__(self) -> None:
        self._members = [_Assistant() for _ in range(min(cores.count() - 1, MOST))]

    @classmethod
    def of_this_process(cls) -> "_Team":
        return _team_of(os.getpid())  # a forked process must not share its parent's

    def get_ready(self, load: Callable[[], None]) -> None:
        for member in self._members:
            member.give(None, _load, None, load)

    def share(self, function: Callable[[Signal, Item], Result], signal: Signal, items: Sequence[Item]) -> list[Result]:
        todo, done = deque(range(len(items))), dict[int, Any]()
        try:
            while todo or any(number is not None for member in self._members for number in member.given):
                for member in self._members:
                    while todo and len(member.given) < _AHEAD:
                        number = todo.popleft()
                        member.give(number, function, signal, items[number])
                if todo:
                    number = todo.popleft()
                    done[number] = function(signal, items[number])
                self._collect(done, 0 if todo else None)
            for number, item in enumerate(items):  # what an assistant died of, or could not do
                if number not in done:
                    done[number] = function(signal, item)
        except BaseException:
            self._start_anew()
            raise
        return [done[number] for number in range(len(items))]

    def _collect(self, done: dict[int, Any], timeout: float | None) -> None:
        """Take what is ready; an assistant that died is one less."""
        busy = {member.pipe: member for member in self._members if member.given}
        for pipe in wait(list(busy), timeout) if busy else []:
            member = busy[pipe]  # type: ignore[index]
            try:
                number, fine, result = member.take()
            except (EOFError, OSError):
                self._members.remove(member)
                continue
            if fine and number is not None:
                done[number] = result

    def _start_anew(self) -> None:
        """What the assistants are still at is not wanted any more, and must not be taken for what they are asked next."""
        for member in self._members:
            member.stop()
        self._members = [_Assistant() for _ in self._members]


class _Assistant:
    """This process's side of an assistant. given : numbers of the items it has, the first one in work"""

    def __init__(self) -> None:
        self._process = Companion(work)
        self.pipe = self._process.pipe
        self.given: deque[int | None] = deque()

    def give(self, number: int | None, function: Callable[[Any, Any], Any], signal: Any, item: Any) -> None:
        self.given.append(number)
        with suppress(OSError):  # one that died is found so when it is heard
            self.pipe.send((function, signal, item))

    def take(self) -> tuple[int | None, bool, Any]:
        """Number of the item that is done, whether it went well, and the result. Raises EOFError or OSError when it died."""
        fine, result = self.pipe.recv()
        return self.given.popleft(), fine, result

    def stop(self) -> None:
        self._process.stop()


@cache
def _team_of(_process: int) -> _Team:
    return _Team()


def _load(_signal: None, load: Callable[[], None]) -> None:
    load()


def work(pipe: Connection) -> None:
    """What an assistant does: one item."""
    function, signal, item = pipe.recv()
    try:
        answer = True, function(signal, item)
    except Exception:  # it is tried again by the one who asked, who can tell what is wrong
        answer = False, None
    finally:
        if isinstance(signal, Spool):
            signal.close()
    pipe.send(answer)
