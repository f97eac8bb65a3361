from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from analysis import ahead, attributes, cores, detection
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


def test_what_was_heard_ahead_is_what_is_heard_at_the_end(growing: Spool, signal: np.ndarray) -> None:
    listener = ahead.Ahead("svm")
    heard(listener, growing, signal)
    runs = detection.runs(detection.seconds(signal)["label"])
    assert runs, "the chords are not music to the detector"
    assert listener.known
    pd.testing.assert_frame_equal(attributes.windows(growing, runs, listener.known), attributes.windows(signal, runs), check_exact=True)


def test_nothing_is_heard_twice(growing: Spool, signal: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    listener = ahead.Ahead("svm")
    heard(listener, growing, signal)
    [(first, last), *_] = listener.known
    monkeypatch.setattr(attributes, "_hear", lambda *_: pytest.fail("heard again"))
    assert list(attributes.windows(growing, [(first, last + 10)], listener.known)["start"]) == list(range(first, last + 1))


def test_without_a_core_for_it_nothing_is_done_ahead(growing: Spool, signal: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores, "count", lambda: 1)
    listener = ahead.Ahead("svm")
    heard(listener, growing, signal)
    assert not listener.known
