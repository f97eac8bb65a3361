"""Metadata records on disk: metadata.json keeps lists and sources, metadata.csv is the same for a spreadsheet."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

# The thesis' record (table 3), then what we add. `director_folder` and `movie` name the movie in the library.
FIELDS = (
    "movie", "imdb_id", "imdb_link", "other_title", "year", "rating", "metascore", "countries", "locations", "genres", "cast", "director",
    "runtime", "director_folder", "synthetic", "sources",
)  # fmt: skip


def record(movie: str, director_folder: str, known: dict[str, Any], source: str) -> dict[str, Any]:
    """A full record from what one source knows; fields nobody knows are empty strings.

    `sources` says for each filled field where it came from.
    """
    filled = {key: value for key, value in known.items() if key in FIELDS and value not in (None, "", [])}
    names = {"movie": movie, "director_folder": director_folder}
    return dict.fromkeys(FIELDS, "") | filled | names | {"sources": dict.fromkeys(filled, source)}


def table(records: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """Records as a table without their sources; lists are joined by commas."""
    columns = [field for field in FIELDS if field != "sources"]
    return pd.DataFrame([{column: _cell(record[column]) for column in columns} for record in records], columns=columns)


def _cell(value: Any) -> Any:
    return ", ".join(map(str, value)) if isinstance(value, list) else value
