"""Training on a small folder of synthetic posters: labels, split, what is left out, what is taken up again."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from analysis.training import imagenet, poster_data, poster_networks, poster_tuning
from analysis.training import poster_genre_cards as cards
from analysis.training import poster_genres as training
from analysis.training.intervals import bootstrap
from analysis.training.poster_augmentation import OURS, PUBLISHED, augmented
from errors import DataError, InputError
from models import efficientnet, registry
from models.poster_genre import CLASSES

keras = pytest.importorskip("keras")
RNG = np.random.default_rng(0)
COLOURS = {"Action": (220, 120, 30), "Animation": (60, 200, 90), "Comedy": (240, 230, 200), "Drama": (110, 90, 80), "Horror": (30, 5, 5)}


def silent(line: str) -> None:
    """Progress nobody reads."""


def untaught(height, width):
    """In place of what ImageNet taught: always the same network, whose numbers are of a usual size."""
    keras.utils.set_random_seed(0)
    network = efficientnet.build(height, width)
    gamma, *rest = network.get_layer("head.norm").get_weights()
    network.get_layer("head.norm").set_weights([1000 * gamma, *rest])
    return network


@pytest.fixture
def data(tmp_path):
    """20 posters of each class in its colour, 10 of a genre that is no class, and a damaged file."""
    folder = tmp_path / "data" / "posters"
    (folder / "images").mkdir(parents=True)
    rows = []
    for number in range(110):
        genre = "War" if number >= 100 else list(COLOURS)[number % 5]
        noise = RNG.normal(COLOURS.get(genre, (128, 128, 128)), 25, (48, 32, 3)).clip(0, 255).astype(np.uint8)
        Image.fromarray(noise).save(folder / "images" / f"{number}.png")
        rows.append((f"{number}.png", str(number), f"{genre}|Rare" if number == 0 else genre))
    rows.append(("damaged.jpg", "200", "Drama"))
    (folder / "images" / "damaged.jpg").write_bytes(b"no picture")
    pd.DataFrame(rows, columns=["file", "imdb_id", "genres"]).to_csv(folder / "posters.csv", index=False)
    return tmp_path / "data"


@pytest.fixture(autouse=True)
def small(tmp_path, monkeypatch):
    """Small pictures, a small untrained network, two epochs, and weights go here and not among the shipped ones."""
    monkeypatch.setattr(registry, "WEIGHTS", tmp_path / "weights")
    monkeypatch.setattr(cards, "bootstrap", partial(bootstrap, n=20))
    monkeypatch.setattr(cards, "GENRE_DRAWS", 20)
    monkeypatch.setattr(training, "SIZE", (32, 48))
    monkeypatch.setattr(efficientnet, "STAGES", efficientnet.STAGES[:2])
    monkeypatch.setattr(imagenet, "network", untaught)
    monkeypatch.setattr(poster_tuning, "FROZEN_BLOCKS", 1)
    monkeypatch.setattr(poster_tuning, "EPOCHS", 2)
    monkeypatch.setattr(poster_networks, "EPOCHS", 1)
    monkeypatch.setattr(poster_networks, "PIXELS", dict.fromkeys(poster_networks.PIXELS, 16))
    monkeypatch.setattr(
        poster_networks, "NETWORKS", {name: poster_networks.NETWORKS[name] for name in ("LeNet", "custom on 50 components")}
    )
    yield
    registry.load.cache_clear()


@pytest.mark.parametrize(
    ("genres", "expected"),
    [
        (("Drama", "Animation"), "animation"), (("Action", "Horror"), "horror"), (("Comedy", "Action"), "action"),
        (("Drama", "Comedy", "Romance"), "comedy"), (("Romance", "Drama"), "drama"),
    ],
)  # fmt: skip
def test_the_main_genre_is_the_one_of_highest_priority(genres, expected):
    assert CLASSES[poster_data.main_class(genres)] == expected


def test_a_film_of_none_of_the_classes_has_no_main_genre():
    assert poster_data.main_class(("War", "Western")) == poster_data.NO_CLASS


def test_large_classes_are_cut_and_the_others_stay(monkeypatch):
    monkeypatch.setattr(poster_data, "MOST_OF_A_CLASS", 30)
    main = np.repeat([0, 1, poster_data.NO_CLASS], [50, 20, 10])
    kept = poster_data.balanced(main, seed=0)
    assert [(kept == index).sum() for index in (0, 1, poster_data.NO_CLASS)] == [30, 20, 30]
    assert ((kept == main) | (kept == poster_data.NO_CLASS)).all()


def test_no_film_is_in_two_parts():
    main = RNG.integers(0, 5, 300)
    films = RNG.integers(0, 150, 300).astype(str)
    part = poster_data.split(main, films, seed=1)
    assert all(len(set(part[films == film])) == 1 for film in set(films))
    assert [round((part == each).mean(), 1) for each in poster_data.PARTS] == [0.7, 0.1, 0.2]


def test_it_learns_what_can_be_seen_goes_on_where_it_was_ended_and_says_what_it_left_out(data, tmp_path):
    class Enough(Exception):
        """The training is cut off."""

    def cut_off(line):
        if line.startswith("1 of 2 epochs"):
            raise Enough

    with pytest.raises(Enough):
        training.train(data, checkpoints=tmp_path / "kept", report=cut_off)
    lines = []
    card = training.train(data, checkpoints=tmp_path / "kept", report=lines.append)
    assert "1 of 1 epochs, 0.0 min left" in lines
    assert any(line.startswith("left out: ") and "damaged.jpg" in line for line in lines)
    assert "1 of 111 posters cannot be read and are left out" in lines
    assert "genre left out: Rare has 1 films, 20 are needed" in lines
    assert card["curves"]["epoch"] == [1, 2]
    assert [field for field in registry.CARD_FIELDS if field not in card] == []
    assert card["classes"] == list(CLASSES)
    assert card["genres"] == list(COLOURS)
    assert card["metrics"]["accuracy"] > 0.6 > card["metrics"]["chance"]
    assert card["metrics"]["mean_average_precision"] > 0.6 > card["metrics"]["mean_average_precision_of_frequency"]
    assert np.sum(card["confusion"]["matrix"]) == sum(row["support"] for row in card["metrics"]["classes"].values())
    assert "were not trained" in card["notes"][-1]
    for table in card["tables"]:
        assert table["rows"]
        assert all(len(row) == len(table["columns"]) for row in table["rows"])
    model = registry.load("poster_genre")
    found = model.predict_proba(np.tile(np.uint8(COLOURS["Horror"]), (1, 48, 32, 1)))
    assert found.shape == (1, 5)


def test_the_ancestors_networks_are_kept_and_stand_in_the_card(data, tmp_path):
    figures = training.train(data, design="thesis", checkpoints=tmp_path / "kept", report=silent)
    assert figures.keys() == {"LeNet", "custom on 50 components"}
    assert figures["LeNet"]["training"]["epochs"] == 1
    again = training.train(data, design="thesis", checkpoints=tmp_path / "kept", report=silent)
    assert again == figures
    held_out = sum(row["support"] for row in figures["LeNet"]["classes"].values())
    assert cards.thesis_figures(held_out) == figures
    assert cards.thesis_figures(held_out + 1) == {}, "figures of another split are not taken"
    assert [row[0] for row in cards._network_tables(figures)[1]["rows"]] == ["LeNet"] * 5 + ["custom on 50 components"] * 5


def test_components_rebuild_what_they_can():
    pictures = np.tile(RNG.integers(0, 256, (3, 1, 1, 3)), (1, 8, 8, 1)).astype(np.uint8)
    rebuilt = poster_networks.rebuilt(pictures, *poster_networks.principal_components(pictures))
    assert np.abs(rebuilt.astype(int) - pictures).max() <= 1


@pytest.mark.parametrize("changes", [PUBLISHED, OURS])
def test_changed_posters_are_other_pictures_of_the_same_thing(changes):
    picture = np.zeros((48, 32, 3), np.uint8)
    picture[:24] = (200, 40, 40)  # red above, black below
    found = augmented(np.stack([picture] * 20), changes, np.random.default_rng(0))
    assert found.shape == (20, 48, 32, 3)
    assert len({each.tobytes() for each in found}) > 15
    assert (found[:, :12, 12:20, 0].mean(axis=(1, 2)) > 100).all()
    assert (found[:, 36:, 12:20, 0].mean(axis=(1, 2)) < 60).all()
    again = augmented(np.stack([picture] * 20), changes, np.random.default_rng(0))
    assert (found == again).all()


def test_macro_f1_is_that_of_the_definition():
    truth, found = np.array([0, 0, 1, 2]), np.array([0, 1, 1, 3])
    assert cards.macro_f1(truth, found) == pytest.approx((2 / 3 + 2 / 3) / 5)
    assert cards.macro_f1(truth, found) == pytest.approx(cards.class_figures(truth, found)["macro_f1"], abs=1e-4)


def test_what_cannot_be_trained_is_said(data):
    with pytest.raises(InputError, match="design 'modern' does not exist: choose best or thesis"):
        training.train(data, design="modern")
    with pytest.raises(DataError, match=r"posters\.csv: no such table"):
        training.train(data / "nowhere")
    table = data / "posters" / "posters.csv"
    rows = pd.read_csv(table)
    rows[rows["genres"] != "Horror"].to_csv(table, index=False)
    with pytest.raises(DataError, match="0 films are horror, at least 20 are needed"):
        training.train(data, report=silent)
    rows.drop(columns="genres").to_csv(table, index=False)
    with pytest.raises(DataError, match="has no column genres"):
        training.train(data, report=silent)
