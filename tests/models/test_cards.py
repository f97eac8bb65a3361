"""Every shipped model: its card says all a card must say, its weights are those the card names, and it predicts."""

import json
from datetime import date

import numpy as np
import pytest

from analysis import descriptors
from errors import ModelError
from models import registry
from models.cover import GENRES as COVER_GENRES
from models.film_genre import GENRES as FILM_GENRES
from models.labels import ATTRIBUTES, MOODS, SOUND_CLASSES
from models.poster_genre import CLASSES as POSTER_CLASSES
from models.scene_emotion import EMOTIONS as SCENE_EMOTIONS
from models.score import CONDITIONS

SHIPPED = [card["name"] for card in registry.cards()]
SEVERAL_AT_ONCE = {"film_genre"}  # classes do not exclude each other: no confusion matrix, and probabilities do not sum to 1
# Which genres of recordings there are, the data decide.
CLASSES = {
    "detector": SOUND_CLASSES, "detector_context": SOUND_CLASSES, **ATTRIBUTES, "film_genre": FILM_GENRES,
    "track_genre": tuple(registry.card("track_genre")["classes"]), "poster_genre": POSTER_CLASSES,
    "scene_emotion": SCENE_EMOTIONS, "cover": COVER_GENRES, "score_mood": MOODS, "score": MOODS,
}  # fmt: skip
# Shape of one input of each model, without the number of inputs.
INPUT_SHAPES = {
    "detector": (68,),
    "detector_context": (20, 114),
    **dict.fromkeys(ATTRIBUTES, (len(descriptors.NAMES),)),
    **dict.fromkeys(("film_genre", "track_genre"), (len(descriptors.NAMES),)),
    "poster_genre": (144, 96, 3),
    "scene_emotion": (120, 150, 3),
    "score_mood": (len(registry.card("score_mood")["measures"]),),
}
LARGEST = 8_000_000  # bytes of one model's weights: those that look at pictures have 3.4 million of half precision


@pytest.fixture(params=SHIPPED)
def name(request):
    return request.param


def test_the_attribute_networks_are_shipped():
    assert set(ATTRIBUTES) <= set(SHIPPED)


def test_the_card_has_every_field(name):
    card = registry.card(name)
    assert [field for field in registry.CARD_FIELDS if field not in card] == []
    assert card["name"] == name
    assert tuple(card["classes"]) == CLASSES[name]
    assert date.fromisoformat(card["date"]) <= date.today()
    for field in ("task", "design", "input", "output", "licence"):
        assert isinstance(card[field], str)
        assert card[field]


def test_the_card_tells_data_and_split(name):
    card = registry.card(name)
    assert card["data"]["train"] > 0
    assert card["data"]["test"] > 0
    for source in card["data"]["sources"]:
        assert source.keys() >= {"name", "count", "licence"}
    assert card["split"].keys() >= {"by", "description"}
    assert card["ancestor"].keys() >= {"work", "figures"}
    assert card["notes"]


def test_the_figures_agree_with_the_confusion_matrix(name):
    card = registry.card(name)
    if name in SEVERAL_AT_ONCE:
        assert card["confusion"] is None
        return
    matrix = np.array(card["confusion"]["matrix"])
    assert card["confusion"]["labels"] == card["classes"]
    assert matrix.shape == (len(card["classes"]),) * 2
    assert matrix.sum(axis=1).min() > 0, "a class has no held-out example"
    for figure in ("accuracy", "macro_f1"):
        assert 0 <= card["metrics"][figure] <= 1
    if name in ATTRIBUTES:
        assert card["metrics"]["accuracy"] == pytest.approx(np.trace(matrix) / matrix.sum(), abs=1e-4)
        assert len({len(values) for values in card["curves"].values()}) == 1, "curves of different lengths"


def test_the_card_names_the_weights(name):
    card, path = registry.card(name), registry.folder(name) / "weights.npz"
    assert card["sha256"] == registry.sha256(path)
    assert card["size_bytes"] == path.stat().st_size < LARGEST


def test_it_loads_and_predicts(name):
    if name == "cover":
        assert registry.load(name).generate(np.eye(len(COVER_GENRES)), range(len(COVER_GENRES))).std(axis=(1, 2, 3)).min() > 10
        return
    if name == "score":
        following = registry.load(name).listen(registry.load(name).begin(3), np.zeros((3, CONDITIONS)))
        assert np.isfinite(following.scores("advance")).all()
        return
    inputs = np.random.default_rng(0).random((3, *INPUT_SHAPES[name]), np.float32)
    if INPUT_SHAPES[name][-1] == 3:  # pixels
        inputs = (255 * inputs).astype(np.uint8)
    model = registry.load(registry.PARTS.get(name, name))
    probabilities = model.predict(inputs)[name].probabilities if name in ATTRIBUTES else model.predict_proba(inputs)
    assert probabilities.shape == (3, len(CLASSES[name]))
    assert np.isfinite(probabilities).all()
    if name not in SEVERAL_AT_ONCE:
        assert probabilities.sum(axis=1) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("name", ["film_genre", "track_genre", "poster_genre", "scene_emotion", "cover", "score_mood", "score"])
def test_figures_have_intervals_around_them_and_tables_are_whole(name):
    card = registry.card(name)
    for figure, (low, high) in card["metrics"]["intervals"].items():
        if figure in card["metrics"]:
            assert low <= card["metrics"][figure] <= high, figure
    assert list(card["metrics"]["classes"]) == card["classes"]
    assert all(row.keys() == {"precision", "recall", "f1", "support"} for row in card["metrics"]["classes"].values())
    assert card["tables"]
    for table in card["tables"]:
        assert table.keys() == {"title", "columns", "rows"}
        assert table["rows"]
        assert all(len(row) == len(table["columns"]) for row in table["rows"])


def test_the_main_genre_of_posters_is_told_in_more_than_half():
    metrics = registry.card("poster_genre")["metrics"]
    assert metrics["intervals"]["accuracy"][0] > 0.5 > metrics["chance"]
    assert metrics["mean_average_precision"] > 2 * metrics["mean_average_precision_of_frequency"]
    assert metrics["intervals"]["lrap"][0] > metrics["lrap_of_frequency"]


def test_film_genres_are_ranked_better_than_by_frequency():
    assert registry.card("film_genre")["metrics"]["intervals"]["lrap_gain"][0] > 0


def test_emotions_of_scenes_are_told_better_than_by_the_commonest():
    metrics = registry.card("scene_emotion")["metrics"]
    assert metrics["accuracy"] >= 0.62
    assert metrics["intervals"]["accuracy_gain"][0] > 0.05


def test_an_unknown_model_is_refused():
    with pytest.raises(ModelError, match="unknown model 'mood': choose one of detector"):
        registry.load("mood")


def test_a_model_without_weights_says_how_to_get_them(tmp_path, monkeypatch):
    monkeypatch.setattr(registry, "WEIGHTS", tmp_path)
    with pytest.raises(ModelError, match=r"has no weights in .*leitmotif train"):
        registry.card("energy")


def test_the_newest_version_is_used_and_a_damaged_card_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(registry, "WEIGHTS", tmp_path)
    for version in (9, 10):
        registry.save("detector", {"a": np.zeros(version)}, {"task": "test"}, version=version)
    assert registry.card("detector")["version"] == 10
    assert len(registry.arrays("detector")["a"]) == 10
    (tmp_path / "detector" / "10" / "card.json").write_text(json.dumps({"name": "detector"})[:-3])
    with pytest.raises(ModelError, match=r"card\.json: the model's card cannot be read"):
        registry.card("detector")


def test_a_model_that_says_several_things_has_a_card_for_each(tmp_path, monkeypatch):
    monkeypatch.setattr(registry, "WEIGHTS", tmp_path)
    registry.save("attributes", {"a": np.zeros(1)}, {"design": "test", "parts": {"energy": {"task": "energy of a window"}}})
    card = registry.card("energy")
    assert (card["name"], card["task"], card["design"]) == ("energy", "energy of a window", "test")
    assert card["sha256"] == registry.card("attributes")["sha256"]
    with pytest.raises(ModelError, match=r"card\.json: the model's card cannot be read"):
        registry.card("valence")


def test_generated_covers_are_taken_for_the_genre_they_are_meant_for():
    metrics = registry.card("cover")["metrics"]
    assert metrics["accuracy"] >= 0.4
    assert metrics["intervals"]["accuracy"][0] > metrics["chance"]
    assert metrics["distance_of_real"] < metrics["distance"] < metrics["distance_to_other_genres"]


def test_moods_are_told_on_songs_a_classifier_never_met():
    metrics = registry.card("score_mood")["metrics"]
    for figures in (metrics, metrics["chooser"]):
        assert figures["intervals"]["accuracy"][0] > 0.55 > metrics["chance"]
        assert figures["agreement"] > 0.9, "a piece on its grid is told the same mood as it was played"


def test_music_is_written_in_the_mood_asked_for_and_foretold_better_than_by_frequency():
    metrics = registry.card("score")["metrics"]
    assert metrics["accuracy"] >= 0.6
    assert metrics["intervals"]["accuracy"][0] > metrics["chance"]
    assert metrics["intervals"]["loss"][1] < metrics["loss_of_frequency"]
