"""Training the genre of a recording on a small synthetic folder: what it learns, measures, leaves out and takes up again."""

import shutil
from functools import partial

import numpy as np
import pandas as pd
import pytest
import soundfile

from analysis.audio import SAMPLE_RATE
from analysis.training import crossvalidation
from analysis.training import track_genre_cards as cards
from analysis.training import track_genres as training
from analysis.training.intervals import bootstrap
from errors import DataError, InputError
from models import registry, track_genre

pytestmark = pytest.mark.usefixtures("eagerly", "described_once")
RNG = np.random.default_rng(0)


def silent(line: str) -> None:
    """Progress nobody reads."""


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """30 recordings of 10 artists: beats for rap, a low tone for jazz, a high one for folk; and one of a genre too small."""
    folder = tmp_path_factory.mktemp("data")
    audio = folder / "audio"
    audio.mkdir()
    time = np.arange(13 * SAMPLE_RATE) / SAMPLE_RATE
    rows = []
    for number in range(30):
        kind, pitch = number % 3, RNG.uniform(0.9, 1.1)
        sound = (
            RNG.normal(0, 0.3, len(time)) * np.exp(-8 * (2 * pitch * time % 1)),
            0.3 * np.sin(2 * np.pi * 150 * pitch * time),
            0.3 * np.sin(2 * np.pi * 1200 * pitch * time),
        )[kind]
        soundfile.write(audio / f"{number}.wav", sound + 0.01 * RNG.standard_normal(len(time)), SAMPLE_RATE)
        rows.append((f"{number}.wav", f"artist {number // 3}", ("Pop/Rock; Rap", "Jazz", "Folk; Pop/Rock")[kind]))
    (audio / "damaged.wav").write_bytes(b"not a recording")
    rows += [("0.wav", "nobody", "New Age"), ("damaged.wav", "artist 1", "Jazz"), ("1.wav", "artist 2", "")]
    pd.DataFrame(rows, columns=["file", "artist", "genres"]).to_csv(audio / "quadrants.csv", index=False)
    return folder


@pytest.fixture
def data(shared, tmp_path):
    """A copy of the folder, free to be damaged."""
    return shutil.copytree(shared, tmp_path / "data")


@pytest.fixture(autouse=True)
def small(tmp_path, monkeypatch):
    """Few recordings are enough, one epoch, and weights go here and not among the shipped ones."""
    monkeypatch.setattr(registry, "WEIGHTS", tmp_path / "weights")
    monkeypatch.setattr(cards, "bootstrap", partial(bootstrap, n=20))
    monkeypatch.setattr(training, "FEWEST_TRACKS", 5)
    monkeypatch.setattr(training, "FEWEST_ARTISTS", 5)
    monkeypatch.setattr(training, "EPOCHS", 1)
    for module in (training, cards):
        monkeypatch.setattr(module, "NETWORK_FOLDS", (0,))
    monkeypatch.setattr(track_genre, "FILTERS", (2, 2, 2, 2))
    yield
    registry.load.cache_clear()


def test_the_rarest_genre_is_the_class_and_small_ones_are_left_out(data):
    rows, classes, left_out = training.records(data)
    assert classes == ("Folk", "Jazz", "Rap")
    assert left_out == ["New Age has 1 recordings of 1 artists"]
    assert rows["genre"].tolist()[:3] == ["Rap", "Jazz", "Folk"]
    assert rows["named"].iloc[0] == {"Pop/Rock", "Rap"}
    assert len(rows) == 31


def test_it_learns_what_can_be_heard(data):
    lines = []
    card = training.train(data, report=lines.append)
    assert any("damaged.wav" in line for line in lines)
    assert "genre left out: New Age has 1 recordings of 1 artists" in lines
    metrics = card["metrics"]
    assert metrics["accuracy"] > 0.9
    assert metrics["top3"] == 1
    assert metrics["mrr"] > 0.95
    assert metrics["majority"]["accuracy"] == pytest.approx(1 / 3, abs=1e-4)
    assert metrics["intervals"]["accuracy"][0] <= metrics["accuracy"] <= metrics["intervals"]["accuracy"][1]
    matrix = np.array(card["confusion"]["matrix"])
    assert matrix.sum(axis=1).tolist() == [10, 10, 10]
    assert np.trace(matrix) / 30 == pytest.approx(metrics["accuracy"], abs=1e-4)
    assert [field for field in registry.CARD_FIELDS if field not in card] == []
    for table in card["tables"]:
        assert all(len(row) == len(table["columns"]) for row in table["rows"])
    probabilities = registry.load("track_genre").predict_proba(np.zeros((2, 459), np.float32))
    assert probabilities.sum(axis=1) == pytest.approx(1)


def test_the_same_seed_gives_the_same_model(data):
    shas = [training.train(data, seed=3, report=silent)["sha256"] for _ in range(2)]
    assert shas[0] == shas[1]


def test_the_ancestors_networks_go_on_where_they_were_ended_and_their_figures_stand_in_both_cards(data, tmp_path):
    class Enough(Exception):
        """The training is cut off."""

    def cut_off(line):
        if line.startswith("2 of 4 networks"):
            raise Enough

    with pytest.raises(Enough):
        training.train(data, design="thesis", checkpoints=tmp_path / "kept", report=cut_off)
    lines = []
    card = training.train(data, design="thesis", checkpoints=tmp_path / "kept", report=lines.append)
    assert "2 of 2 networks trained, 0.0 min left" in lines
    assert card["design"].startswith("4 convolutions")
    assert registry.load("track_genre").predict_proba(np.zeros((2, 128, 258, 1), np.float32)).shape == (2, 3)
    best = training.train(data, checkpoints=tmp_path / "kept", report=silent)
    assert best["design"].startswith("ridge regression")
    for each in (card, best):
        variants = next(table for table in each["tables"] if "variants" in table["title"])
        assert [row[0] for row in variants["rows"]][2] == "4 convolutions, L1, dropout 0.8"
    assert card["data"]["test"] == 6, "one fold of the thirty recordings"


def test_ranks_count_from_one_and_ties_go_to_the_first():
    assert cards.ranks(np.array([2, 0, 1]), np.array([[0.1, 0.2, 0.7], [0.1, 0.2, 0.7], [0.4, 0.4, 0.2]])).tolist() == [1, 3, 2]


def test_groups_are_never_divided():
    groups = RNG.integers(0, 20, 200)
    folds = crossvalidation.group_folds(RNG.integers(0, 3, 200), groups, 0)
    assert all(len(set(folds[groups == group])) == 1 for group in range(20))
    with pytest.raises(DataError, match="come from 4 artists or films, at least 5 are needed"):
        crossvalidation.group_folds(np.zeros(8), np.arange(8) // 2, 0)


def test_every_group_weighs_the_same():
    weights = crossvalidation.group_weights(np.array(["a", "a", "a", "b"]))
    assert weights.tolist() == pytest.approx([2 / 3, 2 / 3, 2 / 3, 2])


def test_what_cannot_be_trained_is_said(data, monkeypatch):
    with pytest.raises(InputError, match="design 'modern' does not exist: choose best or thesis"):
        training.train(data, design="modern")
    with pytest.raises(InputError, match="a folder for checkpoints is needed"):
        training.train(data, design="thesis")
    with pytest.raises(DataError, match="nowhere: no such folder"):
        training.train(data / "nowhere")
    monkeypatch.setattr(training, "FEWEST_TRACKS", 100)
    with pytest.raises(DataError, match=r"quadrants\.csv: fewer than two genres have 100 recordings"):
        training.train(data, report=silent)
    (data / "audio" / "quadrants.csv").rename(data / "audio" / "renamed.csv")
    with pytest.raises(DataError, match=r"quadrants\.csv: no such table"):
        training.train(data)
