"""What a piece turned out to be is measured as films are, and its match means what is promised of it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis import attributes, audio, symbolic
from analysis.composing import matching, sounding, target
from analysis.composing.matching import Measured, match, measure, profile_of
from analysis.composing.piece import Part, Piece
from models.labels import GENRES, MOODS, ORDERED_ATTRIBUTES
from models.registry import card
from tests.analysis.composing.conftest import write

BUSY = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])  # as the machine may be
shares = st.floats(0, 1)


@st.composite
def measures(draw):
    """What any piece may turn out to be."""
    weights = np.array(draw(st.lists(st.floats(0.01, 1), min_size=4, max_size=4)))
    genres = {name: draw(shares) for name in matching.GENRE_REACH}
    return Measured(
        moods=dict(zip(MOODS, (weights / weights.sum()).tolist(), strict=True)), valence=draw(shares), energy=draw(shares),
        danceability=draw(shares), tempo=draw(st.floats(35, 230)), genres=genres, mode=draw(st.floats(-0.6, 0.6)),
        density=draw(st.floats(0.3, 15)), dissonance=draw(shares), music=1.0, music_genres={},
    )  # fmt: skip


@pytest.fixture(scope="module")
def piece() -> Piece:
    """In major, fast and hard, with an echo an octave above between the beats."""
    draft = write(0, False, 140.0)
    echo = draft.notes[draft.notes[:, 0] % 12 == 0] + np.array([6, 0, 12, 0])
    notes = np.concatenate([draft.notes, echo]) + np.array([0, 0, 0, 30])
    notes = notes[np.lexsort((notes[:, 2], notes[:, 0]))]
    notes[:, 1] = np.minimum(notes[:, 1], 6)
    return Piece(replace(draft, notes=notes), (Part("piano", 0, notes),))


@pytest.fixture(scope="module")
def sound(piece) -> np.ndarray:
    return sounding.render(piece)


@pytest.fixture(scope="module")
def happy(piece, sound) -> Measured:
    return measure(piece, sound)


@pytest.fixture(scope="module")
def sad() -> Measured:
    """In minor, slow and soft, with few notes."""
    slow = write(9, True, 50.0)
    few = slow.notes[slow.notes[:, 0] % 24 == 0] - np.array([0, 0, 12, 20])
    piece = Piece(replace(slow, notes=few), (Part("piano", 0, few),))
    return measure(piece, sounding.render(piece)[:, : 12 * sounding.RATE])


def test_a_piece_is_heard_as_in_a_film(happy, sound):
    signal = audio.of_sound(sound, sounding.RATE)
    windows = attributes.windows(signal, [(0, len(signal) // audio.SAMPLE_RATE)])
    for name in ORDERED_ATTRIBUTES:
        assert getattr(happy, name) == pytest.approx(windows[f"{name}_value"].mean(), abs=1e-5)
    assert happy.music > 0.7
    assert happy.music_genres.keys() == set(GENRES)
    assert happy.genres.keys() == set(card("film_genre")["classes"]) == matching.GENRE_REACH.keys()


def test_its_notes_are_measured(happy, sad, piece):
    assert happy.tempo == pytest.approx(np.exp(symbolic.measure(piece.notes)["tempo"]))
    assert happy.mode > 0 > sad.mode
    assert happy.density > 2 * sad.density
    for found in (happy, sad):
        assert sum(found.moods.values()) == pytest.approx(1, abs=1e-5)
        assert 0 <= found.dissonance <= 1


def test_a_sound_shorter_than_a_window_is_heard(piece, sound, happy):
    found = measure(piece, sound[:, : 3 * sounding.RATE])
    assert found.energy == pytest.approx(happy.energy, abs=0.3)
    assert found.moods == happy.moods


@BUSY
@given(measured=measures())
def test_a_piece_matches_its_own_profile(measured):
    assert match(profile_of(measured), measured).score >= 95


def test_a_piece_matches_the_opposite_mood_far_less(happy, sad):
    for measured, own, opposite in ((happy, "happy", "sad"), (sad, "sad", "happy")):
        assert match(target.of_mood(opposite), measured).score <= 40 < 70 <= match(target.of_mood(own), measured).score
    assert match(profile_of(happy), sad).score <= 50


@BUSY
@given(measured=measures(), name=st.sampled_from(ORDERED_ATTRIBUTES), nearer=shares, farther=shares, mood=st.sampled_from(MOODS))
def test_what_is_asked_farther_away_never_matches_better(measured, name, nearer, farther, mood):
    got = getattr(measured, name)
    if (nearer - got) * (farther - got) < 0:
        farther = 2 * got - farther  # to the same side
    nearer, farther = sorted((nearer, farther), key=lambda asked: abs(asked - got))
    profile = target.of_mood(mood)
    near, far = (match(replace(profile, **{name: asked}), measured) for asked in (nearer, farther))
    assert far.score <= near.score + 1e-9
    assert far.parts[name] <= near.parts[name] + 1e-9


@BUSY
@given(measured=measures(), mood=st.sampled_from(MOODS))
def test_the_score_is_the_weighted_mean_of_what_was_asked(measured, mood):
    found = match(target.of_mood(mood), measured)
    assert all(0 <= part <= 100 for part in found.parts.values())
    assert "genres" not in found.parts, "no genre was asked for"
    assert found.parts.keys() == found.asked.keys() == found.got.keys() - {"genres"}
    total = sum(matching.WEIGHTS[name] for name in found.parts)
    assert found.score == pytest.approx(sum(matching.WEIGHTS[name] * part for name, part in found.parts.items()) / total)


def test_the_weights_make_one():
    assert sum(matching.WEIGHTS.values()) == pytest.approx(1)


def test_an_octave_of_the_tempo_costs_little(happy):
    profile = replace(target.of_mood("calm"), tempo=(90.0, 110.0))
    inside, outside, doubled = (match(profile, replace(happy, tempo=tempo)).parts["tempo"] for tempo in (100.0, 140.0, 200.0))
    assert inside == 100 > doubled > outside


def test_a_film_genre_that_is_not_known_by_its_sound_is_not_compared(happy):
    assert "genres" not in match(target.of_genres({"Horror": 1}), happy).parts
    mixed, alone = (match(target.of_genres(weights), happy).parts["genres"] for weights in ({"Horror": 1, "Drama": 1}, {"Drama": 1}))
    assert mixed == pytest.approx(alone)


def test_a_match_as_lines(happy):
    found = match(target.of_mood("happy"), happy)
    rows = {row[0]: row[1:] for row in matching.lines(found)}
    assert rows.keys() == found.parts.keys()
    assert rows["moods"][0] == "happy 1.00"
    assert rows["tempo"][0] == "105 to 145"
    assert rows["energy"][2] == f"{found.parts['energy']:.0f}"
