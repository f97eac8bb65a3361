"""The command line as a user meets it: exit status, one-line errors, JSON."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

import cli
from analysis import dataset, many, pipeline
from analysis.agreement import agreement
from analysis.composing import drafting, sounding
from analysis.library import Library
from models import registry
from tests.analysis.composing.conftest import write
from tests.conftest import WriteMedia, hear_ctrl_c, tone
from tests.dashboard import fake_library

_MANY = 12  # films: enough that a run is interrupted in the middle
LEITMOTIF = [sys.executable, "-m", "cli"]


def leitmotif(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*LEITMOTIF, *map(str, arguments)], capture_output=True, text=True, check=False)


def shown(*arguments: str | Path) -> str:
    """What a command that ends well prints, without a process of its own."""
    return CliRunner().invoke(cli.app, list(map(str, arguments)), catch_exceptions=False).stdout


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Runs a command that cannot be done, without a process of its own; gives what it complains."""

    def refused(*arguments: str | Path) -> str:
        monkeypatch.setattr(sys, "argv", ["leitmotif", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert ended.value.code == cli.MISUSED
        return capsys.readouterr().err

    return refused


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("analyse", "nowhere", "--library", "lib"), "error: nowhere: no such folder"),
        (("analyse", ".", "--library", "lib"), "holds no movies"),
        (("metadata", "nowhere", "--library", "lib"), "error: nowhere: no such folder"),
        (("analyse", ".", "--library", "lib", "--shard", "3/2"), "error: --shard: '3/2' is not I/N with I from 1 to N; 2/4"),
        (("export", "--library", "nowhere", "--out", "x.csv"), "error: nowhere: no such library"),
        (("similar", "Rope", "--library", "nowhere"), "error: nowhere: no such library"),
        (("similar", "Rope", "--library", "."), "error: .: holds no enhanced dataset"),
        (("serve", "--library", "nowhere"), "error: nowhere: no such library"),
        (
            ("train", "oracle", "--data", "."),
            "error: unknown model 'oracle': choose detector, attributes, film_genre, track_genre, poster_genre, scene_emotion, cover",
        ),
        (
            ("train", "film_genre", "--data", ".", "--design", "modern"),
            "error: --design: film_genre has no design 'modern'; choose best or thesis",
        ),
        (
            ("train", "detector", "--data", ".", "--design", "thesis"),
            "error: --design: detector has no design 'thesis'; choose svm or context",
        ),
        (("train", "detector", "oracle", "--data", "."), "error: unknown model 'oracle'"),
        (("train", "track_genre", "detector", "--data", ".", "--design", "best"), "error: --design: detector has no design 'best'"),
        (("train", "score", "--data", ".", "--mix", "sad"), "error: --mix: only score with --design a, b or c takes it, not score"),
        (("train", "score", "--data", ".", "--design", "b", "--mix", "sad=much"), "error: --mix: the weight of sad is 'much'"),
        (("train", "detector", "--data", "nowhere"), "error: nowhere: no such folder"),
        (("train", "detector", "track_genre", "--data", "."), "error: .: holds no music/<genre>/, speech/ and other/ with clips"),
        (("validate", "--clips", "nowhere", "--library", "lib"), "nowhere"),
        (("compose", "--out", "a.mid"), "error: nothing is given to compose for"),
        (("benchmark", "nothing"), "error: unknown benchmark 'nothing': choose one of"),
    ],
)
def test_what_cannot_be_used_is_one_line_and_exit_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: Callable[..., str], arguments: tuple[str, ...], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    complaint = refused(*arguments)
    assert message in complaint
    assert len(complaint.strip().splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_debug_shows_the_traceback() -> None:
    arguments = ("analyse", "nowhere", "--library", "lib")
    done = leitmotif(*arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("error: nowhere: no such folder") and len(done.stderr.splitlines()) == 1
    done = leitmotif(*arguments, "--debug")
    assert "Traceback" in done.stderr
    assert "InputError" in done.stderr


def test_help_imports_nothing_heavy() -> None:
    code = "import sys; sys.argv = ['leitmotif', '--help']\nimport cli\ntry: cli.main()\nexcept SystemExit: pass\n"
    code += "print([m for m in ('tensorflow', 'librosa', 'pandas', 'dash', 'sklearn', 'numpy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("[]")
    assert "analyse" in done.stdout


def test_a_run_with_a_failure_exits_1_and_exports_the_rest(tmp_path: Path, write_media: WriteMedia) -> None:
    write_media(tmp_path / "films/Director/=Film.wav", tone(3))
    (tmp_path / "films/Director/=Film.json").write_text(json.dumps({"title": "Film", "year": 1999, "genres": ["Drama", "War"]}))
    (tmp_path / "films/Director/bad.mp4").write_text("no film")
    library = tmp_path / "library"
    assert leitmotif("metadata", tmp_path / "films", "--library", library).returncode == 0
    done = leitmotif("analyse", tmp_path / "films", "--library", library)
    assert done.returncode == 1
    assert "failed:" in done.stderr
    assert "bad.mp4: not a media file" in done.stderr
    assert "Traceback" not in done.stderr
    assert "1 ok, 0 skipped, 1 failed" in done.stdout
    again = json.loads(leitmotif("analyse", tmp_path / "films", "--library", library, "--json").stdout)
    assert again["counts"] == {"ok": 0, "skipped": 1, "failed": 1}
    for suffix in ("csv", "json", "parquet"):
        assert leitmotif("export", "--library", library, "--out", tmp_path / f"out.{suffix}").returncode == 0
    [row] = pd.read_csv(tmp_path / "out.csv").to_dict("records")
    assert (row["movie"], row["year"], row["movie_genres"]) == ("'=Film", 1999, "Drama, War")


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_ctrl_c_in_the_middle_keeps_what_is_done(tmp_path: Path, write_media: WriteMedia) -> None:
    # Too faint to be music, which would have to be described.
    first = write_media(tmp_path / "films/Director/film 00.wav", tone(240, rate=8000, level=0.0005), rate=8000)
    for number in range(1, _MANY):
        os.link(first, first.with_name(f"film {number:02}.wav"))
    library = tmp_path / "library"
    command = [*LEITMOTIF, "analyse", str(tmp_path / "films"), "--library", str(library)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=hear_ctrl_c)
    deadline = time.monotonic() + 60
    while not list(library.glob("movies/Director/film*/profile.json")) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, complaints = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "are done and kept; run the same command again to go on" in complaints
    assert "Traceback" not in complaints
    manifest = json.loads((library / "manifest.json").read_text())
    assert manifest["complete"] is False
    done = sorted(p.name for p in library.glob("movies/Director/*"))
    assert 1 <= len(done) < _MANY
    assert len(pd.read_csv(library / "enhanced.csv")) == len(done)
    again = json.loads(leitmotif("analyse", tmp_path / "films", "--library", library, "--json").stdout)
    assert again["counts"]["ok"] + again["counts"]["skipped"] == _MANY
    assert again["counts"]["skipped"] >= len(done)


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_ctrl_c_that_native_code_swallows_ends_the_run_after_the_movie(tmp_path, monkeypatch, capsys) -> None:
    def run(*_: object, **__: object):
        with contextlib.suppress(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(1)  # ended by the signal
        yield pipeline.Outcome("Director", "Film", "film.wav", "ok")
        raise AssertionError("the run went on")

    monkeypatch.setattr(many, "run", run)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(typer.Exit) as ended:
            cli._analyse([], tmp_path, track=0)
    finally:
        signal.signal(signal.SIGINT, before)
    assert ended.value.exit_code == 130
    assert "interrupted: 1 of 0" in capsys.readouterr().err


def test_models_lists_every_card() -> None:
    cards = json.loads(leitmotif("models", "--json").stdout)
    assert [card["name"] for card in cards] == list(registry.CARDS)
    table = shown("models")
    assert [card["sha256"][:6] for card in cards if card["sha256"][:6] not in table] == []


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of some invented films."""
    library = fake_library.build(tmp_path_factory.mktemp("library") / "films")
    fake_library.write_film(library, "Zed", "The Quiet Engine")
    fake_library.write_film(library, "Zed", "[b]")
    dataset.write(library)
    return library.root


def test_check_names_what_is_damaged(tmp_path: Path) -> None:
    library = Library(tmp_path)
    fake_library.write_film(library, "Zed", "[b]")
    dataset.write(library)
    arguments = ("check", "--library", tmp_path)
    assert shown(*arguments) == f"{tmp_path}: every file is whole\n"
    path = library.movie_folder("Zed", "[b]") / "windows.parquet"
    path.write_bytes(path.read_bytes()[1:])
    done = CliRunner().invoke(cli.app, list(map(str, arguments)))
    named, summed_up = done.stdout.splitlines()
    assert done.exit_code == 1
    assert named.startswith(f"{path}: has ") and named.endswith("analyse the film again, or remove the folder if the film is gone")
    assert summed_up == f"{tmp_path}: 1 problem"
    assert json.loads(shown(*arguments, "--json")) == {"library": str(tmp_path), "problems": [named]}


def test_similar_names_the_nearest_films_and_why(films: Path) -> None:
    arguments = ("similar", "rain on platform 9", "--library", films)
    found = json.loads(shown(*arguments, "--by", "mix", "--weight", "0.3", "-n", "2", "--json"))
    assert {key: found[key] for key in ("director", "movie", "by", "weight")} == {
        "director": "Ada Vorn", "movie": "Rain on Platform 9", "by": "mix", "weight": 0.3,
    }  # fmt: skip
    assert (found["compared"], found["left_out"]) == (5, 4)  # one film has no music, of three too little is known
    one, two = found["nearest"]
    assert one.keys() == {"director", "movie", "similarity", "reasons", "agreement"}
    assert 1 >= one["similarity"] >= two["similarity"] >= 0 and one["reasons"] and "same director" in one["reasons"]
    table = leitmotif(*arguments, "--by", "metadata").stdout
    assert "of 6 films" in table and fake_library.SILENT in table
    assert json.loads(shown(*arguments, "--json"))["weight"] is None
    assert "[b]" in shown(*arguments, "-n", "9")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("rain",), "error: no film is called 'rain' here; the closest: 'Rain on Platform 9'"),
        (("The Quiet Engine",), "2 films are called 'The Quiet Engine'; name the director with --director: 'Ada Vorn', 'Zed'"),
        (("Rain on Platform 9", "--director", "Zed"), "no film is called 'Rain on Platform 9' by Zed here"),
        ((fake_library.SILENT,), "has no music of 10 seconds or more to compare; compare by metadata"),
        (("The Quiet Engine", "--director", "zed", "--by", "metadata"), "too little is known to compare it by metadata"),
        (("=1+1", "--by", "colour"), "films cannot be compared by 'colour'; choose one of music, metadata, mix"),
        (("=1+1", "-n", "0"), "n = 0: ask for at least one film"),
    ],
)
def test_similar_says_in_one_line_what_cannot_be(
    films: Path, refused: Callable[..., str], arguments: tuple[str, ...], message: str
) -> None:
    complaint = refused("similar", *arguments, "--library", films)
    assert len(complaint.strip().splitlines()) == 1
    assert message in complaint


def test_validation_says_how_many_stretches_of_music_are_found() -> None:
    labels = [*["music"] * 20, *["speech"] * 10, *["music"] * 12]
    seconds = pd.DataFrame({"true": labels, "predicted": [*labels[:30], *["other"] * 12]})
    assert cli._agreement(agreement(seconds)) == (
        "Stretches of music: 2 true, 1 found; both ends within 1 s: 1 (F1 0.67), within 3 s: 1 (F1 0.67)"
    )


@pytest.fixture
def quick_composing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drafts without the network, and sounds without the sound font."""
    draft = write(0, False, 120.0)
    monkeypatch.setattr(drafting, "drafts", lambda profile, *, seconds, seeds, cancelled: [draft for _ in seeds])
    monkeypatch.setattr(sounding, "render", lambda piece: np.tile(tone(12, rate=sounding.RATE), (2, 1)))


def test_compose_writes_the_best_piece_and_says_how_it_matches(quick_composing: None, tmp_path: Path) -> None:
    arguments = "compose --mood happy=2 --mood calm --genre Comedy --seed 4 --candidates 2 --energy 0.5".split()
    files = ["--out", str(tmp_path / "a.mid"), "--wav", str(tmp_path / "a.wav")]
    done = CliRunner().invoke(cli.app, [*arguments, *files, "--json"], catch_exceptions=False)
    [said] = map(json.loads, done.stdout.splitlines())
    assert (said["file"], said["wav"]) == (files[1], files[3])
    assert said["seed"] in (4, 5)
    assert 0 <= said["match"] <= 100
    assert said["asked"]["moods"] == pytest.approx({"happy": 0.6667, "tense": 0, "sad": 0, "calm": 0.3333})
    assert said["asked"]["energy"] == 0.5
    assert said["got"].keys() >= said["parts"].keys() == said["asked"].keys()
    assert {path.name for path in tmp_path.iterdir()} == {"a.mid", "a.wav"}
    shown = CliRunner().invoke(cli.app, [*arguments, *files], catch_exceptions=False).stdout
    for word in (
        f"Match {said['match']:.0f} of 100",
        "a.wav",
        f"seed {said['seed']}",
        "asked",
        "got",
        "energy",
        "0.5",
        "happy 0.67, calm 0.33",
    ):
        assert word in shown


def test_a_ctrl_c_while_composing_leaves_nothing(quick_composing: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sounding, "render", interrupted)
    monkeypatch.setattr(sys, "argv", ["leitmotif", "compose", "--mood", "sad", "--out", str(tmp_path / "a.mid")])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == cli.INTERRUPTED
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--length", "5"), "a length of 5 s cannot be composed: ask for 10 to 300"),
        (("--candidates", "33"), "33 candidates cannot be composed: ask for 1 to 32"),
        (("--seed", "-1"), "seed -1 is negative"),
        (("--energy", "2"), "--energy: 2 is out of range; give 0 to 1"),
        (("--ogg", "a.mp3"), "--ogg: a.mp3 has the wrong ending"),
        (("--poster", "a.png"), "--poster and --genre or --mood are given"),
    ],
)
def test_compose_says_in_one_line_what_cannot_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    monkeypatch.setattr(sys, "argv", ["leitmotif", "compose", "--mood", "sad", "--out", str(tmp_path / "a.mid"), *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    complaint = capsys.readouterr().err
    assert ended.value.code == cli.MISUSED
    assert message in complaint
    assert len(complaint.strip().splitlines()) == 1


def test_tag_prints_a_json_object_a_line_in_the_order_given(tmp_path: Path, write_media: WriteMedia) -> None:
    write_media(tmp_path / "hum.wav", tone(12))
    done = leitmotif("tag", tmp_path / "hum.wav", tmp_path / "gone.wav", tmp_path / "hum.wav", "--json", "--segments")
    first, second, third = map(json.loads, done.stdout.splitlines())
    assert done.returncode == 1, "one of them could not be read"
    assert second == {"file": str(tmp_path / "gone.wav"), "error": f"{tmp_path / 'gone.wav'}: no such file"}
    assert first == third
    assert first["file"] == str(tmp_path / "hum.wav")
    assert first.keys() >= {
        "genre",
        "film_genres",
        "album_genre",
        "music",
        "speech",
        "other",
        "energy",
        "valence",
        "danceability",
        "segments",
    }
    assert first["segments"][0]["end"] <= 12


def test_tag_prints_a_table_a_recording(tmp_path: Path, write_media: WriteMedia) -> None:
    write_media(tmp_path / "hum.wav", tone(4))
    done = leitmotif("tag", tmp_path / "hum.wav")
    assert done.returncode == 0
    for word in ("hum.wav", "film genres", "album genre", "danceability", "whole recording"):
        assert word in done.stdout
