"""A library of three films as the benchmark makes it."""

import pytest

from analysis.library import Library
from benchmarks import big_library


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return big_library.make(tmp_path_factory.mktemp("made") / "library", films=3, windows_per_film=120)
