"""The grid of all films of a library."""

from typing import Any

import dash_ag_grid as dag
import pandas as pd
from dash import html

from dashboard.components.tables import GRID_OPTIONS, SHOWN
from dashboard.frames import rows
from dashboard.theme import ATTRIBUTE_COLOURS, SOUND_COLOURS, director_marks
from models.labels import ATTRIBUTES, ORDERED_ATTRIBUTES, SOUND_CLASSES

WITH_PAGE = 200  # rows; the others follow (dashboard/films_route.py)
SOUNDS = tuple(f"{name}_duration" for name in SOUND_CLASSES)
FIELDS = ("movie", "director", "composer", "year", "rating", *SOUNDS, *SHOWN)
_CARDS = 20  # to a page, on a phone
_ROW_HEIGHT, _HEADER_HEIGHT, _MOST_ROWS = 44, 42, 14
_NUMBER = {"type": "rightAligned", "filter": "agNumberColumnFilter"}
_SHORT = {"danceability": "dance"}
_LISTENERS = {"rowClicked": ["openClicked(params)"], "cellKeyDown": ["openOnEnter(params)"]}


def films(table: pd.DataFrame, component_id: str, library: str | None, search: str | None, rest: str = "") -> html.Div:
    """A row for each film; a click, or Enter, opens the film's page (assets/films.js).

    Where it is narrow only the first columns are shown, on a phone a card for each film, some to a page.

    Parameters
    ----------
    table : the enhanced dataset
    component_id : id of the grid
    library : name of the library for the films' addresses, None for the first
    search : words that a film must have somewhere in its row
    rest : where the browser gets the rows that do not come with the page, if there are more than WITH_PAGE
    """
    grid = dag.AgGrid(
        id=component_id, columnDefs=_columns(), rowData=rows(shown(table.head(WITH_PAGE))),
        defaultColDef={"sortable": True, "resizable": True, "filter": "agTextColumnFilter", "suppressMovable": True,
                       "filterParams": {"buttons": ["reset"], "textFormatter": {"function": "folded(params)"}}},
        eventListeners=_LISTENERS,
        dashGridOptions={"rowHeight": _ROW_HEIGHT, "headerHeight": _HEADER_HEIGHT, **GRID_OPTIONS, "ensureDomOrder": True,
                         "paginationPageSize": _CARDS, "paginationPageSizeSelector": False,
                         "context": _context(table, library, search, rest)},
        style={"height": _HEADER_HEIGHT + _ROW_HEIGHT * min(len(table), _MOST_ROWS) + 4}, className="films-grid",
    )  # fmt: skip
    return html.Div(grid, className="films")


def shown(table: pd.DataFrame) -> pd.DataFrame:
    """What the grid shows of the enhanced dataset; None for what is not known."""
    part = table[list(FIELDS)].astype({"year": object, "rating": object})
    part = part.assign(**{column: part[column].round(1) for column in SOUNDS})
    return part.where(part.notna(), None)


def _context(table: pd.DataFrame, library: str | None, search: str | None, rest: str) -> dict[str, Any]:
    """What cells need besides their value."""
    return {
        "library": library, "search": search or "", "rest": rest if len(table) > WITH_PAGE else "",
        "marks": {name: mark._asdict() for name, mark in director_marks(table["director"]).items()},
        "sounds": SOUND_COLOURS,
        "attributes": {name: {"short": _SHORT.get(name, name), "colours": ATTRIBUTE_COLOURS[name]} for name in SHOWN},
    }  # fmt: skip


def _columns() -> list[dict[str, Any]]:
    columns: list[dict[str, Any]] = [
        # All of a film in one cell, for the phone.
        {"headerName": "Film", "field": "movie", "colId": "card", "hide": True, "flex": 1, "cellRenderer": "FilmCard", "autoHeight": True,
         "cellClass": "film-card-cell", "filter": False},
        {"headerName": "Film", "field": "movie", "flex": 4, "minWidth": 124, "cellRenderer": "FilmLink", "tooltipField": "movie"},
        {"headerName": "Director", "field": "director", "flex": 3, "minWidth": 130, "tooltipField": "director",
         "cellRenderer": "Director"},
        {"headerName": "Composer", "field": "composer", "flex": 3, "minWidth": 130, "tooltipField": "composer", "hide": True},
        {"headerName": "Year", "field": "year", "width": 62, **_NUMBER},
        {"headerName": "Rating", "field": "rating", "width": 68, **_NUMBER,
         "valueFormatter": {"function": "params.value == null ? '' : d3.format('.1f')(params.value)"}},
    ]  # fmt: skip
    for name in SOUND_CLASSES:
        columns.append(
            {"headerName": name.capitalize(), "field": f"{name}_duration", "width": 78, "cellRenderer": "Bar",
             "cellRendererParams": {"colour": SOUND_COLOURS[name]}, "headerTooltip": f"Share of the film that is {name}, in percent",
             **_NUMBER}
        )  # fmt: skip
    for attribute in SHOWN:
        column: dict[str, Any] = {
            "headerName": _SHORT.get(attribute, attribute).capitalize(), "field": attribute,
            "width": 114 if attribute == "genre" else 106, "cellRenderer": "Chip",
            "cellRendererParams": {"colours": ATTRIBUTE_COLOURS[attribute]}, "cellClass": "chip-cell",
            "headerTooltip": f"{attribute.capitalize()} of most of the music",
        }  # fmt: skip
        if attribute in ORDERED_ATTRIBUTES:  # sorted by their order and not by the alphabet
            order = ", ".join(f"'{name}'" for name in ("", *ATTRIBUTES[attribute]))
            column["comparator"] = {"function": f"ranked(valueA, valueB, [{order}])"}
        columns.append(column)
    return columns
