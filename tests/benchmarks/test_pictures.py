"""The benchmark of the commands for pictures: what it measures, without the slow processes."""

from pathlib import Path

import pytest
from PIL import Image

from benchmarks import BENCHMARKS, pictures
from benchmarks.process import Measured


def test_it_is_among_the_benchmarks() -> None:
    assert BENCHMARKS["pictures"] == "benchmarks.pictures:pictures"


def test_a_poster_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "WIDTH", 40)
    monkeypatch.setattr(pictures, "HEIGHT", 60)
    pictures.draw(tmp_path / "poster.png")
    with Image.open(tmp_path / "poster.png") as drawn:
        assert drawn.size == (40, 60)
        assert len(drawn.getcolors(40 * 60)) > 500


def test_the_figures_are_those_of_the_middle_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    starts = {
        "look_at_poster": [1.0, 3.0, 2.0],
        "look_at_scene": [1.0, 1.0, 5.0],
        "make_cover": [4.0, 4.0, 4.0],
        "ancestor": [8.0, 9.0, 7.0],
    }
    seconds = {name: iter(values) for name, values in starts.items()}

    def measured(function, path):
        took = next(seconds[function.__name__])
        return Measured(None, took, took, int(took * 1e8))

    monkeypatch.setattr(pictures, "CACHE", tmp_path)
    monkeypatch.setattr(pictures, "measure", measured)
    monkeypatch.setattr(pictures, "draw", lambda path: path.touch())
    monkeypatch.setattr(pictures, "write", lambda path, *_: path.touch())
    result = pictures.pictures(None)
    figures = {name.removesuffix("_seconds"): value for name, value in result["figures"].items() if name.endswith("_seconds")}
    assert figures == {"poster": 2, "scene": 1, "cover": 4, "baseline_poster": 8}
    assert result["figures"]["cover_peak_gigabytes"] == pytest.approx(0.4)
    assert result["figures"]["ratio"] == 4
