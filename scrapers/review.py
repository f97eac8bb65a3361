"""review.csv: films a person has to settle, with their candidates; and what the person chose."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from errors import DataError, InputError
from scrapers import values
from scrapers.metadata import Movie, Outcome, reviewed

COLUMNS = ("choose", "director_folder", "movie", "imdb_id", "title", "original", "year", "director", "runtime", "score", "link", "why")
NONE = frozenset(("none", "no", "-"))
CROSSES = frozenset(("x", "✓", "✔", "yes", "y", "1"))
MAX_BYTES = 20 << 20


def table(outcomes: Iterable[Outcome]) -> pd.DataFrame:
    """A row per candidate of each movie that is ambiguous; one empty row for a movie that was not found."""
    rows = []
    for outcome in outcomes:
        names = {"director_folder": outcome.movie.director, "movie": outcome.movie.movie, "why": outcome.reason}
        if outcome.status == "ambiguous":
            rows += [names | _cells(candidate) for candidate in outcome.candidates]
        elif outcome.status == "not_found":
            rows.append(names)
    return pd.DataFrame(rows, columns=COLUMNS).astype(object).fillna("")


def _cells(candidate: Any) -> dict[str, Any]:
    fields = {column: getattr(candidate, column) for column in ("imdb_id", "title", "original", "year", "director", "runtime", "score")}
    return {column: "" if value is None else str(value) for column, value in fields.items()} | {
        "link": f"https://www.imdb.com/title/{candidate.imdb_id}/"
    }


def read(path: Path, restore: Callable[[str], str] = str) -> dict[Movie, str]:
    """The id a person chose for each movie; "" where the person said that none fits.

    In the column `choose` an x takes the row's candidate, an IMDb id takes that title, "none" refuses all.

    Parameters
    ----------
    path : review.csv, also as a spreadsheet saves it (semicolons, another encoding)
    restore : undoes what made cells inert for spreadsheets (analysis.spreadsheets.restore)

    Raises
    ------
    InputError : no such file
    DataError : a column is missing, or a choice cannot be read; line and column are named
    """
    text = _text(path)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    try:
        header = [cell.strip() for cell in next(rows, [])]
        if missing := [column for column in ("choose", "director_folder", "movie", "imdb_id") if column not in header]:
            raise DataError(f"{path}: line 1: has no column {', '.join(missing)}; use the review.csv of the library")
        chosen: dict[Movie, str] = {}
        for cells in rows:
            row = {column: restore(cell.strip()) for column, cell in zip(header, cells, strict=False)}
            if row.get("choose"):
                _choose(chosen, row, f"{path}: line {rows.line_num}: column choose")
    except csv.Error as error:
        raise DataError(f"{path}: line {rows.line_num}: {error}; use the review.csv of the library") from error
    return chosen


def _choose(chosen: dict[Movie, str], row: Mapping[str, str], place: str) -> None:
    mark, movie = row["choose"].lower(), (row.get("director_folder", ""), row.get("movie", ""))
    imdb_id = "" if mark in NONE else values.imdb_id(row.get("imdb_id") if mark in CROSSES else mark)
    if imdb_id is None:
        raise DataError(f"{place}: cannot be {row['choose'][:60]!r}; put an x, an IMDb id such as tt0133093, or none")
    if chosen.setdefault(movie, imdb_id) != imdb_id:
        raise DataError(f"{place}: {values.text(' / '.join(movie))} has a second choice; keep one")


def decided(records: Mapping[Movie, Mapping[str, Any]]) -> dict[Movie, str]:
    """What a person chose in earlier runs, from their records."""
    return {movie: record["imdb_id"] for movie, record in records.items() if reviewed(record)}


def _text(path: Path) -> str:
    if not path.is_file():
        raise InputError(f"{path}: no such file; name the review.csv of the library")
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); name the review.csv of the library") from error
    if len(content) > MAX_BYTES:
        raise DataError(f"{path}: is larger than {MAX_BYTES >> 20} MiB; use the review.csv of the library")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")  # what spreadsheets on Windows save


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return max(",;\t", key=first.count)
