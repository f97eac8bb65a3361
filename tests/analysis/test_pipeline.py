"""The way from files to a library, above all when something is wrong with one of them."""

import errno
import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis import aggregation, many, pipeline
from analysis.library import Library
from errors import InputError
from models.labels import ATTRIBUTES, SOUND_CLASSES
from scrapers.folder import MovieFile, scan
from tests.conftest import WriteMedia, tone


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "library")


@pytest.fixture
def music() -> np.ndarray:
    """24 s of broken major chords: enough harmony for a run of music."""
    rate, notes = 48_000, (261.6, 329.6, 392.0, 523.3, 392.0, 329.6)
    beats = []
    for beat in range(48):
        t = np.arange(rate // 2) / rate
        hertz = notes[beat % len(notes)]
        voices = [np.sin(2 * np.pi * hertz * k * t) / k for k in (0.5, 1, 2, 3, 4)]
        beats.append(np.sum(voices, axis=0) * np.exp(-2 * t))
    return (0.2 * np.concatenate(beats)).astype(np.float32)


def run(folder: Path, library: Library) -> dict[str, pipeline.Outcome]:
    return {outcome.movie: outcome for outcome in many.run(scan(folder), library)}


def test_a_movie_becomes_a_folder_of_results(tmp_path: Path, library: Library, write_media: WriteMedia, music: np.ndarray) -> None:
    write_media(tmp_path / "films/Director/Film.mp4", music, video=True)
    outcome = run(tmp_path / "films", library)["Film"]
    assert (outcome.status, outcome.duration) == ("ok", 24)
    seconds = library.table("Director", "Film", "seconds")
    assert list(seconds) == ["second", "label", "raw_label", "p_music", "p_speech", "p_other", "level_db"]
    assert len(seconds) == 24
    assert set(seconds["label"]) <= set(SOUND_CLASSES)
    np.testing.assert_allclose(seconds[["p_music", "p_speech", "p_other"]].sum(axis=1), 1, atol=1e-3)
    segments = library.table("Director", "Film", "segments")
    windows = library.table("Director", "Film", "windows")
    assert len(segments) >= 1, "the chords were not taken for music"
    assert list(segments) == aggregation.segment_columns()
    assert (segments["windows"] == segments["duration"] - 9).all()
    assert len(windows) == segments["windows"].sum()
    for attribute, classes in ATTRIBUTES.items():
        probabilities = windows[[f"{attribute}_{name}" for name in classes]]
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-3)
        assert (windows[attribute] == [classes[i] for i in probabilities.to_numpy().argmax(axis=1)]).all()
    profile = library.profile("Director", "Film")
    for names in (*aggregation.SHARE_NAMES.values(), [f"{name}_duration" for name in SOUND_CLASSES]):
        assert sum(round(profile[name] * 100) for name in names) == 10_000
    provenance = library.provenance("Director", "Film")
    assert len(provenance["input"]["sha256"]) == 64
    assert set(provenance["stages"]["windows"]["models"]) == {"attributes"}


def test_bad_movies_fail_alone_with_one_line_each(tmp_path: Path, library: Library, write_media: WriteMedia) -> None:
    films = tmp_path / "films"
    write_media(films / "A/good.mkv", tone(3))
    write_media(films / "A/pictures only.mp4", None, video=True)
    write_media(films / "A/blink.wav", tone(0.5))
    write_media(films / "loose.wav", tone(3))
    write_media(films / "B/cut.mp4", tone(20), movflags="faststart")
    (films / "B/cut.mp4").write_bytes((films / "B/cut.mp4").read_bytes()[:80_000])
    (films / "B/words.mp4").write_text("no film at all")
    (films / "B/empty.mkv").touch()
    outcomes = run(films, library)
    assert {movie: o.status for movie, o in outcomes.items()} == {
        "good": "ok", "cut": "ok", "pictures only": "failed", "blink": "failed", "loose": "failed", "words": "failed", "empty": "failed",
    }  # fmt: skip
    assert any("cut short" in warning for warning in outcomes["cut"].warnings)
    for movie, message in {
        "pictures only": "has no audio track",
        "blink": "shorter than one second",
        "loose": "move it into a folder named after its director",
        "words": "not a media file",
        "empty": "is empty",
    }.items():
        assert message in outcomes[movie].reason
        assert movie in outcomes[movie].reason
        assert "\n" not in outcomes[movie].reason
    manifest = library.manifest()
    assert manifest["complete"] is True
    assert manifest["counts"] == {"ok": 2, "skipped": 0, "failed": 5}
    assert {m["movie"]: m["status"] for m in manifest["movies"]} == {movie: o.status for movie, o in outcomes.items()}


@pytest.mark.parametrize("sound", [np.zeros(15 * 8000, np.float32), tone(3, rate=8000)])
def test_a_film_without_music_has_zeros_not_errors(tmp_path: Path, library: Library, write_media: WriteMedia, sound: np.ndarray) -> None:
    write_media(tmp_path / "films/D/Film.wav", sound, rate=8000, layout="mono")
    assert run(tmp_path / "films", library)["Film"].status == "ok"
    profile = library.profile("D", "Film")
    assert (profile["segments"], profile["genre"], profile["jazz"]) == (0, "", 0.0)
    assert library.table("D", "Film", "windows").empty


def test_digital_silence_is_other(tmp_path: Path, library: Library, write_media: WriteMedia) -> None:
    write_media(tmp_path / "films/D/Film.wav", np.zeros(5 * 8000, np.float32), rate=8000)
    run(tmp_path / "films", library)
    assert library.profile("D", "Film")["other_duration"] == 100.0


NAMES = ['"Quoted"', "It's", "AC∕DC ⁄ Live", "Ghost 👻", "乱 Ran", "سينما", "<b>&amp;", "=1+1", "a" * 120]


def test_unusual_names_reach_the_library_unchanged(tmp_path: Path, library: Library, write_media: WriteMedia) -> None:
    first = write_media(tmp_path / "films" / NAMES[0] / f"{NAMES[0]}.wav", tone(1, rate=8000), rate=8000)
    for name in NAMES[1:]:
        (tmp_path / "films" / name).mkdir()
        shutil.copy(first, tmp_path / "films" / name / f"{name}.wav")
    assert {o.status for o in run(tmp_path / "films", library).values()} == {"ok"}
    assert library.movies() == sorted((name, name) for name in NAMES)


def test_one_title_by_two_directors_is_kept_apart(tmp_path: Path, library: Library, write_media: WriteMedia) -> None:
    write_media(tmp_path / "films/Lang/M.wav", tone(2))
    write_media(tmp_path / "films/Losey/M.wav", tone(4))
    run(tmp_path / "films", library)
    assert [library.profile(director, "M")["duration"] for director in ("Lang", "Losey")] == [2, 4]


def test_a_second_run_skips_what_nothing_touched(
    tmp_path: Path, library: Library, write_media: WriteMedia, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_media(tmp_path / "films/D/Film.wav", tone(3))
    run(tmp_path / "films", library)
    monkeypatch.setattr(pipeline.decoding, "decode", lambda *_, **__: pytest.fail("decoded again"))
    assert run(tmp_path / "films", library)["Film"].status == "skipped"
    os.utime(path)  # touched, but its content is the same
    assert run(tmp_path / "films", library)["Film"].status == "skipped"
    monkeypatch.setattr("models.registry.sha256", lambda _: pytest.fail("hashed again"))
    assert run(tmp_path / "films", library)["Film"].status == "skipped"


def test_a_changed_film_is_done_again(tmp_path: Path, library: Library, write_media: WriteMedia) -> None:
    path = write_media(tmp_path / "films/D/Film.wav", tone(3))
    run(tmp_path / "films", library)
    write_media(path, tone(5))
    assert run(tmp_path / "films", library)["Film"].status == "ok"
    assert library.profile("D", "Film")["duration"] == 5


def test_only_what_a_change_touches_is_redone(
    tmp_path: Path, library: Library, write_media: WriteMedia, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_media(tmp_path / "films/D/Film.wav", tone(3))
    run(tmp_path / "films", library)
    monkeypatch.setattr(pipeline.detection, "seconds", lambda *_: pytest.fail("seconds computed again"))
    monkeypatch.setitem(pipeline.REVISIONS, "windows", 99)
    assert run(tmp_path / "films", library)["Film"].status == "ok"
    monkeypatch.setattr(pipeline.decoding, "decode", lambda *_, **__: pytest.fail("decoded again"))
    monkeypatch.setitem(pipeline.REVISIONS, "segments", 99)
    assert run(tmp_path / "films", library)["Film"].status == "ok"
    assert run(tmp_path / "films", library)["Film"].status == "skipped"


def test_another_detector_hears_a_film_again(
    tmp_path: Path, library: Library, write_media: WriteMedia, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_media(tmp_path / "films/D/Film.wav", tone(3))
    run(tmp_path / "films", library)
    assert library.manifest()["detector"] == "svm"
    asked: list[str] = []
    hear = pipeline.detection.seconds
    monkeypatch.setattr(pipeline.detection, "seconds", lambda signal, detector: (asked.append(detector), hear(signal, detector))[1])
    for expected in ("ok", "skipped"):
        [outcome] = many.run(scan(tmp_path / "films"), library, pipeline.Options(detector="context"))
        assert outcome.status == expected
    assert asked == ["context"]
    assert library.manifest()["detector"] == "context"
    assert list(library.provenance("D", "Film")["stages"]["seconds"]["models"]) == ["detector_context"]


def test_an_unknown_detector_is_refused_at_once(library: Library) -> None:
    with pytest.raises(InputError, match="--detector: unknown detector 'ear'; choose svm or context"):
        many.run([], library, pipeline.Options(detector="ear"))


@pytest.mark.parametrize("damaged", ["profile.json", "provenance.json"])
def test_a_damaged_result_is_done_again(tmp_path: Path, library: Library, write_media: WriteMedia, damaged: str) -> None:
    write_media(tmp_path / "films/D/Film.wav", tone(2))
    run(tmp_path / "films", library)
    (library.movie_folder("D", "Film") / damaged).write_text("{")
    assert run(tmp_path / "films", library)["Film"].status == "ok"
    assert library.profile("D", "Film")["duration"] == 2


def test_a_film_that_vanishes_mid_run_fails_alone(tmp_path: Path, library: Library, write_media: WriteMedia) -> None:
    for name in ("a", "b", "c"):
        write_media(tmp_path / f"films/D/{name}.wav", tone(2))
    outcomes = []
    for outcome in many.run(scan(tmp_path / "films"), library):
        outcomes.append(outcome)
        (tmp_path / "films/D/b.wav").unlink(missing_ok=True)
    assert [o.status for o in outcomes] == ["ok", "failed", "ok"]
    assert "b.wav: the file is gone" in outcomes[1].reason


def test_a_full_disk_costs_one_movie_and_nothing_else(
    tmp_path: Path, library: Library, write_media: WriteMedia, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b", "c"):
        write_media(tmp_path / f"films/D/{name}.wav", tone(2))
    write = pd.DataFrame.to_parquet

    def full_at_b(table: pd.DataFrame, path: Any, **options: Any) -> Any:
        if full:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(table, path, **options)

    monkeypatch.setattr(pd.DataFrame, "to_parquet", full_at_b)
    full, outcomes = False, []
    for outcome in many.run(scan(tmp_path / "films"), library):
        outcomes.append(outcome)
        full = outcome.movie == "a"
    assert [o.status for o in outcomes] == ["ok", "failed", "ok"]
    assert "b: cannot be written (No space left on device)" in outcomes[1].reason
    assert library.movies() == [("D", "a"), ("D", "c")]


def test_an_interrupted_run_keeps_what_is_done_and_says_so(
    tmp_path: Path, library: Library, write_media: WriteMedia, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b", "c"):
        write_media(tmp_path / f"films/D/{name}.wav", tone(2))

    def interrupted_at_c(movie: MovieFile, *given: Any) -> pipeline.Outcome:
        if movie.movie == "c":
            raise KeyboardInterrupt
        return analyse(movie, *given)

    analyse = pipeline.analyse
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(pipeline, "analyse", interrupted_at_c)
        list(many.run(scan(tmp_path / "films"), library))
    manifest = json.loads((library.root / "manifest.json").read_text())
    assert (manifest["complete"], manifest["counts"]["ok"]) == (False, 2)
    assert [o.status for o in run(tmp_path / "films", library).values()] == ["skipped", "skipped", "ok"]
