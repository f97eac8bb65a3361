"""A table whose columns are not known beforehand, such as those a model's card brings along."""

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard.components.attributes import labelled

_MOST_DECIMALS = 4


def plain_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> html.Div:
    """A table that scrolls sideways where it is too wide; numbers stand under each other with as many decimals as the column needs.

    Parameters
    ----------
    title : for screen readers
    columns : heads of the columns
    rows : cells of text or numbers; None and "" are empty

    Raises
    ------
    ValueError : a row has another number of cells than there are columns
    """
    for row in rows:
        if len(row) != len(columns):
            raise ValueError(f"the table {title!r} has a row of {len(row)} cells for {len(columns)} columns")
    by_column = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    decimals = [_decimals(cells) for cells in by_column]
    kinds = ["" if places is None else "number" for places in decimals]
    head = html.Thead(html.Tr([html.Th(word, scope="col", className=kind) for word, kind in zip(columns, kinds, strict=True)]))
    body = [
        html.Tr([html.Td(_written(cell, places), className=kind) for cell, places, kind in zip(row, decimals, kinds, strict=True)])
        for row in rows
    ]
    return html.Div(
        html.Table([head, html.Tbody(body)], className="plain-table"), className="scrolling", tabIndex=0, role="region", **labelled(title)
    )


def _decimals(cells: Sequence[Any]) -> int | None:
    """How many decimals a column of numbers needs; None if it holds text or nothing."""
    known = [cell for cell in cells if cell is not None and cell != ""]
    if not known or not all(isinstance(cell, int | float) and not isinstance(cell, bool) for cell in known):
        return None
    return max(len(f"{cell:.{_MOST_DECIMALS}f}".rstrip("0").partition(".")[2]) for cell in known)


def _written(cell: Any, decimals: int | None) -> Any:
    if cell is None or cell == "":
        return ""
    return html.Bdi(str(cell)) if decimals is None else f"{cell:,.{decimals}f}"
