"""A model whose file has one byte changed is refused in one line, whatever command needs it."""

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import cli
from errors import ModelError
from models import registry


@pytest.fixture
def alter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, float], Path]]:
    """Changes a byte of a model's weights, at some part of the file; not of the real one."""
    weights = tmp_path / "weights"
    weights.mkdir()
    for folder in registry.WEIGHTS.iterdir():
        (weights / folder.name).symlink_to(folder)

    def alter(model: str, place: float) -> Path:
        original = registry.folder(model)
        (weights / model).unlink()
        path = shutil.copytree(original, weights / model / original.name) / "weights.npz"
        content = bytearray(path.read_bytes())
        content[round(place * (len(content) - 1))] ^= 1
        path.write_bytes(content)
        monkeypatch.setattr(registry, "WEIGHTS", weights)
        registry.load.cache_clear()
        return path

    yield alter
    registry.load.cache_clear()


@pytest.mark.parametrize("place", [0, 0.1, 0.9, 1])
@pytest.mark.parametrize("model", registry.BUILDERS)
def test_one_byte_is_enough(alter: Callable[[str, float], Path], model: str, place: float) -> None:
    path = alter(model, place)
    with pytest.raises(ModelError) as refused:
        registry.load(model)
    assert str(refused.value) == f"{path}: sha256 differs from card.json, the file was altered; restore it or retrain"


@pytest.mark.parametrize(
    ("model", "command", "status"),
    [
        ("detector", "analyse films --library library", 2),
        ("attributes", "analyse films --library library", 2),
        ("detector_context", "analyse films --library library --detector context", 2),
        ("poster_genre", "poster picture.png", 1),
        ("scene_emotion", "scene picture.png", 1),
        ("score", "compose --mood sad --out piece.mid", 2),
    ],
)
def test_the_command_says_so_in_a_line(
    alter: Callable[[str, float], Path], films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    model: str, command: str, status: int,
) -> None:  # fmt: skip
    (tmp_path / "films").symlink_to(films)
    Image.fromarray(np.zeros((64, 64, 3), np.uint8)).save(tmp_path / "picture.png")
    monkeypatch.chdir(tmp_path)
    path = alter(model, 0.5)
    monkeypatch.setattr(sys, "argv", ["leitmotif", *command.split()])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error")]
    assert ended.value.code == status
    assert said == [f"error: {path}: sha256 differs from card.json, the file was altered; restore it or retrain"]
    assert not list(tmp_path.glob("library/movies/*/*")) and not list(tmp_path.glob("piece*")), "something was done nevertheless"
