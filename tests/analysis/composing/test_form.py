"""Forms: sections without gaps, of the length asked for, in keys that fit the mood."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.composing import form, target
from models.labels import MOODS


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(MOODS), st.floats(10, 300), st.integers(0, 1000))
def test_a_form_fills_the_time_asked_for(mood, seconds, seed):
    plan = form.plan(target.of_mood(mood), seconds, np.random.default_rng(seed))
    assert plan.bars * form.BEATS * 60 / plan.tempo == pytest.approx(seconds)
    assert plan.sections[0].first == 0 and plan.sections[0].name == "opening" and plan.sections[-1].name == "cadence"
    for section, following in zip(plan.sections, plan.sections[1:], strict=False):
        assert section.bars > 0 and section.first + section.bars == following.first
    for section in plan.sections:
        if section.name == "return":
            assert plan.theme <= section.bars
        if section.name == "development":
            assert plan.motif <= section.bars


@pytest.mark.parametrize("mood", MOODS)
def test_tempos_are_those_asked_for(mood):
    profile = target.of_mood(mood)
    tempos = [form.plan(profile, 60, np.random.default_rng(seed)).tempo for seed in range(20)]
    assert profile.tempo[0] - 2 < min(tempos) and max(tempos) < profile.tempo[1] + 2  # whole bars
    assert np.ptp(tempos) > 0.4 * (profile.tempo[1] - profile.tempo[0])


def test_long_pieces_go_round_again():
    names = [section.name for section in form.plan(target.of_mood("happy"), 300, np.random.default_rng(0)).sections]
    assert names == ["opening", *["development", "return"] * (len(names) // 2 - 1), "cadence"] and len(names) > 6


def test_sad_music_is_mostly_minor_and_happy_music_major():
    chances = {mood: form.minor_chance({mood: 1.0}) for mood in MOODS}
    assert chances["sad"] > 0.95 and chances["tense"] > 0.95 and chances["happy"] < 0.05 and chances["calm"] < 0.05
    assert form.minor_chance({"happy": 0.5, "tense": 0.5}) == pytest.approx(0.5)
