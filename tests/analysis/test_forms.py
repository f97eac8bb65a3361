import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis import dataset, forms, items
from analysis.library import Library
from analysis.spreadsheets import restore
from data import REFERENCE
from errors import InputError
from models.labels import GENRES
from tests.dashboard import fake_library
from tests.dashboard.fake_library import SILENT

READERS: dict[str, Callable[[Path], pd.DataFrame]] = {
    "csv": lambda path: pd.read_csv(path, dtype={"imdb_id": "str"}, keep_default_na=False, na_values={"value": ""}),
    "json": lambda path: pd.DataFrame(json.loads(path.read_text(encoding="utf-8"))),
    "parquet": pd.read_parquet,
}


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    return dataset.read(fake_library.build(tmp_path_factory.mktemp("forms") / "films"))


def films(**columns: list[object]) -> pd.DataFrame:
    """A dataset in which these columns are known, with jazz in every film."""
    rows = len(next(iter(columns.values())))
    unknown = {name: "" if name in dataset.TEXT_COLUMNS else np.nan for name in dataset.COLUMNS}
    shares = {"jazz": 100.0, "movie": [f"Film {i}" for i in range(rows)], "director": "Ada"}
    found = pd.DataFrame(unknown | shares | columns, index=range(rows))
    return found.astype(dict.fromkeys(dataset.TEXT_COLUMNS, "str") | {"year": "Int64"})


# --- long -----------------------------------------------------------------------------------------------------------


def test_long_holds_every_value_once_in_the_order_of_the_films(table: pd.DataFrame) -> None:
    long = forms.long(table)
    assert not long.duplicated().any() and list(long) == ["director", "movie", "imdb_id", "name", "value", "text", "unit"]
    assert list(dict.fromkeys(zip(long["director"], long["movie"], strict=True))) == list(
        zip(table["director"], table["movie"], strict=True)
    )
    back = long[long["value"].notna()].pivot_table(index=["director", "movie"], columns="name", values="value")
    wide = items.known_numbers(table).set_index([table["director"], table["movie"]])[back.columns]
    pd.testing.assert_frame_equal(back.sort_index(), wide.sort_index(), check_names=False)


def test_long_says_only_what_is_known(table: pd.DataFrame) -> None:
    long = forms.long(table)
    assert (long["value"].notna() ^ long["text"].notna()).all()
    assert not (long["text"] == "").any() and (long["unit"] != "").all()
    silent = set(long.loc[long["movie"] == SILENT, "name"])
    assert {"music_duration", "segments"} <= silent and not silent & {*GENRES, "genre", "tempo", "energy_low", "energy_mean"}


def test_each_of_several_entries_is_a_row_of_its_own() -> None:
    long = forms.long(
        films(movie_genres=["Crime, Drama", ""], cast=["A B,  C D", ""], locations=["Reykjavík, Iceland", ""], year=[1953, None])
    )
    first = long[long["movie"] == "Film 0"].groupby("name", sort=False)["text"].apply(list)
    assert first["movie_genres"] == ["Crime", "Drama"] and first["cast"] == ["A B", "C D"]
    assert first["locations"] == ["Reykjavík, Iceland"]  # a place may have commas itself
    assert not {"year", "movie_genres", "cast", "locations"} & set(long.loc[long["movie"] == "Film 1", "name"])


@pytest.mark.parametrize("ending", READERS)
@pytest.mark.parametrize("copies", [1, 300])  # few rows and many are written in two ways
def test_long_can_be_read_back(table: pd.DataFrame, tmp_path: Path, ending: str, copies: int) -> None:
    whole = pd.concat([table] * copies, ignore_index=True)
    forms.write(whole, tmp_path / f"out.{ending}", "long")
    back = READERS[ending](tmp_path / f"out.{ending}")
    for column in ("movie", "name", "text"):
        assert list(back[column].fillna("").map(restore)) == list(forms.long(whole)[column].fillna(""))
    np.testing.assert_array_equal(back["value"].astype(float), forms.long(whole)["value"])
    if ending == "csv":  # no cell of it can act as a formula
        assert not back["text"].str.startswith(("=", "+", "-", "@")).any() and not back["movie"].str.startswith("=").any()


# --- items ----------------------------------------------------------------------------------------------------------


def test_the_matrix_has_a_row_per_film_and_numbers_only(table: pd.DataFrame) -> None:
    matrix = items.matrix(table)
    assert tuple(matrix.columns[:4]) == items.KEYS and list(matrix["movie"]) == list(table["movie"])
    assert (matrix.dtypes.iloc[4:] == "float64").all()
    assert matrix.columns.is_unique and all(name.startswith(("music:", "metadata:")) for name in matrix.columns[4:])
    np.testing.assert_allclose(matrix["music:sound:speech"] * 100, table["speech_duration"])
    genres = matrix[[f"music:genre:{name}" for name in GENRES]]
    assert genres.sum(axis=1, skipna=False).dropna().round(4).eq(1).all()


def test_what_is_not_known_is_empty_and_never_nought(table: pd.DataFrame) -> None:
    matrix = items.matrix(table).set_index("movie")
    silent = matrix.loc[SILENT].filter(like="music:")
    assert silent.notna().sum() == 3 and silent.filter(like="music:sound:").notna().all()
    unknown = matrix.loc[table["movie"].iloc[-1] if table["imdb_id"].iloc[-1] == "" else table.loc[table["imdb_id"] == "", "movie"].iloc[0]]
    assert unknown.filter(like="metadata:").drop(unknown.filter(like="director").index, errors="ignore").isna().all()


def test_names_that_two_films_have_are_features() -> None:
    matrix = items.matrix(
        films(
            movie_genres=["Crime, Drama", "drama, Drama", "", "War"],
            composer=["Hedda Ruud, Ivo Blau", "Ivo Blau", "Ivo Blau", ""],
            year=[1999, 1990, None, 2000],
            director=["Ada", "Ada", "Bo", "Bo, Cy"],
        )
    )
    hot = {name: list(matrix[name].fillna(-1)) for name in matrix if name.startswith(tuple(f"{kind}:" for kind in items.KINDS))}
    assert hot == {
        "metadata:film_genre:drama": [1, 1, -1, 0],
        "metadata:decade:1990s": [1, 1, -1, 0],
        "metadata:director:ada": [1, 1, 0, 0],
        "metadata:director:bo": [0, 0, 1, 1],
        "metadata:composer:ivo blau": [1, 1, 1, -1],
    }


def test_of_many_names_the_most_frequent_are_features() -> None:
    names = [f"Director {i:03}" for i in range(150)]
    directors = [*names, *names, *names[-60:]]
    features = [name for name in items.matrix(films(director=directors)) if name.startswith("metadata:director:")]
    wanted = sorted(names[-60:] + names[:40])
    assert features == [f"metadata:director:{name.lower()}" for name in wanted]


def test_an_id_depends_on_the_film_alone(table: pd.DataFrame) -> None:
    some = table.iloc[[5, 2]]
    ids = items.matrix(table).set_index("movie")["item_id"]
    assert ids.is_unique and list(items.matrix(some)["item_id"]) == list(ids[some["movie"]])
    assert items.item_id("Hitchcock", "I Confess") == "film-2746f35dfbd99d76"


@pytest.mark.parametrize("form", forms.FORMS)
@pytest.mark.parametrize("ending", READERS)
def test_every_form_is_written_with_every_ending(table: pd.DataFrame, tmp_path: Path, form: str, ending: str) -> None:
    for rows in (table, table.iloc[:0]):
        forms.write(rows, out := tmp_path / f"out.{ending}", form)
        if ending != "json" or len(rows):
            assert list(READERS[ending](out)) == list(forms.shaped(rows, form))
        assert len(READERS[ending](out)) == len(forms.shaped(rows, form))


def test_the_matrix_of_real_films_can_be_read_back(tmp_path: Path) -> None:
    if not REFERENCE.is_dir():
        pytest.skip("needs the reference library")
    real = dataset.read(Library(REFERENCE))
    forms.write(real, tmp_path / "items.csv", "items")
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "items.csv").iloc[:, 4:], items.matrix(real).iloc[:, 4:])


def test_another_form_is_refused(table: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'tall' is no form of the dataset; choose one of wide, long, items"):
        forms.write(table, tmp_path / "out.csv", "tall")
    assert not list(tmp_path.iterdir())


def test_the_wide_form_is_the_dataset_unchanged(table: pd.DataFrame) -> None:
    assert forms.shaped(table, "wide") is table
