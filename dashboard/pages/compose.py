"""Compose: from a film, a picture, film genres or a mood to new music that matches it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import dash
import dash_mantine_components as dmc
from dash import ALL, ClientsideFunction, Input, Output, State, callback, clientside_callback, dcc, html, no_update

from analysis.library import Library
from dashboard import compose_route, data, uploads, wishes
from dashboard.components import candidates, cards, scores, sources, targets
from dashboard.components.attributes import HIDDEN, labelled
from dashboard.components.controls import select
from dashboard.components.icons import icon
from dashboard.urls import href, parameters, single
from dashboard.wishes import MOST_CANDIDATES, MOST_SEED, View
from errors import LeitmotifError

PATH = "/compose"
# Stage -> its word in the list, and the sentence while it lasts.
STEPS = {
    "write": ("Write", "Writing the notes"),
    "arrange": ("Arrange", "Arranging them for instruments"),
    "render": ("Render", "Playing the instruments"),
    "listen": ("Listen", "Listening to what was played"),
    "save": ("Save", "Making it ready to be heard"),
}
_LENGTHS = (10, 20, 30, 45, 60, 90, 120, 180, 240, 300)  # s

dash.register_page(__name__, path=PATH, name="Compose", title="Compose · Leitmotif", order=5, icon="compose")


def layout(**query: Any) -> html.Div:
    """The page for an address (dashboard.wishes says what it can hold); `result`, `piece` and `cover` are what was composed."""
    films: Sequence[tuple[str, str]] = []
    below: list[Any] = []
    name = single(query.get("library"))
    view = wishes.read(query)
    try:
        library = data.library(name)
        films = data.movies(library)
        view = complete(view, library, films)
        below = [html.Div(_kept(library, name), id="compose-kept")]
    except LeitmotifError as error:
        below = [cards.failure(error)]
    known, shown = single(query.get("result")), wishes.number(query.get("piece"), 1, MOST_CANDIDATES)
    found = result(known, (shown or 1) - 1, single(query.get("cover"))) if known else []
    target = html.Section(targets.content(view), id="compose-target", className="card span-7 compose-target")
    chosen = html.Div([sources.card(view, films), target, _ordering(view)], className="grid compose-wish")
    line = html.P("New music that matches a film, a picture, a genre or a mood.", className="muted")
    title = html.Header([html.H1("Compose"), line], className="page-title")
    stores = [dcc.Store(id=f"compose-{name}") for name in ("search", "piece", "kept-changed")]
    address = dcc.Location(id="compose-url", refresh="callback-nav")
    return html.Div([address, _told(view, known), *stores, title, chosen, _job(), html.Div(found, id="compose-results"), *below])


def complete(view: View, library: Library, films: Sequence[tuple[str, str]]) -> View:
    """A view with the film that its address leaves open: the director's first, or the first with music."""
    if view.kind != "movie" or not films or (view.director and view.movie):
        return view
    if view.director is None:
        fitting = [(director, movie) for director, movie in films if view.movie in (None, movie)]
        director, movie = next((film for film in fitting if _has_music(library, *film)), fitting[0] if fitting else films[0])
        return replace(view, director=director, movie=movie if fitting else view.movie)
    return replace(view, movie=next((movie for director, movie in films if director == view.director), None))


def _has_music(library: Library, director: str, movie: str) -> bool:
    try:
        return bool(data.film(library, director, movie).profile["segments"])
    except LeitmotifError:
        return False


def result(known: str, shown: int, cover: str | None) -> list[Any]:
    """What was composed, or why it is not to be seen."""
    try:
        job = compose_route.studio().find(known)
    except LeitmotifError as error:
        return [cards.empty(str(error))]
    if job.found is None:
        return [cards.empty(job.problem or "This piece is not composed to its end yet. Load the page anew in a moment.")]
    return candidates.results(job.found, known, min(shown, len(job.found.candidates) - 1), cover)


def _told(view: View, known: str | None) -> dcc.Store:
    """What assets/compose.js needs to know."""
    return dcc.Store(
        id="compose-told",
        data={
            "page": PATH, "jobs": compose_route.PATH, "done": compose_route.DONE, "result": known, "search": search_of(view),
            "files": uploads.PATH, "piece": uploads.PIECE_BYTES, "seen": uploads.DONE, "mostSeed": MOST_SEED,
            "stages": {stage: sentence for stage, (_, sentence) in STEPS.items()},
        },
    )  # fmt: skip


def search_of(view: View) -> str:
    """A view as an address's query: reading it gives the view again."""
    weighed = {
        name: [f"{genre}:{weight}" for genre, weight in given.items()]
        for name, given in (("genres", view.genres), ("colours", view.colours or {}))
    }
    if view.colours == {}:
        weighed["colours"] = ["none"]
    found = href(
        "", source=view.kind, library=view.library, director=view.director, movie=view.movie, segments=[str(n) for n in view.segments],
        picture=view.picture, moods=list(view.moods), **weighed, **{name: str(value) for name, value in view.changed.items()},
        length=str(view.seconds), candidates=str(view.count), seed=str(view.seed),
    )  # fmt: skip
    return found.removeprefix("?")


def _ordering(view: View) -> html.Section:
    """How long, how many, from which seed; and the button that begins."""
    lengths = sorted({*_LENGTHS, view.seconds})
    words = {seconds: f"{seconds} s" if seconds < 60 else f"{seconds // 60}:{seconds % 60:02} min" for seconds in lengths}
    length = select("compose-length", "Length", [(str(seconds), word) for seconds, word in words.items()], str(view.seconds), "")
    count = select("compose-count", "Candidates", [str(n) for n in range(1, MOST_CANDIDATES + 1)], str(view.count), "")
    seed = dmc.NumberInput(
        id="compose-seed", label="Seed", value=view.seed, min=0, max=MOST_SEED, step=1, allowDecimal=False, allowNegative=False,
        clampBehavior="strict", hideControls=True, className="control",
    )  # fmt: skip
    dice = html.Button(icon("dice"), id="compose-dice", type="button", className="button", title="Another seed", **labelled("Another seed"))
    go = html.Button([icon("compose"), "Compose"], id="compose-go", type="button", className="button primary")
    fields = html.Div([length, count, html.Div([seed, dice], className="compose-seed"), go], className="compose-order")
    return html.Section(fields, className="card span-12")


def _job() -> html.Section:
    """What happens to a piece, kept up by assets/compose.js; nothing is seen of it while there is none."""
    named: list[dict[str, Any]] = [{"data-stage": stage} for stage in STEPS]
    steps = [html.Li(word, **name) for name, (word, _) in zip(named, STEPS.values(), strict=True)]
    said = html.P([html.Strong(id="compose-name"), " ", html.Span(id="compose-said", role="status")])
    cancel = html.Button("Cancel", id="compose-cancel", type="button", className="button")
    bar = html.Progress(id="compose-bar", max="1", value="0", **labelled("How far it is"))
    head = html.Div([said, html.Span(id="compose-percent", className="share", **HIDDEN), cancel], className="job-head")
    working = html.Div([head, bar, html.Ol(steps, className="steps", **HIDDEN)], id="compose-working", hidden=True)
    last = html.P(
        html.A("Show what was composed last", href=PATH, id="compose-last-link"), id="compose-last", className="muted", hidden=True
    )
    return html.Section(
        [working, html.P(id="compose-problem", className="problem", role="alert"), last], id="compose-job", className="card job compose-job"
    )


def _kept(library: Library, name: str | None) -> list[html.Section]:
    return [scores.of_library(library, name)]


@callback(
    Output("compose-target", "children"), Output("compose-weights", "children"), Input("compose-search", "data"), prevent_initial_call=True
)
def retarget(search: Any) -> Any:
    """The target for another choice of the source, which stands where it is."""
    if not isinstance(search, dict) or not isinstance(search.get("query"), str):
        return no_update, no_update
    view = wishes.read(parameters(search["query"]))
    return targets.content(view), sources.weights(view.genres, "compose-weight") if search.get("weights") is True else no_update


@callback(
    Output("compose-chosen", "children"), Output("compose-shown", "data"), Input("compose-piece", "data"), State("compose-shown", "data"),
    prevent_initial_call=True,
)  # fmt: skip
def show(asked: Any, shown: Any) -> Any:
    """Another candidate."""
    if not isinstance(asked, dict) or not isinstance(shown, dict) or not isinstance(asked.get("piece"), int):
        return no_update, no_update
    known, place = str(asked.get("result")), asked["piece"]
    try:
        compose_route.studio().candidate(known, place)
        found = compose_route.studio().find(known).found
    except LeitmotifError as error:
        return [cards.empty(str(error))], no_update
    assert found
    return candidates.piece(found, known, place, None), {**shown, "piece": place}


@callback(
    Output("compose-kept", "children"), Input("compose-kept-changed", "data"), State("compose-url", "search"), prevent_initial_call=True
)
def kept(_changed: Any, search: Any) -> Any:
    """What is kept, when it has become more."""
    name = single(parameters(search).get("library")) if isinstance(search, str) else None
    try:
        return _kept(data.library(name), name)
    except LeitmotifError as error:
        return [cards.failure(error)]


def _in_browser(function: str, *inputs: Input | State, output: Output | None = None) -> None:
    """What happens in the browser alone (assets/compose.js, composing.js, roll.js)."""
    clientside_callback(ClientsideFunction("compose", function), *([output] if output else []), *inputs, prevent_initial_call=True)


def _every(kind: str, prop: str) -> Any:
    return {"type": kind, "index": ALL}, prop


for _name in ("kind", "director", "movie", "segments", "genres", "colours", "length", "count", "seed"):
    _in_browser(_name, Input(f"compose-{_name}", "value"))
_in_browser("tempo", Input("compose-tempo", "value"), output=Output("compose-tempo-said", "children"))
for _kind in ("compose-weight", "compose-colour"):
    _in_browser("weigh", Input(*_every(_kind, "value")), State(*_every(_kind, "id")), output=Output(*_every(f"{_kind}-said", "children")))
clientside_callback(
    ClientsideFunction("compose", "tune"),
    Output(*_every("compose-slider", "value")),
    Output(*_every("compose-slider-said", "children")),
    Input(*_every("compose-slider", "value")),
    State(*_every("compose-slider", "id")),
    prevent_initial_call=True,
)
# Dash calls what has no output only after a change; the titles are never set.
clientside_callback(ClientsideFunction("compose", "given"), Output("compose-target", "title"), Input("compose-given", "data"))
clientside_callback(ClientsideFunction("compose", "attach"), Output("compose-job", "title"), Input("compose-told", "data"))
clientside_callback(ClientsideFunction("compose", "shown"), Output("compose-results", "title"), Input("compose-shown", "data"))
