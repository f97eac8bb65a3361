"""Windows of pieces say what the notes say; songs never part; a training that was ended goes on."""

import numpy as np
import pytest

from analysis.training import scores
from analysis.training.crossvalidation import Kept
from analysis.training.score_pieces import UNKNOWN, Piece
from models.score import CONDITIONS, LOWEST, PER_BAR, PER_BEAT


def piece(notes=60, *, mood=0, song="a", first_pitch=60, seed=0):
    rng = np.random.default_rng(seed)
    ticks = np.cumsum(rng.choice([0, 6, 12], notes))
    pitch = first_pitch + rng.choice([0, 2, 4, 5, 7, 9, 11], notes)
    rows = np.stack([ticks, rng.choice([6, 12], notes), pitch, rng.integers(40, 100, notes)], axis=1)
    return Piece(rows[np.lexsort((rows[:, 2], rows[:, 0]))], 100.0, mood, song)


def test_a_window_says_what_the_notes_say():
    given = piece(40)
    found = scores.window(scores.prepare(given), 0, 3, True)
    assert found["weight"].sum() == 40
    assert np.array_equal(found["next_pitch"][:40], given.notes[:, 2] + 3 - LOWEST)
    assert np.array_equal(found["next_tick"][:40], given.notes[:, 0] % PER_BAR)
    assert np.array_equal(found["last_pitch"][1:40], found["next_pitch"][:39])
    assert found["told"].shape == (scores.WINDOW, CONDITIONS)
    assert list(found["told"][0, :5]) == [1, 0, 0, 0, 0]
    left = found["told"][:40, -1]
    assert (np.diff(left) <= 0).all() and left[-1] < 1 / 8


def test_a_mood_is_not_told_where_it_is_unknown():
    learnt = scores.prepare(piece(40, mood=2))
    assert list(scores.window(learnt, 0, 0, False)["told"][0, :5]) == [0, 0, 0, 0, 1]
    assert list(scores.window(scores.prepare(piece(40, mood=UNKNOWN)), 0, 0, True)["told"][0, :5]) == [0, 0, 0, 0, 1]


def test_no_note_leaves_the_keyboard():
    for first_pitch, semitones in ((21, -6), (97, 5), (5, -6), (115, 5)):
        found = scores.window(scores.prepare(piece(40, first_pitch=first_pitch)), 0, semitones, True)
        assert found["next_pitch"].min() >= 0 and found["next_pitch"].max() < 88


def test_songs_never_part():
    pieces = [piece(10, song=str(number // 2)) for number in range(60)]
    parts = scores.split(pieces, 0)
    assert set(parts) == {0, 1, 2}
    assert all(parts[number] == parts[number + 1] for number in range(0, 60, 2))
    assert (scores.split(pieces, 1) != parts).any()


def test_an_epoch_sees_every_piece_once_for_its_notes():
    learnt = [scores.prepare(piece(notes)) for notes in (30, 300)]
    drawn = [each for batch in scores.batches(learnt, np.random.default_rng(0)) for each in batch]
    assert sorted(number for number, *_ in drawn) == [0, 1, 1, 1]
    assert all(-6 <= semitones < 6 for _, _, semitones, _ in drawn)


def test_a_training_that_was_ended_goes_on(tmp_path, monkeypatch):
    pytest.importorskip("keras")
    monkeypatch.setattr(scores, "EPOCHS", 2)
    monkeypatch.setattr("models.score.UNITS", 16)
    monkeypatch.setattr(scores.score.build, "__defaults__", (16, 0.0))
    learnt = [scores.prepare(piece(2 * PER_BEAT, song=str(number), seed=number)) for number in range(8)]
    told = []
    kept = Kept(tmp_path, "test")
    _, curves = scores.fit(learnt[:6], learnt[6:], 0, kept, told.append)
    assert curves["epoch"] == [1, 2]
    assert all(np.isfinite(curves["val_loss"]))
    monkeypatch.setattr(scores, "EPOCHS", 3)
    network, curves = scores.fit(learnt[:6], learnt[6:], 0, kept, told.append)
    assert curves["epoch"] == [1, 2, 3]
    assert len(network.get_weights()) == len([name for name in kept.get("state") if name.startswith("best")])
