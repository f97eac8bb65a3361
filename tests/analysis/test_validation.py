"""Composing a test with known content, grading, and the folder a validation run leaves."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import aggregation, excerpts, validation
from analysis.audio import SAMPLE_RATE
from analysis.files import read_json
from analysis.library import Library
from analysis.validation import GRADES, compose, grade, graded_segments, scores, validate
from errors import AudioError, DataError, InputError, LibraryError
from models.labels import ATTRIBUTES, LEVELS, ORDERED_ATTRIBUTES, SOUND_CLASSES
from tests.conftest import tone

LABELS = {"danceability": "high", "valence": "neutral", "energy": "low"}


def write_clips(folder: Path, *, genres: tuple[str, ...] = ("jazz", "rock"), seconds: float = 14, per_genre: int = 1) -> Path:
    """Own clips: tones; music of `genres`, six short clips of speech and a long one of other sound."""
    numbers = ("one", "two", "three")[:per_genre]
    files = {f"music/{genre}/{genre} {number}.wav": seconds for genre in genres for number in numbers}
    files |= {f"speech/line {n}.flac": 4.5 for n in range(6)} | {"other/deep/rain.ogg": 30.0}
    for name, length in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(folder / name, tone(length, rate=16_000), 16_000)
    return folder


def window_table(starts: list[int], **classes: str) -> pd.DataFrame:
    """Windows that are sure of one class per attribute, by default the first."""
    table = pd.DataFrame({"segment": 0, "start": np.array(starts, np.int32)})
    for attribute, names in ATTRIBUTES.items():
        table[attribute] = classes.get(attribute, names[0])
        for name, column in zip(names, aggregation.probability_columns(attribute), strict=True):
            table[column] = np.float32(name == classes.get(attribute, names[0]))
    return table.assign(**{aggregation.value_column(attribute): 0.5 for attribute in ORDERED_ATTRIBUTES}, tempo=100.0, beat=0.5)


def pretend_pipeline(signal: np.ndarray, detector: str) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """A pipeline that hears nothing but one long piece of high energy."""
    count = len(signal) // SAMPLE_RATE
    seconds = pd.DataFrame({"second": np.arange(count, dtype=np.int32), "label": "music", "raw_label": "music", "p_music": 1.0})
    seconds = seconds.assign(p_speech=0.0, p_other=0.0, level_db=-20.0)
    windows = window_table(list(range(count - 9)), energy="high")
    return seconds, windows, aggregation.segments(windows, [(0, count)], seconds)


@pytest.mark.parametrize(
    ("attribute", "true", "predicted", "expected"),
    [
        ("energy", "low", "low", "right"),
        ("energy", "low", "medium", "simple"),
        ("danceability", "high", "low", "extreme"),
        ("valence", "neutral", "positive", "simple"),
        ("valence", "negative", "positive", "extreme"),
        ("genre", "jazz", "jazz", "right"),
        ("genre", "jazz", "blues", "wrong"),
        ("genre", "jazz", "", "missed"),
        ("energy", "", "low", ""),
    ],
)
def test_grades(attribute: str, true: str, predicted: str, expected: str) -> None:
    assert grade(attribute, true, predicted) == expected


def test_grading_refuses_unknown_classes() -> None:
    with pytest.raises(ValueError, match="'sad' is no valence"):
        grade("valence", "sad", "positive")


@settings(deadline=None)
@given(st.sampled_from(LEVELS), st.sampled_from(LEVELS))
def test_grading_is_symmetric(one: str, other: str) -> None:
    assert grade("energy", one, other) == grade("energy", other, one)


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(SOUND_CLASSES), st.sampled_from(SOUND_CLASSES)), min_size=1, max_size=60))
def test_scores_agree_with_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support

    true, predicted = zip(*pairs, strict=True)
    found = scores(true, predicted)
    assert found["accuracy"] == pytest.approx(accuracy_score(true, predicted))
    assert found["confusion"] == confusion_matrix(true, predicted, labels=SOUND_CLASSES).tolist()
    expected = precision_recall_fscore_support(true, predicted, labels=SOUND_CLASSES, zero_division=0)
    for column, key in enumerate(("precision", "recall", "f1", "support")):
        assert [found["classes"][name][key] for name in SOUND_CLASSES] == pytest.approx(expected[column].tolist())


def test_windows_count_where_half_of_them_lies_inside() -> None:
    truth = {
        "items": [
            {"start": 0, "end": 20, "label": "speech", "name": "s"},
            {"start": 20, "end": 40, "label": "music", "name": "m", "genre": "jazz"},
        ]
    }
    for start, counts in ((14, False), (15, True), (30, True), (35, True), (36, False)):
        row = graded_segments(truth, window_table([start], genre="jazz")).iloc[0]
        assert row["genre_grade"] == ("right" if counts else "missed")
        assert row["energy_grade"] == ""  # its truth is not known


def test_a_timeline_without_music_has_no_segments_to_grade() -> None:
    truth = {"items": [{"start": 0, "end": 20, "label": "speech", "name": "s"}]}
    assert graded_segments(truth, window_table([])).empty


def test_the_demo_test_is_as_long_as_the_thesis_has_it() -> None:
    signal, truth = compose(None, seed=3)
    assert signal.dtype == np.int16
    assert len(signal) == truth["duration"] * SAMPLE_RATE
    assert truth["duration"] == pytest.approx(260, abs=10)
    music = [item for item in truth["items"] if item["label"] == "music"]
    assert {item["genre"] for item in music} == {"blues", "classical", "country", "hiphop", "jazz", "pop", "rock"}
    assert all(item[attribute] in ATTRIBUTES[attribute] for item in music for attribute in ATTRIBUTES)
    assert [item["start"] for item in truth["items"][1:]] == [item["end"] for item in truth["items"][:-1]]
    assert {item["label"] for item in truth["items"]} == set(SOUND_CLASSES)


def test_own_clips_are_composed_with_what_is_known_of_them(tmp_path: Path) -> None:
    clips = write_clips(tmp_path)
    (clips / "labels.csv").write_text(
        "file,danceability,valence,energy\nmusic/jazz/jazz one.wav,high,neutral,low\nmusic/rock/rock one.wav,,,high\n"
    )
    signal, truth = compose(clips, seed=0)
    assert truth["synthetic"] is False
    assert len(signal) == truth["duration"] * SAMPLE_RATE
    known = {item["genre"]: item for item in truth["items"] if item["label"] == "music"}
    assert {key: known["jazz"][key] for key in LABELS} == LABELS
    assert known["rock"]["energy"] == "high"
    assert "valence" not in known["rock"]
    assert np.array_equal(signal, compose(clips, seed=0)[0])
    lengths = [item["end"] - item["start"] for item in truth["items"] if item["label"] == "speech"]
    assert lengths == [15, 8]  # short clips are strung together, the rest is used too


def test_short_clips_of_a_genre_are_strung_together(tmp_path: Path) -> None:
    _, truth = compose(write_clips(tmp_path, seconds=6, per_genre=3), seed=0)
    music = [item for item in truth["items"] if item["label"] == "music"]
    assert [(item["genre"], item["end"] - item["start"]) for item in music] == [("jazz", 18), ("rock", 18)]


def broken(folder: Path) -> None:
    (folder / "music/jazz/jazz one.wav").write_bytes(b"no sound at all")


def short(folder: Path) -> None:
    soundfile.write(folder / "music/jazz/jazz one.wav", tone(4, rate=8000), 8000)


def unknown_genre(folder: Path) -> None:
    (folder / "music" / "polka").mkdir()


def empty_genre(folder: Path) -> None:
    (folder / "music" / "blues").mkdir()


def no_speech(folder: Path) -> None:
    (folder / "speech").rename(folder / "talk")


def bad_level(folder: Path) -> None:
    (folder / "labels.csv").write_text("file,danceability,valence,energy\nmusic/jazz/jazz one.wav,very,neutral,low\n")


def no_column(folder: Path) -> None:
    (folder / "labels.csv").write_text("file,energy\nmusic/jazz/jazz one.wav,low\n")


def gone(folder: Path) -> None:
    (folder / "labels.csv").write_text("file,danceability,valence,energy\nmusic/jazz/two.wav,low,neutral,low\n")


@pytest.mark.parametrize(
    ("damage", "error", "message"),
    [
        (broken, AudioError, r"jazz one\.wav"),
        (short, AudioError, r"jazz: holds 4 s of music; 10 s or more"),
        (unknown_genre, InputError, "polka: unknown genre; rename the folder to one of blues"),
        (empty_genre, InputError, "blues: holds no clips"),
        (no_speech, InputError, "speech: holds no clips"),
        (bad_level, DataError, r"labels\.csv: danceability 'very' is none of low, medium, high"),
        (no_column, DataError, r"labels\.csv: has no column danceability, valence"),
        (gone, DataError, r"labels\.csv: names music/jazz/two\.wav"),
    ],
)
def test_clips_that_cannot_be_used_are_named(tmp_path: Path, damage, error: type[Exception], message: str) -> None:
    damage(write_clips(tmp_path))
    with pytest.raises(error, match=message):
        compose(tmp_path, 0)


def test_a_missing_or_empty_folder_of_clips_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere: no such folder"):
        compose(tmp_path / "nowhere", 0)
    with pytest.raises(InputError, match="music: no such folder"):
        compose(tmp_path, 0)
    (tmp_path / "music").mkdir()
    with pytest.raises(InputError, match="holds no genre folder"):
        compose(tmp_path, 0)


def test_the_detector_is_asked_for_by_name_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def hears(signal: np.ndarray, detector: str) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        asked.append(detector)
        return pretend_pipeline(signal, detector)

    monkeypatch.setattr(validation.pipeline, "analyse_signal", hears)
    library, clips = Library(tmp_path / "library"), write_clips(tmp_path / "clips")
    assert validate(library, clips=clips, run="mine", detector="context")["detector"] == "context"
    assert asked == ["context"]
    with pytest.raises(InputError, match="unknown detector 'ear'; choose svm or context"):
        validate(library, clips=clips, run="other", detector="ear")
    assert library.validations() == ["mine"]


def test_a_run_leaves_a_whole_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validation.pipeline, "analyse_signal", pretend_pipeline)
    clips = write_clips(tmp_path / "clips")
    library = Library(tmp_path / "library")
    summary = validate(library, clips=clips, run="mine")
    folder = library.validation_folder("mine")
    assert sorted(p.name for p in folder.iterdir()) == ["audio.flac", "seconds.parquet", "segments.parquet", "summary.json", "truth.json"]
    assert library.validations() == ["mine"]
    assert read_json(folder / "summary.json") == summary
    truth = read_json(folder / "truth.json")
    seconds = pd.read_parquet(folder / "seconds.parquet")
    assert list(seconds.columns) == ["second", "true", "predicted", "raw", "p_music", "p_speech", "p_other"]
    assert len(seconds) == truth["duration"] == summary["duration"]
    music = sum(item["end"] - item["start"] for item in truth["items"] if item["label"] == "music")
    assert summary["accuracy"] == pytest.approx(music / truth["duration"])
    assert summary["classes"]["music"]["recall"] == 1
    # One long stretch is found where two are true.
    assert (summary["agreement"]["true"], summary["agreement"]["found"]) == (2, 1)
    segments = pd.read_parquet(folder / "segments.parquet")
    assert list(segments["genre_true"]) == ["jazz", "rock"]
    assert set(segments["genre_grade"]) == {"wrong"}  # it hears blues in everything
    assert all(tuple(counts) == GRADES for counts in summary["grades"].values())
    assert summary["grades"]["genre"]["wrong"] == 2
    assert sum(summary["grades"]["energy"].values()) == 0
    audio, rate = soundfile.read(folder / "audio.flac", dtype="int16")
    assert rate == SAMPLE_RATE
    assert len(audio) == truth["duration"] * SAMPLE_RATE


def test_a_run_name_cannot_lead_out_of_the_library(tmp_path: Path) -> None:
    with pytest.raises(LibraryError):
        validate(Library(tmp_path), run="../elsewhere")
    assert list(tmp_path.iterdir()) == []


def test_excerpts_of_long_clips_come_from_their_middle() -> None:
    signal = np.repeat(np.array([1, 2, 3], np.int16), 20 * SAMPLE_RATE)
    assert set(excerpts._middle(signal, 20)) == {2}
