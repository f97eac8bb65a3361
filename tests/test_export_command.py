"""`leitmotif export` in each of its forms, as a user meets it."""

import sys
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

import cli
from analysis import dataset
from analysis.library import Library
from tests.dashboard import fake_library
from tests.dashboard.fake_library import FILMS

N_FILMS = sum(map(len, FILMS.values()))


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return fake_library.build(tmp_path_factory.mktemp("export") / "films")


def export(library: Library, out: Path, *more: str) -> Result:
    return CliRunner().invoke(cli.app, ["export", "--library", str(library.root), "--out", str(out), *more], catch_exceptions=False)


def test_without_a_form_it_is_the_dataset_alone(library: Library, tmp_path: Path) -> None:
    done = export(library, tmp_path / "films.csv")
    assert (done.exit_code, done.stdout) == (0, f"{N_FILMS} movies written to {tmp_path / 'films.csv'}\n")
    assert (tmp_path / "films.csv").read_bytes() == (library.root / "enhanced.csv").read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["films.csv"]


@pytest.mark.parametrize(("form", "more"), [("wide", ["--dictionary"]), ("long", []), ("items", [])])
def test_a_dictionary_stands_beside_it(library: Library, tmp_path: Path, form: str, more: list[str]) -> None:
    done = export(library, tmp_path / "films.parquet", "--form", form, *more)
    beside = tmp_path / "films-dictionary.csv"
    assert done.exit_code == 0 and done.stdout.endswith(f"films.parquet, what its columns mean to {beside}\n")
    explained = pd.read_csv(beside)
    assert list(explained) == ["name", "unit", "range", "meaning", "how"] and explained.notna().all(axis=None)
    assert set(pd.read_parquet(tmp_path / "films.parquet")) <= set(explained["name"])


def test_each_form_has_its_rows(library: Library, tmp_path: Path) -> None:
    for form in ("wide", "long", "items"):
        export(library, tmp_path / f"{form}.csv", "--form", form)
    wide, long, items = (pd.read_csv(tmp_path / f"{form}.csv") for form in ("wide", "long", "items"))
    assert list(wide) == list(dataset.COLUMNS) and len(items) == len(wide) == N_FILMS
    assert len(long) > 30 * N_FILMS and set(long["name"]) < set(dataset.COLUMNS)


def test_another_form_is_refused_in_a_line(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["leitmotif", "export", "--library", str(library.root), "--out", str(tmp_path / "x.csv"), "--form", "tall"]
    monkeypatch.setattr(sys, "argv", command)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == cli.MISUSED
    assert capsys.readouterr().err == "error: 'tall' is no form of the dataset; choose one of wide, long, items\n"
    assert not list(tmp_path.iterdir())
