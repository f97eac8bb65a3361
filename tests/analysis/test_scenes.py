"""What is said of a scene, as the command line and the pages have it."""

import json

import numpy as np
import pytest
from PIL import Image

from analysis import scenes
from models import registry
from models.scene_emotion import EMOTIONS, SEEN, Said


class Model:
    classes, size = EMOTIONS, SEEN

    def predict(self, pictures):
        assert pictures.shape == (1, SEEN[1], SEEN[0], 3)
        assert pictures.dtype == np.uint8
        return Said(np.array([[0.2, 0.1, 0.7]], np.float32), np.array([0.4321], np.float32), np.array([[2.351, 5.678]], np.float32))


@pytest.fixture
def model(monkeypatch):
    monkeypatch.setattr(registry, "load", lambda name: {"scene_emotion": Model()}[name])


@pytest.mark.parametrize("size", [(16, 900), (1920, 800), SEEN])
def test_a_picture_of_any_size_is_described(model, size):
    answers = scenes.describe(Image.new("RGB", size, "red"), "red.png")
    assert answers == {
        "file": "red.png",
        "emotions": {"angry": 0.7, "happy": 0.2, "sad": 0.1},
        "neutral": 0.4321,
        "valence": 2.35,
        "arousal": 5.68,
    }
    assert list(answers["emotions"]) == ["angry", "happy", "sad"], "the likeliest first"
    assert json.loads(json.dumps(answers)) == answers


def test_the_answers_as_rows(model):
    rows = list(scenes.lines(scenes.describe(Image.new("RGB", SEEN), "black.png")))
    assert rows[0] == ("emotion", "angry", "0.70", "happy 0.20, sad 0.10; none of them 0.43")
    assert [row[:2] for row in rows[1:]] == [("valence", "2.35"), ("arousal", "5.68")]
    assert {len(row) for row in rows} == {4}
