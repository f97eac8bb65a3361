"""One's own clips in folders: what their names say, what is refused, and the tutorial's commands as they are written."""

import re
import runpy
import shlex
import shutil
import subprocess
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import soundfile

import cli
from analysis.audio import SAMPLE_RATE
from analysis.training import detector, detector_calibration, detector_measures, own_clips, sounds, track_genres
from analysis.training import track_genre_cards as cards
from analysis.training.detector_material import Amounts
from analysis.training.intervals import bootstrap
from errors import DataError
from models import registry
from tests.analysis.training.test_detector_training import make_sound

TUTORIAL = Path(__file__).parents[3] / "docs" / "tutorial-own-clips.md"
RNG = np.random.default_rng(0)


def silent(line: str) -> None:
    """Progress nobody reads."""


def write(path: Path, label: str = "music", *, seconds: int = 2) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.concatenate([make_sound(label, RNG) for _ in range(seconds // 2)]), SAMPLE_RATE)
    return path


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rock of 8 artists, low tones of 5, jazz of one; 8 speakers; 8 other sounds without folders; one file that is no sound."""
    folder = tmp_path_factory.mktemp("clips")
    for number in range(8):
        write(folder / f"music/rock/artist {number}/album/1.wav", "other", seconds=12)
        write(folder / f"speech/speaker {number}/1.wav", "speech")
        write(folder / f"speech/speaker {number}/2.wav", "speech")
        write(folder / f"other/{number}.wav", "other")
    for number in range(5):
        write(folder / f"music/drones/artist {number}/1.wav", seconds=12)
    write(folder / "music/jazz/artist 0/1.wav")
    write(folder / "music/no genre.wav")
    (folder / "speech/speaker 0/notes.txt").write_text("no sound")
    (folder / "speech/speaker 0/.hidden").write_text("no sound")
    return folder


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Measured on little, and weights written beside the test, where version 1 is shipped."""
    weights = tmp_path / "models" / "weights"
    shutil.copytree(registry.WEIGHTS, weights)
    for model in ("detector", "track_genre"):
        shutil.rmtree(weights / model / "2", ignore_errors=True)
    monkeypatch.setattr(registry, "WEIGHTS", weights)
    monkeypatch.setattr(detector, "DRAWN_PER_CLASS", 200)
    monkeypatch.setattr(detector_measures, "DRAWN", Amounts(films=2, film_seconds=60, per_class=40, pieces=5))
    monkeypatch.setattr(detector_calibration, "DRAWN", Amounts(films=1, film_seconds=30, per_class=20, pieces=3))
    monkeypatch.setattr(detector, "times_real_time", partial(detector_measures.times_real_time, seconds=60))
    for module in (cards, detector, detector_measures):
        monkeypatch.setattr(module, "bootstrap", partial(bootstrap, n=50))
    registry.load.cache_clear()
    yield weights
    registry.load.cache_clear()


def test_the_folders_names_are_the_labels(clips: Path) -> None:
    table = own_clips.read(clips)
    assert tuple(table.columns) == own_clips.COLUMNS
    assert table["label"].value_counts().to_dict() == {"music": 15, "speech": 17, "other": 8}
    rows = table.set_index(table["path"].map(lambda path: path.relative_to(clips).as_posix()))
    rock, jazz = rows.loc["music/rock/artist 0/album/1.wav"], rows.loc["music/jazz/artist 0/1.wav"]
    assert (rock["genre"], jazz["genre"]) == ("rock", "jazz")
    assert rock["group"] == jazz["group"] == "music/artist 0", "an artist is one group, in whatever genre and folder"
    assert rows.loc["other/3.wav"][["source", "group", "genre"]].tolist() == ["own clips: other", "other/3.wav", ""]
    assert rows.loc["music/no genre.wav"]["genre"] == ""
    assert rows.loc["speech/speaker 0/1.wav"]["group"] == rows.loc["speech/speaker 0/2.wav"]["group"]
    assert not any(".hidden" in name for name in rows.index)
    assert set(own_clips.read(clips, ["music"])["label"]) == {"music"}


def test_clips_and_tables_are_told_apart(clips: Path, tmp_path: Path) -> None:
    assert own_clips.given(clips)
    with pytest.raises(DataError, match="nowhere: no such folder"):
        own_clips.given(tmp_path / "nowhere")
    with pytest.raises(DataError, match=r"holds no music/<genre>/, speech/ and other/ with clips, and no tables"):
        own_clips.given(tmp_path)
    (tmp_path / "music").mkdir()
    assert own_clips.given(tmp_path)
    (tmp_path / "audio").mkdir()
    (tmp_path / "audio" / "sounds.csv").touch()
    assert not own_clips.given(tmp_path)


def test_a_class_without_clips_or_of_few_is_refused(clips: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(clips, tmp_path / "clips")
    for number in (6, 7):
        shutil.rmtree(folder / "speech" / f"speaker {number}")
    with pytest.raises(DataError, match="speech: the clips come from 6 speakers, at least 7 are needed"):
        sounds.read_recordings(folder, np.random.default_rng(0))
    shutil.rmtree(folder / "other")
    with pytest.raises(DataError, match="other: holds no clips; put some into"):
        own_clips.read(folder)
    with pytest.raises(DataError, match="music: fewer than two genres have 5 recordings of 5 artists"):
        shutil.rmtree(folder / "music" / "drones")
        track_genres.records(folder)


def test_short_clips_are_named_and_a_silent_class_is_refused(clips: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(clips, tmp_path / "clips")
    soundfile.write(folder / "speech" / "cough.wav", RNG.normal(0, 0.1, SAMPLE_RATE // 2), SAMPLE_RATE)
    for number, path in enumerate(sorted((folder / "other").iterdir()), start=1):
        soundfile.write(path, np.zeros(SAMPLE_RATE + number), SAMPLE_RATE)
    recordings, skipped = sounds.read_recordings(folder, np.random.default_rng(0))
    assert f"{folder / 'speech' / 'cough.wav'}: shorter than a second" in skipped
    with pytest.raises(DataError, match="the recordings of other to train on are silent"):
        sounds.clean_seconds(recordings)


def test_the_least_groups_are_enough_to_hold_some_out_and_fold_the_rest() -> None:
    for groups in (sounds.LEAST_GROUPS - 1, sounds.LEAST_GROUPS):
        left = groups - max(1, round(sounds.TEST_SHARE * groups))
        assert (left >= sounds.FOLDS) == (groups == sounds.LEAST_GROUPS)


def test_copies_that_would_be_on_both_sides_are_refused(clips: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(clips, tmp_path / "clips")
    same = folder / "speech" / "speaker 1"
    shutil.copy(same / "1.wav", same / "again.wav")
    assert len(own_clips.read(folder)) == 41, "copies of one speaker stay together"
    shutil.copy(same / "1.wav", folder / "speech" / "speaker 2" / "again.wav")
    with pytest.raises(DataError, match=r"the split would leak: .*speaker 1.* and .*speaker 2/again\.wav are the same recording"):
        own_clips.read(folder)


def test_a_detector_of_own_clips_stands_beside_the_shipped_one(clips: Path, small: Path) -> None:
    shipped, lines = registry.card("detector"), []
    folder = detector.train(clips, report=lines.append)
    assert folder == small / "detector" / "2"
    card = registry.card("detector")
    assert {source["name"]: source["count"] for source in card["data"]["sources"]} == {
        "own clips: music": 15, "own clips: other": 8, "own clips: speech": 16,
    }  # fmt: skip
    assert {source["licence"] for source in card["data"]["sources"]} == {own_clips.LICENCE}
    assert "your own clips" in card["licence"]
    assert card["split"]["by"] == own_clips.SPLIT_BY
    assert not any("weak spots" in note for note in card["notes"]), "those of the shipped one"
    assert [field for field in registry.CARD_FIELDS if field not in card] == []
    assert any(line.startswith("left out: ") and "notes.txt" in line for line in lines)
    assert "1 recordings cannot be used and are left out" in lines
    assert f"{folder} is used from now on" in lines[-1]
    shutil.rmtree(folder)
    assert registry.card("detector") == shipped


def test_genres_of_own_clips_need_fewer_and_the_card_warns(clips: Path, small: Path) -> None:
    lines: list[str] = []
    card = track_genres.train(clips, report=lines.append)
    assert (card["version"], card["classes"]) == (2, ["drones", "rock"])
    assert "genre left out: jazz has 1 recordings of 1 artists" in lines
    assert card["metrics"]["accuracy"] == 1
    assert card["notes"][0].endswith("trust the figures of these genres little: drones (5 of 5), rock (8 of 8)")
    assert not any("AllMusic" in note for note in card["notes"])
    assert card["data"]["sources"] == [{"name": "own clips: music", "count": 13, "licence": own_clips.LICENCE}]
    assert registry.load("track_genre").predict_proba(np.zeros((2, len(card_input(card))), np.float32)).shape == (2, 2)


def card_input(card: dict) -> tuple[str, ...]:
    """Names of the descriptors that the model hears."""
    from analysis import descriptors

    assert f"(tiles, {len(descriptors.NAMES)})" in card["input"]
    return descriptors.NAMES


def test_a_model_of_tables_says_when_own_clips_hide_it(clips: Path, small: Path, tmp_path: Path) -> None:
    (tmp_path / "audio").mkdir()
    (tmp_path / "audio" / "sounds.csv").touch()
    lines: list[str] = []
    own_clips.save("detector", {"a": np.zeros(1)}, {}, tmp_path, lines.append)
    assert lines == []
    own_clips.save("detector", {"a": np.zeros(1)}, {}, clips, lines.append)
    own_clips.save("detector", {"a": np.zeros(1)}, {}, tmp_path, lines.append)
    assert lines[1].endswith(f"{small / 'detector' / '2'} is newer and stays in use; delete that folder to use this one")


def test_the_tutorials_commands_as_written(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    """Every command of the page, in its order, in an empty folder; only how much is measured is less than usual."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    commands = [line for block in re.findall(r"```sh\n(.*?)```", TUTORIAL.read_text(encoding="utf-8"), re.S) for line in block.splitlines()]
    assert [shlex.split(command)[0] for command in commands] == ["python", "leitmotif", "leitmotif", "leitmotif", "rm"]
    said = []
    for command in commands:
        if command.startswith("rm"):
            own = {model: registry.card(model)["sha256"] for model in ("detector", "track_genre")}
        run(command, monkeypatch)
        said.append(capsys.readouterr().out)
    made, trained, models, validated, _ = said
    assert made.strip() == "64 clips written to my-clips"
    assert "detector: " in trained and "track_genre: 100.0% right at first" in trained
    for model in ("detector", "track_genre"):
        assert re.search(rf"{model} .* 2, {own[model][:12]} ", models)
    assert int(re.search(r"(\d+)% of the seconds are labelled right", validated)[1]) >= 80
    assert [registry.card(model)["version"] for model in ("detector", "track_genre")] == [1, 1], "back to the shipped ones"


def run(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a command line in this process, so that it sees the test's folder of weights."""
    program, *arguments = shlex.split(command)
    if program == "rm":
        subprocess.run([program, *arguments], check=True)
    elif program == "python":
        assert arguments[0] == "-m"
        monkeypatch.setattr("sys.argv", arguments[1:])
        runpy.run_module(arguments[1], run_name="__main__")
    else:
        monkeypatch.setattr("sys.argv", [program, *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert ended.value.code == 0
