"""Descriptors of windows: level-free, finite, the same whoever shares the signal, and saying what they are named after."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import descriptors
from analysis.audio import SAMPLE_RATE
from analysis.descriptors import NAMES, describe

TIME = np.arange(12 * SAMPLE_RATE) / SAMPLE_RATE


def tone(*frequencies: float) -> np.ndarray:
    return (3000 * sum(np.sin(2 * np.pi * f * TIME) for f in frequencies)).astype(np.int16)


def clicks(per_minute: float) -> np.ndarray:
    """Short bursts of noise at a steady tempo."""
    sound = np.random.default_rng(0).normal(0, 20, len(TIME))
    for start in np.arange(0.05, 11.9, 60 / per_minute):
        at = int(start * SAMPLE_RATE)
        sound[at : at + 400] += np.random.default_rng(1).normal(0, 6000, 400) * np.exp(-np.arange(400) / 80)
    return sound.astype(np.int16)


def value(signal: np.ndarray, name: str) -> float:
    return float(describe(signal, [0]).table[0, NAMES.index(name)])


def test_every_column_has_a_name_of_its_own() -> None:
    table = describe(tone(440), [0, 1, 2]).table
    assert table.shape == (3, len(NAMES))
    assert table.dtype == np.float32
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize("gain", [0.1, 0.5])
def test_the_mixing_level_does_not_matter(gain: float) -> None:
    signal = clicks(100) // 2
    loud, soft = describe(signal, [0]).table[0], describe((signal * gain).astype(np.int16), [0]).table[0]
    spread = np.abs(loud) + 1
    assert np.median(np.abs(loud - soft) / spread) < 0.01


def test_a_window_does_not_depend_on_the_windows_described_with_it() -> None:
    signal = np.tile(np.concatenate([tone(220, 330), clicks(120)]), 5)  # 120 s
    together = describe(signal, range(100)).table
    alone = describe(signal, [70]).table[0]
    names = np.array(NAMES)[np.abs(together[70] - alone) > 0.02 * (np.abs(alone) + 1)]
    assert len(names) < 0.05 * len(NAMES), names  # only frames at its very edges see their neighbours


def test_windows_far_apart_are_described_like_windows_side_by_side() -> None:
    signal = np.random.default_rng(0).normal(0, 2000, 60 * SAMPLE_RATE).astype(np.int16)
    both = describe(signal, [2, 45]).table
    np.testing.assert_allclose(both[0], describe(signal, [2]).table[0], rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(both[1], describe(signal, [45]).table[0], rtol=1e-5, atol=1e-5)


@given(st.integers(0, 2**32 - 1), st.sampled_from([0, 1, 300, 32767]))
@settings(max_examples=12, deadline=None)
def test_they_are_finite_for_every_signal(seed: int, peak: int) -> None:
    rng = np.random.default_rng(seed)
    signal = (rng.integers(-peak, peak + 1, 11 * SAMPLE_RATE) * (rng.random() < rng.random(11 * SAMPLE_RATE))).astype(np.int16)
    described = describe(signal, [0, 1])
    assert np.isfinite(described.table).all()
    assert ((described.beat >= 0) & (described.beat <= 1)).all()


def test_silence_has_no_descriptor_and_no_tempo() -> None:
    described = describe(np.zeros(10 * SAMPLE_RATE, np.int16), [0])
    assert not described.table.any()
    assert described.tempo[0] == described.beat[0] == 0


def test_major_and_minor_are_told_apart() -> None:
    c, e_flat, e, g = 261.63, 311.13, 329.63, 392.0
    assert value(tone(c, e, g), "key_mode") > 0 > value(tone(c, e_flat, g), "key_mode")


@pytest.mark.parametrize("per_minute", [66, 90, 128, 160])
def test_the_tempo_of_a_steady_beat(per_minute: float) -> None:
    described = describe(clicks(per_minute), [0, 1, 2])
    assert described.tempo == pytest.approx(per_minute, rel=0.02)
    assert (described.beat > 0.5).all()


def test_noise_has_no_beat() -> None:
    noise = np.random.default_rng(0).normal(0, 3000, 10 * SAMPLE_RATE).astype(np.int16)
    assert describe(noise, [0]).beat[0] < 0.3


def test_a_steady_beat_fluctuates_less_than_drifting_loudness() -> None:
    drift = (np.random.default_rng(0).normal(0, 1, len(TIME)) * 2000 * (1.1 + np.sin(2 * np.pi * TIME / 11))).astype(np.int16)
    assert value(clicks(120), "fluctuation_mean") < value(drift, "fluctuation_mean")


def test_no_window_gives_an_empty_table() -> None:
    assert describe(tone(440), []).table.shape == (0, len(NAMES))


def test_the_longest_span_fits_into_a_window() -> None:
    assert descriptors._SPANS[-1] < 10 * descriptors._STEPS
