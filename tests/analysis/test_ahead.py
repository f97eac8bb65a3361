from collections.abc import Iterator

import numpy as np
import pytest

from analysis import ahead, attributes, cores, descriptors, detection
from analysis.audio import SAMPLE_RATE
from analysis.spool import Spool
from tests.conftest import tone


@pytest.fixture(scope="module")
def signal() -> np.ndarray:
    """A minute of chords that are music to the detector, half a minute of silence, and again."""
    rng = np.random.default_rng(0)
    chord = sum(tone(60, hertz=hertz, rate=SAMPLE_RATE, level=0.2) for hertz in (220.0, 277.2, 329.6, 440.0))
    music = chord * (1 + 0.5 * np.sign(np.sin(2 * np.pi * 2 * np.arange(len(chord)) / SAMPLE_RATE))) + rng.normal(0, 0.002, len(chord))
    return np.round(20_000 * np.concatenate([music, np.zeros(30 * SAMPLE_RATE), music])).clip(-32768, 32767).astype(np.int16)


@pytest.fixture
def growing(signal: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> Iterator[Spool]:
    monkeypatch.setattr(ahead, "PART", 40)
    monkeypatch.setattr(cores, "count", lambda: 2)
    with Spool() as spool, cores.one_for_libraries():
        yield spool


def heard(listener: ahead.Ahead, growing: Spool, signal: np.ndarray) -> None:
    for begin in range(0, len(signal), 10 * SAMPLE_RATE):
        growing.append(signal[begin : begin + 10 * SAMPLE_RATE])
        while listener.listen(growing):
            pass


def test_what_was_described_ahead_is_what_is_described_at_the_end(growing: Spool, signal: np.ndarray) -> None:
    listener = ahead.Ahead("svm")
    heard(listener, growing, signal)
    runs = detection.runs(detection.seconds(signal)["label"])
    assert runs, "the chords are not music to the detector"
    assert listener.known
    here, there = attributes.describe(signal, runs), attributes.describe(growing, runs, listener.known)
    for mine, theirs in zip(here, there, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_nothing_is_described_twice(growing: Spool, signal: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    listener = ahead.Ahead("svm")
    heard(listener, growing, signal)
    [(first, last), *_] = listener.known
    monkeypatch.setattr(descriptors, "_describe", lambda *_: pytest.fail("described again"))
    assert len(descriptors.describe(growing, range(first, last + 1), listener.known).table) == last - first + 1


def test_without_a_core_for_it_nothing_is_done_ahead(growing: Spool, signal: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores, "count", lambda: 1)
    listener = ahead.Ahead("svm")
    heard(listener, growing, signal)
    assert not listener.known
