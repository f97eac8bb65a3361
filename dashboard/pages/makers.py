"""Makers: whether the director or the composer of a film can be told from its music and from what is known of it."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import dash
from dash import Input, Output, State, callback, dcc, html, no_update

from analysis import groups, makers
from analysis.library import Library
from dashboard import data
from dashboard.components import cards
from dashboard.components.charts import chart
from dashboard.components.controls import controls, toggle
from dashboard.figures import makers as figures
from dashboard.frames import rows
from dashboard.ready import ready
from dashboard.text import NO_BREAK_SPACE, counted, percent
from dashboard.urls import href, parameters, single
from errors import InputError, LeitmotifError

PATH = "/makers"
BY = (("director", "Director"), ("composer", "Composer"))
FROM = (("music", "Music"), ("metadata", "Metadata"), ("both", "Both"))

dash.register_page(__name__, path=PATH, name="Makers", title="Who made it? · Leitmotif", order=3.5, icon="maker")


def layout(library: Any = None, by: Any = None, features: Any = None, **_: Any) -> html.Div:
    """The page for an address: `by` a maker, `features` what the lower cards tell of. Words it does not know are taken as not given."""
    who, what = _known(by, BY), _known(features, FROM)
    choice = controls(toggle("makers-by", "Maker", BY, who), toggle("makers-features", "Told from", FROM, what))
    try:
        source = data.library(single(library))
        body = content(source, who, what)
    except LeitmotifError as error:
        body = [cards.failure(error)]
    line = html.P("Whether a film’s maker can be told from its music, from what is known of it, or from both.", className="muted")
    title = html.Header([html.H1("Who made it?"), line], className="page-title")
    return html.Div([dcc.Location(id="makers-url", refresh="callback-nav"), title, choice, *body])


def _known(value: Any, options: tuple[tuple[str, str], ...]) -> str:
    words = [key for key, _ in options]
    return given if (given := single(value)) in words else words[0]  # type: ignore[return-value]


def content(library: Library, by: str, features: str) -> list[Any]:
    """What stands under the controls: the answer, or the sentence that says why there is none."""
    if not data.movies(library):
        command = f"leitmotif analyse MOVIES --library {library.root}"
        return [cards.empty("This library has no films yet. Analyse a folder of movies to fill it:", command)]
    try:
        return _kept(library.root, data.version(library), by, features)
    except InputError as error:
        return [cards.empty(f"Nobody can be told here: {error}.")]


@lru_cache(maxsize=12)
def _kept(root: Path, of: data.Version, by: str, features: str) -> list[Any]:
    report = _report(root, of, by)
    answer = next(answer for answer in report.answers if answer.features == features)
    return [ready(cards.grid(_accuracy(report, features), _importance(answer), _told(report, answer)))]


@lru_cache(maxsize=6)
def _report(root: Path, _of: data.Version, by: str) -> makers.Report:
    """Kept until the dataset changes: of the most makers and films that are told apart it takes four seconds."""
    return makers.tell(data.dataset(Library(root)), by)


@callback(
    Output("makers-url", "href"),
    Input("makers-by", "value"),
    Input("makers-features", "value"),
    State("makers-url", "search"),
    prevent_initial_call=True,
)
def navigate(by: str, features: str, search: str) -> Any:
    """A choice is a new address; a first choice is not said."""
    query: dict[str, Any] = parameters(search)
    said = {"by": by if by != BY[0][0] else None, "features": features if features != FROM[0][0] else None}
    there = href(PATH, **(query | said))
    return no_update if parameters(there.partition("?")[2]) == query else there


def _accuracy(report: makers.Report, features: str) -> html.Section:
    finding = _finding(report)
    words = "; ".join(f"{a.features}: {percent(100 * a.accuracy)}, p = {a.p:.3f}" for a in report.answers)
    graph = chart(figures.accuracies(report, features), "makers-accuracy", f"{finding}. {words}.")
    plural = groups.PLURALS[report.by]
    note = f"{counted(report.films, 'film')} by {len(report.makers)} {plural} with {makers.FEWEST_FILMS} films or more, each left out once."
    if apart := makers.left_aside(report):
        note += f" Left out: {apart}."
    how = (
        "Along a bar’s end its 95 % interval; across the bar what 95 of 100 shuffles of the makers among the films do not exceed; dotted: "
        f"always naming who has the most films. p is the share of {makers.PERMUTATIONS:,} shuffles that are told as well; as three bars "
        f"are tried, it is sure below {makers.LEVEL / len(makers.FEATURES):.3f}. "
        "The machine knows neither the other maker nor the cast: who works together once does so again."
    )
    return cards.card(finding, graph, html.P(how, className="card-note prose"), note=note, span=7)


def _finding(report: makers.Report) -> str:
    """ "Composers: told in 38 % of the films from both (by chance 10 %, p = 0.001), not surely from music"."""
    plural = groups.PLURALS[report.by].capitalize()
    music = report.answers[0]
    best = max((answer for answer in report.answers if answer.sure), key=lambda answer: answer.accuracy, default=None)
    if best is None:
        return f"{plural}: not surely told; from music in {percent(100 * music.accuracy)} of the films (by chance {_chance(music)})"
    found = f"{plural}: told in {percent(100 * best.accuracy)} of the films from {figures.WORDS[best.features]} (by chance {_chance(best)})"
    if best is music:
        return found
    return f"{found}, {f'in {percent(100 * music.accuracy)}' if music.sure else 'not surely'} from music"


def _chance(answer: makers.Answer) -> str:
    return f"{percent(100 * answer.shuffled)}, p{NO_BREAK_SPACE}={NO_BREAK_SPACE}{answer.p:.3f}"


def _importance(answer: makers.Answer) -> html.Section:
    first = max(answer.importances, key=lambda one: one.drop, default=None)
    if first is None:
        return cards.card("What it rests on: nothing varies here", span=5)
    finding = f"From {figures.WORDS[answer.features]}, {_rests(answer, first)}"
    words = "; ".join(f"{one.feature} {100 * one.drop:+.0f} points" for one in answer.importances[: figures.MOST_FEATURES])
    graph = chart(figures.importances(answer), "makers-importances", f"{finding}. {words}.")
    note = f"Accuracy lost when a feature is shuffled among the films; mean and deviation of {makers.REPEATS} shuffles. Pale: not sure."
    return cards.card(finding, graph, note=note, span=5)


def _rests(answer: makers.Answer, first: makers.Importance) -> str:
    if not answer.sure:
        return "makers are not surely told, so it rests on nothing sure"
    return f"the answer rests most on {first.feature}" if first.sure else "the answer rests on no single feature"


def _told(report: makers.Report, answer: makers.Answer) -> html.Section:
    table = makers.mistaken(report, answer)
    words = (report.by.capitalize(), "Films", "Told right", "Most often taken for")
    head = html.Thead(html.Tr([html.Th(word, scope="col") for word in words]))
    body = [
        html.Tr(
            [
                html.Th(html.Bdi(row["maker"]), scope="row"),
                html.Td(row["films"]),
                html.Td(row["right"]),
                html.Td([html.Bdi(row["taken_for"]), f" ({row['times']})"] if row["times"] else ""),
            ]
        )
        for row in rows(table)
    ]
    best = table.assign(share=table["right"] / table["films"]).sort_values(["share", "films"], ascending=False).iloc[0]
    finding = f"From {figures.WORDS[answer.features]}, {table['right'].sum()} of {counted(report.films, 'film')} are told right"
    if best["right"]:
        finding += f", most often those of {best['maker']} ({best['right']} of {best['films']})"
    note = f"{percent(100 * answer.accuracy)} of the films; where each {report.by} counts the same, {percent(100 * answer.balanced)}."
    return cards.card(finding, html.Table([head, html.Tbody(body)], className="scores taken"), note=note)
