"""The validation page: a run, the choice among runs, and what happens to damaged ones."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from dash._utils import to_json

from analysis.agreement import agreement
from analysis.library import Library
from dashboard import data
from dashboard.components import validation as tables
from errors import LeitmotifError
from tests.dashboard.conftest import page_of
from tests.dashboard.fake_library import RUNS
from tests.dashboard.walk import by_id, components, text


def summary_of(library: Library, run: str) -> dict[str, Any]:
    return json.loads((library.validation_folder(run) / "summary.json").read_text(encoding="utf-8"))


def spoil(path: Path, damage: str) -> None:
    content = path.read_bytes()
    path.write_bytes({"truncate": content[: len(content) // 2], "empty": b"", "other content": b"[]"}[damage])


@pytest.mark.parametrize("run", RUNS)
def test_a_validation_run_shows_accuracy_lines_and_grades(pristine: Library, run: str) -> None:
    with page_of("validation", pristine) as validation:
        page = validation.layout(run=run)
    words = text(page)
    for part in (
        "of seconds right",
        "macro-F1",
        "Precision",
        "the lines differ",
        "6 true segments",
        "1 missed",
        "synthetic",
        "begin and end within 1 s",
        "Confusion of attributes",
        "before smoothing",
    ):
        assert part in words
    assert words.count("true: ") == 4 * 6
    json.loads(to_json(page))


def test_a_run_over_own_clips_leaves_open_what_is_not_known(library: Library) -> None:
    folder = library.validation_folder(RUNS[0])
    segments = pd.read_parquet(folder / "segments.parquet").assign(energy_true="", energy_grade="")
    segments.to_parquet(folder / "segments.parquet")
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    summary["grades"]["energy"] = dict.fromkeys(summary["grades"]["energy"], 0)
    (folder / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    with page_of("validation", library) as validation:
        words = text(validation.layout(run=RUNS[0]))
    assert words.count("true: not known") == 6 and words.count("no truth to compare with") == 1


def test_without_a_run_in_the_address_the_newest_is_shown(pristine: Library) -> None:
    with page_of("validation", pristine) as validation:
        assert by_id(validation.layout(), "validation-run").value == pristine.validations()[0]


@pytest.mark.parametrize("run", ["nothing", "..", "../movies"])
def test_an_unknown_run_gives_a_sentence(pristine: Library, run: str) -> None:
    with page_of("validation", pristine) as validation:
        assert f"no validation run called “{run}”" in text(validation.layout(run=run))


@pytest.mark.parametrize("file", ["segments.parquet", "seconds.parquet", "summary.json", "truth.json"])
@pytest.mark.parametrize("damage", ["truncate", "empty", "other content"])
def test_a_damaged_validation_run_is_named_with_its_remedy(library: Library, file: str, damage: str) -> None:
    path = library.validation_folder(RUNS[0]) / file
    spoil(path, damage)
    with page_of("validation", library) as validation:
        page = validation.layout(run=RUNS[0])
        assert str(path) in text(page)
        assert by_id(page, "validation-run").value == RUNS[0]


@pytest.mark.parametrize("file", ["seconds.parquet", "summary.json"])
def test_a_damaged_run_leaves_the_others_alone(library: Library, file: str) -> None:
    spoil(library.validation_folder(RUNS[0]) / file, "truncate")
    with page_of("validation", library) as validation:
        page = validation.layout(run=RUNS[1])
    options = {option["value"]: option["label"] for option in by_id(page, "validation-run").data}
    assert options[RUNS[0]] == f"{RUNS[0]} · cannot be read" and options[RUNS[1]].endswith("%")
    assert "of seconds right" in text(page) and "cannot be read; open it to see why" in text(page)


@pytest.mark.parametrize("change", [{"accuracy": "much"}, {"classes": {"music": 1, "speech": 2, "other": 3}}, {"grades": 7}])
def test_a_summary_of_another_shape_is_an_error_and_not_a_fault(library: Library, change: dict[str, Any]) -> None:
    path = library.validation_folder(RUNS[0]) / "summary.json"
    path.write_text(json.dumps(summary_of(library, RUNS[0]) | change), encoding="utf-8")
    with page_of("validation", library) as validation:
        assert isinstance(data.validation_runs(library)[RUNS[0]], LeitmotifError)
        assert "of seconds right" in text(validation.layout(run=RUNS[1]))


def test_each_run_is_offered_with_its_date_and_accuracy(pristine: Library) -> None:
    with page_of("validation", pristine) as validation:
        labels = {option["value"]: option["label"] for option in by_id(validation.layout(), "validation-run").data}
    for run in RUNS:
        share = f"{round(100 * summary_of(pristine, run)['accuracy'])}\u00a0%"
        date = "" if run.startswith("2026-01-02") else "2 Jan 2026 · "
        assert labels[run] == f"{run} · {date}{share}"


def test_the_runs_stand_side_by_side_and_lead_to_each_other(pristine: Library) -> None:
    with page_of("validation", pristine) as validation:
        page = validation.layout(run=RUNS[0], library="films")
    links = {text(c): c.href for c in components(page) if str(getattr(c, "href", "")).startswith("/validation?")}
    assert links == {RUNS[1]: f"/validation?library=films&run={RUNS[1]}"}
    best = max(RUNS, key=lambda run: summary_of(pristine, run)["accuracy"])
    assert f"Runs: {best} has the most seconds right" in text(page)


def test_the_agreement_is_found_from_the_seconds_also_of_runs_made_before_it_was_kept(pristine: Library) -> None:
    seconds = pd.read_parquet(pristine.validation_folder(RUNS[0]) / "seconds.parquet")
    assert "agreement" not in summary_of(pristine, RUNS[0])
    agreed = agreement(seconds)
    with page_of("validation", pristine) as validation:
        words = text(validation.layout(run=RUNS[0]))
    assert f"{agreed['within']['1']['both']['hits'] or 'none'} of {agreed['true']} begin and end within 1 s" in words
    assert data.validation_runs(pristine)[RUNS[0]].within_1_s == agreed["within"]["1"]["both"]["f1"]


def test_stretches_say_how_far_off_their_ends_are() -> None:
    true = [((10, 30), "jazz"), ((40, 60), "rock"), ((70, 90), "pop")]
    table = tables.stretches(true, [(11, 28), None, (70, 95)], [(100, 120)])
    rows = [text(row) for row in components(table) if type(row).__name__ == "Tr"][1:]
    assert "1 s late" in rows[0] and "2 s early" in rows[0]
    assert "nothing found" in rows[1] and "exact" in rows[2] and "5 s late" in rows[2]
    assert "no music there" in rows[3]
    symbols = [text(c) for c in components(table) if "grade-symbol" in str(getattr(c, "className", ""))]
    assert symbols == ["✓", "~", "–", "✓", "✗", "✗"]


def test_a_run_in_which_no_music_is_found(library: Library) -> None:
    path = library.validation_folder(RUNS[0]) / "seconds.parquet"
    pd.read_parquet(path).assign(predicted="other").to_parquet(path)
    with page_of("validation", library) as validation:
        words = text(validation.layout(run=RUNS[0]))
    assert "none of 5 begin and end" in words and "No stretch to measure from." in words and "music is found in 0 of 5" in words


def test_without_truth_of_the_attributes_there_is_no_confusion_of_them(library: Library) -> None:
    path = library.validation_folder(RUNS[0]) / "segments.parquet"
    table = pd.read_parquet(path)
    table.assign(**{c: "" for c in table if c.endswith(("_true", "_grade"))}).to_parquet(path)
    with page_of("validation", library) as validation:
        words = text(validation.layout(run=RUNS[0]))
    assert "Confusion of attributes" not in words and "Stretches of music" in words
