import os
import signal
from collections.abc import Iterator
from functools import partial

import numpy as np
import pytest

from analysis import assistants, cores
from analysis.spool import Signal, Spool

ITEMS = range(40)


@pytest.fixture(scope="module")
def team() -> Iterator[assistants._Team]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cores, "count", lambda: 2)
        found = assistants._Team()
    yield found
    for member in found._members:
        member.stop()


@pytest.fixture
def spool() -> Iterator[Spool]:
    with Spool() as spool:
        if not spool.shareable:
            pytest.skip("this system has no /proc: all is done in one process")
        spool.append(np.arange(1000, dtype=np.int16))
        yield spool


def total(signal: Signal, start: int, *, owner: int = 0, fault: str = "") -> tuple[int, int]:
    """Sum of ten samples, and who computed it."""
    if os.getpid() != owner and fault == "dies":
        os.kill(os.getpid(), signal_number())
    if fault == "everywhere" or (os.getpid() != owner and fault == "there"):
        raise ValueError(fault)
    return int(signal[start : start + 10].sum()), os.getpid()


def signal_number() -> int:
    return signal.SIGKILL


def sums(found: list[tuple[int, int]]) -> list[int]:
    return [value for value, _ in found]


RIGHT = [sum(range(start, start + 10)) for start in ITEMS]


def test_items_are_shared_and_come_in_order(team: assistants._Team, spool: Spool) -> None:
    found = team.share(total, spool, ITEMS)
    assert sums(found) == RIGHT
    assert len({process for _, process in found}) == 2


def test_what_an_assistant_cannot_do_is_done_here(team: assistants._Team, spool: Spool) -> None:
    assert sums(team.share(partial(total, owner=os.getpid(), fault="there"), spool, ITEMS)) == RIGHT


def test_an_error_is_raised_and_what_was_under_way_is_not_taken_for_what_comes_next(team: assistants._Team, spool: Spool) -> None:
    with pytest.raises(ValueError, match="everywhere"):
        team.share(partial(total, fault="everywhere"), spool, ITEMS)
    assert sums(team.share(total, spool, range(100, 140))) == [value + 1000 for value in RIGHT]


def test_an_assistant_that_dies_leaves_nothing_undone(team: assistants._Team, spool: Spool) -> None:
    assert sums(team.share(partial(total, owner=os.getpid(), fault="dies"), spool, ITEMS)) == RIGHT
    assert not team._members
    assert sums(team.share(total, spool, ITEMS)) == RIGHT


def test_an_array_in_memory_is_gone_through_here() -> None:
    found = assistants.spread(total, np.arange(1000, dtype=np.int16), ITEMS)
    assert {process for _, process in found} == {os.getpid()}
