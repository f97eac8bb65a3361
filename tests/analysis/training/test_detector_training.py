"""Training the detector on a small folder of synthetic recordings: it runs, splits by group, and is reproducible."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
import soundfile

from analysis.audio import SAMPLE_RATE
from analysis.training import augmentation, context_detector, detector, detector_calibration, detector_measures, sounds
from analysis.training.detector_material import CLEAN, CONDITIONS, FILM, MIXTURES, Amounts, passages
from analysis.training.intervals import bootstrap
from analysis.training.sounds import MUSIC, OTHER, SPEECH, read_recordings, split_groups
from errors import DataError
from models import registry
from models.labels import SOUND_CLASSES


def make_sound(label: str, rng: np.random.Generator) -> np.ndarray:
    """2 s that a detector can tell apart: a steady chord, a pitch glide with pauses, noise bursts."""
    time = np.arange(2 * SAMPLE_RATE) / SAMPLE_RATE
    if label == "music":
        return sum(np.sin(2 * np.pi * f * time) for f in rng.choice([220, 277, 330, 392, 440, 523], 3, replace=False)) / 4
    if label == "speech":
        pitch = 2 * np.pi * rng.uniform(100, 200) * time + 4 * np.sin(2 * np.pi * 2 * time)
        return sum(np.sin(k * pitch) / k for k in range(1, 15)) / 3 * (np.sin(2 * np.pi * 3 * time + rng.uniform(0, 6)) > -0.3)
    return rng.normal(0, 0.2, len(time)) * np.exp(-(time % rng.uniform(0.5, 1.5)) * rng.uniform(0, 4))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in the layout of the real one: two recordings a group."""
    folder, rng = tmp_path_factory.mktemp("data"), np.random.default_rng(0)
    rows: dict[str, list[dict[str, str]]] = {"sounds": [], **{name: [] for name in sounds.MUSIC_GROUPS}}
    for label in ("speech", "other"):
        rows["sounds"] += [
            {"file": f"{label}_{k}.wav", "label": label, "source": f"{label} pack", "group": f"{label}{k // 2}"} for k in range(20)
        ]
    for name, column in sounds.MUSIC_GROUPS.items():
        rows[name] = [{"file": f"{name}_{k}.wav"} | ({} if column == "file" else {column: f"group{k // 2}"}) for k in range(12)]
    (folder / "audio").mkdir()
    for name, table in rows.items():
        pd.DataFrame(table).to_csv(folder / "audio" / f"{name}.csv", index=False)
        for row in table:
            soundfile.write(folder / "audio" / row["file"], make_sound(row.get("label", "music"), rng), SAMPLE_RATE)
    (folder / "audio" / "speech_3.wav").write_bytes(b"not a recording")
    return folder


@contextmanager
def small_amounts(folder: Path) -> Iterator[None]:
    """Few seconds to train on and to be measured with, and weights written into the folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "WEIGHTS", folder)
        patch.setattr(detector, "DRAWN_PER_CLASS", 40)
        patch.setattr(detector, "C_VALUES", (0.5, 5.0))
        patch.setattr(detector_measures, "DRAWN", Amounts(films=2, film_seconds=60, per_class=20, pieces=5))
        patch.setattr(detector_calibration, "DRAWN", Amounts(films=1, film_seconds=30, per_class=10, pieces=2))
        for module in (detector, detector_measures):
            patch.setattr(module, "bootstrap", partial(bootstrap, n=50))
        for module in (detector, context_detector):
            patch.setattr(module, "times_real_time", partial(detector_measures.times_real_time, seconds=60))
        registry.load.cache_clear()
        yield
    registry.load.cache_clear()


class Trained(NamedTuple):
    """A training of the machine with seed 1: where its weights lie, and what it reported."""

    weights: Path
    folder: Path
    lines: list[str]


@pytest.fixture(scope="module")
def trained(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    weights, lines = tmp_path_factory.mktemp("weights"), list[str]()
    with small_amounts(weights):
        return Trained(weights, detector.train(data, seed=1, report=lines.append), lines)


@pytest.fixture
def small(trained: Trained, tmp_path: Path) -> Iterator[Path]:
    """A folder of weights where the trained machine ships."""
    shutil.copytree(trained.weights, tmp_path, dirs_exist_ok=True)
    with small_amounts(tmp_path):
        yield tmp_path


def test_trains_measures_and_saves_a_card(trained: Trained, small: Path) -> None:
    card = registry.card("detector")
    assert trained.folder == trained.weights / "detector" / "1"
    assert set(registry.CARD_FIELDS) <= set(card)
    assert any("speech_3.wav" in line for line in trained.lines)  # what cannot be read is named, not hidden
    assert card["data"]["train"] + card["data"]["test"] == 4 * 12 + 2 * 20 - 1
    assert card["metrics"]["clip"]["macro_f1"] > 0.7
    assert np.sum(card["confusion"]["matrix"]) == sum(c["support"] for c in card["metrics"]["classes"].values())
    assert sum(row["best"] for row in card["metrics"]["cross_validation"]) == 1
    assert card["tables"][0]["rows"]
    assert registry.load("detector").predict_proba(np.zeros((2, 68), np.float32)).shape == (2, 3)


def test_trains_the_network_beside_the_machine_and_takes_up_a_training_that_was_cut_off(
    data: Path, small: Path, eagerly: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context_detector, "ROUNDS", 2)
    monkeypatch.setattr(context_detector, "COMPOSED", 5)
    monkeypatch.setattr(context_detector, "AS_RECORDED", 5)
    monkeypatch.setattr(context_detector, "EPOCHS", 2)
    lines: list[str] = []
    folder = context_detector.train(data, seed=1, checkpoints=small / "checkpoints", report=lines.append)
    card = registry.card("detector_context")
    assert folder == small / "detector_context" / "1"
    assert set(registry.CARD_FIELDS) <= set(card)
    assert sum(line.startswith("epoch") for line in lines) == 2 * 2
    assert card["curves"]["epoch"] == [1, 2]
    assert card["metrics"]["gain_over_svm"].keys() >= {"mixed_macro_f1", "smoothed_macro_f1"}
    assert {row[1] for row in card["tables"][0]["rows"]} == {"support vector machine", "network and machine"}
    assert card["split"]["held_out"] == registry.card("detector")["split"]["held_out"]
    again: list[str] = []
    context_detector.train(data, seed=1, checkpoints=small / "checkpoints", report=again.append)
    assert not any(line.startswith(("epoch", "composing")) for line in again)  # what is kept is not trained anew
    assert registry.card("detector_context")["sha256"] == card["sha256"]


def test_the_network_is_not_compared_with_a_machine_that_knows_its_held_out_groups(data: Path, small: Path) -> None:
    _, same = sounds.hold_out(data, 1, lambda line: None)
    _, others = sounds.hold_out(data, 2, lambda line: None)
    assert context_detector.machine_of(same) is not None
    assert context_detector.machine_of(others) is None


def test_boundaries_are_compared_with_those_of_the_found_music() -> None:
    true = np.repeat([SPEECH, MUSIC, OTHER], [10, 20, 10])
    late = np.repeat([SPEECH, MUSIC, OTHER], [12, 17, 11])
    assert detector_measures.boundary_errors(true, late).tolist() == [2, 1]
    assert detector_measures.boundary_errors(true, np.full(40, SPEECH)).tolist() == [40, 40]  # none was found


def test_passages_of_every_kind_are_drawn_again_by_the_same_seed(data: Path) -> None:
    recordings, _ = read_recordings(data, np.random.default_rng(0))
    amounts = Amounts(films=1, film_seconds=20, per_class=4, pieces=2)
    one, two = (list(passages(recordings, amounts, np.random.default_rng(5))) for _ in range(2))
    assert {passage.kind for passage in one} == {CLEAN, CONDITIONS, FILM, *MIXTURES}
    assert sum(passage.kind == CLEAN for passage in one) == len(recordings.table)
    for first, second in zip(one, two, strict=True):
        np.testing.assert_array_equal(first.signal, second.signal)
        assert len(first.labels) == len(first.said) == len(first.signal) // SAMPLE_RATE


def test_singing_is_looked_for_in_recordings_of_sung_genres() -> None:
    heard = np.eye(3)[[MUSIC, SPEECH, MUSIC, OTHER]]
    clean = detector_measures.Answers(np.zeros(4, int), heard, np.array([MUSIC] * 3 + [OTHER]), np.array([0, 0, 1, 2]), np.array(["a"] * 4))
    table = pd.DataFrame({"genres": ["Vocal; Jazz", "Rap", "Vocalese"], "label": MUSIC})
    assert detector_measures.singing(clean, sounds.Recordings(table, {})) == {
        "Vocal": {"heard_as_music": 0.5, "smoothed": 1.0, "recordings": 1, "seconds": 2},
        "Rap": {"heard_as_music": 1.0, "smoothed": 1.0, "recordings": 1, "seconds": 1},
    }


def test_same_seed_gives_the_same_detector(data: Path, trained: Trained, tmp_path: Path) -> None:
    with small_amounts(tmp_path):
        again = detector.train(data, seed=1, report=lambda line: None)
    assert registry.sha256(again / "weights.npz") == registry.sha256(trained.folder / "weights.npz")


def test_groups_stay_on_one_side(data: Path) -> None:
    recordings, skipped = read_recordings(data, np.random.default_rng(0))
    test = split_groups(recordings.table, 0.25, np.random.default_rng(0))
    assert len(skipped) == 1
    assert 0 < test.sum() < len(test)
    assert not set(recordings.table["group"][test]) & set(recordings.table["group"][~test])
    assert set(recordings.table["source"][test]) == set(recordings.table["source"])
    folds = sounds.group_folds(recordings, seed=0)
    assert all(len(set(folds[rows])) == 1 for rows in recordings.table.groupby("group").indices.values())


def test_too_few_groups_are_an_error(data: Path) -> None:
    recordings, _ = read_recordings(data, np.random.default_rng(0))
    few = recordings.where(~recordings.table["group"].isin([f"sounds/speech{k}" for k in range(7)]).to_numpy())
    with pytest.raises(DataError, match="speech"):
        sounds.group_folds(few, seed=0)


def test_a_label_the_program_does_not_know_is_an_error(data: Path, tmp_path: Path) -> None:
    (tmp_path / "audio").mkdir()
    for table in (data / "audio").glob("*.csv"):
        text = table.read_text().replace(",speech,", ",talk,")
        (tmp_path / "audio" / table.name).write_text(text)
    with pytest.raises(DataError, match="talk"):
        read_recordings(tmp_path, np.random.default_rng(0))


def test_pauses_of_speech_carry_no_label() -> None:
    rng = np.random.default_rng(0)
    voice = np.concatenate([np.zeros(SAMPLE_RATE), make_sound("speech", rng), np.zeros(SAMPLE_RATE)])
    table = pd.DataFrame({"path": [Path("voice")], "label": [SPEECH], "source": ["a"], "group": ["a"]})
    recordings = sounds.Recordings(table, {Path("voice"): augmentation.place(voice, -3)})
    assert len(sounds.clean_seconds(recordings).labels) == 2


@pytest.mark.parametrize("snr", [0, 6, 15])
def test_mix_sets_the_distance_of_the_sounding_parts(snr: float) -> None:
    rng = np.random.default_rng(0)
    front, back = rng.normal(0, 0.1, 8000), np.tile([0.3, -0.3], 2000)
    added = augmentation.mix(front, back, snr) - front
    assert 20 * np.log10(front.std() / added.std()) == pytest.approx(snr, abs=0.1)


def test_conditions_keep_length_and_stay_finite() -> None:
    rng = np.random.default_rng(0)
    signal = make_sound("music", rng)
    for changed in (
        augmentation.colour(signal, rng), augmentation.reverberate(signal, rng), augmentation.add_noise(signal, 20, rng),
        augmentation.overdrive(signal, 12),
    ):  # fmt: skip
        assert changed.shape == signal.shape
        assert np.isfinite(changed).all()
    assert len(augmentation.change_speed(signal, 2.0)) == pytest.approx(len(signal) / 2, abs=1)
    assert np.abs(augmentation.place(signal, -20)).max() == pytest.approx(3277, abs=1)


def test_class_indices_follow_the_program() -> None:
    assert [SOUND_CLASSES[k] for k in (MUSIC, SPEECH, OTHER)] == ["music", "speech", "other"]
