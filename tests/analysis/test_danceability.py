"""Danceability by detrended fluctuation analysis: orders sounds as listeners would, and is computed as the paper says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.audio import SAMPLE_RATE
from analysis.danceability import LONGEST, SHORTEST, danceability, fluctuation_exponents, to_published_scale

TIME = np.arange(20 * SAMPLE_RATE) / SAMPLE_RATE
RNG = np.random.default_rng(0)
BEAT = (20_000 * np.exp(-20 * (TIME % 0.5)) * np.sin(2 * np.pi * 100 * TIME)).astype(np.int16)
NOISE = (5_000 * RNG.standard_normal(len(TIME))).astype(np.int16)
PAD = (8_000 * (0.5 + 0.5 * np.sin(2 * np.pi * TIME / 20)) * np.sin(2 * np.pi * 220 * TIME)).astype(np.int16)


def test_a_steady_beat_is_more_danceable_than_noise_and_noise_than_a_swelling_pad():
    assert danceability(BEAT) > 1.5 * danceability(NOISE) > 3 * danceability(PAD)


def test_loudness_of_noise_is_uncorrelated_which_is_an_exponent_of_one_half():
    assert fluctuation_exponents(NOISE).mean() == pytest.approx(0.5, abs=0.05)


def test_level_does_not_matter():
    assert danceability((BEAT // 4).astype(np.int16)) == pytest.approx(danceability(BEAT), rel=0.02)


def test_silence_cannot_be_danced_to():
    assert danceability(np.zeros(10 * SAMPLE_RATE, np.int16)) == 0.0


def test_a_signal_shorter_than_the_longest_spans_is_refused():
    with pytest.raises(ValueError, match=r"at least 10 s, got 9\.0 s"):
        danceability(np.zeros(9 * SAMPLE_RATE, np.int16))


def test_equal_to_a_line_fitted_to_every_span():
    signal = NOISE[: 10 * SAMPLE_RATE]
    loudness = signal.reshape(-1, SAMPLE_RATE // 100).astype(float).std(axis=1)
    profile = np.cumsum(loudness)

    def fluctuation(span):
        residuals = []
        for start in range(0, len(profile) - span + 1, max(1, span // 50)):
            piece, steps = profile[start : start + span], np.arange(span)
            residuals.append(np.mean((piece - np.polyval(np.polyfit(steps, piece, 1), steps)) ** 2))
        return np.sqrt(np.mean(residuals))

    second = round(SHORTEST * 1.1)
    expected = np.log(fluctuation(second) / fluctuation(SHORTEST)) / np.log((second + 3) / (SHORTEST + 3))
    assert fluctuation_exponents(signal)[0] == pytest.approx(expected, rel=1e-6)
    assert LONGEST * 0.01 < 10  # the longest span fits the shortest signal


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0.1, 10, allow_nan=False), min_size=1, max_size=40))
def test_the_published_scale_keeps_order_within_a_genre(raw):
    published = {"rock": np.linspace(0.2, 0.9, 50)}
    values = to_published_scale(np.array(raw), np.array(["rock"] * len(raw)), published)
    assert ((values >= 0.2) & (values <= 0.9)).all()
    order = np.argsort(raw)
    assert (np.diff(values[order]) >= 0).all()


def test_each_genre_follows_its_own_distribution():
    raw = np.concatenate([RNG.random(400), RNG.random(400)])
    genres = np.repeat(["classical", "dance"], 400)
    published = {"classical": RNG.normal(0.3, 0.1, 1000), "dance": RNG.normal(0.7, 0.1, 1000)}
    values = to_published_scale(raw, genres, published)
    for genre, distribution in published.items():
        assert np.quantile(values[genres == genre], [0.25, 0.5, 0.75]) == pytest.approx(
            np.quantile(distribution, [0.25, 0.5, 0.75]), abs=0.02
        )


def test_an_unknown_genre_takes_the_value_of_its_rank_among_the_known():
    raw = np.array([1.0, 2.0, 3.0, 0.5, 2.0, 9.0])
    genres = np.array(["rock", "rock", "rock", "", "", ""])
    values = to_published_scale(raw, genres, {"rock": np.array([0.0, 0.5, 1.0])})
    assert values[3] == values[:3].min()
    assert values[5] == values[:3].max()
    assert values[3] < values[4] < values[5]


def test_no_known_genre_is_refused():
    with pytest.raises(ValueError, match="published distribution"):
        to_published_scale(np.array([1.0]), np.array([""]), {"rock": np.array([0.5])})
