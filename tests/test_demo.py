"""The demo from end to end, as a newcomer runs it, without the dashboard at its end."""

import json
import subprocess
import sys

import pandas as pd
import pytest

from analysis.library import Library


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Library, subprocess.CompletedProcess[str]]:
    folder = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "cli", "demo", "--no-serve", "--library", str(folder)]
    return Library(folder), subprocess.run(command, capture_output=True, text=True, check=False)


def test_it_ends_well_and_says_that_the_films_are_synthetic(demo: tuple[Library, subprocess.CompletedProcess[str]]) -> None:
    _, done = demo
    assert done.returncode == 0, done.stderr
    assert "synthetic" in done.stdout
    assert "Traceback" not in done.stderr


def test_every_film_is_analysed_and_known(demo: tuple[Library, subprocess.CompletedProcess[str]]) -> None:
    library, _ = demo
    dataset = pd.read_csv(library.root / "enhanced.csv", keep_default_na=False)
    assert len(dataset) >= 12
    assert dataset["director"].nunique() >= 4
    assert (dataset["year"] != "").all()
    assert dataset["duration"].between(110, 190).all()
    genres = "blues rock pop metal jazz classical electronic hiphop country dance".split()
    for columns in (genres, ["energy_low", "energy_med", "energy_high"], ["music_duration", "speech_duration", "other_duration"]):
        sums = dataset[columns].sum(axis=1)
        assert ((sums - 100).abs().lt(0.001) | sums.eq(0)).all()
    assert library.manifest()["counts"]["failed"] == 0


def test_music_is_found_where_it_is(demo: tuple[Library, subprocess.CompletedProcess[str]]) -> None:
    """The films' own timelines against what was heard: not perfect, but far from chance (a third)."""
    library, _ = demo
    right = total = 0
    for path in sorted((library.root / "films").glob("*/*.truth.json")):
        truth = json.loads(path.read_text(encoding="utf-8"))
        heard = library.table(path.parent.name, path.name.removesuffix(".truth.json"), "seconds")["label"]
        for item in truth["items"]:
            inside = heard.iloc[int(item["start"]) : int(item["end"])]
            right += int((inside == item["label"]).sum())
            total += len(inside)
    assert right / total > 0.75, f"only {right / total:.0%} of the seconds are labelled as they were composed"


def test_the_validation_run_is_there(demo: tuple[Library, subprocess.CompletedProcess[str]]) -> None:
    library, _ = demo
    assert library.validations() == ["demo"]
    summary = json.loads((library.validation_folder("demo") / "summary.json").read_text())
    assert 200 < summary["duration"] < 320
    assert summary["accuracy"] > 0.75


def test_it_says_what_the_library_is(demo: tuple[Library, subprocess.CompletedProcess[str]]) -> None:
    library, _ = demo
    assert library.about()["title"] == "Demo: synthetic films"


def test_a_second_demo_does_nothing_twice(demo: tuple[Library, subprocess.CompletedProcess[str]]) -> None:
    library, _ = demo
    command = [sys.executable, "-m", "cli", "demo", "--no-serve", "--library", str(library.root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "0 ok" in done.stdout
