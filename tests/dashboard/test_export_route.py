import io
import json
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from werkzeug.test import TestResponse

from analysis import dataset, dictionary, forms, spreadsheets
from analysis.library import Library
from dashboard import data
from dashboard.app import create_app
from dashboard.export_route import FILES, FORMATS, PATH
from tests.dashboard.fake_library import FILMS

READERS: dict[str, Callable[[bytes], pd.DataFrame]] = {
    "csv": lambda content: pd.read_csv(io.BytesIO(content), keep_default_na=False),
    "json": lambda content: pd.DataFrame(json.loads(content)),
    "parquet": lambda content: pd.read_parquet(io.BytesIO(content)),
}


def export(over: Library, name: str, films: Any = None, **query: str) -> TestResponse:
    """The answer to a request for these films, all of them for None."""
    client = create_app([over.root]).server.test_client()
    body = None if films is None else json.dumps(films)
    return client.post(PATH, query_string={"format": name, **query}, data=body)


@pytest.mark.parametrize("name", FORMATS)
def test_the_whole_dataset_can_be_taken_away_in_each_format(pristine: Library, name: str) -> None:
    answer = export(pristine, name)
    assert answer.status_code == 200 and f"filename=enhanced.{name}" in answer.headers["Content-Disposition"]
    table = READERS[name](answer.data)
    assert list(table.columns) == list(dataset.COLUMNS) and len(table) == sum(map(len, FILMS.values()))
    assert set(table["movie"].map(spreadsheets.restore)) == {movie for movies in FILMS.values() for movie in movies}
    if name == "csv":  # no cell of it can act as a formula
        assert not table["movie"].str.startswith(("=", "+", "-", "@")).any()


def test_the_rows_shown_are_exported_in_their_order(pristine: Library) -> None:
    wanted = [["Zed", "=1+1"], ["Ada Vorn", "The Quiet Engine"], ["Ada Vorn", "../../etc/passwd"]]
    rows = export(pristine, "json", wanted).json
    assert [[row["director"], row["movie"]] for row in rows] == wanted[:2]
    assert len(export(pristine, "csv", []).text.splitlines()) == 1
    assert export(pristine, "json", []).json == []


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("form", forms.FORMS)
def test_every_form_can_be_taken_away_in_each_format(pristine: Library, form: str, name: str) -> None:
    wanted = [["Zed", "=1+1"], ["Ada Vorn", "The Quiet Engine"]]
    for films in (None, wanted):
        answer = export(pristine, name, films, form=form)
        assert answer.headers["Content-Disposition"] == f"attachment; filename={FILES[form]}.{name}"
        table = READERS[name](answer.data)
        films = wanted if films else [list(film) for film in dataset.read(pristine)[["director", "movie"]].to_numpy()]
        named = table[["director", "movie"]].map(spreadsheets.restore).drop_duplicates()
        assert named.to_numpy().tolist() == films
        assert form == "items" or list(table) == list(forms.shaped(dataset.read(pristine), form))  # names that are features are the films'


def test_the_dictionary_explains_every_column_of_every_form(pristine: Library) -> None:
    explained = READERS["csv"](export(pristine, "csv", form="dictionary").data)
    assert list(explained) == list(dictionary.HEAD) and explained["name"].is_unique
    assert {column for form in forms.FORMS for column in forms.shaped(dataset.read(pristine), form)} == set(explained["name"])


def test_another_form_is_refused(pristine: Library) -> None:
    answer = export(pristine, "csv", form="../x")
    assert answer.status_code == 400 and "no form of the dataset; choose one of wide, long, items" in answer.text


@pytest.mark.parametrize("name", ["", "xlsx", "/../../x.csv", ".csv"])
def test_another_format_is_refused(pristine: Library, name: str) -> None:
    answer = export(pristine, name)
    assert answer.status_code == 400 and "no format to export; choose one of csv, json, parquet" in answer.text


@pytest.mark.parametrize("films", [{"director": "Zed"}, [["Zed"]], [["Zed", "a", "b"]], 3, "Zed", [None]])
def test_a_list_that_is_none_is_refused(pristine: Library, films: Any) -> None:
    answer = export(pristine, "csv", films)
    assert answer.status_code == 400 and answer.text == "films to export must be a list of [director, movie]\n"


def test_export_without_a_dataset_says_why(empty_library: Library) -> None:
    answer = export(empty_library, "csv")
    assert answer.status_code == 404 and "leitmotif analyse" in answer.text
    assert "no library is called" in export(empty_library, "csv", library="other").text


def test_a_page_of_another_site_gets_nothing(pristine: Library) -> None:
    client = create_app([pristine.root]).server.test_client()
    answer = client.post(PATH, query_string={"format": "csv"}, headers={"Origin": "https://elsewhere.example"})
    assert answer.status_code == 403


def test_an_error_nobody_expected_is_one_line(pristine: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "dataset", lambda *_: 1 / 0)
    answer = export(pristine, "csv")
    assert answer.status_code == 500 and answer.text == "Something went wrong; the terminal in which Leitmotif runs says more.\n"
