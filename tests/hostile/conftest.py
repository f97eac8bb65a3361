"""A decoder for the files of a module, and what it took."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from analysis import decoding


@pytest.fixture(scope="module")
def decoder() -> Iterator[decoding.Decoder]:
    decoder = decoding.Decoder()
    yield decoder
    decoder._process.stop()


def peak_memory(decoder: decoding.Decoder) -> int:
    """Bytes a decoder has taken at most."""
    status = Path(f"/proc/{decoder._process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in status if line.startswith("VmHWM"))
