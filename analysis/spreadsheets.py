"""CSV that is safe to open in a spreadsheet: text from outside stays text.

A cell that begins with = + - @ (or a tab or return) would run as a formula; an apostrophe in front makes it plain
text. `restore` takes the apostrophe off again, so a table survives the way out and back.
"""

import re
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from analysis.files import whole_file

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_LARGE = 1_000  # rows; from here on DuckDB is worth its start


def to_csv(table: pd.DataFrame) -> str:
    """The table as CSV text in which no text cell can act as a formula."""
    if len(table) >= _LARGE and table.columns.is_unique and all(map(_is_plain, table.dtypes)):
        return _by_duckdb(table)
    inert = table.copy(deep=False)
    for column in inert:
        if inert[column].dtype == object:
            inert[column] = inert[column].map(lambda cell: defuse(cell) if isinstance(cell, str) else cell)
        elif pd.api.types.is_string_dtype(inert[column]):
            harmful = inert[column].str.match(_FORMULA.pattern).fillna(False).astype(bool)
            inert[column] = inert[column].where(~harmful, "'" + inert[column])
    return inert.to_csv(index=False, lineterminator="\n")


def _is_plain(kind: object) -> bool:
    """Whether pandas and DuckDB write cells of a type alike."""
    return str(kind) in ("str", "int32", "int64", "Int64", "float64")


def _by_duckdb(table: pd.DataFrame) -> str:
    """What pandas would write, in a fraction of the time."""
    import duckdb
    import pyarrow as pa

    harmful = _FORMULA.pattern.replace("'", "''")
    # An empty text is written as nothing and not as "".
    inert = ", ".join(
        f"CASE WHEN regexp_matches({name}, '^{harmful}') THEN '''' || {name} ELSE nullif({name}, '') END AS {name}"
        for name in (f'"{_quoted(column)}"' for column in table.columns[table.dtypes == "str"])
    )
    columns = f"* REPLACE ({inert})" if inert else "*"
    with TemporaryDirectory() as folder, duckdb.connect(":memory:") as database:
        path = Path(folder) / "table.csv"
        place = str(path).replace("'", "''")
        database.register("source", pa.Table.from_pandas(table, preserve_index=False))
        try:
            database.execute(f"COPY (SELECT {columns} FROM source) TO '{place}' (FORMAT csv, HEADER true)")
        except duckdb.IOException as error:
            raise OSError(str(error).splitlines()[0]) from error
        return path.read_text(encoding="utf-8")


def _quoted(name: object) -> str:
    return str(name).replace('"', '""')


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """Write `to_csv` of the table in one rename."""
    with whole_file(path) as partial:
        partial.write_text(to_csv(table), encoding="utf-8")


def defuse(cell: str) -> str:
    """The cell with an apostrophe in front where it would run as a formula."""
    return "'" + cell if _FORMULA.match(cell) else cell


def restore(cell: str) -> str:
    """What `defuse` was given."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
