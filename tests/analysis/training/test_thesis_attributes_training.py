"""The thesis' networks, trained to be compared: labels, splits without leaks, and training that goes on where it was ended."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.audio import SAMPLE_RATE
from analysis.training import attribute_records as records
from analysis.training import thesis_attributes as training
from analysis.training.attribute_cards import measure, thesis_figures
from errors import DataError, InputError
from models import registry
from models import thesis_attributes as networks

pytestmark = pytest.mark.usefixtures("eagerly")
RNG = np.random.default_rng(0)


@pytest.fixture
def data(tmp_path):
    """A data folder in the documented layout: 60 clips whose loudness pulses and pitch go with their labels."""
    audio = tmp_path / "data" / "audio"
    for table in ("quadrants", "excerpts", "emotify", "film_scores"):
        (audio / table).mkdir(parents=True)

    def clip(table, number, energy):
        seconds = 6 if table == "excerpts" else 10
        time = np.arange(seconds * SAMPLE_RATE) / SAMPLE_RATE
        pulse = np.abs(np.sin(2 * np.pi * (1 + energy) * time)) ** (4 * energy)
        sound = 0.3 * pulse * np.sin(2 * np.pi * (200 + 800 * energy + number) * time) + 0.01 * RNG.standard_normal(len(time))
        name = f"{table}/{number}.flac"
        soundfile.write(audio / name, sound, SAMPLE_RATE)
        return name

    strong = [number % 2 for number in range(24)]
    pd.DataFrame({
        "file": [clip("quadrants", n, strong[n]) for n in range(24)], "artist": [f"artist {n // 2}" for n in range(24)],
        "quadrant": [("Q3", "Q1")[s] for s in strong], "quadrant_share": 0.8,
        "genres": [("Country", "Jazz; Vocal")[s] for s in strong], "moods": "Calm",
    }).to_csv(audio / "quadrants.csv", index=False)  # fmt: skip
    pd.DataFrame({
        "file": [clip("excerpts", n, 0.5) for n in range(18)], "genre": "disco", "arousal": 0.0, "valence": 0.0,
    }).to_csv(audio / "excerpts.csv", index=False)  # fmt: skip
    votes = dict.fromkeys(("power", "joyful_activation", "tension", "calmness", "tenderness", "sadness"), 0.0)
    pd.DataFrame({"file": [clip("emotify", n, 1) for n in range(1, 7)], "genre": "rock", **votes, "power": 0.5, "calmness": 0.1}).to_csv(
        audio / "emotify.csv", index=False
    )
    pd.DataFrame({"file": [clip("film_scores", 0, 0)], "film_key": "film"}).to_csv(audio / "film_scores.csv", index=False)
    return tmp_path / "data"


@pytest.fixture
def weights(tmp_path, monkeypatch):
    """Small networks, whose figures go here and not among the shipped ones."""
    monkeypatch.setattr(registry, "WEIGHTS", tmp_path / "weights")
    monkeypatch.setattr(networks, "UNITS", 4)  # quicker
    return tmp_path / "weights"


def test_levels_are_the_thirds_of_the_thesis():
    values = np.array([0, 0.3299, 0.33, 0.66, 0.6601, 1, np.nan])
    assert records.levels(values).tolist() == [0, 0, 1, 1, 2, 2, -1]


def test_each_set_says_what_it_can(data):
    rows = records.recordings(data).set_index("source")
    assert rows.loc["quadrants", "energy"].unique().tolist() == [0, 1]
    assert rows.loc["quadrants", "genre"].unique().tolist() == ["country", "jazz"]
    assert rows.loc["quadrants", "group"].nunique() == 12
    assert rows.loc["excerpts", ["energy", "valence"]].to_numpy().tolist() == [[0.5, 0.5]] * 18
    assert rows.loc["excerpts", "genre"].unique().tolist() == ["dance"]
    assert rows.loc["emotify", "energy"].iloc[0] == pytest.approx(0.5 / 0.6)
    assert np.isnan(rows.loc["film_scores", "energy"])


def test_quadrants_nobody_was_sure_of_and_ambiguous_genres_have_no_label(data):
    table = data / "audio" / "quadrants.csv"
    rows = pd.read_csv(table)
    rows.loc[0, ["quadrant_share", "genres"]] = [0.55, "Country; Pop/Rock"]
    rows.loc[1, "genres"] = "Blues; Jazz"
    rows.to_csv(table, index=False)
    found = records.recordings(data)
    assert np.isnan(found.loc[0, "energy"])
    assert np.isnan(found.loc[0, "valence"])
    assert found.loc[[0, 1], "genre"].tolist() == ["", ""]


def emotify_table(genres):
    """Two tracks of each hundred; the n-th hundred of the annotations is of the n-th genre and has n tenths of power."""
    numbers = [100 * hundred + place for hundred in range(4) for place in (1, 2)]
    power = [(number // 100 + 1) / 10 for number in numbers]
    table = pd.DataFrame({"file": [f"emotify/{number:03}.ogg" for number in numbers], "genre": np.repeat(genres, 2), "power": power})
    return table.assign(path=[Path(name) for name in table["file"]])


def test_emotify_votes_go_to_the_recording_they_are_about():
    table = emotify_table(["classical", "rock", "electronic", "pop"])
    genres, votes = records._emotify_annotations(table)
    assert genres == list(np.repeat(["classical", "electronic", "pop", "rock"], 2))
    assert votes["power"].tolist() == list(np.repeat([0.1, 0.3, 0.4, 0.2], 2))
    assert votes["file"].tolist()[2:4] == ["emotify/201.ogg", "emotify/202.ogg"]


def test_an_emotify_table_in_the_order_of_its_recordings_is_taken_as_it_is():
    table = emotify_table(["classical", "electronic", "pop", "rock"])
    genres, votes = records._emotify_annotations(table)
    assert genres == table["genre"].tolist()
    assert votes["power"].tolist() == table["power"].tolist()


def test_votes_that_were_left_out_are_missing_and_mixed_hundreds_are_refused():
    table = emotify_table(["classical", "rock", "electronic", "pop"])
    _, votes = records._emotify_annotations(table.drop(index=4))  # the annotations of 201 are those of recording 101
    assert votes["power"].isna().tolist() == [False, False, True, False, False, False, False]
    with pytest.raises(DataError, match="numbered by hundreds of one genre"):
        records._emotify_annotations(table.assign(genre=["rock", "pop"] * 4))


def test_the_teacher_gives_danceability_on_the_published_scale(data):
    (data / "metadata").mkdir()
    pd.DataFrame({"music_genre": "Jazz", "danceability": np.linspace(0.4, 0.9, 20)}).to_csv(
        data / "metadata" / "music_genre.csv.zip", index=False
    )
    pd.DataFrame({"playlist_genre": "rock", "danceability": np.linspace(0.3, 0.5, 20)}).to_csv(
        data / "metadata" / "spotify_songs.csv.gz", index=False
    )
    rows = records.recordings(data)
    signals, skipped = training.read_signals(rows["path"])
    values = records.danceability_values(rows, records.raw_danceability(rows, signals), data)
    assert skipped == []
    assert np.isnan(values[rows["source"] == "excerpts"]).all(), "6 s are too short for the teacher"
    assert np.isfinite(values[rows["source"] != "excerpts"]).all()
    jazz = values[rows["genre"] == "jazz"]
    assert jazz.min() >= 0.4
    assert np.median(jazz) == pytest.approx(0.65, abs=0.05)


def test_the_teacher_names_the_table_it_misses(data):
    with pytest.raises(DataError, match=r"music_genre\.csv\.zip: no such table"):
        training.train(data, attributes=["danceability"])


@settings(max_examples=25, deadline=None)
@given(st.integers(30, 80), st.integers(0, 1000))
def test_no_group_is_in_two_parts_and_every_class_is_in_each(count, seed):
    rng = np.random.default_rng(seed)
    labels, groups = rng.integers(0, 3, 400), rng.integers(0, count, 400).astype(str)
    parts = training.split(labels, groups, seed)
    for part in (0, 1, 2):
        assert not set(groups[parts == part]) & set(groups[parts != part])
        assert set(labels[parts == part]) == {0, 1, 2}


def test_too_few_groups_cannot_be_split():
    labels = np.arange(60) % 3
    with pytest.raises(DataError, match="at least 10 artists"):
        training.split(labels, (np.arange(60) // 12).astype(str), 0)
    with pytest.raises(DataError, match="a class has too few artists"):
        training.split((np.arange(60) == 0).astype(int), np.arange(60).astype(str), 0)


def test_parts_are_six_one_and_three_tenths_and_clips_without_label_are_in_none():
    labels = np.repeat([0, 1, 2, -1], 100)
    parts = training.split(labels, np.arange(400).astype(str), 0)
    assert [int((parts == part).sum()) for part in (0, 1, 2)] == [180, 30, 90]
    assert (parts[labels == -1] == -1).all()
    assert np.bincount(labels[parts == 2]).tolist() == [30, 30, 30]


def test_training_sets_are_balanced_by_repeating_and_test_sets_repeat_nothing():
    labels = np.repeat([0, 1, 2], [50, 10, 400])
    chosen = training.balanced(labels, 300, RNG, repeat=True)
    assert np.bincount(labels[chosen]).tolist() == [100, 100, 100]
    held_out = training.balanced(labels, 300, RNG, repeat=False)
    assert np.bincount(labels[held_out]).tolist() == [50, 10, 100]
    assert len(np.unique(held_out)) == len(held_out)


def test_the_learning_rate_halves_after_three_epochs_without_progress():
    assert training.plateau_rate([]) == 0.001
    assert training.plateau_rate([0.5, 0.4, 0.5]) == 0.001
    assert training.plateau_rate([0.5, 0.4, 0.5, 0.3]) == 0.0005
    assert training.plateau_rate([0.5, 0.4, 0.5, 0.3, 0.6, 0.1, 0.1]) == 0.0005
    assert training.plateau_rate([0.5] + [0.1] * 6) == 0.00025


@pytest.mark.parametrize(("seconds", "count"), [(30, 3), (29.858, 3), (20.3, 2), (15, 1), (10, 1), (6.04, 1)])
def test_windows_of_a_clip_lie_side_by_side(seconds, count):
    signal = RNG.integers(-3000, 3000, int(seconds * SAMPLE_RATE)).astype(np.int16)
    part = training.Part([training.clip_power(signal)], np.zeros(1, int))
    windows, clips = part.windows()
    assert windows.shape == (count, 128, 100, 1)
    assert windows.dtype == np.float32
    assert clips.tolist() == [0] * count
    shifted, _ = part.windows(np.random.default_rng(1))
    assert shifted.shape == windows.shape


def test_figures_of_windows_and_clips():
    probabilities = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.3, 0.7]])
    figures, confusion = measure(np.array([0, 0, 1, 1]), probabilities, np.array([0, 0, 1, 1]), np.array(["emotify", "excerpts"]))
    assert confusion == [[1, 1], [0, 2]]
    assert figures["accuracy"] == figures["balanced_accuracy"] == 0.75
    assert figures["clip_accuracy"] == 1
    assert figures["macro_f1"] == pytest.approx((2 / 3 + 4 / 5) / 2, abs=1e-4)
    assert figures["by_source"] == {"emotify": {"accuracy": 0.5, "windows": 2}, "excerpts": {"accuracy": 1.0, "windows": 2}}


def test_training_that_was_ended_goes_on_and_gives_the_same_network(data, weights, tmp_path):
    def run(epochs, checkpoints):
        lines = []
        figures = training.train(data, attributes=["energy"], epochs=epochs, seed=1, checkpoints=checkpoints, report=lines.append)["energy"]
        return figures, lines

    run(2, tmp_path / "state")
    resumed, lines = run(4, tmp_path / "state")
    assert [line.split(":")[0] for line in lines if " epoch " in line] == ["energy epoch 3/4", "energy epoch 4/4"]
    assert "left" in lines[-2]
    straight, _ = run(4, None)
    assert resumed == straight
    assert resumed["epochs"] == 4
    assert set(resumed["clips"]) == {"train", "validation", "test"}
    assert thesis_figures() == {"energy": straight}, "the cards of the shipped model quote them"


def test_a_state_of_other_data_is_not_used(data, weights, tmp_path):
    training.train(data, attributes=["energy"], epochs=1, seed=1, checkpoints=tmp_path, report=lambda line: None)
    lines = []
    training.train(data, attributes=["energy"], epochs=1, seed=2, checkpoints=tmp_path, report=lines.append)
    assert any("epoch 1/1" in line for line in lines)


def test_what_cannot_be_trained_is_said(data):
    with pytest.raises(InputError, match="attribute 'mood' does not exist: choose from danceability"):
        training.train(data, attributes=["mood"])
    with pytest.raises(InputError, match="epochs must be at least 1, got 0"):
        training.train(data, epochs=0)
    with pytest.raises(DataError, match=r"genre: fewer than 10 recordings are blues"):
        training.train(data, attributes=["genre"], report=lambda line: None)
    with pytest.raises(DataError, match=r"quadrants\.csv: no such table"):
        training.train(data / "nowhere")
