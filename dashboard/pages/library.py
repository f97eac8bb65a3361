"""Library: all films at a glance, to sort, to filter, to open and to take away."""

from typing import Any

import dash
import dash_mantine_components as dmc
import pandas as pd
from dash import ALL, ClientsideFunction, Input, Output, clientside_callback, dcc, html

from analysis.library import Library
from dashboard import data, films_route
from dashboard.components import cards
from dashboard.components.attributes import HIDDEN, labelled
from dashboard.components.controls import controls
from dashboard.components.films import films
from dashboard.components.icons import icon
from dashboard.export_route import FORMATS
from dashboard.text import counted, percent
from dashboard.urls import single
from errors import LeitmotifError, LibraryError

PATH = "/library"
# What the cards of a phone can be sorted by: a column of the grid and the direction.
SORTED_BY = {
    "library": "Director, then film",
    "movie asc": "Film",
    "year desc": "Year, latest first",
    "rating desc": "Rating, highest first",
    "music_duration desc": "Music, most first",
    "speech_duration desc": "Speech, most first",
}
# Form of the export -> its title in the menu, and what a screen reader says behind the films.
EXPORTED = {
    "wide": ("One row a film", ""),
    "long": ("One row a value", ", one row a value,"),
    "items": ("Numbers for recommenders", ", numbers for recommenders,"),
}
_HINT = [
    "A click on a film, or Enter, opens it.",
    html.Span(" A header sorts; its filter keeps what you ask for.", className="not-on-phone"),
]

dash.register_page(__name__, path=PATH, name="Library", title="Library · Leitmotif", order=0, icon="library")


def layout(library: Any = None, q: Any = None, **_: Any) -> html.Div:
    """The page for an address: `q` holds the words searched for."""
    try:
        body = content(data.library(single(library)), single(library), single(q))
    except LeitmotifError as error:
        body = [cards.failure(error)]
    return html.Div([dcc.Location(id="library-url", refresh="callback-nav"), _title(), *body])


def content(library: Library, name: str | None, search: str | None) -> list[Any]:
    """What stands under the title: figures and grid, or the sentence that says why there are none."""
    try:
        table = data.dataset(library)
    except LibraryError:
        if data.movies(library):
            raise
        table = pd.DataFrame()
    if table.empty:
        command = f"leitmotif analyse MOVIES --library {library.root}"
        return [cards.empty("This library has no films yet. Analyse a folder of movies to fill it:", command)]
    above = controls(_search(search), _sort(), _export(len(table)))
    return [figures(table), above, _card(table, name, search, films_route.address(library, name))]


def figures(table: pd.DataFrame) -> html.Div:
    """The library in four numbers."""
    seconds = table["duration"].sum()
    music = (table["music_duration"] * table["duration"]).sum() / max(seconds, 1)
    by_films = counted(int((table["segments"] == 0).sum()), "film") + " without music"
    directors = table["director"].value_counts()
    shown = (
        (f"{len(table):,}", "film" if len(table) == 1 else "films", by_films),
        (f"{len(directors):,}", "director" if len(directors) == 1 else "directors", f"up to {counted(int(directors.max()), 'film')} each"),
        (f"{seconds / 3600:,.1f}", "hours", f"{counted(round(seconds / 60 / max(len(table), 1)), 'minute')} a film"),
        (percent(music), "music", f"of all {seconds / 3600:,.1f} hours"),
    )
    return html.Div([html.Section(cards.figure(*parts), className="card") for parts in shown], className="headlines")


def _title() -> html.Header:
    line = html.P("All films that were listened to.", className="muted")
    return html.Header([html.H1("Library"), line], className="page-title")


def _search(search: str | None) -> dmc.TextInput:
    return dmc.TextInput(
        id="library-search", label="Filter", value=search or "", placeholder="Film, director, composer, genre, level",
        debounce=50, className="control",
    )  # fmt: skip


def _sort() -> html.Div:
    """The phone's cards have no headers to sort by."""
    box = dmc.Select(
        id="library-sort", label="Sort by", data=[{"value": key, "label": words} for key, words in SORTED_BY.items()],
        value=next(iter(SORTED_BY)), allowDeselect=False, comboboxProps={"withinPortal": True},
    )  # fmt: skip
    return html.Div(box, className="control phone-only")


def _export(n: int) -> html.Div:
    """The button that offers all films or those that pass search and filters, in each form and format."""
    rows = {"all": f"All {counted(n, 'film')}", "shown": "Films shown, as filtered and sorted"}
    entries = [_export_form(form, *words, rows) for form, words in EXPORTED.items()]
    meanings = dmc.MenuItem("What every column means, as CSV", id=_export_id("dictionary", "all", "csv"), n_clicks=0)
    # The target itself is the button: Mantine says of it, and not of what is in it, that it opens a menu.
    wrapped = {"component": "button", "type": "button", "className": "button"}
    target = dmc.MenuTarget(html.Span([icon("download"), "Export"], className="button-words"), boxWrapperProps=wrapped)
    menu = dmc.Menu([target, dmc.MenuDropdown([*entries, dmc.MenuDivider(), meanings])], position="bottom-start")
    return html.Div(menu, className="control narrow")


def _export_form(form: str, title: str, besides: str, rows: dict[str, str]) -> html.Div:
    """The entries of one form: a line for all films and one for those shown, with the formats side by side."""
    lines: list[Any] = [dmc.MenuLabel(title)]
    for which, words in rows.items():
        offered = [
            dmc.MenuItem(word, id=_export_id(form, which, name), n_clicks=0, **labelled(f"{words}{besides} as {word}"))
            for name, word in FORMATS.items()
        ]
        lines.append(html.Div([html.Span(words.partition(",")[0], **HIDDEN), *offered], className="export-line", role="presentation"))
    return html.Div(lines, role="group", **labelled(title))


def _export_id(form: str, rows: str, name: str) -> dict[str, str]:
    return {"type": "library-export", "form": form, "rows": rows, "format": name}


def _card(table: pd.DataFrame, name: str | None, search: str | None, rest: str) -> html.Div:
    count = html.P(counted(len(table), "film"), id="library-count", className="card-note", role="status")
    return cards.grid(cards.card(finding(table), count, films(table, "library-films", name, search, rest), note=_HINT))


def finding(table: pd.DataFrame) -> str:
    """ "Music: 12 % to 75 % of a film, 41 % in the median film"."""
    music = table["music_duration"]
    if len(table) == 1:
        return f"Music: {percent(music.iloc[0])} of the film"
    return f"Music: {percent(music.min())} to {percent(music.max())} of a film, {percent(music.median())} in the median film"


# Keeps the number of rows shown and the columns that have room; both change in the browser alone.
clientside_callback(ClientsideFunction("films", "watch"), Output("library-count", "children"), Input("library-films", "id"))
# What is typed filters the rows in the browser, and stands in the address without drawing the page anew.
clientside_callback(
    ClientsideFunction("films", "search"),
    Input("library-search", "value"),
    prevent_initial_call=True,
)
clientside_callback(ClientsideFunction("films", "sort"), Input("library-sort", "value"), prevent_initial_call=True)
# Which rows are shown is known to the browser alone; it asks for them by director and movie (dashboard/export_route.py).
clientside_callback(
    ClientsideFunction("films", "exported"),
    Input({"type": "library-export", "form": ALL, "rows": ALL, "format": ALL}, "n_clicks"),
    prevent_initial_call=True,
)
