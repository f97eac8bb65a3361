"""A decoded soundtrack on disk that is read like an array: a film of ten hours is listened to in the memory of a short one."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import numpy as np

from errors import LibraryError

BLOCK = 480_000  # samples read at once by those who go through all: a minute, about 1 MB


class Spool:
    """A growing signal of int16 samples in a temporary file without a name: however the process ends, nothing of it stays.

    Slices are read from the file as arrays, by any number of threads, and where it is `shareable` by other processes: what these
    are given reads what was there when it was sent. Raises LibraryError when the disk is full.
    """

    dtype = np.dtype(np.int16)
    ndim = 1

    _file: Any

    def __init__(self) -> None:
        try:
            self._file = tempfile.TemporaryFile(prefix="leitmotif-", buffering=0)  # noqa: SIM115 - it stays open as long as the spool
        except OSError as error:
            raise _full(error) from error
        self._length = 0

    @property
    def shareable(self) -> bool:
        """Whether other processes can read it: a file without a name is found by its number where the system has /proc."""
        return Path(self._place).exists()

    @property
    def _place(self) -> str:
        return f"/proc/{os.getpid()}/fd/{self._file.fileno()}"

    def __reduce__(self) -> tuple[Any, ...]:
        return _opened, (self._place, self._length)

    @classmethod
    def of(cls, handle: int) -> Self:
        """The end of a spool of another process, by a handle of its file: what is appended here is `grown` there."""
        spool = cls.__new__(cls)
        spool._file, spool._length = os.fdopen(handle, "r+b", buffering=0), 0
        return spool

    def fileno(self) -> int:
        """Handle of the file."""
        return self._file.fileno()

    def grown(self, length: int) -> None:
        """Take over that another process has appended until there are so many samples."""
        self._length = length

    def append(self, samples: Any) -> None:
        """Add int16 samples (an array, or bytes of one) at the end."""
        rest = whole = memoryview(samples).cast("B")
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            raise _full(error) from error
        self._length += len(whole) // self.dtype.itemsize  # last: others may be reading

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, wanted: slice) -> np.ndarray:
        start, stop, step = wanted.indices(self._length)
        if step != 1:
            raise ValueError("a spool is read in the order of its samples: slices have no step")
        size, begin = max(stop - start, 0) * self.dtype.itemsize, start * self.dtype.itemsize
        return np.frombuffer(os.pread(self._file.fileno(), size, begin), self.dtype)

    def close(self) -> None:
        """Give the disk space back."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


Signal = np.ndarray | Spool  # what is listened to: mono samples, whole in memory or on disk


def blocks(signal: Signal, size: int = BLOCK) -> Iterator[np.ndarray]:
    """The signal in arrays of `size` samples, the last one shorter."""
    for start in range(0, len(signal), size):
        yield signal[start : start + size]


def _opened(place: str, length: int) -> Spool:
    spool = Spool.__new__(Spool)
    spool._file, spool._length = open(place, "rb", buffering=0), length  # noqa: PTH123, SIM115 - a number among a process's open files
    return spool


def _full(error: OSError) -> LibraryError:
    folder = tempfile.gettempdir()
    return LibraryError(f"{folder}: no room for the decoded sound ({error.strerror or error}); free space or set TMPDIR to another folder")
