"""Frames of the context detector: the short-term features, and spectra that know pitch and level."""

import numpy as np
import pytest

from analysis import context
from analysis.audio import SAMPLE_RATE
from analysis.features import SHORT_TERM, short_term
from models.context_detector import FRAMES, N_FEATURES


def make_tone(frequency: float, seconds: float, peak: float = 10000) -> np.ndarray:
    return np.round(peak * np.sin(2 * np.pi * frequency * np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE)).astype(np.int16)


def test_shape_is_what_the_network_takes() -> None:
    found = context.frames(make_tone(440, 3.4))
    assert found.shape == (3, FRAMES, N_FEATURES)
    assert np.isfinite(found).all()


def test_first_features_are_the_short_term_ones() -> None:
    signal = np.random.default_rng(0).integers(-3000, 3000, 2 * SAMPLE_RATE).astype(np.int16)
    found = context.frames(signal, peak=20000)[..., : len(SHORT_TERM)].reshape(-1, len(SHORT_TERM))
    np.testing.assert_allclose(found, short_term(signal, peak=20000).T, rtol=1e-4, atol=1e-4)


def test_a_higher_tone_is_in_a_higher_band() -> None:
    bands = [int(context.frames(make_tone(f, 1))[0, 10, len(SHORT_TERM) :][: context.BANDS].argmax()) for f in (150, 440, 1200, 3000)]
    assert bands == sorted(set(bands))


def test_level_is_relative_to_the_films_peak() -> None:
    tone = make_tone(440, 1)
    loud, soft = (context.frames(tone, peak=peak)[0, 10, len(SHORT_TERM) :].max() for peak in (10000, 20000))
    assert loud - soft == pytest.approx(20 * np.log10(2), abs=0.05)


def test_blocks_leave_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    signal = np.random.default_rng(0).integers(-3000, 3000, 7 * SAMPLE_RATE).astype(np.int16)
    whole = context.frames(signal)
    monkeypatch.setattr(context, "_BLOCK", 2)
    np.testing.assert_allclose(context.frames(signal), whole, rtol=1e-5, atol=1e-4)


def test_silence_is_finite_and_nothing_gives_nothing() -> None:
    assert np.isfinite(context.frames(np.zeros(2 * SAMPLE_RATE, np.int16))).all()
    assert len(context.frames(np.zeros(100, np.int16))) == 0
