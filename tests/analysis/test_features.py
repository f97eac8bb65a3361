"""The short-term features equal pyAudioAnalysis's, and stay finite and cheap where it does not."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.features import FRAMES_PER_SECOND, PER_SECOND, SHORT_TERM, per_second, short_term
from errors import InputError

SECONDS = 17.33  # longer than a block, and no whole number of frames
SIGNALS = ("tone", "noise", "speech-like", "clipped", "silent", "constant", "half silent", "one click")


def make_signal(kind: str, rate: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    time = np.arange(int(SECONDS * rate)) / rate
    tone = 12000 * np.sin(2 * np.pi * 440 * time)
    noise = rng.normal(0, 1, len(time))
    syllables = np.maximum(np.sin(2 * np.pi * 2.5 * time), 0)
    pitch = 2 * np.pi * 140 * time + 3 * np.sin(2 * np.pi * 1.5 * time)
    voice = sum(np.sin(k * pitch) / k for k in range(1, 12)) + 0.3 * noise * (np.sin(2 * np.pi * 1.1 * time) > 0.6)
    click = np.zeros(len(time))
    click[len(click) // 2] = 30000
    wave = {
        "tone": tone,
        "noise": 3000 * noise,
        "speech-like": 6000 * syllables * voice,
        "clipped": 30000 * noise,
        "silent": np.zeros(len(time)),
        "constant": np.full(len(time), 77),
        "half silent": np.where(time > 5, 0, tone),
        "one click": click,
    }[kind]
    return np.clip(np.round(wave), -32768, 32767).astype(np.int16)


@pytest.mark.parametrize("rate", [8000, 16000])
@pytest.mark.parametrize("kind", SIGNALS)
def test_equals_pyaudioanalysis(kind: str, rate: int) -> None:
    from pyAudioAnalysis.ShortTermFeatures import feature_extraction

    signal = make_signal(kind, rate)
    expected, names = feature_extraction(signal, rate, 0.05 * rate, 0.05 * rate, deltas=False)
    found = short_term(signal, rate)
    assert tuple(names) == SHORT_TERM
    assert np.isfinite(found).all()
    # Where pyAudioAnalysis divides zero by zero (other versions do, on silence) there is nothing to be equal to. The
    # absolute tolerance covers what is zero but for rounding, such as the cepstrum of a flat spectrum.
    defined = np.isfinite(expected)
    np.testing.assert_allclose(found[defined], expected[defined], rtol=1e-6, atol=1e-12)


def test_seconds_are_mean_and_deviation_of_twenty_frames() -> None:
    signal = make_signal("speech-like", 8000)
    found = per_second(signal[: 17 * 8000])
    assert found.shape == (17, len(PER_SECOND)) == (17, 68)
    assert found.dtype == np.float32
    whole = short_term(signal[: 17 * 8000]).reshape(34, 17, FRAMES_PER_SECOND)
    np.testing.assert_allclose(found[:, :34], whole.mean(axis=2).T, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found[:, 34:], whole.std(axis=2).T, rtol=1e-4, atol=1e-6)


def test_last_part_second_is_dropped_but_counts_for_the_peak() -> None:
    signal = make_signal("tone", 8000)
    louder_end = signal.copy()
    louder_end[-800:] *= 2
    assert len(per_second(signal)) == 17
    energy = SHORT_TERM.index("energy")
    assert per_second(louder_end)[0, energy] == pytest.approx(per_second(signal)[0, energy] / 4, rel=1e-2)


def test_peak_makes_a_clip_part_of_a_louder_film() -> None:
    signal = make_signal("noise", 8000)
    peak = float(np.abs(signal).max())
    alone, inside = short_term(signal), short_term(signal, peak=10 * peak)
    energy, mfcc = SHORT_TERM.index("energy"), SHORT_TERM.index("mfcc_1")
    np.testing.assert_allclose(inside[energy], alone[energy] / 100, rtol=1e-2)
    others = [k for k in range(34) if k not in (energy, mfcc)]
    np.testing.assert_allclose(inside[others], alone[others], rtol=1e-2, atol=1e-2)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 20000), st.integers(1, 32767), st.floats(0, 1), st.randoms(use_true_random=False))
def test_always_finite_and_of_the_promised_shape(samples: int, amplitude: int, silent: float, random) -> None:
    rng = np.random.default_rng(random.randrange(2**32))
    signal = np.where(rng.random(samples) < silent, 0, rng.integers(-amplitude, amplitude + 1, samples)).astype(np.int16)
    assert short_term(signal).shape == (34, samples // 400)
    assert per_second(signal).shape == (samples // 8000, 68)
    assert np.isfinite(short_term(signal)).all()


def test_memory_does_not_grow_with_the_film() -> None:
    signal = np.random.default_rng(0).integers(-9000, 9000, 30 * 60 * 8000, dtype=np.int16)
    tracemalloc.start()
    per_second(signal)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40e6  # a float64 copy of these 30 minutes alone would be 115 MB


@pytest.mark.parametrize("rate", [4000, 11025, 22050 + 1])
def test_refuses_rates_the_frames_do_not_fit(rate: int) -> None:
    with pytest.raises(InputError, match="rate"):
        short_term(np.zeros(30000, np.int16), rate)


def test_refuses_stereo() -> None:
    with pytest.raises(InputError, match="one channel"):
        per_second(np.zeros((8000, 2), np.int16))
