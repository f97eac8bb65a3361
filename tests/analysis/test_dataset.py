import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analysis import dataset, spreadsheets
from analysis.aggregation import SHARE_NAMES
from analysis.library import Library, MovieResult
from errors import InputError, LibraryError

NOTHING = pd.DataFrame({"second": [0]})
THESIS_COLUMNS = (
    "movie,imdb_id,blues,rock,pop,metal,jazz,classical,electronic,hiphop,country,dance,dance_low,dance_med,dance_high,"
    "valence_negative,valence_neutral,valence_positive,energy_low,energy_med,energy_high,music_duration,speech_duration,"
    "other_duration,danceability,valence,energy,director,year,rating,metascore,countries,locations,movie_genres,cast"
).split(",")


def profile(director: str, movie: str) -> dict[str, Any]:
    shares = {name: 0.0 for names in SHARE_NAMES.values() for name in names} | {"jazz": 100.0, "music_duration": 31.25}
    levels = {"danceability": "low", "valence": "negative", "energy": "low", "genre": "jazz"}
    return {
        "movie": movie,
        "director": director,
        **shares,
        "speech_duration": 63.0,
        "other_duration": 5.75,
        **levels,
        "duration": 95,
        "segments": 1,
    }


@pytest.fixture
def library(tmp_path: Path) -> Library:
    library = Library(tmp_path / "library")
    for director, movie in [("Hitchcock", "I Confess"), ("Ozu", "007"), ("Ozu", "=HYPERLINK(1)")]:
        library.write_movie(director, movie, MovieResult(NOTHING, NOTHING, NOTHING, profile(director, movie), {}))
    record = {
        "movie": "I Confess",
        "director_folder": "Hitchcock",
        "year": 1953,
        "rating": 7.3,
        "genres": ["Crime", "Drama"],
        "cast": "M. Clift",
    }
    library.write_metadata([record], pd.DataFrame([record]))
    return library


def test_columns_are_the_thesis_ones_in_order_then_ours(library: Library) -> None:
    columns = list(dataset.build(library))
    assert columns[: len(THESIS_COLUMNS)] == THESIS_COLUMNS
    ours = ["genre", "duration", "segments", *dataset.MEANS, "other_title", "runtime", "poster", "composer"]
    assert columns[len(THESIS_COLUMNS) :] == ours


def test_profile_and_metadata_are_joined(library: Library) -> None:
    row = dataset.build(library).set_index("movie").loc["I Confess"]
    assert (row["year"], row["rating"], row["movie_genres"], row["cast"]) == (1953, 7.3, "Crime, Drama", "M. Clift")
    assert (row["jazz"], row["music_duration"], row["energy"], row["director"]) == (100.0, 31.25, "low", "Hitchcock")
    assert pd.isna(row["metascore"])


@pytest.mark.parametrize("suffix", dataset.EXPORT_SUFFIXES)
def test_every_export_holds_every_row(library: Library, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"out{suffix}"
    dataset.export(dataset.build(library), out)
    read = {".csv": pd.read_csv, ".json": pd.read_json, ".parquet": pd.read_parquet}[suffix](out)
    assert len(read) == 3
    assert list(read) == list(dataset.COLUMNS)


def test_the_stored_dataset_is_read_back_as_it_was(library: Library) -> None:
    written = dataset.write(library)
    pd.testing.assert_frame_equal(dataset.read(library), written, check_dtype=False)
    assert set(dataset.read(library)["movie"]) == {"I Confess", "007", "=HYPERLINK(1)"}


def test_a_formula_is_inert_in_csv(library: Library) -> None:
    text = spreadsheets.to_csv(dataset.build(library))
    assert "\n'=HYPERLINK(1)," in text
    assert "\n=HYPERLINK" not in text


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@x", "\tx", "'=1", "''=1", "plain", "'quoted'", ""])
def test_defused_cells_come_back(cell: str) -> None:
    assert spreadsheets.restore(spreadsheets.defuse(cell)) == cell


def test_an_unknown_ending_is_refused(library: Library, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"out\.xls: unknown ending \.xls"):
        dataset.export(dataset.build(library), tmp_path / "out.xls")


def test_a_damaged_movie_is_left_out_and_named(library: Library) -> None:
    (library.root / "movies/Ozu/007/profile.json").write_text('{"movie": ')
    rows = dataset.build(library)
    assert len(rows) == 2
    assert "007/profile.json: cannot be read" in rows.attrs["unreadable"][0]


def test_an_empty_library_has_a_dataset_with_headings(tmp_path: Path) -> None:
    library = Library(tmp_path)
    assert dataset.write(library).empty
    assert list(dataset.read(library)) == list(dataset.COLUMNS)


def test_a_library_without_dataset_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="leitmotif analyse"):
        dataset.read(Library(tmp_path))


def test_json_is_strict(library: Library, tmp_path: Path) -> None:
    dataset.export(dataset.build(library), tmp_path / "out.json")
    rows = json.loads((tmp_path / "out.json").read_text(), parse_constant=lambda constant: pytest.fail(constant))
    assert rows[1]["rating"] is None
