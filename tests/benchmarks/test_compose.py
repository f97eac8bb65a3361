"""The benchmark of composing: its figures, on pieces made by hand in place of composed ones."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from analysis.composing.originality import PATTERN, Index, melody
from analysis.training.score_pieces import UNKNOWN
from analysis.training.score_pieces import Piece as Real
from benchmarks import BENCHMARKS, compose, compose_material
from benchmarks.compose import GENRES, Made
from benchmarks.process import Measured
from models import registry, score_published
from models.labels import MOODS
from models.score import PER_BAR

RNG = np.random.default_rng(0)


def tune(pitches, step=12):
    """A note a beat."""
    return np.stack([step * np.arange(len(pitches)), np.full(len(pitches), step), pitches, np.full(len(pitches), 80)], axis=1)


def made(pitches, purpose="happy", mood="happy", match=50.0):
    return Made(purpose, mood, compose_material.beginning(tune(pitches), 120.0), match)


class Judge:
    """Hears every piece as happy that begins above the middle C, and as sad otherwise."""

    def judge(self, measures):
        return dict.fromkeys(MOODS, 0.1) | {"happy" if measures["pitch_mean"] > 60 else "sad": 0.7}


@pytest.fixture
def judge(monkeypatch):
    monkeypatch.setattr(registry, "load", lambda name: Judge())


def test_it_is_among_the_benchmarks():
    assert BENCHMARKS["compose"] == "benchmarks.compose:compose"


def test_the_best_candidate_of_each_purpose_is_taken(monkeypatch):
    asked = []

    def candidates(profile, *, seconds, seed, count):
        asked.append((max(profile.moods, key=profile.moods.get), seed))
        return [SimpleNamespace(piece=(seed, rank), match=SimpleNamespace(score=90.0 - rank)) for rank in range(count)]

    monkeypatch.setattr(compose, "PIECES", 2)
    monkeypatch.setattr(compose.composing, "compose", candidates)
    best, every = compose.composed()
    assert [each.purpose for each in best[::2]] == [*MOODS, *GENRES]
    assert [each.piece for each in best[:2]] == [(0, 0), (compose.CANDIDATES, 0)], "no candidate belongs to two pieces"
    assert len(every) == len(best) * compose.CANDIDATES
    assert {each.purpose: each.mood for each in best}.items() >= {"Horror": "tense", "Comedy": "happy", "Drama": "sad"}.items()
    assert len(asked) == len(best)


@pytest.mark.usefixtures("judge")
def test_figures_are_of_what_may_be_judged():
    scale = np.array([72, 74, 76, 77, 79, 81, 83, 84] * 2)
    pieces = [
        made(scale), made(scale - 5, match=70.0), made(scale - 24), made(scale, mood="", match=np.nan),
        made(scale - 24, "Drama", "sad"), made(scale, "Horror", "tense"),
    ]  # fmt: skip
    figures = compose.described("ours", pieces)
    assert figures["ours_mood_right"] == pytest.approx(2 / 3)
    assert figures["ours_genre_right"] == 0.5
    assert figures["ours_match"] == pytest.approx(54)
    assert figures["ours_in_key"] == 1
    assert figures["ours_in_common"] == 1, "the same tune, transposed"
    alone = compose.described("real", [made(RNG.integers(60, 84, 20), match=np.nan)])
    assert alone.keys() == {"real_mood_right", "real_in_key"}


def test_what_is_copied_is_counted():
    learnt, new = RNG.integers(30, 100, 60), RNG.integers(30, 100, 30)
    index, melodies = Index([tune(learnt)]), Index([melody(tune(learnt))])
    figures = compose.copied("ours", [made(learnt[10:35]), made(new), made(new + 1)], index, melodies)
    assert figures["ours_longest_run"] == figures["ours_longest_run_of_melody"] == 25
    assert figures["ours_middle_run"] < PATTERN
    assert figures["ours_pieces_copying"] == pytest.approx(1 / 3)
    assert figures["ours_patterns_found"] == pytest.approx(1 / 3)


def test_notes_outside_of_the_key_are_not_in_key():
    major = np.array([60, 62, 64, 65, 67, 69, 71, 72])
    assert compose.in_key(tune(np.concatenate([major, [61, 66]]))) == pytest.approx(0.8)


def test_a_beginning_is_of_bars_from_the_first_note_on():
    notes = tune(RNG.integers(40, 80, 200)) + np.array([3 * PER_BAR + 12, 0, 0, 0])
    piece = compose_material.beginning(notes, 120.0)
    assert piece.draft.notes[0, 0] == 12
    assert len(piece.draft.notes) == compose.SECONDS * 2 - 1
    assert math.isclose(piece.draft.seconds, compose.SECONDS, abs_tol=2)


def test_real_pieces_of_songs_that_were_learnt_from_are_left_out_whatever_they_are_called():
    one, another, third = (RNG.integers(40, 80, 60) for _ in range(3))

    def real(pitches, song):
        return Real(tune(pitches), 100.0, 0, song)

    held_out = [real(one + 2, "the same elsewhere"), real(another, "new"), real(third, "new")]
    found = compose_material.others(held_out, [real(one, "learnt")])
    assert [piece.song for piece in found] == ["new"]
    assert (found[0].notes[:, 2] == another).all()


def test_real_pieces_are_judged_and_matched_by_the_classifier_that_does_not_know_them(monkeypatch):
    monkeypatch.setattr(compose_material, "played", lambda piece, mood: Made(mood, mood, piece, 60.0))
    monkeypatch.setattr(compose_material, "PIECES", 2)
    songs = {"chosen by": 0, "judged by": 0, "judged by too": 0, "judged by as well": 0, "without a mood": UNKNOWN}
    pieces = [Real(tune(RNG.integers(40, 80, 60)), 100.0, mood, song) for song, mood in songs.items() for _ in range(2)]
    found = compose_material.real(pieces, {"chosen by"}, set(songs) - {"chosen by"})
    assert [(each.purpose, each.mood) for each in found] == [("happy", "happy"), ("happy", ""), ("happy", "")], "one of a song"
    assert [each.match for each in found] == pytest.approx([np.nan, 60, 60], nan_ok=True)


def test_an_ancestor_writes_pieces_of_each_mood_where_it_was_trained(monkeypatch):
    class Network:
        def write(self, pieces, count, seed, mood):
            return [score_published.notes(["C4", "0.4.7"] * (count // 2)) for _ in range(pieces)]

    monkeypatch.setattr(compose_material.score_published, "load", lambda folder, design: Network() if design == "b" else None)
    monkeypatch.setattr(compose_material, "played", lambda piece, mood: Made(mood, mood, piece, 40.0))
    found = compose_material.ancestors()
    assert list(found) == ["ancestor_b"]
    assert [each.mood for each in found["ancestor_b"]] == [mood for mood in MOODS for _ in range(compose.PIECES)]
    last = found["ancestor_b"][0].piece.draft.notes[-1]
    assert last[0] == pytest.approx(compose.SECONDS * 2 * 12, abs=12)


def test_all_of_it_stands_in_the_result(monkeypatch, tmp_path):
    monkeypatch.setattr(compose, "composed", lambda: ([made(range(60, 80), match=80.0)], [made(range(60, 80), match=70.0)]))
    monkeypatch.setattr(registry, "load", lambda name: Judge())
    monkeypatch.setattr(compose, "measure", lambda function, count: Measured(50.0, 4.0 * count, 4.0 * count, int(1e9)))
    known = [tune(np.arange(60, 70))]
    material = compose_material.Material(
        Index(known), Index(known), [made(range(50, 80), "", "")], {"real": [made(range(50, 80))], "ancestor_a": [made(range(40, 50))]}
    )
    monkeypatch.setattr(compose_material, "load", lambda data: material)
    alone, beside = (compose.compose(data)["figures"] for data in (None, tmp_path))
    assert alone["match_gain"] == 10
    assert alone["one_candidate_seconds"] == 4 and alone["8_candidates_seconds"] == 32
    assert not any(name.startswith(("real", "ancestor")) for name in alone)
    assert beside["composed_longest_run"] == beside["real_longest_run"] == beside["ancestor_a_longest_run"] == 10
    assert beside.keys() >= {"real_mood_right", "ancestor_a_mood_right", "ancestor_a_match", "composed_patterns_found"}
    assert all(np.isfinite(value) for value in beside.values()), "JSON has no word for what is no number"
