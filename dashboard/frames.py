"""Tables row by row."""

from typing import Any

import pandas as pd


def rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table as dictionaries by column name."""
    return [{str(column): value for column, value in row.items()} for row in table.to_dict("records")]
