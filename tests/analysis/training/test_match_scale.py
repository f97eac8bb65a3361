"""The scale of a match is measured on the beginnings of real pieces."""

import numpy as np
import pytest
from scipy.special import expit, ndtri

from analysis.composing import matching, target
from analysis.composing.matching import Measured
from analysis.training.match_scale import FEWEST_BARS, SECONDS, draft_of, of_notes, of_scores, of_sound
from analysis.training.score_pieces import Piece
from models.labels import MOODS
from models.score import PER_BAR


def piece(bars: int, tempo: float = 120.0) -> Piece:
    """Eight notes a bar, each longer than a beat."""
    ticks = np.arange(0, bars * PER_BAR, 6)
    return Piece(np.stack([ticks, np.full_like(ticks, 20), 60 + ticks % 7, np.full_like(ticks, 80)], axis=1), tempo, 0, "song")


def test_the_beginning_of_a_piece_is_a_draft_of_sections():
    draft = draft_of(piece(40))
    assert draft.seconds == pytest.approx(SECONDS, abs=2)
    assert [section.name for section in draft.sections] == ["opening", "development", "return", "cadence"]
    assert [section.first for section in draft.sections[1:]] == [one.first + one.bars for one in draft.sections[:-1]]
    assert (draft.notes[:, :2].sum(axis=1) <= draft.bars * PER_BAR).all()


def test_a_piece_that_is_too_short_is_left_out():
    assert draft_of(piece(FEWEST_BARS)) is None
    assert draft_of(piece(FEWEST_BARS + 1)).bars == FEWEST_BARS


def test_figures_have_the_names_and_the_meaning_that_matching_gives_them():
    values = np.linspace(0, 1, 101)
    chances = expit(-1 + 0.5 * ndtri((np.arange(101) + 0.5) / 101))
    genres = [dict.fromkeys(matching.GENRE_REACH, float(p)) for p in chances]
    heard = [Measured({}, v, v / 2, 0.5, 100, of, 0, 1, 0, 1, {}) for v, of in zip(values, genres, strict=True)]
    found = of_sound(heard)
    assert found.keys() == {"REACH", "GENRE_REACH"}
    assert found["REACH"]["valence"] == pytest.approx((0.05, 0.95, 0.295), abs=0.01)
    assert found["REACH"]["energy"] == pytest.approx((0.025, 0.475, 0.1475), abs=0.01)
    assert found["GENRE_REACH"].keys() == matching.GENRE_REACH.keys()
    assert found["GENRE_REACH"]["Drama"] == pytest.approx((-1, 0.5), abs=0.02)
    notes = {mood: [{"mode": v + number, "density": v, "dissonance": v} for v in values] for number, mood in enumerate(MOODS)}
    usual = of_notes(notes)
    assert usual["USUAL"]["mode"]["tense"] == pytest.approx((1.25, 1.75))
    assert usual["UNITS"]["density"] == pytest.approx(0.295, abs=0.01)


def test_scores_of_real_pieces_are_told_by_what_they_are_held_against():
    heard = {
        "happy": Measured(target.of_mood("happy").moods, 0.7, 0.6, 0.6, 120, {}, 0.2, 4, 0.25, 1, {}),
        "sad": Measured(target.of_mood("sad").moods, 0.3, 0.2, 0.3, 70, {}, -0.1, 2, 0.25, 1, {}),
    }
    scores = of_scores([(target.of_mood(mood), one) for mood, one in heard.items()])["SCORES"]
    assert scores["own profile"] == [100, 100, 100]
    assert scores["own mood"][0] > 80 and scores["opposite mood"][2] < 30 and scores["another's profile"][2] < 40
