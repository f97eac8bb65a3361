"""Composed stretches of film: whole, repeatable, and their truth is what sounds in them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.audio import SAMPLE_RATE
from analysis.training.augmentation import place
from analysis.training.sequences import Composer
from analysis.training.sounds import MUSIC, OTHER, SPEECH, Recordings


@pytest.fixture(scope="module")
def recordings() -> Recordings:
    """A tone for each class, of two groups each, three seconds long: what sounds can be read from the spectrum."""
    signals, rows = {}, []
    for label, frequency in ((MUSIC, 400), (SPEECH, 1000), (OTHER, 2500)):
        for k in range(4):
            path = Path(f"{label}-{k}")
            signals[path] = place(np.sin(2 * np.pi * frequency * np.arange(3 * SAMPLE_RATE) / SAMPLE_RATE), -3)
            rows.append({"path": path, "label": label, "source": "a", "group": f"{label}-{k // 2}"})
    return Recordings(pd.DataFrame(rows), signals)


def test_length_classes_and_peak(recordings: Recordings) -> None:
    composed = Composer(recordings).compose(60, np.random.default_rng(0), peak_db=-6.0)
    assert len(composed.signal) == 60 * SAMPLE_RATE
    assert composed.signal.dtype == np.int16
    assert np.abs(composed.signal.astype(int)).max() == pytest.approx(32767 / 2, rel=0.01)
    assert composed.labels.shape == composed.said.shape == (60,)
    assert set(composed.labels) == {MUSIC, SPEECH, OTHER}
    assert composed.said.mean() > 0.6


def test_same_seed_gives_the_same_film(recordings: Recordings) -> None:
    one, two = (Composer(recordings).compose(20, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(one.signal, two.signal)
    np.testing.assert_array_equal(one.labels, two.labels)


def test_the_truth_is_what_sounds(recordings: Recordings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.training.sequences.CUES", dict.fromkeys((MUSIC, SPEECH, OTHER), ((1.0, None, 0, 0),)))
    monkeypatch.setattr("analysis.training.sequences._SPEED", dict.fromkeys((MUSIC, SPEECH, OTHER), 1.0))
    monkeypatch.setattr("analysis.training.sequences.in_some_room", lambda sound, label, rng: sound)
    monkeypatch.setattr("analysis.training.sequences.transferred", lambda film, rng, **_: place(film, 0.0))
    monkeypatch.setattr("analysis.training.sequences._GAP_CHANCE", 0)
    composed = Composer(recordings).compose(120, np.random.default_rng(0))
    seconds = composed.signal.reshape(120, SAMPLE_RATE).astype(float)
    power = np.abs(np.fft.rfft(seconds, axis=1)) ** 2
    loudest = power.argmax(axis=1)
    heard = np.select([loudest < 700, loudest < 1700], [MUSIC, SPEECH], OTHER)
    assert composed.said.sum() > 80
    assert (heard == composed.labels)[composed.said].mean() > 0.97
