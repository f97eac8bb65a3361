import re
from pathlib import Path

import pandas as pd
import pytest

from analysis import dataset, dictionary, forms, items
from analysis.library import Library
from analysis.spreadsheets import to_csv
from data import REFERENCE
from tests.dashboard import fake_library

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture(scope="module", params=["made", "reference"])
def table(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """The dataset of the fake library, and that of real films."""
    if request.param == "made":
        return dataset.read(fake_library.build(tmp_path_factory.mktemp("dictionary") / "films"))
    if not REFERENCE.is_dir():
        pytest.skip("needs the reference library")
    return dataset.read(Library(REFERENCE))


def test_every_column_of_the_dataset_is_explained_and_no_other() -> None:
    assert tuple(dictionary.ENHANCED) == dataset.COLUMNS
    assert {name for name, entry in dictionary.ENHANCED.items() if not entry.number} == set(dataset.TEXT_COLUMNS)


@pytest.mark.parametrize("form", forms.FORMS)
def test_every_column_of_every_form_is_explained_in_full(table: pd.DataFrame, form: str) -> None:
    shape = forms.shaped(table, form)
    entries = dictionary.of_form(form, shape.columns)
    names = [entry.name for entry in entries]
    assert set(shape.columns) <= set(names) and len(set(names)) == len(names)
    assert form == "long" or names == list(shape.columns)
    assert (dictionary.table(entries) != "").all(axis=None)
    assert "\n'" not in to_csv(dictionary.table(entries)) and ",'" not in to_csv(dictionary.table(entries))


@pytest.mark.parametrize("form", ["wide", "items"])
def test_values_lie_in_the_ranges_that_are_stated(table: pd.DataFrame, form: str) -> None:
    shape = forms.shaped(table, form)
    outside = [entry.name for entry in dictionary.of_form(form, shape.columns) if not entry.holds(shape[entry.name])]
    assert not outside


def test_the_long_form_is_explained_by_its_names_and_has_their_units(table: pd.DataFrame) -> None:
    long = forms.long(table)
    assert set(long["name"]) <= set(dictionary.ENHANCED)
    units = long.groupby("name")["unit"].unique()
    assert all(list(found) == [dictionary.ENHANCED[str(name)].unit] for name, found in units.items())
    for name, values in long.groupby("name"):
        entry = dictionary.ENHANCED[str(name)]
        assert entry.holds(values["value" if entry.number else "text"])


@pytest.mark.parametrize(
    ("name", "value", "held"),
    [("jazz", 100, True), ("jazz", 101, False), ("loudness", 1, False), ("duration", -1, False), ("duration", 1e6, True),
     ("year", None, True),     ("energy", "low", True), ("energy", "", True), ("energy", "negative", False), ("movie", "x", True)],
)  # fmt: skip
def test_a_range_tells_what_is_outside(name: str, value: object, held: bool) -> None:
    assert dictionary.ENHANCED[name].holds(pd.Series([value])) is held


def test_features_say_what_they_are() -> None:
    assert dictionary.feature("music:genre:jazz").unit == "share" and dictionary.feature("music:genre:jazz").range == "0 to 1"
    assert dictionary.feature("metadata:director:joel: coen").meaning == "1 if the film was directed by joel: coen, else 0"
    assert dictionary.ENHANCED["loudness"].range == "−100 to 0"
    assert not {"percent", "100"} & set(re.findall(r"\w+", " ".join(dictionary.feature(name).how for name in items.SHARES)))


def test_the_page_of_all_columns_is_current() -> None:
    made = dictionary.page()
    assert (DOCS / "columns.md").read_text(encoding="utf-8") == made, "run `python -m analysis.dictionary > docs/columns.md`"
    assert made.count("\n| `") == len(dataset.COLUMNS) + 4 + len(items.SHARES) + len(items.NUMBERS) + len(items.KINDS) + 3 + 4


def test_the_data_dictionary_leads_to_it() -> None:
    assert "(columns.md)" in (DOCS / "data-dictionary.md").read_text(encoding="utf-8")
