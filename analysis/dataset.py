"""The enhanced dataset: what was heard and what is known, one row per movie (thesis, table 17)."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from analysis import locks
from analysis.aggregation import MUSIC_FIGURES, SHARE_NAMES
from analysis.files import whole_file
from analysis.library import Library
from analysis.spreadsheets import restore, write_csv
from errors import InputError, LeitmotifError, LibraryError
from models.labels import ORDERED_ATTRIBUTES, SOUND_CLASSES

METADATA_COLUMNS = ("year", "rating", "metascore", "countries", "locations", "movie_genres", "cast")
ADDED_METADATA = ("other_title", "runtime", "poster", "composer")
MEANS = (*(f"{attribute}_mean" for attribute in ORDERED_ATTRIBUTES), *MUSIC_FIGURES)  # of the music; empty without it
COLUMNS = (
    "movie", "imdb_id", *(name for names in SHARE_NAMES.values() for name in names),
    *(f"{name}_duration" for name in SOUND_CLASSES), "danceability", "valence", "energy", "director", *METADATA_COLUMNS,
    # Added to the thesis' columns:
    "genre", "duration", "segments", *MEANS, *ADDED_METADATA,
)  # fmt: skip
NUMBERS_MAYBE_MISSING = ("year", "rating", "metascore", "runtime", *MEANS)
TEXT_COLUMNS = [
    "movie", "imdb_id", "danceability", "valence", "energy", "director", "countries", "locations", "movie_genres", "cast", "genre",
    "other_title", "poster", "composer",
]  # fmt: skip
LATER = ("composer",)  # texts that a dataset of an early version lacks; they are empty then
EXPORT_SUFFIXES = (".csv", ".json", ".parquet")


def build(library: Library) -> pd.DataFrame:
    """Join every movie's profile with its metadata. Movies without metadata have empty cells there.

    Movies whose profile cannot be read are left out; `unreadable` in the frame's attrs lists why.
    """
    metadata, rows, unreadable = library.metadata(), [], []
    for director, movie in library.movies():
        try:
            rows.append(_row(library.profile(director, movie), metadata.get((director, movie), {})))
        except LeitmotifError as error:
            unreadable.append(str(error))
    dataset = pd.DataFrame(rows, columns=COLUMNS)
    for column in NUMBERS_MAYBE_MISSING:
        dataset[column] = pd.to_numeric(dataset[column], errors="coerce")
    dataset["year"] = dataset["year"].astype("Int64")
    dataset.attrs["unreadable"] = unreadable
    return dataset


def _row(profile: Mapping[str, Any], record: Mapping[str, Any]) -> dict[str, Any]:
    known = {column: _text(record.get(column, "")) for column in ("imdb_id", *METADATA_COLUMNS, *ADDED_METADATA)}
    known["movie_genres"] = _text(record.get("genres", ""))
    return {**known, **{key: profile[key] for key in COLUMNS if key in profile}}


def _text(value: Any) -> Any:
    return ", ".join(map(str, value)) if isinstance(value, list) else ("" if value is None else value)


def write(library: Library) -> pd.DataFrame:
    """Build the dataset and store it as the library's enhanced.csv; one process after the other, so that the last one has seen all."""
    with locks.waiting(library.root, "dataset"), library.writing():
        dataset = build(library)
        export(dataset, library.root / "enhanced.csv")
    return dataset


def export(dataset: pd.DataFrame, out: Path) -> None:
    """Write the dataset as .csv, .json or .parquet, by the file's ending."""
    suffix = out.suffix.lower()
    if suffix not in EXPORT_SUFFIXES:
        raise InputError(f"{out}: unknown ending {suffix or '(none)'}; name a file that ends in {', '.join(EXPORT_SUFFIXES)}")
    if suffix == ".csv":
        write_csv(dataset, out)
    elif suffix == ".json":
        with whole_file(out) as partial:
            _write_json(dataset, partial)
    else:
        with whole_file(out) as partial:
            dataset.to_parquet(partial, index=False)


def _write_json(dataset: pd.DataFrame, path: Path) -> None:
    """A list of records, one a line; what is missing is null."""
    import duckdb
    import pyarrow as pa

    place = str(path).replace("'", "''")
    with duckdb.connect(":memory:") as database:
        database.register("source", pa.Table.from_pandas(dataset, preserve_index=False))
        try:
            database.execute(f"COPY source TO '{place}' (FORMAT json, ARRAY true)")
        except duckdb.IOException as error:
            raise OSError(str(error).splitlines()[0]) from error


def read(library: Library) -> pd.DataFrame:
    """The library's enhanced.csv with the types and texts it was written from; empty texts stay empty strings."""
    path = library.root / "enhanced.csv"
    if not path.is_file():
        raise LibraryError(f"{library.root}: holds no enhanced dataset; run `leitmotif analyse MOVIES --library {library.root}`")
    try:
        missing = dict.fromkeys(NUMBERS_MAYBE_MISSING, "")
        dataset = pd.read_csv(path, dtype=dict.fromkeys(TEXT_COLUMNS, "str"), keep_default_na=False, na_values=missing)
    except (ValueError, OSError) as error:
        raise LibraryError(f"{path}: cannot be read ({error}); run the analysis again") from error
    if not _ends_with_a_line(path):
        raise LibraryError(f"{path}: is cut short; run the analysis again")
    lacking = [column for column in COLUMNS if column not in dataset and column not in LATER]
    if lacking:
        raise LibraryError(f"{path}: lacks {', '.join(lacking[:5])}; run the analysis again")
    dataset = dataset.reindex(columns=list(dict.fromkeys([*dataset.columns, *LATER])))
    # A line that was cut short has fewer cells.
    dataset[TEXT_COLUMNS] = dataset[TEXT_COLUMNS].fillna("").map(restore)
    return dataset.astype({"year": "Int64"})


def _ends_with_a_line(path: Path) -> bool:
    with path.open("rb") as stream:
        stream.seek(-1, os.SEEK_END)
        return stream.read() == b"\n"
