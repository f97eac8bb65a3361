"""CSV that is safe to open in a spreadsheet: text from outside stays text.

A cell that begins with = + - @ (or a tab or return) would run as a formula; an apostrophe in front makes it plain
text. `restore` takes the apostrophe off again, so a table survives the way out and back.
"""

import re
from pathlib import Path

import pandas as pd

from analysis.files import whole_file

_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def to_csv(table: pd.DataFrame) -> str:
    """The table as CSV text in which no text cell can act as a formula."""
    inert = table.copy(deep=False)
    for column in inert:
        inert[column] = inert[column].map(lambda cell: defuse(cell) if isinstance(cell, str) else cell)
    return inert.to_csv(index=False, lineterminator="\n")


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
