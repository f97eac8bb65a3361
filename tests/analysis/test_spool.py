import pickle
import resource
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.spool import Spool, blocks
from errors import LibraryError


def spool_of(*parts: np.ndarray) -> Spool:
    spool = Spool()
    for part in parts:
        spool.append(part)
    return spool


@given(st.lists(st.integers(-32768, 32767), max_size=50), st.integers(-60, 60), st.integers(-60, 60))
def test_slices_are_those_of_the_array(samples: list[int], start: int, stop: int) -> None:
    signal = np.array(samples, np.int16)
    with spool_of(signal[:7], signal[7:]) as spool:
        assert len(spool) == len(signal)
        np.testing.assert_array_equal(spool[start:stop], signal[start:stop])
        np.testing.assert_array_equal(spool[:], signal)


def test_steps_are_refused() -> None:
    with spool_of(np.arange(9, dtype=np.int16)) as spool, pytest.raises(ValueError, match="no step"):
        spool[::2]


def test_blocks_of_a_spool_and_of_an_array_are_alike() -> None:
    signal = np.arange(1000, dtype=np.int16)
    with spool_of(signal) as spool:
        for here, there in zip(blocks(spool, 300), blocks(signal, 300), strict=True):
            np.testing.assert_array_equal(here, there)


def test_another_process_reads_it_where_the_system_lets_it() -> None:
    with spool_of(np.arange(9, dtype=np.int16)) as spool:
        if not spool.shareable:
            pytest.skip("this system has no /proc")
        other = pickle.loads(pickle.dumps(spool))
        np.testing.assert_array_equal(other[2:5], spool[2:5])
        other.close()


def test_threads_read_at_once() -> None:
    signal = np.arange(100_000, dtype=np.int16)
    with spool_of(signal) as spool:
        right = []

        def read(start: int) -> None:
            right.append(all(np.array_equal(spool[start : start + n], signal[start : start + n]) for n in range(500)))

        threads = [threading.Thread(target=read, args=(start,)) for start in range(0, 4000, 1000)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert right == [True] * 4


def test_a_full_disk_is_one_line() -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))  # Python ignores SIGXFSZ: the write fails as on a full disk
    try:
        with Spool() as spool, pytest.raises(LibraryError, match=r"no room for the decoded sound.*TMPDIR") as caught:
            spool.append(np.zeros(10_000, np.int16))
        assert "\n" not in str(caught.value)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
