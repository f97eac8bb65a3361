"""Training the emotion of scenes on a small folder of coloured pictures: what it learns, measures, leaves out and takes up again."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from analysis.training import (
    scene_data,
    scene_emotion_cards,
    scene_emotions,
    scene_gan,
    scene_measures,
    scene_network_cards,
    scene_networks,
    scene_regression,
)
from analysis.training.crossvalidation import FOLDS, group_folds
from analysis.training.intervals import bootstrap
from analysis.training.scene_data import Photographs, theme_of
from errors import DataError, InputError
from models import registry, scene_emotion
from models.scene_emotion import EMOTIONS, SEEN

# Colour of the pictures of each emotion, their valence and arousal.
KINDS = {
    "happy": ((240, 220, 60), 6.0, 4.0),
    "sad": ((60, 70, 90), 2.0, 3.0),
    "angry": ((200, 30, 20), 2.2, 5.0),
    "neutral": ((128, 128, 128), 4.4, 3.4),
}
THEMES, EACH = 6, 2

pytestmark = pytest.mark.usefixtures("eagerly")


def silent(line: str) -> None:
    """Progress nobody reads."""


@pytest.fixture
def data(tmp_path):
    """Six themes of each kind, two photographs each; one file is damaged."""
    folder = tmp_path / "data" / "scenes"
    (folder / "images").mkdir(parents=True)
    rng, rows = np.random.default_rng(0), []
    for kind, (colour, valence, arousal) in KINDS.items():
        for theme in range(THEMES):
            for number in range(EACH):
                pixels = np.clip(rng.normal(colour, 25, (SEEN[1], SEEN[0], 3)), 0, 255).astype(np.uint8)
                file = f"{kind}_{theme}_{number}.png"
                Image.fromarray(pixels).save(folder / "images" / file)
                rows.append((file, f"{kind} {'abcdef'[theme]} {number + 1}", valence + rng.normal(0, 0.1), arousal + rng.normal(0, 0.1)))
    rows.append(("damaged.jpg", "happy a 9", 6, 4))
    (folder / "images" / "damaged.jpg").write_bytes(b"not a picture")
    pd.DataFrame(rows, columns=list(scene_data.COLUMNS)).to_csv(folder / "scenes.csv", index=False)
    return tmp_path / "data"


@pytest.fixture(autouse=True)
def small(tmp_path, monkeypatch):
    """Small pictures, networks of few steps, few draws, and weights that go here and not among the shipped ones."""
    monkeypatch.setattr(registry, "WEIGHTS", tmp_path / "weights")
    registry.load.cache_clear()
    for module in (scene_emotion_cards, scene_measures):
        monkeypatch.setattr(module, "bootstrap", partial(bootstrap, n=20))
    monkeypatch.setattr(scene_emotions, "REPEATS", 1)
    monkeypatch.setattr(scene_emotion, "ENLARGED", (64, 48))
    runs = tuple(run for run in scene_networks.RUNS if (run.seed, run.fold, run.activation) == (0, 0, "relu"))
    settings = {"FOLDS": (0,), "SEEDS": (0,), "STEPS": 2, "WATCHED": 1, "BATCH": 4, "GAN_SIDE": 32, "RUNS": runs}
    for name, value in settings.items():
        monkeypatch.setattr(scene_networks, name, value)
    monkeypatch.setattr(scene_network_cards, "ACTIVATIONS", {"relu": "corrected"})
    monkeypatch.setattr(scene_gan, "train", lambda pictures, **_: (scene_gan.build_generator(32, 32), {"step": [1], "distance": [0.1]}))
    yield
    registry.load.cache_clear()


def test_both_designs_from_photographs_to_a_card(data, tmp_path, monkeypatch):
    monkeypatch.setattr(scene_regression, "GAMMAS", (0.7,))
    monkeypatch.setattr(scene_regression, "RIDGES", (0.3,))
    monkeypatch.setattr(scene_regression, "STRENGTHS", {"SVM": (3,), "logistic regression": (0.01,)})
    lines = []
    checkpoints = tmp_path / "checkpoints"
    card = scene_emotions.train(data, design="thesis", checkpoints=checkpoints, report=lines.append)
    assert any("left out" in line and "damaged.jpg" in line for line in lines)
    assert card["data"]["train"] == 3 * THEMES * EACH
    assert len(card["curves"]["loss"]) == 2
    assert registry.load("scene_emotion").predict_proba(np.zeros((1, 120, 150, 3), np.uint8)).sum() == pytest.approx(1)

    stamps = {path: path.stat().st_mtime_ns for path in checkpoints.rglob("*.npz")}
    card = scene_emotions.train(data, checkpoints=checkpoints, report=silent)
    assert {path: path.stat().st_mtime_ns for path in stamps} == stamps, "what was kept is trained again"
    assert [field for field in registry.CARD_FIELDS if field not in card] == []
    assert card["classes"] == list(EMOTIONS)
    assert np.sum(card["confusion"]["matrix"]) == 3 * THEMES * EACH
    assert card["metrics"]["valence_correlation"] > 0.8
    assert card["metrics"]["accuracy"] > card["metrics"]["chance"]
    for table in card["tables"]:
        assert table["rows"]
        assert {len(row) for row in table["rows"]} == {len(table["columns"])}
    methods = [row[1] for row in card["tables"][0]["rows"]]
    assert methods[0] == "always the commonest emotion"
    assert "mean of both regressions: what ships" in methods
    assert any("Does the GAN help" in table["title"] for table in card["tables"])
    yellow = np.clip(np.random.default_rng(1).normal(KINDS["happy"][0], 25, (1, 120, 150, 3)), 0, 255).astype(np.uint8)
    assert EMOTIONS[registry.load("scene_emotion").predict_proba(yellow).argmax()] == "happy"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [({"design": "cheap"}, "design 'cheap' does not exist: choose best or thesis"), ({"design": "thesis"}, "checkpoints")],
)
def test_what_cannot_be_trained_is_said(data, arguments, words):
    with pytest.raises(InputError, match=words):
        scene_emotions.train(data, **arguments, report=silent)


def test_a_missing_table_is_named(tmp_path):
    with pytest.raises(DataError, match=r"scenes\.csv: no such table"):
        scene_data.load(tmp_path, silent)


def test_a_missing_column_is_named(data):
    table = data / "scenes" / "scenes.csv"
    pd.read_csv(table).drop(columns="theme").to_csv(table, index=False)
    with pytest.raises(DataError, match="has no column theme; it has file, valence_mean, arousal_mean"):
        scene_data.load(data, silent)


@pytest.mark.parametrize("value", ["", "high", 7.5, 0])
def test_a_rating_that_is_none_is_named(data, value):
    table = data / "scenes" / "scenes.csv"
    rows = pd.read_csv(table).astype({"arousal_mean": object})
    rows.loc[3, "arousal_mean"] = value
    rows.to_csv(table, index=False)
    with pytest.raises(DataError, match=r"arousal_mean of happy_1_1\.png is no number of 1 to 7"):
        scene_data.load(data, silent)


def test_too_few_photographs_of_an_emotion_are_said(data):
    table = data / "scenes" / "scenes.csv"
    rows = pd.read_csv(table)
    rows[~rows["file"].str.startswith("angry") | rows["file"].str.contains("_0_")].to_csv(table, index=False)
    with pytest.raises(DataError, match="2 photographs are angry, 10 are needed"):
        scene_data.load(data, silent)


@pytest.mark.parametrize(
    ("name", "theme"), [("Acorns 2", "Acorns"), ("Angry face 12", "Angry face"), ("Bar", "Bar"), ("Area 51 3", "Area 51")]
)
def test_a_theme_has_no_number(name, theme):
    assert theme_of(name) == theme


# --- regression ----------------------------------------------------------------------------------------------------


@pytest.fixture
def photographs():
    """60 themes of three photographs, whose features tell valence, and arousal where it is low."""
    rng = np.random.default_rng(0)
    themes = np.repeat([f"theme {number}" for number in range(60)], 3)
    ratings = np.repeat(rng.uniform(1.5, 6.5, (60, 2)), 3, axis=0)
    return Photographs(np.zeros((180, 8, 8, 3), np.uint8), ratings, themes)


def features_of(photographs, noise):
    rng = np.random.default_rng(1)
    return np.hstack([photographs.ratings + rng.normal(0, noise, photographs.ratings.shape), rng.standard_normal((180, 3))])


def test_a_regression_finds_what_is_there_and_says_how_far_it_is_off(photographs):
    fitted = scene_regression.fit({"": features_of(photographs, 0.3)}, photographs.ratings, photographs.themes, seed=0)
    new = np.hstack([photographs.ratings + 0.01, np.zeros((180, 3))])
    assert np.abs(fitted.predict(new) - photographs.ratings).mean() < 0.5
    assert ((fitted.errors > 0.2) & (fitted.errors < 1)).all()


def test_the_better_features_are_chosen(photographs):
    features = {"noise": np.random.default_rng(2).standard_normal((180, 5)), "good": features_of(photographs, 0.3)}
    assert scene_regression.fit(features, photographs.ratings, photographs.themes, seed=0).settings[0] == "good"


def test_folds_keep_themes_together_so_that_knowing_a_theme_is_worth_nothing(photographs, monkeypatch):
    monkeypatch.setattr(scene_regression, "GAMMAS", (0.7,))
    monkeypatch.setattr(scene_regression, "RIDGES", (0.3,))
    folds = group_folds(photographs.emotions, photographs.themes, 0)[np.newaxis]
    assert all(len(set(folds[0, photographs.themes == theme])) == 1 for theme in set(photographs.themes))
    assert set(folds[0]) == set(range(FOLDS))
    found = []
    for seed in range(4):
        names = np.repeat(np.random.default_rng([seed, 1]).standard_normal((60, 5)), 3, axis=0)  # the same for all of a theme
        held_out = scene_regression.cross_validate({"": names}, photographs, folds, seed=0)
        found.append(scene_measures.correlation(photographs.ratings[:, 0], held_out.ratings[0, :, 0]))
    assert held_out.ratings.shape == (1, 180, 2)
    assert np.mean(found) < 0.2


@pytest.mark.parametrize("method", scene_regression.STRENGTHS)
def test_a_classifier_is_told_the_emotions_only(photographs, method):
    folds = group_folds(photographs.emotions, photographs.themes, 0)[np.newaxis]
    held_out = scene_regression.cross_validate_classes(method, features_of(photographs, 0.3), photographs, folds, seed=0)
    assert held_out.emotions.sum(axis=2) == pytest.approx(1)
    assert scene_measures.judged(held_out.emotions, photographs).right.mean() > 0.8


# --- measures ------------------------------------------------------------------------------------------------------


def test_figures_of_a_perfect_and_of_a_constant_answer(photographs):
    truth = np.minimum(photographs.emotions, 2)
    perfect = scene_measures.measure(scene_measures.judged(np.eye(3)[truth][np.newaxis], photographs))
    assert perfect["accuracy"] == perfect["macro_f1"] == 1
    assert perfect["intervals"]["accuracy"] == [1, 1]
    assert sum(row["support"] for row in perfect["classes"].values()) == photographs.strong.sum()
    folds = group_folds(photographs.emotions, photographs.themes, 0)[np.newaxis]
    always = scene_measures.judged(scene_emotion_cards.always_commonest(photographs, folds).emotions, photographs)
    assert always.right.mean() == pytest.approx(always.shares.max(), abs=0.15)
