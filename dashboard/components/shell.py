"""What stands around every page: header, navigation, search, light and dark."""

import logging
from collections.abc import Mapping
from typing import Any

import dash
import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc, html, no_update

from dashboard import data
from dashboard.components import cards, charts, covers
from dashboard.components.attributes import labelled
from dashboard.components.icons import icon
from dashboard.text import folded
from dashboard.theme import MANTINE_THEME
from dashboard.urls import chosen_library, href
from errors import LeitmotifError

_PAGE = "_pages_content"  # Dash's id of the place in which pages are shown
_WHILE_LOADING: Any = {_PAGE: "children"}
_SKELETON = html.Div([dmc.Skeleton(height=60), dmc.Skeleton(height=420), dmc.Skeleton(height=260)], className="skeleton")
_MOVIES = "/movies"
_OF_A_LIBRARY = ("/library", _MOVIES, "/mining", "/makers", "/validation")  # pages that show what is in one
_MOST_FOUND = 8  # of a kind
_ON_PHONE = {"hiddenFrom": "sm"}


def shell(app: Dash, libraries: Mapping[str, str]) -> dmc.MantineProvider:
    """The layout around the pages.

    Parameters
    ----------
    app : the app that gets the shell's callbacks
    libraries : names and titles of the served libraries; with several the header lets one choose
    """
    register(app)
    covers.register(app)
    page = dcc.Loading(
        dash.page_container, delay_show=300, show_initially=False, custom_spinner=_SKELETON,
        target_components=_WHILE_LOADING,
    )  # fmt: skip
    frame = dmc.AppShell(
        [
            dmc.AppShellHeader(_header(libraries), className="header"),
            dmc.AppShellNavbar(html.Div(id="shell-links"), className="navbar", **labelled("Pages")),
            dmc.AppShellMain(html.Div([html.Div(id="shell-about"), page], className="content", id="content", tabIndex=-1)),
        ],
        header={"height": 56}, navbar={"width": 220, "breakpoint": "sm", "collapsed": {"mobile": True}}, transitionDuration=0,
    )  # fmt: skip
    drawer = dmc.Drawer(html.Nav(id="shell-drawer-links", **labelled("Pages")), id="shell-drawer", title="Leitmotif", size=280, **_ON_PHONE)
    unseen = [charts.register(app), dcc.Location(id="shell-url", refresh="callback-nav")]
    return dmc.MantineProvider(
        [html.A("Skip to content", href="#content", className="skip-link"), frame, drawer,
         dmc.NotificationContainer(id="shell-notes", position="top-right"), *unseen],
        theme=MANTINE_THEME, defaultColorScheme="auto",
    )  # fmt: skip


def _header(libraries: Mapping[str, str]) -> html.Div:
    # On a phone the mark stands for the name: there the search needs the room.
    word = html.Span("Leitmotif", className="not-on-phone")
    name = dcc.Link([icon("mark"), word], href="/library", className="brand", title="Leitmotif")
    burger = html.Button(
        icon("menu"), id="shell-burger", type="button", className="button plain phone-only", **labelled("Open the navigation")
    )
    choice = dmc.Select(
        id="shell-library", data=[{"value": name, "label": title} for name, title in libraries.items()], value=next(iter(libraries)),
        allowDeselect=False, w=240, size="sm", className="library", comboboxProps={"width": 240, "position": "bottom-end"},
        display="block" if len(libraries) > 1 else "none", **labelled("Library"),
    )  # fmt: skip
    # What fits is looked up while one types; a choice is the address it leads to.
    search = dmc.Select(
        id="shell-search", data=[], value=None, searchValue="", placeholder="Search films and directors", searchable=True,
        nothingFoundMessage="Nothing of that name", openOnFocus=False, w=280, size="sm", className="header-search", maxDropdownHeight=400,
        filter={"function": "asGiven"}, leftSection=icon("search"), rightSection=html.Span(), comboboxProps={"withinPortal": True},
        **labelled("Search films and directors"),
    )  # fmt: skip
    scheme = dmc.ColorSchemeToggle(
        id="shell-scheme", lightIcon=icon("sun"), darkIcon=icon("moon"), variant="subtle", color="gray", size="lg",
        **labelled("Switch between light and dark"),
    )  # fmt: skip
    return html.Div(
        [html.Div([burger, name], className="header-side"), html.Div([search, choice, scheme], className="header-side")],
        className="header-row",
    )


def register(app: Dash) -> None:
    """Register the shell's callbacks. They belong to an app, as pages do, so that a process can hold more than one app."""
    app.callback(
        Output("shell-links", "children"),
        Output("shell-drawer-links", "children"),
        Output("shell-drawer", "opened", allow_duplicate=True),
        Output("shell-library", "value"),
        Output("shell-about", "children"),
        Input("shell-url", "pathname"),
        Input("shell-url", "search"),
        prevent_initial_call="initial_duplicate",
    )(follow)
    app.callback(Output("shell-drawer", "opened"), Input("shell-burger", "n_clicks"), prevent_initial_call=True)(open_drawer)
    app.callback(
        Output("shell-url", "href"),
        Input("shell-library", "value"),
        State("shell-url", "pathname"),
        State("shell-url", "search"),
        prevent_initial_call=True,
    )(switch_library)
    app.callback(
        Output("shell-search", "data"), Input("shell-search", "searchValue"), State("shell-url", "search"), prevent_initial_call=True
    )(search)
    app.callback(
        Output("shell-url", "href", allow_duplicate=True),
        Output("shell-search", "value"),
        Input("shell-search", "value"),
        prevent_initial_call=True,
    )(go)


def apologise(error: Exception) -> Any:
    """Tell the user of an error nobody expected, in the page's place or as a toast; the terminal gets the traceback."""
    logging.getLogger(__name__).error("unexpected error in the dashboard", exc_info=error)
    message = f"{type(error).__name__}: {error}. Load the page anew; if that does not help, the terminal in which Leitmotif runs says more."
    if any(output["id"] == _PAGE for output in _outputs()):
        return cards.failure(LeitmotifError(message)), {"title": "Leitmotif"}
    dash.set_props("shell-notes", {"sendNotifications": [note("Something went wrong", message)]})
    return None


def _outputs() -> list[dict[str, Any]]:
    """What the callback that runs would have changed."""
    outputs = dash.ctx.outputs_list or []
    single = [outputs] if isinstance(outputs, dict) else outputs
    return [part for output in single for part in (output if isinstance(output, list) else [output])]


def note(title: str, message: str) -> dict[str, Any]:
    """A toast that stays until it is closed: what went wrong, and the remedy."""
    return {"action": "show", "title": title, "message": message, "color": "red", "autoClose": False}


def links(pathname: str, library: str | None) -> list[dmc.NavLink]:
    """A link to every page that has an icon; the library stays chosen."""
    pages = [page for page in dash.page_registry.values() if page.get("icon")]
    return [
        dmc.NavLink(
            label=page["name"], leftSection=icon(page["icon"]), href=href(page["path"], library=library), active=page["path"] == pathname,
            className="nav-link",
        )
        for page in pages
    ]  # fmt: skip


def follow(pathname: str, search: str) -> tuple[list[dmc.NavLink], list[dmc.NavLink], bool, Any, Any]:
    """Mark the page one is on, close the drawer, show which library the address names and say what it is."""
    library = chosen_library(search)
    known = library if library in data.library_names() else data.library_names()[0]
    said = about(known) if pathname in _OF_A_LIBRARY and library in (None, known) else None
    return links(pathname, library), links(pathname, library), False, known, said


def about(library: str) -> html.P | None:
    """What a library is, in a line above its pages, so that nobody takes made films for real ones or predictions for truth."""
    try:
        said = data.about(data.library(library))
    except LeitmotifError as error:
        return html.P(str(error), className="about-library")
    # On a phone it is cut short until it is touched.
    return html.P([html.Strong(said["title"]), " ", said["text"]], className="about-library", tabIndex=0) if said else None


def open_drawer(_clicks: int) -> bool:
    """The menu button opens the drawer; the drawer closes itself."""
    return True


def switch_library(name: str, pathname: str, search: str) -> Any:
    """Go to the same page of another library."""
    current = chosen_library(search) or data.library_names()[0]
    return no_update if name == current else href(pathname, library=name)


def search(words: str | None, address: str) -> list[dict[str, Any]]:
    """The directors and films in whose names these words stand, in two groups; names that begin with them come first."""
    wanted, name = folded(words or "").strip(), chosen_library(address)
    if not wanted:
        return []
    try:
        films = data.films(data.library(name))
    except LeitmotifError:
        return []  # the page says what is wrong with the library
    directors = [(director, {"director": director}) for director in sorted({director for director, _ in films})]
    titles = [(f"{movie} · {director}", {"director": director, "movie": movie}) for director, movie in films]
    groups = []
    for group, named in (("Directors", directors), ("Films", titles)):
        items = [{"label": label, "value": href(_MOVIES, library=name, **query)} for label, query in _fitting(named, wanted)]
        groups.append({"group": group, "items": items})
    return [group for group in groups if group["items"]]


def _fitting(named: list[tuple[str, dict[str, str]]], wanted: str) -> list[tuple[str, dict[str, str]]]:
    """The first few of the names in which all the words wanted stand."""
    words = wanted.split()
    fitting = [pair for pair in named if all(word in folded(pair[0]) for word in words)]
    fitting.sort(key=lambda pair: not folded(pair[0]).startswith(wanted))
    return fitting[:_MOST_FOUND]


def go(address: str | None) -> tuple[Any, Any]:
    """Go to what was found, and empty the search."""
    return (address, None) if address and address.startswith(f"{_MOVIES}?") else (no_update, no_update)
