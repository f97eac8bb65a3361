"""Mining: what goes with what, where films lie, whether directors or other groups can be told apart, and how each sounds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import dash
import dash_ag_grid as dag
import numpy as np
import pandas as pd
from dash import ALL, ClientsideFunction, Input, Output, State, callback, clientside_callback, ctx, dcc, html, no_update

from analysis import groups, mining, spreadsheets
from analysis.library import Library
from dashboard import data, mined
from dashboard.components import cards, profiles
from dashboard.components.charts import chart
from dashboard.components.controls import choices, controls, select, toggle
from dashboard.components.icons import icon
from dashboard.components.tables import GRID_OPTIONS
from dashboard.figures import mining as figures
from dashboard.frames import rows
from dashboard.ready import ready
from dashboard.text import counted, percent
from dashboard.theme import Mark, director_marks
from dashboard.urls import chosen_library, href, parameters, several, single
from errors import InputError, LeitmotifError

PATH = "/mining"
VIEWS = (("correlation", "Correlation"), ("projection", "Projection"), ("surface", "Decision surface"), ("profiles", "Profiles"))
ENCODINGS = (("thesis", "Thesis"), ("sound", "Sounder"))
ORDERS = (("given", "As chosen"), ("clustered", "Clustered"))
FEATURES = (("both", "Music × metadata"), ("music", "Music"), ("metadata", "Metadata"))
KERNELS = (("rbf", "Radial"), ("linear", "Linear"), ("poly", "Polynomial"))
FINGERS = (("scroll", "Scrolls"), ("select", "Selects films"))
PENALTIES = ("0.1", "1", "10", "100")
GROUP_BY = tuple((by, groups.WORDS[by].capitalize()) for by in groups.GROUPINGS)
_SETTINGS = {"view": VIEWS, "encoding": ENCODINGS, "order": ORDERS, "features": FEATURES, "kernel": KERNELS, "by": GROUP_BY}
THESIS_COLUMNS = (
    "director", "year", "rating", "metascore", "countries", "movie_genres", "music_genres", *mining.SOUNDS, "danceability", "valence",
    "energy",
)  # fmt: skip
MOST_COLUMNS = 40
_FIRST_OF_KIND = 4  # columns of yes and no of each kind that are shown unless others are chosen
_FIRST_ON_SURFACE = 3  # groups
_FIRST_PROFILES = 8
MOST_PROFILES = 16
_STRONGEST = 10
MOST_LISTED = 500  # films
_ENCODING_WORDS = {
    "thesis": (
        "Encoded as in the thesis: rating (times ten) and metascore on one scale, an empty metascore filled with the rating; "
        "levels as 0, 1, 2; each director, list of countries, list of film genres and combination of music genres over 20 % as "
        "one integer, in alphabetical order. That order means nothing: a correlation with these four may be an accident of spelling."
    ),
    "sound": (
        "Sounder encoding: nothing is filled; levels as 0, 1, 2; each frequent director, composer, film genre and country is a column of "
        "yes and no. Yes and no against numbers gives the rank-biserial correlation (Mann-Whitney test), two of yes and no give phi."
    ),
}

# How the words of a grouping go on: "one film by Ozu", "of Drama"; the map is drawn "without their years".
_BELONGING = {"director": "by", "composer": "by", "genre": "of", "decade": "of the", "country": "from"}
_SAID_BY = groups.PLURALS | {"decade": "years"}

dash.register_page(__name__, path=PATH, name="Mining", title="Mining · Leitmotif", order=3, icon="scatter")


@dataclass(frozen=True)
class Choice:
    """What an address asks for. Words it does not know are taken as not given."""

    view: str
    encoding: str
    order: str
    features: str
    kernel: str
    c: str
    by: str
    columns: tuple[str, ...]
    pair: tuple[str, ...]
    chosen: tuple[str, ...]  # groups

    @classmethod
    def of(cls, query: Mapping[str, Any]) -> "Choice":
        """The choice of a query; each value a text or a list of texts."""
        settings: dict[str, Any] = {}
        for name, options in _SETTINGS.items():
            known, value = [key for key, _ in options], single(query.get(name))
            settings[name] = value if value in known else known[0]
        c = single(query.get("c"))
        columns, pair, chosen = (tuple(dict.fromkeys(several(query.get(name)))) for name in ("columns", "pair", _several(settings["by"])))
        return cls(**settings, c=c if c in PENALTIES else "1", columns=columns, pair=pair, chosen=chosen)


def _several(by: str) -> str:
    """The name in an address of the groups that were chosen: each grouping has its own, so that a choice outlasts a look at another."""
    return {"genre": "genres"}.get(by, groups.PLURALS[by])


def layout(library: Any = None, **query: Any) -> html.Div:
    """The page for an address."""
    choice = Choice.of(query)
    parts: list[Any] = [_choices(choice)]
    try:
        source = data.library(single(library))
        parts += content(source, choice, single(library))
    except LeitmotifError as error:
        parts.append(cards.failure(error))
    return html.Div([dcc.Location(id="mining-url", refresh="callback-nav"), _title(), *parts])


def _title() -> html.Header:
    line = html.P("Hidden relations between the music of films, what is known of them, and who made them.", className="muted")
    return html.Header([html.H1("Mining"), line], className="page-title")


def _choices(choice: Choice) -> html.Div:
    parts: list[Any] = [html.Div(toggle(_id("view"), "View", VIEWS, choice.view), className="views")]
    if choice.view != "profiles":
        parts.append(toggle(_id("encoding"), "Encoding", ENCODINGS, choice.encoding))
    if choice.view == "correlation":
        return controls(*parts, toggle(_id("order"), "Order", ORDERS, choice.order))
    if choice.view != "profiles":
        parts.append(toggle(_id("features"), "Features", FEATURES, choice.features))
    return controls(*parts, html.Div(select(_id("by"), "Group by", GROUP_BY, choice.by, ""), className="group-by"))


def _id(name: str) -> dict[str, str]:
    return {"type": "mining-choice", "name": name}


def content(library: Library, choice: Choice, name: str | None) -> list[Any]:
    """What stands under the controls: the view, or the sentence that says why there is none."""
    if not data.movies(library):
        command = f"leitmotif analyse MOVIES --library {library.root}"
        return [cards.empty("This library has no films yet. Analyse a folder of movies to fill it:", command)]
    table = data.dataset(library)
    if len(table) < mining.FEWEST_FILMS:
        films = counted(len(table), "film")
        command = f"leitmotif analyse MOVIES --library {library.root}"
        return [cards.empty(f"Relations need at least {mining.FEWEST_FILMS} films; this library has {films}. Analyse more:", command)]
    try:
        return _kept(library.root, data.version(library), choice, name)
    except InputError as error:
        return [cards.empty(f"This cannot be drawn: {error}. Choose other features or another encoding above.")]


def _nobody(library: Library, by: str) -> html.Section:
    """What is said where no film's group is known."""
    return cards.empty(
        f"No film’s {groups.WORDS[by]} is known in this library. Metadata tells it:", f"leitmotif metadata MOVIES --library {library.root}"
    )


@lru_cache(maxsize=24)
def _kept(root: Path, _of: data.Version, choice: Choice, name: str | None) -> list[Any]:
    """The view; drawing and sending it takes a while, so it is kept until the dataset changes."""
    return list(map(ready, _view(Library(root), choice, name)))


def _view(library: Library, choice: Choice, name: str | None) -> list[Any]:
    if choice.view == "correlation":
        marks = director_marks(data.dataset(library)["director"])
        return correlation(library, mined.encoded(library, choice.encoding), choice, marks)
    sizes = mined.sizes(library, choice.by)
    marks = figures.group_marks(sizes.index)
    if choice.view == "profiles":
        return profile(library, sizes, choice, marks)
    projected = mined.projection(library, choice.encoding, choice.features, choice.by)
    return projection(projected, choice, marks) if choice.view == "projection" else surface(library, projected, choice, marks, name)


@callback(
    Output("mining-url", "href"),
    Input({"type": "mining-choice", "name": ALL}, "value"),
    State("mining-url", "search"),
    prevent_initial_call=True,
)
def navigate(_values: list[Any], search: str) -> Any:
    """A choice is a new address."""
    if not ctx.triggered_id:
        return no_update
    new = {item["id"]["name"]: item["value"] for item in ctx.inputs_list[0]}
    name = ctx.triggered_id["name"]
    changed = {"pair": [new["one"], new["other"]]} if name in ("one", "other") else {name: new[name]}
    there = address(search, **changed)
    return no_update if parameters(there.partition("?")[2]) == parameters(search) else there


def address(search: str | None, **changed: Any) -> str:
    """The address of a choice that differs from another address in this; what is not said stays."""
    query: dict[str, Any] = parameters(search) | changed
    if "encoding" in changed:
        query |= {"columns": None, "pair": None}  # the other encoding has other columns
    first = {name: [options[0][0]] for name, options in _SETTINGS.items()} | {"c": ["1"]}
    return href(PATH, **{name: value for name, value in query.items() if several(value) != first.get(name)})


@callback(
    Output("mining-url", "href", allow_duplicate=True),
    Input({"type": "chart", "index": "mining-heatmap"}, "clickData"),
    State("mining-url", "search"),
    prevent_initial_call=True,
)
def click(clicked: Any, search: str) -> Any:
    """A click on a cell shows its two columns."""
    return address(search, pair=[clicked["points"][0]["x"], clicked["points"][0]["y"]]) if clicked else no_update


# --- correlation ------------------------------------------------------------------------------------------------


def correlation(library: Library, encoded: mining.Encoded, choice: Choice, marks: Mapping[str, Mark]) -> list[Any]:
    """Columns to choose, heatmap, the chosen pair, and the strongest pairs in words."""
    columns = chosen_columns(encoded, choice.columns)
    options = [(column, column.replace("_", " ")) for column in encoded.columns]
    picker = controls(choices(_id("columns"), "Columns", options, columns, f"Any two or more, at most {MOST_COLUMNS}."))
    if len(columns) < 2:
        return [picker, cards.empty("A correlation needs two columns. Choose another above.")]
    found = mined.correlations(library, choice.encoding, columns)
    pairs = mining.strongest(found)
    if choice.order == "clustered":
        found = found.ordered(mining.clustered(found.rho))
    return [picker, cards.grid(_heatmap(encoded, choice, found, pairs), _pair(encoded, choice, found, pairs, marks), _strongest(pairs))]


def chosen_columns(encoded: mining.Encoded, asked: Sequence[str]) -> list[str]:
    """The asked columns that there are; else those of the thesis, with the first few of each kind of yes and no."""
    known = [column for column in asked if column in encoded.columns]
    if known:
        return known[:MOST_COLUMNS]
    first = [column for column in THESIS_COLUMNS if column in encoded.columns]
    for kind in ("director: ", "composer: ", "film genre: ", "country: "):
        first += [column for column in encoded.columns if column.startswith(kind)][:_FIRST_OF_KIND]
    return first


def _heatmap(encoded: mining.Encoded, choice: Choice, found: mining.Correlations, pairs: pd.DataFrame) -> html.Section:
    constant = [column.replace("_", " ") for column in found.columns if not encoded.varies(column)]
    least, most = int(found.n.to_numpy().min()), int(found.n.to_numpy().max())
    size = f"n = {most}" if least == most else f"n = {least} to {most}, films that have both values"
    notes = [f"{_ENCODING_WORDS[choice.encoding]} Films without music have no levels. {size}."]
    if encoded.filled:
        notes.append(f" Metascore filled in {counted(encoded.filled, 'film')} of {len(encoded.films)}.")
    if constant:
        notes.append(f" The same in all films, so without a correlation: {', '.join(constant)}.")
    if pairs.empty:
        return cards.card("Correlation: nothing varies here", note=notes, span=7)
    best = pairs.iloc[0]
    finding = f"Correlation: strongest between {_named(best)} ({_statistics(best)})"
    graph = chart(
        figures.heatmap(found), "mining-heatmap", f"{finding}. The strongest pairs stand in the table below.", wide=len(found.rho) > 8
    )
    return cards.card(finding, graph, html.P(notes, className="card-note prose"), note="Click a cell to see its two columns.", span=7)


def _named(pair: Mapping[str, Any] | pd.Series) -> str:
    return f"{pair['one']} and {pair['other']}".replace("_", " ")


def _statistics(pair: Mapping[str, Any] | pd.Series) -> str:
    return f"{pair['name']} = {figures.signed(pair['rho'])}, p {figures.p_value(pair['p'])}, n = {pair['n']}"


def _pair(
    encoded: mining.Encoded, choice: Choice, found: mining.Correlations, pairs: pd.DataFrame, marks: Mapping[str, Mark]
) -> html.Section:
    columns = found.columns
    strongest = [pairs.iloc[0]["one"], pairs.iloc[0]["other"]] if len(pairs) else columns[:2]
    one, other = choice.pair if len(choice.pair) == 2 and set(choice.pair) <= set(columns) else strongest
    selects = [select(_id(name), label, columns, value, "") for name, label, value in (("one", "Across", one), ("other", "Up", other))]
    title = _named({"one": one, "other": other})
    numbers = figures.statistics(found, one, other)
    graph = chart(figures.pair(encoded, one, other, marks), "mining-pair", f"{title}, film by film: {numbers}.")
    return cards.card(
        f"{title[:1].upper()}{title[1:]}, film by film",
        html.Div(selects, className="pair-choice"),
        graph,
        note=f"{numbers}. One point a film{_of_drawn(found, one, other)}.",
        span=5,
    )


def _of_drawn(found: mining.Correlations, one: str, other: str) -> str:
    n = found.n.to_numpy()[found.columns.index(one), found.columns.index(other)]
    return f", {figures.MOST_DRAWN:,} of them drawn" if n > figures.MOST_DRAWN else ""


def _strongest(pairs: pd.DataFrame) -> html.Section:
    head = html.Thead(html.Tr([html.Th(word, scope="col") for word in ("Pair", "Coefficient", "p", "q", "n")]))
    body = [
        html.Tr(
            [
                html.Th(_named(pair), scope="row"),
                html.Td(f"{pair['name']} {figures.signed(pair['rho'])}"),
                *(html.Td(figures.p_value(pair[name]).removeprefix("= ")) for name in "pq"),
                html.Td(pair["n"]),
            ]
        )
        for pair in rows(pairs.head(_STRONGEST))
    ]
    held, low = (int((pairs[name] < 0.05).sum()) for name in "qp")
    holds = "holds" if held == 1 else "hold"
    title = f"Strongest: {held} of {counted(len(pairs), 'pair')} {holds} after correction for many tests (q under 0.05)"
    note = (
        f"p is of each pair by itself: {low} {'has' if low == 1 else 'have'} it under 0.05. By chance alone about "
        f"{len(pairs) * 0.05:.0f} of {len(pairs)} would. q is corrected for their number (Benjamini and Hochberg): of those with q under "
        "0.05 about one in twenty is an accident, or fewer."
    )
    return cards.card(title, html.Table([head, html.Tbody(body)], className="scores pairs"), note=note)


# --- projection -------------------------------------------------------------------------------------------------


def projection(projected: mining.Projection, choice: Choice, marks: Mapping[str, Mark]) -> list[Any]:
    """Map of the films, loadings beside it, and the list of what the lasso holds."""
    return [cards.grid(_map(projected, choice, marks), _loadings(projected), _films(projected, choice.by))]


def _map(projected: mining.Projection, choice: Choice, marks: Mapping[str, Mark]) -> html.Section:
    finding = _explained(projected)
    films = counted(len(projected.points), "film")
    graph = chart(
        figures.projection(projected, marks, choice.by), "mining-projection", f"{finding}; {films}, listed below with their places."
    )
    hint = html.Span("Draw a lasso around films to list them, double-click to list all.", className="not-on-phone")
    about = f"{_about(projected, choice)}{_unknown(projected.points, choice.by)}{_drawn(len(projected.points))}"
    # A finger scrolls the page; here it is told to draw a box instead (assets/mining.js).
    finger = html.Div(toggle("mining-finger", "A finger on the map", FINGERS, FINGERS[0][0]), className="touch-only")
    return cards.card(finding, finger, graph, html.P(about, className="card-note prose"), note=hint, span=7)


clientside_callback(ClientsideFunction("mining", "finger"), Input("mining-finger", "value"), prevent_initial_call=True)


def _drawn(n: int) -> str:
    """What is said of films that have no point of their own."""
    return f" {figures.MOST_DRAWN:,} of them are drawn, spread over the map; a lasso holds them all." if n > figures.MOST_DRAWN else ""


def _unknown(points: pd.DataFrame, by: str) -> str:
    """What is said of films that are in no known group."""
    n = int((points[by] == groups.OF_NOBODY).sum())
    return f" Of {n:,} of these films the {groups.WORDS[by]} is not known; their marks are grey and open." if n else ""


def _explained(projected: mining.Projection) -> str:
    if projected.axes[0].split()[0] != projected.axes[1].split()[0]:
        kept = zip(projected.axes, projected.explained, strict=True)
        return "Map: " + ", ".join(f"one axis keeps {percent(100 * share)} of the {axis.split()[0]}" for axis, share in kept)
    return f"Map: two axes keep {percent(100 * sum(projected.explained))} of the {projected.axes[0].split()[0]}"


def _about(projected: mining.Projection, choice: Choice) -> str:
    words = ["Principal components of standardised features."]
    if choice.features != "music":
        words.append(_metadata_words(choice))
    words.append(f"n = {len(projected.points)}.")
    if len(projected.left_out):
        names = ", ".join(projected.left_out["movie"].head(5)) + (" …" if len(projected.left_out) > 5 else "")
        words.append(
            f"{counted(len(projected.left_out), 'film')} left out for want of a value (films without music have no levels): {names}."
        )
    if projected.constant:
        words.append(f"The same in all films, so left out: {', '.join(projected.constant).replace('_', ' ')}.")
    return " ".join(words)


def _metadata_words(choice: Choice) -> str:
    """How metadata enters a map, and what of it does not."""
    said = " and ".join(groups.PLURALS[by] for by in ("country", "genre") if by != choice.by).capitalize()
    how = "integers in alphabetical order, as in the thesis" if choice.encoding == "thesis" else "yes and no"
    without = (
        "" if choice.by in ("director", "composer") else f" {_SAID_BY[choice.by].capitalize()} do not enter: they are what is told apart."
    )
    return f"{said} enter as {how}.{without}"


def _loadings(projected: mining.Projection) -> html.Section:
    table = projected.loadings
    ends = [table[table["axis"] == axis].sort_values("loading", key=np.abs, ascending=False).iloc[0] for axis in projected.axes]
    said = "; ".join(f"{end['axis']} goes with {end['feature'].replace('_', ' ')}" for end in ends)
    words = "; ".join(f"{row['axis']}: {row['feature'].replace('_', ' ')} {figures.signed(row['loading'])}" for row in rows(table))
    most = f"; the {figures.MOST_LOADINGS} strongest" if table["axis"].value_counts().max() > figures.MOST_LOADINGS else ""
    graph = chart(figures.loadings(projected), "mining-loadings", f"Loadings: {said}. {words}.")
    return cards.card(f"Loadings: {said}", graph, note=f"Correlation of each feature with the axis{most}.", span=5)


def _films(projected: mining.Projection, by: str) -> html.Section:
    number = {"width": 110, "type": "rightAligned", "filter": False, "valueFormatter": {"function": "d3.format('.2f')(params.value)"}}
    columns = [
        {"headerName": "Film", "field": "movie", "flex": 2, "minWidth": 150},
        {"headerName": "Director", "field": "director", "flex": 1, "minWidth": 120},
        *([] if by == "director" else [{"headerName": groups.WORDS[by].capitalize(), "field": by, "flex": 1, "minWidth": 120}]),
        {"headerName": projected.axes[0].capitalize(), "field": "x", **number},
        {"headerName": projected.axes[1].capitalize(), "field": "y", **number},
    ]
    grid = dag.AgGrid(
        id="mining-films", columnDefs=columns, rowData=listed(projected.points, by),
        defaultColDef={"sortable": True, "resizable": True, "suppressMovable": True, "filter": True},
        dashGridOptions={**GRID_OPTIONS, "enableCellTextSelection": True},
        style={"height": 360}, className="mining-films",
    )  # fmt: skip
    button = html.Button([icon("download"), "Export these films"], id="mining-export", type="button", className="button")
    said = html.Span(_listed(len(projected.points), len(projected.points)), id="mining-listed", role="status")
    return cards.card("Films on the map", html.Div([said, button], className="card-actions"), grid, dcc.Download(id="mining-download"))


def _listed(n: int, of: int) -> str:
    words = f"All {counted(of, 'film')}" if n == of else f"{n:,} of {counted(of, 'film')}"
    return words if n <= MOST_LISTED else f"{words}; the first {MOST_LISTED:,} are listed, the export has them all"


def listed(points: pd.DataFrame, by: str = "director") -> list[dict[str, Any]]:
    """Rows of the films' list, as many as one may want to read."""
    return rows(points[list(dict.fromkeys(["movie", "director", by, "x", "y"]))].head(MOST_LISTED))


def selected(points: pd.DataFrame, selection: Any) -> pd.DataFrame:
    """The films inside a lasso or a box, those that are not drawn too; the clicked ones without either; all without a selection."""
    if not selection or not selection.get("points"):
        return points
    inside = _inside(points, selection)
    if inside is not None:
        return points[inside]
    held = {point.get("customdata") for point in selection["points"]}
    return points[points.index.isin([row for row in held if isinstance(row, int)])]


def _inside(points: pd.DataFrame, selection: Mapping[str, Any]) -> np.ndarray | None:
    """Which points lie inside the outline that was drawn; None if there is none."""
    from matplotlib.path import Path as Outline

    try:
        if "lassoPoints" in selection:
            corners = np.array([selection["lassoPoints"][axis] for axis in ("x", "y")], float).T
        elif "range" in selection:
            (left, right), (low, high) = (sorted(map(float, selection["range"][axis])) for axis in ("x", "y"))
            corners = np.array([(left, low), (right, low), (right, high), (left, high)])
        else:
            return None
    except (KeyError, TypeError, ValueError):  # an outline of something else
        return None
    return Outline(corners).contains_points(points[["x", "y"]].to_numpy()) if len(corners) > 2 else None


def _projected(search: str | None) -> tuple[pd.DataFrame, mining.Projection, str]:
    choice, library = Choice.of(parameters(search)), data.library(chosen_library(search))
    return data.dataset(library), mined.projection(library, choice.encoding, choice.features, choice.by), choice.by


@callback(
    Output("mining-films", "rowData"),
    Output("mining-listed", "children"),
    Input({"type": "chart", "index": "mining-projection"}, "selectedData"),
    State("mining-url", "search"),
    prevent_initial_call=True,
)
def list_selected(selection: Any, search: str) -> tuple[list[dict[str, Any]], str]:
    """List what the lasso holds."""
    _, projected, by = _projected(search)
    held = selected(projected.points, selection)
    return listed(held, by), _listed(len(held), len(projected.points))


@callback(
    Output("mining-download", "data"),
    Input("mining-export", "n_clicks"),
    State({"type": "chart", "index": "mining-projection"}, "selectedData"),
    State("mining-url", "search"),
    prevent_initial_call=True,
)
def export(_clicks: int, selection: Any, search: str) -> Any:
    """Download the listed films: their rows of the enhanced dataset and their places on the map."""
    if not _clicks:
        return no_update
    table, projected, _ = _projected(search)
    held = selected(projected.points, selection)
    places = held[["x", "y"]].set_axis([axis.replace(" ", "_") for axis in projected.axes], axis=1)
    # The points' index counts the dataset's rows.
    chosen = table.reset_index(drop=True).join(places, how="inner")
    return {"content": spreadsheets.to_csv(chosen), "filename": "films.csv", "type": "text/csv"}


# --- decision surface -------------------------------------------------------------------------------------------


def surface(
    library: Library, projected: mining.Projection, choice: Choice, marks: Mapping[str, Mark], name: str | None
) -> list[Any]:  # fmt: skip
    """Groups to choose, the surface, and how well it tells films it has not seen."""
    counts = groups.sizes(projected.points[choice.by])
    if counts.empty:
        return [_nobody(library, choice.by)]
    chosen = [group for group in choice.chosen if group in counts.index] or list(counts.index[:_FIRST_ON_SURFACE])
    parts = [_picker(choice.by, marks, counts, chosen, "In brackets: films on this map."), *_presets(counts.index, choice, name)]
    try:
        found = mined.surface(library, choice.encoding, choice.features, chosen, choice.kernel, float(choice.c), choice.by)
    except InputError as error:
        return [*parts, cards.empty(f"There is no surface to draw: {error}. Choose others above.")]
    return [*parts, cards.grid(_surface(found, projected, choice, marks), _accuracy(found, choice))]


def _picker(by: str, names: Iterable[str], counts: pd.Series, chosen: Sequence[str], description: str) -> html.Div:
    """The choice of groups; in brackets behind each how many films it has."""
    options = [(name, f"{name} ({counts.get(name, 0)})") for name in names if name != groups.OF_NOBODY]
    return controls(choices(_id(_several(by)), groups.PLURALS[by].capitalize(), options, chosen, description))


def _presets(directors: Any, choice: Choice, library: str | None) -> list[html.Nav]:
    sets = mining.thesis_sets(directors) if choice.by == "director" else []
    kept = {name: getattr(choice, name) for name in ("view", "encoding", "features", "kernel", "c")} | {"library": library or ""}
    there = [dcc.Link(", ".join(names), href=address("", **kept, directors=names)) for names in sets]
    return [html.Nav([html.Span("Sets of the thesis:", className="muted"), *there], className="presets")] if sets else []


def _surface(found: mining.Surface, projected: mining.Projection, choice: Choice, marks: Mapping[str, Mark]) -> html.Section:
    n = len(found.groups)
    of = f"{len(found.points):,} of " if found.films > len(found.points) else ""
    finding = f"Surface: {of}{counted(found.films, 'film')} of {n} {groups.PLURALS[found.by]}"
    shares = [float((found.regions == i).mean()) for i in range(n)]
    words = ", ".join(f"{name} {percent(100 * share)}" for name, share in zip(found.groups, shares, strict=True))
    graph = chart(figures.surface(found, projected, marks), "mining-surface", f"{finding}. Share of the ground: {words}.")
    note = f"The ground has, in a lighter tone, the colour of the {groups.WORDS[found.by]} whose film would lie there."
    drawn = " As many films were drawn, of each group in proportion: the machine learnt from them." if of else ""
    about = f"{_about(projected, choice)}{_unknown(projected.points, found.by)}{drawn}"
    return cards.card(finding, graph, html.P(about, className="card-note prose"), note=note, span=7)


def _accuracy(found: mining.Surface, choice: Choice) -> html.Section:
    kernel = toggle(_id("kernel"), "Kernel", KERNELS, choice.kernel)
    settings = controls(kernel, toggle(_id("c"), "Penalty C", [(c, c) for c in PENALTIES], choice.c))
    n, chance, word = len(found.points), percent(100 * found.chance), groups.WORDS[found.by]
    how = f"The map itself was drawn from all films of the library, though without their {_SAID_BY[found.by]}."
    if found.accuracy is None or found.interval is None:
        names = ", ".join(found.too_few)
        why = (
            f"Only one film here {_BELONGING[found.by]} {names}. Cross-validation needs at least two of each {word}: leave them out or "
            "analyse more films."
        )
        return cards.card("Accuracy: cannot be told", settings, html.P(why, className="prose", role="status"), span=5)
    share, (low, high) = percent(100 * found.accuracy), found.interval
    better = "above" if low > found.chance else "not clearly above"
    numbers = html.Div(
        [
            cards.figure(share, "of unseen films right", f"95 % interval {low * 100:.0f} to {high * 100:.0f} %, n = {n}"),
            cards.figure(chance, "by chance", f"always naming the {word} with the most films"),
        ],
        className="figures surface-figures",
    )
    note = f"Cross-validated in {found.folds} stratified folds."
    if found.folds < 5:
        note += f" As few because a {word} has only {counted(found.folds, 'film')} here."
    return cards.card(
        f"Accuracy: {share}, {better} chance ({chance})", settings, numbers, _right(found), html.P(how, className="card-note prose"),
        note=note, span=5,
    )  # fmt: skip


def _right(found: mining.Surface) -> html.Table:
    """Films of each group, and how many of them were told right."""
    counts = found.points[found.by].value_counts()
    head = html.Thead(html.Tr([html.Th(word, scope="col") for word in (groups.WORDS[found.by].capitalize(), "Films", "Told right")]))
    body = [
        html.Tr([html.Th(html.Bdi(name), scope="row"), html.Td(int(counts[name])), html.Td(right)])
        for name, right in zip(found.groups, found.right, strict=True)
    ]
    return html.Table([head, html.Tbody(body)], className="scores")


# --- profiles ---------------------------------------------------------------------------------------------------


def profile(library: Library, sizes: pd.Series, choice: Choice, marks: Mapping[str, Mark]) -> list[Any]:
    """Groups to choose, how they sound on average, and in what they differ."""
    if sizes.empty:
        return [_nobody(library, choice.by)]
    chosen = [group for group in choice.chosen if group in sizes.index] or list(sizes.index[:_FIRST_PROFILES])
    chosen = chosen[:MOST_PROFILES]
    found = mined.profile(library, choice.by, sorted(chosen) if choice.by == "decade" else chosen)
    picker = _picker(choice.by, marks, sizes, chosen, f"In brackets: films of the library. At most {MOST_PROFILES}.")
    return [picker, profiles.view(found, marks, len(data.dataset(library)) - int(sizes.sum()))]
