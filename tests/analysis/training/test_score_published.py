"""The ancestors' generators of music are trained on what is asked for, go on where they were cut off, and their figures are told."""

import numpy as np
import pytest
from PIL import Image

from analysis.training import score_material, score_mix, score_published, score_published_cards, score_windows
from analysis.training.score_pieces import Piece
from errors import DataError, InputError
from models.labels import MOODS

PITCHES = (60, 62, 64, 65)


def piece(mood, song, length=80):
    """One note of the mood over and over, with the song's own every fourth time."""
    pitch = np.where(np.arange(length) % 4 == 3, 70 + int(song), PITCHES[mood])
    return Piece(np.stack([np.arange(length) * 12, np.full(length, 6), pitch, np.full(length, 80)], axis=1), 100.0, mood, song)


PIECES = [piece(mood, str(song)) for mood in range(4) for song in range(4)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (None, dict.fromkeys(MOODS, 0.25)),
        ("sad", {"sad": 1.0}),
        ("happy=3, angry=1", {"happy": 0.75, "tense": 0.25}),
        ("tense=1,angry=1", {"tense": 1.0}),
    ],
)
def test_a_mix_is_weights_of_moods(text, found):
    assert score_mix.read_mix(text) == found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("merry", "--mix: 'merry' is no mood and no picture; choose of happy, tense, sad, calm, angry"),
        ("sad=0", "--mix: the weight of sad is '0'; give a number above 0"),
        ("sad=inf", "the weight of sad is 'inf'"),
        ("sad=1,", "--mix: '' is no mood"),
    ],
)
def test_a_mix_that_cannot_be_used_is_refused(text, said):
    with pytest.raises(InputError, match=said):
        score_mix.read_mix(text)


def test_a_picture_of_a_scene_is_a_mix_of_its_emotions(tmp_path):
    Image.new("RGB", (150, 120), "orange").save(tmp_path / "scene.png")
    found = score_mix.read_mix(str(tmp_path / "scene.png"))
    assert set(found) == {"happy", "tense", "sad"}
    assert sum(found.values()) == pytest.approx(1)


def test_a_training_set_has_the_proportions_of_its_mix():
    drawn = score_mix.draw(PIECES, {"happy": 0.75, "sad": 0.25}, 200, np.random.default_rng(0), "pieces")
    assert np.bincount(drawn.moods).tolist() == [150, 0, 50]
    assert len(drawn.tokens) == 200
    assert drawn.tokens[:3] == ("C4",) * 3 and drawn.tokens[150] == "E4"


def test_a_mood_with_few_pieces_makes_all_fewer():
    drawn = score_mix.draw([*PIECES[:8], piece(2, "9", 40)], {"happy": 0.75, "sad": 0.25}, 1000, np.random.default_rng(0), "pieces")
    assert np.bincount(drawn.moods).tolist() == [120, 0, 40]


def test_a_long_piece_does_not_drown_the_others():
    drawn = score_mix.draw([piece(0, "0", 900), piece(0, "1", 900)], {"happy": 1.0}, 1000, np.random.default_rng(0), "pieces")
    assert (len(drawn.tokens), drawn.songs) == (2 * score_mix.EACH, 2)


@pytest.mark.parametrize("pieces", [[], PIECES[:4], [piece(0, "0", 60), piece(1, "1", 30)]])
def test_too_little_data_is_refused(pieces):
    with pytest.raises(
        DataError, match=r"pieces: too few notes and chords for this mix \(\d+ happy, \d+ tense\); more than 100 are needed"
    ):
        score_mix.draw(pieces, {"happy": 0.5, "tense": 0.5}, 1000, np.random.default_rng(0), "pieces")


@pytest.mark.parametrize(
    ("tokens", "length"), [("abcabcabc", 0), ("abcdefgggggg", 1), ("abababababab", 2), ("xyxzabcdefgh", 0), ("abcd" * 6, 4)]
)
def test_a_loop_is_a_pattern_that_fills_the_last_third(tokens, length):
    assert score_published_cards.loop(tokens) == length


def test_monotony_is_how_often_the_same_comes_again():
    assert score_published_cards.same_again(["C4", "C4", "D4", "D4", "C4"]) == 0.5


@pytest.fixture
def small(monkeypatch):
    """Pieces in place of files, a small network, and no tracing, which takes longer than it saves here."""
    keras = pytest.importorskip("keras")
    tf = pytest.importorskip("tensorflow")
    parts = {"learnt": [score_windows.prepare(each) for each in PIECES[:12]], "held out": [score_windows.prepare(each) for each in PIECES]}
    monkeypatch.setattr(score_material, "parts_of", lambda *_, **__: parts)
    sizes = {"NARROW": 2, "SEQUENCE": 3, "TOKENS": 16, "JUDGED": 24, "BATCH": 13, "EPOCHS": 1, "WRITTEN": 1, "LENGTH": 2}
    for name, value in sizes.items():
        monkeypatch.setattr(score_published, name, value)
    monkeypatch.setattr("models.score_published.SEQUENCE", sizes["SEQUENCE"])
    tf.config.run_functions_eagerly(True)
    yield keras
    tf.config.run_functions_eagerly(False)


def test_a_training_goes_on_and_its_figures_are_told(small, tmp_path, monkeypatch):
    assert score_published.published_figures(tmp_path) is None
    assert score_published.load(tmp_path, "b", "sad") is None
    lines = []
    arguments = {"checkpoints": tmp_path, "design": "b", "mix": "sad", "report": lines.append}
    first = score_published.train(tmp_path, **arguments)
    monkeypatch.setattr(score_published, "EPOCHS", 2)
    second = score_published.train(tmp_path, **arguments)
    assert second["curves"]["loss"][0] == first["curves"]["loss"][0]
    assert second["loss"] == min(second["curves"]["loss"])
    assert (second["epochs"], second["mix"], second["tokens"]) == (2, {"sad": 1.0}, 16)
    assert second["held_out_loss_of_frequencies"] > 0
    told = score_published.published_figures(tmp_path)
    [row] = told["table"]["rows"]
    assert row[:3] == ["B", "sad 1.00", 2]
    assert len(row) == len(told["table"]["columns"])
    assert told["networks"]["b-sad100"]["written"]["pieces"] == 1
    assert "512 as published" in told["notes"][0]
    assert (tmp_path / "published-b-sad100.mid").is_file()
    published = score_published.load(tmp_path, "b", "sad")
    [written] = published.write(1, 8)
    assert set(np.unique(written[:, 2])) <= {64, 70, 71, 72, 73}
    assert score_published.as_piece(written).notes.length > 0
