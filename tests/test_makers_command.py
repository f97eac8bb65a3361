"""leitmotif makers, findings and reference, as they are typed."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import cli
from analysis.library import Library
from data import REFERENCE
from errors import DataError, InputError

needs_reference = pytest.mark.skipif(not REFERENCE.is_dir(), reason="data/reference is not there")


@needs_reference
def test_makers_as_a_table_and_as_json() -> None:
    done = CliRunner().invoke(cli.app, ["makers", "--library", str(REFERENCE), "--by", "composer"])
    assert done.exit_code == 0
    assert "9 composers, each left out once" in done.output and "Hans Zimmer" in done.output and "rests on" in done.output
    assert "composers with fewer films" in done.output
    told = CliRunner().invoke(cli.app, ["makers", "--library", str(REFERENCE), "--json"])
    report = json.loads(told.output)
    assert [answer["features"] for answer in report["answers"]] == ["music", "metadata", "both"]
    assert len(report["films_of"]) == sum(report["makers"].values()) == len(report["answers"][0]["told"])
    assert all(one["feature"] and one["deviation"] >= 0 for answer in report["answers"] for one in answer["importances"])


@needs_reference
def test_more_films_can_be_asked_of_a_maker() -> None:
    told = CliRunner().invoke(cli.app, ["makers", "--library", str(REFERENCE), "--fewest", "4", "--json"])
    assert set(json.loads(told.output)["makers"].values()) == {4}
    none = CliRunner().invoke(cli.app, ["makers", "--library", str(REFERENCE), "--fewest", "9"])
    assert isinstance(none.exception, InputError) and "fewer than two directors have 9 films" in str(none.exception)


def test_what_cannot_be_done_is_one_line(tmp_path: Path) -> None:
    Library(tmp_path / "library").prepare()
    for arguments, kind in (
        (["makers", "--library", str(tmp_path / "nowhere")], InputError),
        (["reference", "--data", str(tmp_path), "--out", str(tmp_path / "out")], DataError),
    ):
        done = CliRunner().invoke(cli.app, arguments)
        assert isinstance(done.exception, kind) and "\n" not in str(done.exception)
    assert not (tmp_path / "out").exists()
