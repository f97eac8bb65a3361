"""Windows of pieces say what the notes say; songs never part; a training that was ended goes on."""

import shutil

import numpy as np
import pytest

from analysis.training import score_material, score_measures, score_windows, scores
from analysis.training.score_pieces import UNKNOWN, Piece
from models import registry
from models.score import CHOICES, CONDITIONS, EMBEDDED, LAYERS, LOWEST, PER_BAR, PER_BEAT, Writer


def piece(notes=60, *, mood=0, song="a", first_pitch=60, seed=0):
    rng = np.random.default_rng(seed)
    ticks = np.cumsum(rng.choice([0, 6, 12], notes))
    pitch = first_pitch + rng.choice([0, 2, 4, 5, 7, 9, 11], notes)
    rows = np.stack([ticks, rng.choice([6, 12], notes), pitch, rng.integers(40, 100, notes)], axis=1)
    return Piece(rows[np.lexsort((rows[:, 2], rows[:, 0]))], 100.0, mood, song)


def test_a_window_says_what_the_notes_say():
    given = piece(40)
    found = score_windows.window(score_windows.prepare(given), 0, 3, True)
    assert found["weight"].sum() == 40
    assert np.array_equal(found["next_pitch"][:40], given.notes[:, 2] + 3 - LOWEST)
    assert np.array_equal(found["next_tick"][:40], given.notes[:, 0] % PER_BAR)
    assert np.array_equal(found["last_pitch"][1:40], found["next_pitch"][:39])
    assert found["told"].shape == (score_windows.WINDOW, CONDITIONS)
    assert list(found["told"][0, :5]) == [1, 0, 0, 0, 0]
    left = found["told"][:40, -1]
    assert (np.diff(left) <= 0).all() and left[-1] < 1 / 8


def test_a_mood_is_not_told_where_it_is_unknown():
    learnt = score_windows.prepare(piece(40, mood=2))
    assert list(score_windows.window(learnt, 0, 0, False)["told"][0, :5]) == [0, 0, 0, 0, 1]
    assert list(score_windows.window(score_windows.prepare(piece(40, mood=UNKNOWN)), 0, 0, True)["told"][0, :5]) == [0, 0, 0, 0, 1]


def test_no_note_leaves_the_keyboard():
    for first_pitch, semitones in ((21, -6), (97, 5), (5, -6), (115, 5)):
        found = score_windows.window(score_windows.prepare(piece(40, first_pitch=first_pitch)), 0, semitones, True)
        assert found["next_pitch"].min() >= 0 and found["next_pitch"].max() < 88


def test_songs_never_part():
    pieces = [piece(10, song=str(number // 2)) for number in range(60)]
    parts = score_material.split(pieces, 0)
    assert set(parts) == {0, 1, 2}
    assert all(parts[number] == parts[number + 1] for number in range(0, 60, 2))
    assert (score_material.split(pieces, 1) != parts).any()


def test_an_epoch_sees_every_piece_once_for_its_notes():
    learnt = [score_windows.prepare(piece(notes)) for notes in (30, 300)]
    drawn = [each for batch in score_windows.batches(learnt, np.random.default_rng(0)) for each in batch]
    assert sorted(number for number, *_ in drawn) == [0, 1, 1, 1]
    assert all(-6 <= semitones < 6 for _, _, semitones, _ in drawn)


def test_a_training_that_was_ended_goes_on_and_ends_with_a_card(tmp_path, monkeypatch):
    pytest.importorskip("keras")
    monkeypatch.setattr("models.score.UNITS", 16)
    monkeypatch.setattr(scores.score.build, "__defaults__", (16, 0.0))
    monkeypatch.setattr(registry, "WEIGHTS", shutil.copytree(registry.WEIGHTS / "score_mood", tmp_path / "weights" / "score_mood").parent)
    monkeypatch.setattr(score_measures, "EACH", 2)
    monkeypatch.setattr(score_measures, "SECONDS", 10.0)
    learnt = [score_windows.prepare(piece(2 * PER_BEAT, song=str(number), seed=number, mood=number % 4)) for number in range(8)]
    parts = {"learnt": learnt[:4], "watched": learnt[4:6], "held out": [*learnt[6:], learnt[0]]}
    monkeypatch.setattr(scores, "parts_of", lambda *_, **__: parts)
    told = []
    monkeypatch.setattr(scores, "EPOCHS", 1)
    kept = scores.kept_for(parts, 0, tmp_path)
    scores.fit(parts["learnt"], parts["watched"], 0, kept, told.append)
    monkeypatch.setattr(scores, "EPOCHS", 2)
    monkeypatch.setattr(scores, "kept_for", lambda *_: kept)
    card = scores.train(tmp_path, checkpoints=tmp_path, report=told.append)
    assert card["curves"]["epoch"] == [1, 2]
    assert len([line for line in told if line.startswith("epoch")]) == 2  # the first was not run again
    assert card["data"]["held_out"] == 2  # one of those held out is a piece that was learnt from
    assert sum(map(sum, card["confusion"]["matrix"])) == 8
    low, high = card["metrics"]["intervals"]["loss"]
    assert low <= card["metrics"]["loss"] <= high
    assert registry.load("score").begin(1)


def test_what_is_foretold_by_chance_alone_costs_the_logarithm_of_the_possibilities():
    known = sum(EMBEDDED.values()) + CONDITIONS
    sizes = CHOICES | {"tick": PER_BAR}
    arrays = {f"know_{name}.0": np.zeros((sizes[name], size)) for name, size in EMBEDDED.items()}
    for number in range(LAYERS):
        arrays |= {f"memory{number}.{part}": np.zeros(shape) for part, shape in enumerate(((known if not number else 4, 16), (4, 16), 16))}
    for choice, seen in zip(CHOICES, (4, 52, 116, 132), strict=True):
        arrays |= {f"weigh_{choice}.0": np.zeros((seen, 4)), f"weigh_{choice}.1": np.zeros(4)}
        arrays |= {f"choose_{choice}.0": np.zeros((4, CHOICES[choice])), f"choose_{choice}.1": np.zeros(CHOICES[choice])}
    pieces = [score_windows.prepare(piece(notes, seed=notes)) for notes in (20, 60)]
    found = score_measures.losses(Writer(arrays), pieces)
    assert found == pytest.approx(np.tile(np.log(list(CHOICES.values())), (2, 1)))


def test_frequencies_foretell_what_stands_often():
    pieces = [score_windows.prepare(piece(200, seed=seed)) for seed in range(2)]
    found = score_measures.frequencies(pieces[:1], pieces[1:])
    assert found.shape == (1, 4)
    assert (found < np.log(list(CHOICES.values()))).all()
