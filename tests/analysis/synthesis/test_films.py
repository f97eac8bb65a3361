"""Mixing, the recipe, and films as media files with their sidecars."""

import itertools
import json
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from analysis.audio import SAMPLE_RATE, decode
from analysis.synthesis import films, media, mix
from analysis.synthesis.effects import EFFECTS
from analysis.synthesis.mix import Cue, Layer
from analysis.synthesis.render import RATE
from analysis.synthesis.scenes import film_cues
from errors import DataError, LibraryError
from models.labels import ATTRIBUTES, GENRES, SOUND_CLASSES

SHORT: dict[str, Any] = {
    "title": "Ночь «à» Żory", "file": "Short.mp4", "layout": "stereo", "director": "Nobody Atall", "colour": "#203040",
    "metadata": {"year": 2001, "genres": ["Drama", "Mystery"], "rating": 5.5},
    "voices": {"A": ["en-us+m3", 200, 50]},
    "scenes": [
        {"effect": "rain", "seconds": 2},
        {"music": "jazz", "name": "Tune", "seconds": 14, "danceability": "low", "valence": "neutral", "energy": "low", "with": "rain",
         "dialogue": {"at": 4, "lines": [["A", "A short line over music."]]}},
        {"silence": 2},
        {"speech": [["A", "The end."]], "with": "wind"},
    ],
}  # fmt: skip


def constant(seconds: float, value: float) -> np.ndarray:
    return np.full((2, round(seconds * RATE)), value, np.float32)


def check_timeline(truth: dict[str, Any]) -> None:
    """The truth timeline's contract."""
    items = truth["items"]
    assert truth["synthetic"] is True
    assert items[0]["start"] == 0
    assert items[-1]["end"] == truth["duration"]
    assert all(before["end"] == after["start"] for before, after in itertools.pairwise(items))
    for item in items:
        assert isinstance(item["start"], int)
        assert item["start"] < item["end"]
        assert item["label"] in SOUND_CLASSES
        assert all((item.get(attribute) in classes) == (item["label"] == "music") for attribute, classes in ATTRIBUTES.items())


def test_layers_begin_with_their_cue_and_may_outlast_it() -> None:
    cues = [
        Cue(1, "music", "a", (Layer("music", constant(3, 0.1)),)),
        Cue(1, "speech", "b", (Layer("speech", constant(1, 0.2), gain=-6.0206),)),
        Cue(2, "other", "silence"),
    ]
    stems = mix.stems(cues)
    assert stems["music"].shape == (2, 4 * RATE)
    assert [stems["music"][0, round(t * RATE)] for t in (0.5, 1.5, 2.5, 3.5)] == pytest.approx([0.1, 0.1, 0.1, 0])
    assert [stems["speech"][0, round(t * RATE)] for t in (0.5, 1.5, 2.5)] == pytest.approx([0, 0.1, 0], abs=1e-4)
    assert mix.stereo(stems)[0, round(1.5 * RATE)] == pytest.approx(0.2, abs=1e-4)


def test_a_sound_longer_than_the_film_is_cut() -> None:
    assert mix.stems([Cue(1, "music", "a", (Layer("music", constant(9, 0.1)),))])["music"].shape == (2, RATE)


def test_surround_puts_dialogue_in_the_centre() -> None:
    cues = [Cue(1, "speech", "a", (Layer("speech", constant(1, 0.2)),))]
    sound = mix.surround(mix.stems(cues))
    loud = dict(zip(mix.SURROUND_CHANNELS, np.abs(sound).max(axis=1) > 0.01, strict=True))
    assert loud == {"FL": False, "FR": False, "FC": True, "LFE": False, "BL": False, "BR": False}


def test_ducking_lowers_only_its_span() -> None:
    ducked = mix.duck(constant(6, 1.0), 2, 4, -20)
    assert ducked[0, RATE] == pytest.approx(1)
    assert ducked[0, 3 * RATE] == pytest.approx(0.1)
    assert ducked[0, 5 * RATE] == pytest.approx(1)


def test_speech_over_music_is_speech_and_rain_under_music_is_music() -> None:
    cues = film_cues(SHORT)
    assert [(cue.label, cue.name) for cue in cues] == [
        ("other", "rain"), ("music", "Tune"), ("speech", "dialogue over Tune"), ("music", "Tune"),
        ("other", "silence"), ("speech", "dialogue"),
    ]  # fmt: skip
    check_timeline(mix.truth(cues))


def test_the_recipe_is_complete() -> None:
    recipe = list(films.recipe())
    directors = {film["director"] for film in recipe}
    assert len(recipe) >= 12
    assert all(sum(film["director"] == director for film in recipe) >= 3 for director in directors)
    assert len(directors) >= 4
    scenes = [scene for film in recipe for scene in film["scenes"]]
    played = {scene["music"] for scene in scenes if "music" in scene}
    assert played == set(GENRES)
    assert any(film["layout"] == "5.1" for film in recipe)
    assert {Path(film["file"]).suffix for film in recipe} == {".mp4", ".mkv"}
    assert any(not any("music" in scene for scene in film["scenes"]) for film in recipe)
    for scene in scenes:
        assert scene.get("effect", "rain") in EFFECTS
        assert scene.get("with", "rain") in EFFECTS
        if "music" in scene:
            assert scene["seconds"] >= 20
            assert all(scene[attribute] in ATTRIBUTES[attribute] for attribute in ("danceability", "valence", "energy"))
    for film in recipe:
        spoken = {who for scene in film["scenes"] for who, _ in scene.get("speech", []) + scene.get("dialogue", {}).get("lines", [])}
        assert spoken <= set(film["voices"])


@pytest.mark.parametrize(("layout", "suffix", "channels"), [("stereo", ".mp4", 2), ("5.1", ".mkv", 6)])
def test_a_film_is_a_real_media_file_with_sidecars(tmp_path: Path, layout: str, suffix: str, channels: int) -> None:
    film = SHORT | {"layout": layout, "file": f"Short{suffix}"}
    truth = films.build_film(tmp_path, film)
    path = films.film_path(tmp_path, film)
    assert sorted(p.name for p in path.parent.iterdir()) == sorted(["Short.json", f"Short{suffix}", "Short.truth.json"])
    check_timeline(json.loads(path.with_suffix(".truth.json").read_text(encoding="utf-8")))
    metadata = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert metadata == {"title": SHORT["title"], "director": "Nobody Atall", **SHORT["metadata"], "synthetic": True}
    soundtrack = decode(path)
    assert soundtrack.warnings == ()
    assert soundtrack.duration == pytest.approx(truth["duration"], abs=0.1)
    with av.open(str(path)) as container:
        tags = {key.lower(): value for key, value in container.metadata.items()}
        assert container.streams.audio[0].channels == channels
        assert container.streams.video[0].width == media.SIZE[0]
    assert tags["title"] == SHORT["title"]
    assert tags["artist"] == "Nobody Atall"
    assert tags["comment"] == films.COMMENT
    silence = next(item for item in truth["items"] if item["name"] == "silence")
    inside = soundtrack.signal[(silence["start"] + 1) * SAMPLE_RATE : silence["end"] * SAMPLE_RATE - 2000]
    assert np.abs(inside).max() < 100
    music = next(item for item in truth["items"] if item["label"] == "music")
    assert np.abs(soundtrack.signal[music["start"] * SAMPLE_RATE : music["end"] * SAMPLE_RATE]).max() > 1000


def test_only_what_is_missing_or_changed_is_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = [SHORT, SHORT | {"title": "Other", "file": "Other.mkv"}]
    built: list[str] = []

    def pretend(folder: Path, film: dict[str, Any]) -> dict[str, Any]:
        built.append(film["title"])
        path = films.film_path(folder, film)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"film")
        return {}

    monkeypatch.setattr(films, "recipe", lambda: iter(recipe))
    monkeypatch.setattr(films, "build_film", pretend)
    seen: list[tuple[int, int, str]] = []
    paths = films.build_demo(tmp_path, workers=1, progress=lambda *step: seen.append(step))
    assert built == [SHORT["title"], "Other"]
    assert seen == [(1, 2, SHORT["title"]), (2, 2, "Other")]
    films.build_demo(tmp_path, workers=1)
    assert len(built) == 2
    paths[0].unlink()
    films.build_demo(tmp_path, workers=1)
    assert built[2:] == [SHORT["title"]]
    recipe[1] = recipe[1] | {"colour": "#000000"}
    films.build_demo(tmp_path, workers=1)
    assert built[3:] == ["Other"]
    (tmp_path / films.STAMPS).write_text("not json")
    films.build_demo(tmp_path, workers=1)
    assert len(built) == 6


def test_a_film_that_cannot_be_written_is_one_clear_line_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, *_: Any) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(media, "write_film", full)
    with pytest.raises(LibraryError, match="No space left on device"):
        films.build_film(tmp_path, SHORT)
    assert not list(tmp_path.rglob("*.mp4"))


def test_a_damaged_recipe_is_named(tmp_path: Path) -> None:
    (tmp_path / "demo.json").write_text("{")
    with pytest.raises(DataError, match=r"demo\.json"):
        list(films.recipe(tmp_path / "demo.json"))
