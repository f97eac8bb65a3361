"""Training what describes music: targets, rounds without leaks, and training that goes on where it was ended."""

import shutil
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
import soundfile

from analysis.audio import SAMPLE_RATE
from analysis.training import attribute_cards, crossvalidation
from analysis.training import attributes as training
from analysis.training.attribute_cards import summary
from analysis.training.intervals import bootstrap
from analysis.training.targets import losses, targets
from errors import DataError
from models import attributes as networks
from models import registry
from models.labels import ATTRIBUTES, ORDERED_ATTRIBUTES

GENRES = ("blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A data folder in the documented layout: 132 clips whose beat and pitch go with their labels."""
    folder = tmp_path_factory.mktemp("labelled")
    audio = folder / "audio"
    for table in ("quadrants", "excerpts", "emotify", "film_scores"):
        (audio / table).mkdir(parents=True)
    (folder / "metadata").mkdir()
    rng = np.random.default_rng(0)

    def clip(table, number, energy, pitch):
        time = np.arange((6 if table == "excerpts" else 10) * SAMPLE_RATE) / SAMPLE_RATE
        pulse = np.abs(np.sin(np.pi * (0.5 + 2 * energy) * time)) ** 8
        sound = 0.3 * pulse * np.sin(2 * np.pi * (200 + 90 * pitch) * time) + 0.01 * (1 + 3 * energy) * rng.standard_normal(len(time))
        name = f"{table}/{number}.flac"
        soundfile.write(audio / name, sound, SAMPLE_RATE)
        return name

    levels = [n % 3 / 2 for n in range(60)]
    pd.DataFrame({
        "file": [clip("excerpts", n, levels[n], n % 10) for n in range(60)], "genre": [GENRES[n % 10] for n in range(60)],
        "arousal": [16 * level - 8 for level in levels], "valence": [8 - 16 * level for level in levels],
    }).to_csv(audio / "excerpts.csv", index=False)  # fmt: skip
    strong = [n % 2 for n in range(60)]
    pd.DataFrame({
        "file": [clip("quadrants", n, strong[n], n % 10) for n in range(60)], "artist": [f"artist {n // 2}" for n in range(60)],
        "quadrant": [("Q3", "Q1")[s] for s in strong], "quadrant_share": 0.8, "genres": [("Country", "Jazz; Vocal")[s] for s in strong],
        "moods": [("Calm; Sad", "Happy")[s] for s in strong],
    }).to_csv(audio / "quadrants.csv", index=False)  # fmt: skip
    votes = dict.fromkeys(("power", "joyful_activation", "tension", "calmness", "tenderness", "sadness"), 0.1)
    pd.DataFrame({"file": [clip("emotify", n, 1, 9) for n in range(1, 7)], "genre": "rock", **votes, "power": 0.5}).to_csv(
        audio / "emotify.csv", index=False
    )
    pd.DataFrame({"file": [clip("film_scores", n, 0, 0) for n in range(6)], "film_key": [f"film {n}" for n in range(6)]}).to_csv(
        audio / "film_scores.csv", index=False
    )
    spread = {"music_genre": np.repeat(["Jazz", "Country", "Rock"], 20), "danceability": np.tile(np.linspace(0, 1, 20), 3)}
    pd.DataFrame(spread).to_csv(folder / "metadata" / "music_genre.csv.zip", index=False)
    pd.DataFrame({"playlist_genre": spread["music_genre"], "danceability": spread["danceability"]}).to_csv(
        folder / "metadata" / "spotify_songs.csv.gz", index=False
    )
    return folder


@contextmanager
def small(folder):
    """Three rounds of one trunk and few, large steps are enough; weights go into the folder and not among the shipped ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "WEIGHTS", folder / "weights")
        patch.setattr(training, "MEMBERS", 1)
        patch.setattr(training, "RATE", 1e-2)
        patch.setattr(attribute_cards, "bootstrap", partial(bootstrap, n=50))
        for module in (training, crossvalidation):
            patch.setattr(module, "FOLDS", 3)
        registry.load.cache_clear()
        yield
    registry.load.cache_clear()


class Trained(NamedTuple):
    """A training: the folder of its weights and checkpoints, its cards, the arrays it kept and what it reported."""

    folder: Path
    cards: dict[str, Any]
    arrays: dict[str, np.ndarray]
    lines: list[str]


@pytest.fixture(scope="module")
def trained(data, eagerly, described_once, tmp_path_factory):
    folder, lines = tmp_path_factory.mktemp("trained"), []
    with small(folder):
        cards = training.train(data, epochs=8, copies=2, seed=1, checkpoints=folder / "state", report=lines.append)
        return Trained(folder, cards, registry.arrays("attributes"), lines)


@pytest.fixture
def again(data, trained, tmp_path):
    """Train again with the checkpoints of the first training; gives the cards and what was reported."""
    shutil.copytree(trained.folder, tmp_path, dirs_exist_ok=True)

    def train(**settings):
        lines = []
        settings = {"epochs": 8, "copies": 2, "seed": 1} | settings
        return training.train(data, checkpoints=tmp_path / "state", report=lines.append, **settings), lines

    with small(tmp_path):
        yield train


@pytest.fixture(scope="module")
def rows(data):
    return training.read(data, lambda line: None)[0]


def test_each_kind_of_label_has_its_own_head(rows):
    aims = targets(rows)
    sizes = aims.sizes()
    assert sizes["genre"] == 10
    assert sizes["moods"] == 3
    assert all(aims.truth[head].min() >= 0 and aims.truth[head].max() <= 1 for head in sizes)
    source = rows["source"].to_numpy()
    for kind, of in (("sign", "quadrants"), ("rating", "excerpts"), ("votes", "emotify")):
        assert set(source[aims.weights[f"energy_{kind}"] > 0]) == {of}
    assert not (aims.weights["danceability_teacher"] > 0)[source == "excerpts"].any(), "6 s are too short for the teacher"
    assert losses(sizes)["genre"] == "categorical_crossentropy"
    assert losses(sizes)["valence_rating"] == "mse"
    assert losses(sizes)["moods"] == "binary_crossentropy"


def test_rare_genres_count_more(rows):
    aims = targets(rows)
    weight = {genre: aims.weights["genre"][(rows["genre"] == genre).to_numpy()].max() for genre in ("blues", "jazz")}
    assert weight["blues"] > weight["jazz"] > 0
    assert (aims.weights["genre"][(rows["genre"] == "").to_numpy()] == 0).all()


def test_no_group_is_in_two_rounds_and_every_round_holds_out_some(rows):
    folds = training.split(rows, seed=3)
    assert set(folds) == set(range(training.FOLDS))
    assert rows.groupby("group")["path"].count().max() > 1
    assert pd.Series(folds).groupby(rows["group"].to_numpy()).nunique().max() == 1


def test_a_class_of_too_few_artists_is_named(rows):
    with pytest.raises(DataError, match="genre: recordings of fewer than 5 artists, films or files are metal"):
        training.split(rows[rows["genre"] != "metal"].reset_index(drop=True), seed=0)


def test_other_conditions_keep_the_length_about_and_the_range():
    signal = np.random.default_rng(0).normal(0, 3000, 12 * SAMPLE_RATE).astype(np.int16)
    for seed in range(12):
        other = training.changed(signal, np.random.default_rng(seed))
        assert other.dtype == np.int16
        assert 0.9 < len(other) / len(signal) < 1.1


def rounds(lines):
    return sum(line.startswith("round") for line in lines)


def test_a_pulse_is_learnt(trained):
    assert trained.cards["energy"]["metrics"]["sign_accuracy"] > 0.9
    assert trained.cards["energy"]["metrics"]["spearman"] > 0.8


def test_training_that_was_ended_goes_on_and_says_the_same(trained, again, tmp_path):
    assert rounds(trained.lines) == training.FOLDS * training.MEMBERS
    (tmp_path / "state" / "round-2-0.npz").unlink()
    second, lines = again()
    assert rounds(lines) == 1, "only what was missing is done again"
    assert registry.arrays("attributes").keys() == trained.arrays.keys()
    for name in ATTRIBUTES:
        assert second[name]["metrics"]["accuracy"] == pytest.approx(trained.cards[name]["metrics"]["accuracy"], abs=0.1)
        card = registry.card(name)
        assert [field for field in registry.CARD_FIELDS if field not in card] == []
        assert "parts" not in card
        assert card["metrics"]["intervals"]["accuracy"][0] <= card["metrics"]["accuracy"] <= card["metrics"]["intervals"]["accuracy"][1]
        assert sum(card["data"]["support"]["test"].values()) == card["data"]["test"]
        assert "accuracy" in summary(card)
    for name in ("energy", "valence"):
        assert second[name]["metrics"].keys() >= {"sign_accuracy", "spearman", "calibration_error"}
    predictions = registry.load("attributes").predict(np.zeros((2, len(trained.arrays["trunk0.mean"])), np.float32))
    assert all(predictions[name].value is not None for name in ORDERED_ATTRIBUTES)


def test_other_settings_do_not_take_up_an_old_round(trained, again):
    _, lines = again(epochs=1)
    assert rounds(lines) == training.FOLDS * training.MEMBERS
    assert int(registry.arrays("attributes")["trunks"]) == training.FOLDS * training.MEMBERS
    assert networks.HIDDEN[0] == registry.arrays("attributes")["trunk0.dense0.kernel"].shape[1]
