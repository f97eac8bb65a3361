"""Metadata records on disk: metadata.json keeps lists and sources, metadata.csv is the same for a spreadsheet."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

# The thesis' record (table 3), then what we add. `director_folder` and `movie` name the movie in the library.
FIELDS = (
    "movie", "imdb_id", "imdb_link", "other_title", "year", "rating", "metascore", "countries", "locations", "genres", "cast", "director",
    "runtime", "poster", "composer", "director_folder", "synthetic", "sources",
)  # fmt: skip
NAMES = ("movie", "director_folder", "sources")
KNOWN = tuple(field for field in FIELDS if field not in NAMES)  # what sources can tell
EMPTY: tuple[Any, ...] = (None, "", [])


def record(movie: str, director_folder: str, known: Mapping[str, Any], sources: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """A full record; fields nobody knows are empty strings.

    Parameters
    ----------
    known : values of the fields of KNOWN
    sources : for each of these fields {"source", "when"}, and "score" (0..1) for an id that was found by title
    """
    return dict.fromkeys(FIELDS, "") | dict(known) | {"movie": movie, "director_folder": director_folder, "sources": dict(sources)}


def table(records: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """Records as a table without their sources; lists are joined by commas."""
    columns = [field for field in FIELDS if field != "sources"]
    return pd.DataFrame([{column: _cell(record.get(column, "")) for column in columns} for record in records], columns=columns)


def _cell(value: Any) -> Any:
    return ", ".join(map(str, value)) if isinstance(value, list) else value
