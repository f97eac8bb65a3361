"""Covers for what was heard: genres become weights, mood becomes a palette, and files are written."""

import numpy as np
import pytest
from PIL import Image

from analysis import covers
from errors import InputError, LibraryError
from models.labels import GENRES as MUSIC_GENRES

PICTURE = np.random.default_rng(0).integers(40, 200, (100, 100, 3)).astype(np.uint8)


class Painter:
    """Paints the weights and the seed, so that they can be read from the picture."""

    def generate(self, weights, seeds):
        return np.full((len(seeds), 100, 100, 3), seeds[0] % 100 + 50 + round(20 * weights[0][5]), np.uint8)

    def enlarge(self, picture):
        return picture.repeat(8, axis=0).repeat(8, axis=1)


@pytest.fixture(autouse=True)
def painter(monkeypatch):
    monkeypatch.setattr(covers.registry, "load", lambda name: Painter())


def answers(valence=0.5, energy=0.5, **genres):
    return {"genre": genres, "valence": {"value": valence}, "energy": {"value": energy}}


@pytest.mark.parametrize("genre", MUSIC_GENRES)
def test_every_music_genre_has_a_mixture(genre):
    weights = covers.weights({genre: 1.0})
    assert weights.sum() == pytest.approx(1)
    assert weights.min() >= 0
    if genre in covers.GENRES:
        assert weights[covers.GENRES.index(genre)] == 1


def test_probabilities_mix_whatever_their_sum():
    half = covers.weights({"rock": 0.5, "pop": 0.5})
    assert half[[4, 5]] == pytest.approx([0.5, 0.5])
    assert covers.weights({"rock": 30, "pop": 30}) == pytest.approx(half)
    assert covers.weights({}) == pytest.approx(np.full(6, 1 / 6))


def test_a_recording_gets_a_cover_of_its_genre_or_of_another():
    found = covers.for_recording(answers(rock=0.7, metal=0.3), 5)
    assert (found.genre, found.seed, found.picture.shape) == ("rock", 5, (100, 100, 3))
    assert covers.for_recording(answers(rock=1.0), 5, "dance").genre == "electronic"
    assert np.array_equal(covers.for_recording(answers(rock=0.7, metal=0.3), 5).picture, found.picture)


def test_an_unknown_genre_names_the_choices():
    with pytest.raises(InputError, match="genre 'polka' does not exist: choose one of blues, rock, pop"):
        covers.for_recording(answers(rock=1.0), 0, "polka")


def test_a_negative_seed_is_refused():
    with pytest.raises(InputError, match="seed -1 is negative"):
        covers.for_recording(answers(rock=1.0), -1)


def test_a_movie_gets_a_cover_of_its_music():
    row = dict.fromkeys(MUSIC_GENRES, 0.0) | {"movie": "Film", "metal": 80.0, "rock": 20.0, "valence_mean": 0.5, "energy_mean": 0.5}
    assert covers.for_movie(row, 1).genre == "metal"
    bright, dark = (covers.for_movie(row | {"valence_mean": valence}, 1).picture.mean() for valence in (0.9, 0.1))
    assert bright > dark
    assert not np.array_equal(covers.for_movie(row | {"movie": "Another"}, 1).picture, covers.for_movie(row, 1).picture)


@pytest.mark.parametrize("nothing", [0.0, None, float("nan")])
def test_a_movie_without_music_gets_none(nothing):
    row = dict.fromkeys(MUSIC_GENRES, nothing) | {"movie": "Film", "valence_mean": None, "energy_mean": None}
    with pytest.raises(InputError, match="Film: no music was found in it"):
        covers.for_movie(row, 1)


def test_valence_makes_a_palette_warmer_and_lighter_and_energy_more_saturated():
    steps = np.linspace(0, 1, 5)
    by_valence = [covers.to_oklab(covers.grade(PICTURE, step, 0.5)).mean(axis=(0, 1)) for step in steps]
    assert np.all(np.diff(np.array(by_valence)[:, [0, 2]], axis=0) > 0)
    by_energy = [np.hypot(*np.moveaxis(covers.to_oklab(covers.grade(PICTURE, 0.5, step))[..., 1:], -1, 0)).mean() for step in steps]
    assert np.all(np.diff(by_energy) > 0)


def test_a_neutral_mood_leaves_the_palette_as_it_is():
    assert np.array_equal(covers.grade(PICTURE, 0.5, 0.5), PICTURE)


def test_oklab_knows_white_black_and_red():
    colours = np.array([[[255, 255, 255], [0, 0, 0], [255, 0, 0]]], np.uint8)
    assert covers.to_oklab(colours)[0] == pytest.approx(np.array([[1, 0, 0], [0, 0, 0], [0.628, 0.2249, 0.1258]]), abs=1e-3)


def test_both_sizes_are_written(tmp_path):
    paths = covers.save(covers.for_recording(answers(pop=1.0), 2), tmp_path / "folder" / "cover.png")
    assert [path.name for path in paths] == ["cover.png", "cover-800.png"]
    assert [Image.open(path).size for path in paths] == [(100, 100), (800, 800)]


def test_a_name_that_is_no_picture_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"cover\.txt: unknown ending \.txt"):
        covers.save(covers.for_recording(answers(pop=1.0), 2), tmp_path / "cover.txt")


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(LibraryError, match="cannot be written"):
        covers.save(covers.for_recording(answers(pop=1.0), 2), tmp_path / "file" / "cover.png")
