"""Training the generators of covers on a small folder of synthetic covers: what is left out, learnt, measured and taken up again."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageDraw

from analysis.training import adversaries, cover_enlarger, cover_material, cover_projected, cover_published, imagenet
from analysis.training import cover_measures as measures
from analysis.training import covers as training
from analysis.training.intervals import bootstrap
from errors import DataError, InputError
from models import cover, registry

pytestmark = pytest.mark.usefixtures("eagerly")
RNG = np.random.default_rng(0)
COLOURS = ((150, 100, 50), (50, 150, 200), (200, 170, 30), (40, 40, 40), (230, 150, 190), (190, 40, 40))


def silent(line: str) -> None:
    """Progress nobody reads."""


def drawn(genre: int) -> Image.Image:
    """A cover of noise in the genre's colour, with three discs of any colour."""
    ground = np.clip(RNG.normal(COLOURS[genre], 30, (100, 100, 3)), 0, 255).astype(np.uint8)
    picture = Image.fromarray(ground)
    for _ in range(3):
        x, y, radius = RNG.integers(10, 90), RNG.integers(10, 90), RNG.integers(8, 30)
        ImageDraw.Draw(picture).ellipse((x - radius, y - radius, x + radius, y + radius), tuple(RNG.integers(0, 256, 3)))
    return picture


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """12 covers of each genre; besides, one in black and white, and a file that is no picture."""
    folder = tmp_path_factory.mktemp("data") / "album_covers"
    folder.mkdir()
    rows = []
    for k, genre in enumerate(cover.GENRES):
        for number in range(12):
            drawn(k).save(folder / f"{genre}{number}.png")
            rows.append((f"{genre}{number}.png", genre))
    plain = Image.new("RGB", (100, 100), "white")
    ImageDraw.Draw(plain).rectangle((20, 20, 70, 60), "black")
    plain.save(folder / "plain.png")
    (folder / "damaged.jpg").write_bytes(b"no picture")
    rows += [("plain.png", "metal"), ("damaged.jpg", "pop")]
    pd.DataFrame(rows, columns=["file", "genre"]).to_csv(folder / "covers.csv", index=False)
    return folder.parent


def tiny_network(height, width):
    """In place of EfficientNet-Lite0."""
    import keras

    given = keras.Input((height, width, 3))
    tensor = keras.layers.Conv2D(4, 3, 4, name="block1.out")(given)
    return keras.Model(given, keras.layers.Conv2D(4, 3, 2, name="block2.out")(tensor))


@pytest.fixture(autouse=True)
def small(tmp_path, monkeypatch):
    """Small networks, few steps, and weights go here and not among the shipped ones."""
    monkeypatch.setattr(registry, "WEIGHTS", tmp_path / "weights")
    monkeypatch.setattr(imagenet, "network", tiny_network)
    monkeypatch.setattr(measures, "bootstrap", partial(bootstrap, n=20))
    monkeypatch.setattr(measures, "DRAWS", 3)
    monkeypatch.setattr(measures, "COMPONENTS", 4)
    monkeypatch.setattr(cover_material, "FEWEST", 1)
    monkeypatch.setattr(cover_enlarger, "STEPS", 2)
    monkeypatch.setattr(cover, "LAYOUTS", 8)
    monkeypatch.setattr(cover, "WIDTHS", (8, 8, 4, 4, 4))
    monkeypatch.setattr(cover, "PUBLISHED_WIDTHS", (4, 4))
    monkeypatch.setattr(cover_projected, "BLOCKS", (1, 2))
    monkeypatch.setattr(cover_projected, "SEEN", 32)
    monkeypatch.setattr(cover_projected, "WIDTH", 4)
    monkeypatch.setattr(cover_published, "CRITIC_STEPS", 1)
    monkeypatch.setattr(training, "EACH", 6)
    monkeypatch.setattr(training, "STEPS", {"best": 2, "thesis": 2})
    monkeypatch.setattr(training, "_looker", lambda: ({"head.kernel": np.zeros(1)}, "a few pixels"))
    monkeypatch.setattr(measures, "looker", lambda arrays: lambda pictures: pictures[:, ::25, ::25].reshape(len(pictures), -1) / 255)
    monkeypatch.setattr(adversaries, "KEPT", 1)
    yield
    registry.load.cache_clear()


def test_both_designs_are_trained_measured_and_load(data, tmp_path):
    card = training.train(data, checkpoints=tmp_path / "kept", report=silent)
    assert [field for field in registry.CARD_FIELDS if field not in card] == []
    assert np.sum(card["confusion"]["matrix"], axis=1).tolist() == [6] * 6
    assert card["data"]["two_coloured"]["metal"] == 1
    assert any("was not trained on this data" in note for note in card["notes"])
    assert isinstance(registry.load("cover"), cover.Projected)
    again = training.train(data, design="thesis", checkpoints=tmp_path / "kept", report=silent)
    assert isinstance(registry.load("cover"), cover.Published)
    for table in again["tables"]:
        assert {row[0] for row in table["rows"]} >= {"the generator that ships", "the ancestor's generator"}
        assert all(len(row) == len(table["columns"]) for row in table["rows"])
    (folder,) = (tmp_path / "kept").iterdir()
    assert Image.open(folder / "covers.png").size == (1000, 600)
    for design in ("best", "thesis"):
        assert (folder / design / "samples-000002.png").is_file()
        assert len((folder / design / "losses.csv").read_text().splitlines()) == 2


@pytest.mark.parametrize("make", [cover_projected.ProjectedGan, cover_published.PublishedGan])
def test_a_training_that_was_cut_off_goes_on_as_if_it_had_not_been(make, tmp_path, monkeypatch):
    monkeypatch.setattr(cover, "SIZE", 16)
    side = 50 if make is cover_projected.ProjectedGan else 16
    pictures, genres = RNG.integers(0, 256, (20, side, side, 3)).astype(np.uint8), np.arange(20) % 6

    def weights_after(*calls, folder):
        for steps in calls:
            networks = make(pictures, genres, 0)
            adversaries.train(networks, steps, folder, "test", silent)
        assert adversaries.steps_made(folder) == calls[-1]
        return networks.shipped.get_weights()

    whole, cut = weights_after(4, folder=tmp_path / "whole"), weights_after(2, 4, folder=tmp_path / "cut")
    for ours, theirs in zip(whole, cut, strict=True):
        assert ours == pytest.approx(theirs, abs=1e-4)


def test_a_training_that_has_had_its_steps_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(cover, "SIZE", 16)
    pictures, genres = RNG.integers(0, 256, (20, 16, 16, 3)).astype(np.uint8), np.arange(20) % 6
    for steps in (2, 0):
        networks = cover_published.PublishedGan(pictures, genres, 0)
        curves = adversaries.train(networks, steps, tmp_path, "test", silent)
        assert curves["step"] == [2]
    assert curves.keys() == {"step", "critic", "generator", "penalty"}


def test_the_generator_begins_with_compositions_of_each_genre():
    genres = np.arange(60) % 2
    pictures = np.where(genres[:, None, None, None] == 0, 40, 200) + RNG.integers(0, 30, (60, 50, 50, 3))
    generator = cover.build()
    several = np.concatenate([genres, [2, 3, 4, 5] * 2])
    cover_projected._compose(generator, np.concatenate([pictures, pictures[:8]]).astype(np.uint8), several)
    dark, bright = (
        cover.colours(np.asarray(generator([np.zeros((1, cover.LATENT)), np.eye(6)[[genre]]], training=False))).mean() for genre in (0, 1)
    )
    assert dark < 90
    assert bright > 150


def test_near_two_colour_covers_are_told_from_others():
    black_on_white = Image.new("RGB", (100, 100), "white")
    ImageDraw.Draw(black_on_white).text((10, 40), "A TITLE", "black")
    red_on_black = Image.new("RGB", (100, 100), "black")
    ImageDraw.Draw(red_on_black).ellipse((20, 20, 80, 80), "red")
    for picture in (black_on_white, red_on_black, Image.new("RGB", (100, 100), "grey")):
        assert cover_material.two_colour_share(np.asarray(picture)) > cover_material.TWO_COLOURED
    gradient = np.linspace(0, 255, 100)[:, np.newaxis, np.newaxis].repeat(100, axis=1).repeat(3, axis=2).astype(np.uint8)
    assert cover_material.two_colour_share(gradient) < cover_material.TWO_COLOURED
    assert cover_material.two_colour_share(np.asarray(drawn(1))) < cover_material.TWO_COLOURED


def test_copies_of_a_cover_stay_on_one_side():
    covers = np.stack([np.asarray(drawn(k % 6)) for k in range(30)])
    groups = cover_material.near_copies(np.concatenate([covers, (covers * 0.8).astype(np.uint8)]))
    assert np.array_equal(groups[:30], groups[30:])
    assert len(np.unique(groups)) > 15


def test_the_split_holds_out_some_of_each_genre_and_names_what_is_wrong(data, tmp_path):
    lines = []
    material = cover_material.load(data, 0, lines.append)
    assert any("damaged.jpg" in line for line in lines)
    assert set(material.held_out.genres) == set(range(6))
    assert not set(material.learnt.groups) & set(material.held_out.groups)
    with pytest.raises(DataError, match=r"covers\.csv: no such table"):
        cover_material.load(tmp_path, 0, silent)
    (tmp_path / "album_covers").mkdir()
    (tmp_path / "album_covers" / "covers.csv").write_text("file,genre\na.jpg,polka\n")
    with pytest.raises(DataError, match="genre 'polka' is none of country"):
        cover_material.load(tmp_path, 0, silent)


def test_an_unknown_design_is_refused(data):
    with pytest.raises(InputError, match="design 'other' does not exist: choose best or thesis"):
        training.train(data, design="other")


def test_the_distance_is_that_of_normal_distributions():
    first, second = RNG.normal(0, 1, (20000, 3)), RNG.normal((1, 0, 0), (1, 2, 1), (20000, 3))
    assert measures.frechet(first, first) == pytest.approx(0, abs=1e-6)
    assert measures.frechet(first, second) == pytest.approx(2, abs=0.1)  # 1 of the means, (2 - 1)^2 of the deviations


def test_a_copy_is_found():
    covers = np.stack([np.asarray(drawn(k % 6)) for k in range(12)])
    features = RNG.normal(size=(12, 5))
    learnt = measures.Seen(features, cover_material.thumbnails(covers), np.arange(12) % 6)
    cosine, correlation = measures.nearest(learnt, learnt)
    assert cosine == pytest.approx(1)
    assert correlation == pytest.approx(1, abs=1e-3)


def test_pictures_are_moved_but_keep_their_size():
    import tensorflow as tf

    pictures = tf.constant(RNG.uniform(-1, 1, (4, 50, 50, 3)), tf.float32)
    same, other = (cover_projected.augment(pictures, tf.constant([0, number])).numpy() for number in (1, 2))
    assert same.shape == pictures.shape
    assert np.array_equal(same, cover_projected.augment(pictures, tf.constant([0, 1])).numpy())
    assert not np.allclose(same, other)
