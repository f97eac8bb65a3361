"""Labelling seconds: the table's contract, silence, smoothing, and the runs of music."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.audio import SAMPLE_RATE, decode
from analysis.detection import LEVEL_FLOOR_DB, level_db, recording, runs, seconds, smooth
from models.labels import SOUND_CLASSES

MUSIC, SPEECH, OTHER = range(3)
FILMS = Path(__file__).resolve().parents[3] / "shared" / "data" / "film"


def chords(duration: float) -> np.ndarray:
    """Decaying chords of six partials, two a second."""
    time = np.arange(int(duration * SAMPLE_RATE)) / SAMPLE_RATE
    wave = np.zeros(len(time))
    for k, root in enumerate(np.tile([220, 220, 174.6, 174.6, 261.6, 261.6, 196, 196], int(duration / 4) + 1)):
        since = np.clip(time - k / 2, 0, None)
        note = sum(np.sin(2 * np.pi * root * step * h * since) / h for step in (1, 1.26, 1.5) for h in (1, 2, 3))
        wave += note * np.exp(-4 * since) * (time >= k / 2)
    return np.round(wave / np.abs(wave).max() * 20000).astype(np.int16)


def probabilities(labels: list[int], sure: float = 0.8) -> np.ndarray:
    return np.where(np.eye(3)[labels] == 1, sure, (1 - sure) / 2).astype(np.float32)


def test_table_follows_the_contract() -> None:
    table = seconds(chords(12.7))
    assert list(table.columns) == ["second", "label", "raw_label", "p_music", "p_speech", "p_other", "level_db"]
    assert table["second"].tolist() == list(range(12))
    assert table["second"].dtype == np.int32
    assert {table[name].dtype.name for name in ("p_music", "p_speech", "p_other", "level_db")} == {"float32"}
    np.testing.assert_allclose(table[["p_music", "p_speech", "p_other"]].sum(axis=1), 1, atol=1e-5)
    most_likely = table[["p_music", "p_speech", "p_other"]].to_numpy().argmax(axis=1)
    assert table["raw_label"].tolist() == [SOUND_CLASSES[k] for k in most_likely]


def test_chords_are_music() -> None:
    assert (seconds(chords(20))["label"] == "music").mean() > 0.8


@pytest.mark.parametrize("length", [0, 1, SAMPLE_RATE - 1])
def test_less_than_a_second_gives_an_empty_table(length: int) -> None:
    table = seconds(np.ones(length, np.int16))
    assert len(table) == 0
    assert list(table.columns)[:2] == ["second", "label"]


def test_silence_is_other() -> None:
    table = seconds(np.zeros(5 * SAMPLE_RATE, np.int16))
    assert set(table["label"]) == set(table["raw_label"]) == {"other"}
    assert (table["p_other"] == 1).all()
    assert (table["level_db"] == LEVEL_FLOOR_DB).all()


def test_silence_between_music_is_other() -> None:
    signal = np.concatenate([chords(15), np.zeros(10 * SAMPLE_RATE, np.int16), chords(15)])
    assert (seconds(signal)["label"][15:25] == "other").all()


def test_level_is_rms_in_decibels_below_full_scale() -> None:
    time = np.arange(2 * SAMPLE_RATE) / SAMPLE_RATE
    sine = np.round(32767 * np.sin(2 * np.pi * 100 * time)).astype(np.int16)
    np.testing.assert_allclose(level_db(sine), [-3.01, -3.01], atol=0.01)


def test_smoothing_closes_short_gaps_and_keeps_long_passages() -> None:
    assert smooth(probabilities([MUSIC] * 10 + [SPEECH] + [MUSIC] * 10, sure=1.0)).tolist() == [MUSIC] * 21
    assert smooth(probabilities([MUSIC] * 10 + [OTHER] * 2 + [MUSIC] * 10)).tolist() == [MUSIC] * 22
    passages = [MUSIC] * 12 + [SPEECH] * 8 + [OTHER] * 9
    assert smooth(probabilities(passages)).tolist() == passages


@given(st.lists(st.sampled_from([MUSIC, SPEECH, OTHER]), max_size=60), st.floats(0.34, 1.0))
def test_smoothing_never_adds_changes(labels: list[int], sure: float) -> None:
    smoothed = smooth(probabilities(labels, sure).reshape(-1, 3))
    assert len(smoothed) == len(labels)
    assert np.count_nonzero(np.diff(smoothed)) <= np.count_nonzero(np.diff(labels))
    assert set(smoothed) <= set(labels)


def test_runs_have_ten_seconds_at_least() -> None:
    labels = np.array(["music"] * 10 + ["speech"] + ["music"] * 9 + ["other"] * 2 + ["music"] * 12)
    assert runs(labels) == [(0, 10), (22, 34)]
    assert runs(labels, minimum=9) == [(0, 10), (11, 20), (22, 34)]
    assert runs(np.array([], dtype=object)) == []


@given(st.lists(st.sampled_from(SOUND_CLASSES), max_size=80), st.integers(1, 12))
def test_runs_hold_only_music_and_cannot_grow(labels: list[str], minimum: int) -> None:
    for start, end in runs(np.array(labels, dtype=object), minimum):
        assert end - start >= minimum
        assert set(labels[start:end]) == {"music"}
        assert start == 0 or labels[start - 1] != "music"
        assert end == len(labels) or labels[end] != "music"


@pytest.mark.skipif(not FILMS.is_dir(), reason=f"{FILMS} is absent: real film scenes are not part of the repository")
def test_dialogue_of_an_old_film_is_speech() -> None:
    scene = next(FILMS.rglob("60s_*.ogg"))
    assert (seconds(decode(scene).signal)["label"] == "speech").mean() > 0.7


def test_a_silent_recording_is_other() -> None:
    assert recording(np.zeros(5 * SAMPLE_RATE, np.int16)) == {"music": 0, "speech": 0, "other": 1}


def test_pauses_say_nothing_of_a_recording() -> None:
    alone = chords(8)
    assert recording(np.concatenate([alone, np.zeros_like(alone)])) == pytest.approx(recording(alone), abs=1e-3)
    assert sum(recording(alone).values()) == pytest.approx(1, abs=1e-3)
