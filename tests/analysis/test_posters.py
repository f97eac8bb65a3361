"""What is said of a poster: every genre with its probability, the likeliest first."""

import numpy as np
import pytest
from PIL import Image

from analysis import posters
from models import registry
from models.poster_genre import CLASSES

ANSWERS = {
    "file": "a.jpg",
    "genres": {"drama": 0.5, "comedy": 0.2, "action": 0.15, "horror": 0.1, "animation": 0.05},
    "all_genres": {"Drama": 0.7, "Romance": 0.6, "Comedy": 0.3, "War": 0.2, "Sport": 0.1},
}


class Model:
    classes, genres, size = ("action", "comedy"), ("Action", "Comedy", "Drama"), (96, 144)

    def predict(self, pictures):
        assert pictures.shape == (1, 144, 96, 3)
        assert pictures.dtype == np.uint8
        return np.array([[0.25, 0.75]]), np.array([[0.1, 0.31234, 0.9]])


def test_the_likeliest_comes_first(monkeypatch):
    monkeypatch.setattr(registry, "load", lambda name: {"poster_genre": Model()}[name])
    answers = posters.describe(Image.new("RGB", (300, 200)), "poster.png")
    assert answers == {
        "file": "poster.png",
        "genres": {"comedy": 0.75, "action": 0.25},
        "all_genres": {"Drama": 0.9, "Comedy": 0.3123, "Action": 0.1},
    }
    assert list(answers["genres"]) == ["comedy", "action"]
    assert list(answers["all_genres"]) == ["Drama", "Comedy", "Action"]


def test_the_answers_as_a_table():
    assert list(posters.lines(ANSWERS)) == [
        ("genre", "drama", "0.50", "comedy 0.20, action 0.15, horror 0.10, animation 0.05"),
        ("all genres", "Drama", "0.70", "Romance 0.60, Comedy 0.30, War 0.20"),
    ]


@pytest.mark.parametrize("size", [(16, 16), (1000, 40), (96, 144)])
def test_the_model_that_ships_answers_for_any_size(size):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), np.uint8))
    answers = posters.describe(noise, "noise")
    assert set(answers["genres"]) == set(CLASSES)
    assert sum(answers["genres"].values()) == pytest.approx(1, abs=1e-3)
    assert set(answers["all_genres"]) == set(registry.card("poster_genre")["genres"])
    assert all(0 <= p <= 1 for p in answers["all_genres"].values())
