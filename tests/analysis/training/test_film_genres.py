"""Training the film genres on a small folder of synthetic films: what it learns, measures, leaves out and takes up again."""

import shutil
from functools import partial

import numpy as np
import pandas as pd
import pytest
import soundfile

from analysis.audio import SAMPLE_RATE
from analysis.training import film_genre_cards as cards
from analysis.training import film_genres as training
from analysis.training.intervals import bootstrap
from errors import DataError, InputError
from models import film_genre, registry

pytestmark = pytest.mark.usefixtures("eagerly", "described_once")
RNG = np.random.default_rng(0)
GENRES = ("Action|Adventure", "Drama", "Drama|Romance")  # the sound of a film goes with them


def silent(line: str) -> None:
    """Progress nobody reads."""


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """18 films of two tracks: fast noise for action, a low chord for drama, a high one for romance; one file is damaged."""
    folder = tmp_path_factory.mktemp("data")
    audio = folder / "audio"
    audio.mkdir()
    time = np.arange(10 * SAMPLE_RATE) / SAMPLE_RATE
    rows = []
    for film in range(18):
        for track in range(2):
            kind, pitch = film % 3, RNG.uniform(0.9, 1.1)
            sound = (
                RNG.normal(0, 0.2, len(time)) * (np.sin(2 * np.pi * 4 * pitch * time) > 0),
                0.3 * np.sin(2 * np.pi * 110 * pitch * time),
                0.3 * np.sin(2 * np.pi * 880 * pitch * time),
            )[kind]
            file = f"{film}_{track}.wav"
            soundfile.write(audio / file, sound + 0.01 * RNG.standard_normal(len(time)), SAMPLE_RATE)
            first, _, rest = GENRES[kind].partition("|")
            rows.append((file, f"Film {film}", f"film{film}", f"track{track}", first, rest))
    rows.append(("damaged.wav", "Film 0", "film0", "track2", "Action", ""))
    (audio / "damaged.wav").write_bytes(b"not a recording")
    columns = ["file", "film", "film_key", "track", "imdb_genres", "more_genres"]
    pd.DataFrame(rows, columns=columns).to_csv(audio / "film_scores.csv", index=False)
    return folder


@pytest.fixture
def data(shared, tmp_path):
    """A copy of the folder, free to be damaged."""
    return shutil.copytree(shared, tmp_path / "data")


@pytest.fixture(autouse=True)
def small(tmp_path, monkeypatch):
    """Few films are enough, few epochs, and weights go here and not among the shipped ones."""
    monkeypatch.setattr(registry, "WEIGHTS", tmp_path / "weights")
    monkeypatch.setattr(cards, "bootstrap", partial(bootstrap, n=20))
    monkeypatch.setattr(training, "FEWEST_FILMS", 5)
    monkeypatch.setattr(film_genre, "CONVOLUTIONS", ((4, 5, 0.1), (4, 3, 0.2)))
    monkeypatch.setattr(training, "EPOCHS", 1)
    for module in (training, cards):
        monkeypatch.setattr(module, "NETWORK_FOLDS", (3,))
    yield
    registry.load.cache_clear()


def test_it_learns_what_can_be_heard_and_says_what_it_left_out(data):
    lines = []
    card = training.train(data, report=lines.append)
    assert card["classes"] == ["Action", "Adventure", "Drama", "Romance"]
    assert any("damaged.wav" in line for line in lines)
    assert "1 of 37 recordings cannot be read and are left out" in lines
    assert "genre left out: Musical has 0 films, 5 are needed" in lines
    metrics = card["metrics"]
    assert metrics["lrap"] > 0.95
    assert metrics["lrap_gain"] == pytest.approx(metrics["lrap"] - metrics["lrap_of_frequency"], abs=2e-4)
    assert metrics["intervals"]["lrap_gain"][0] > 0
    assert metrics["coverage_error"] >= metrics["coverage_error_best"] == pytest.approx(5 / 3, abs=1e-3)
    assert {genre: row["support"] for genre, row in metrics["classes"].items()} == dict(zip(card["classes"], (12, 12, 24, 12), strict=True))
    assert metrics["classes"]["Romance"]["f1"] > 0.9
    assert [field for field in registry.CARD_FIELDS if field not in card] == []
    assert card["confusion"] is None
    for table in card["tables"]:
        assert all(len(row) == len(table["columns"]) for row in table["rows"])
    assert card["tables"][0]["rows"][1][1:4] == [5.02, 2.33, 0.61]
    assert "were not trained" in card["notes"][-1]
    model = registry.load("film_genre")
    assert model.predict_proba(np.zeros((2, 459), np.float32)).shape == (2, 4)


def test_the_same_seed_gives_the_same_model(data):
    shas = [training.train(data, seed=3, report=silent)["sha256"] for _ in range(2)]
    assert shas[0] == shas[1]


def test_films_stay_together_and_all_their_genres_count(data):
    rows = training.records(data)
    assert rows["genres"].iloc[0] == {"Action", "Adventure"}
    rows = rows[rows["file"] != "damaged.wav"].reset_index(drop=True)
    heard = [{"descriptors": RNG.normal(size=(2, 459)), "mfcc": np.zeros((2, 40, 100, 1), np.float16)} for _ in range(36)]
    scores = training._scores(rows, heard, ("Action", "Drama"), seed=0)
    assert scores.truth.shape == (72, 2)
    assert all(len(set(scores.folds[scores.films == film])) == 1 for film in set(scores.films))
    assert set(scores.folds) == set(range(5))
    frequencies = training.frequencies(scores)
    for fold in range(5):
        known = scores.folds != fold
        shares = pd.DataFrame(scores.truth[known]).groupby(scores.films[known]).first().mean()
        assert frequencies[~known] == pytest.approx(np.tile(shares, ((~known).sum(), 1)))


def test_musical_takes_in_films_about_music(data):
    table = data / "audio" / "film_scores.csv"
    pd.read_csv(table).assign(more_genres="Music").to_csv(table, index=False)
    assert training.records(data)["genres"].iloc[0] == {"Action", "Music", "Musical"}


def test_the_ancestors_networks_go_on_where_they_were_ended_and_their_figures_stand_in_both_cards(data, tmp_path):
    class Enough(Exception):
        """The training is cut off."""

    def cut_off(line):
        if line.startswith("2 of 5 networks"):
            raise Enough

    with pytest.raises(Enough):
        training.train(data, design="thesis", checkpoints=tmp_path / "kept", report=cut_off)
    lines = []
    card = training.train(data, design="thesis", checkpoints=tmp_path / "kept", report=lines.append)
    assert "3 of 3 networks trained, 0.0 min left" in lines
    assert "convolutions 32/64/128/256" in card["design"]
    assert card["curves"]["epoch"] == [1]
    assert registry.load("film_genre").predict_proba(np.zeros((2, 40, 100, 1), np.float32)).shape == (2, 4)
    best = training.train(data, checkpoints=tmp_path / "kept", report=silent)
    assert best["design"].startswith("logistic regression")
    for each in (card, best):
        ranking, f1 = each["tables"][2:4]
        assert any(str(row[0]).startswith("ancestor's ensemble, trained here") for row in ranking["rows"])
        assert "Single, trained here" in f1["columns"]
    other = training.train(data, seed=1, checkpoints=tmp_path / "kept", report=silent)
    assert "were not trained" in other["notes"][-1], "results of another split are not taken"


def test_ranking_figures_are_those_of_the_definition():
    truth = np.array([[True, False, True], [False, True, False]])
    lrap, coverage = cards.ranking(truth, np.array([[0.9, 0.5, 0.1], [0.2, 0.7, 0.1]]))
    assert lrap == pytest.approx([(1 + 2 / 3) / 2, 1])
    assert coverage.tolist() == [3, 1]


def test_balanced_outputs_are_corrected_for_frequency():
    assert cards.prior_corrected(np.array([0.5, 0.5, 1.0]), np.array([0.8, 0.1, 0.3])) == pytest.approx([0.8, 0.1, 1.0], abs=1e-4)


def test_what_cannot_be_trained_is_said(data, monkeypatch):
    with pytest.raises(InputError, match="design 'modern' does not exist: choose best or thesis"):
        training.train(data, design="modern")
    with pytest.raises(InputError, match="a folder for checkpoints is needed"):
        training.train(data, design="thesis")
    with pytest.raises(DataError, match=r"film_scores\.csv: no such table"):
        training.train(data / "nowhere")
    monkeypatch.setattr(training, "FEWEST_FILMS", 13)
    with pytest.raises(DataError, match="fewer than two genres have 13 films or more"):
        training.train(data, report=silent)
