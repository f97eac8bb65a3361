"""The benchmark of tagging: its recordings, and its figures, on recordings short enough for a test."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from analysis.audio import SAMPLE_RATE
from benchmarks import BENCHMARKS, tag
from benchmarks.process import Measured
from errors import DataError


def test_it_is_among_the_benchmarks() -> None:
    assert BENCHMARKS["tag"] == "benchmarks.tag:tag"


def test_recordings_are_made_where_there_are_none(tmp_path: Path) -> None:
    tag.write(tmp_path / "new" / "music.flac", 3, None)
    signal, rate = soundfile.read(tmp_path / "new" / "music.flac")
    assert len(signal) == 3 * rate and signal.std() > 0.01
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["music.flac"]


def test_recordings_of_a_folder_are_joined_until_they_last_long_enough(tmp_path: Path) -> None:
    (tmp_path / "audio").mkdir()
    soundfile.write(tmp_path / "audio" / "a.wav", [0.5] * 2 * SAMPLE_RATE, SAMPLE_RATE)
    (tmp_path / "audio" / "quadrants.csv").write_text("file,artist\na.wav,somebody\n")
    tag.write(tmp_path / "music.flac", 5, tmp_path)
    assert soundfile.info(tmp_path / "music.flac").duration == 5


def test_a_folder_without_recordings_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"quadrants\.csv: no such table"):
        tag.write(tmp_path / "music.flac", 5, tmp_path)
    assert not (tmp_path / "music.flac").exists()


def test_the_figures_are_those_of_the_middle_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = {("listen", 30): iter([9.0, 4.0, 5.0]), ("listen", 600): iter([8.0]), ("ancestor", 30): iter([10.0])}

    def measured(function, path):
        took = next(seconds[function.__name__, int(path.stem.rpartition("-")[2])])
        return Measured(None, took, took / 2, int(took * 1e8))

    monkeypatch.setattr(tag, "CACHE", tmp_path)
    monkeypatch.setattr(tag, "measure", measured)
    monkeypatch.setattr(tag, "write", lambda path, *_: path.touch())
    result = tag.tag(None)
    assert result["name"] == "tag" and "Keras" in result["baseline"]
    assert result["figures"] == pytest.approx(
        {
            "clip_seconds": 5, "clip_cpu_seconds": 2.5, "clip_peak_gigabytes": 0.5,
            "ten_minutes_seconds": 8, "ten_minutes_cpu_seconds": 4, "ten_minutes_peak_gigabytes": 0.8,
            "cpu_seconds_a_minute_of_sound": 1.5 / 9.5,
            "baseline_clip_seconds": 10, "baseline_clip_cpu_seconds": 5, "baseline_clip_peak_gigabytes": 1, "ratio": 2,
        }
    )  # fmt: skip


class Network:
    """Notes the shape of what it is given, in place of the slow one."""

    def __init__(self) -> None:
        self.given: list[tuple[int, ...]] = []

    def predict(self, windows: np.ndarray, **_: int) -> None:
        self.given.append(windows.shape)


def test_we_and_the_ancestor_describe_all_of_a_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network()
    monkeypatch.setattr("models.thesis_attributes.build", lambda classes: network)
    tag.write(tmp_path / "music.flac", 11, None)
    assert tag.listen(tmp_path / "music.flac") == 11
    assert tag.ancestor(tmp_path / "music.flac") == 2
    assert network.given == [(2, 128, 100, 1)] * 4
