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
from dashboard.text import counted, percent
from dashboard.urls import href, parameters, single
from errors import InputError, LeitmotifError

PATH = "/makers"
BY = (("director", "Director"), ("composer", "Composer"))
FROM = (("music", "Music"), ("metadata", "Metadata"), ("both", "Both"))
LEVEL = 0.05

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
    return [ready(cards.grid(_accuracy(report), _importance(answer), _told(report, answer)))]


@lru_cache(maxsize=6)
def _report(root: Path, _of: data.Version, by: str) -> makers.Report:
    """Kept until the dataset changes: it takes a second or two."""
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


def _accuracy(report: makers.Report) -> html.Section:
    finding = _finding(report)
    words = "; ".join(f"{a.features}: {percent(100 * a.accuracy)}, p = {a.p:.3f}" for a in report.answers)
    graph = chart(figures.accuracies(report), "makers-accuracy", f"{finding}. {words}.")
    plural = groups.PLURALS[report.by]
    note = f"{counted(report.films, 'film')} by {len(report.makers)} {plural} with {makers.FEWEST_FILMS} films or more, each left out once."
    if report.left_out:
        note += f" {counted(report.left_out, report.by)} with fewer films left out."
    if report.too_many:
        note += f" Only the {makers.MOST_MAKERS} with the most films are told apart; {report.too_many} more left out."
    how = (
        "The line at a bar’s end is the 95 % interval. p: share of 1,000 shuffles of the makers among the films that are told as well. "
        "Neither the other maker nor the cast is known to the machine: who works together once does so again."
    )
    return cards.card(finding, graph, html.P(how, className="card-note prose"), note=note, span=7)


def _finding(report: makers.Report) -> str:
    """ "Composers: told best from both, 38 % of the films (by chance 10 %, p = 0.001)"."""
    plural = groups.PLURALS[report.by].capitalize()
    best = max(report.answers, key=lambda answer: answer.accuracy)
    if best.p >= LEVEL:
        return f"{plural}: not told better than by chance ({percent(100 * best.accuracy)} of the films at best, p = {best.p:.2f})"
    share, chance = percent(100 * best.accuracy), percent(100 * best.shuffled)
    source = "music and metadata together" if best.features == "both" else best.features
    return f"{plural}: told best from {source}, {share} of the films (by chance {chance}, p = {best.p:.3f})"


def _importance(answer: makers.Answer) -> html.Section:
    first = max(answer.importances, key=lambda one: one.drop, default=None)
    if first is None:
        return cards.card("What it rests on: nothing varies here", span=5)
    named = f"most on {first.feature}" if first.drop > 2 * first.deviation / makers.REPEATS**0.5 and first.drop > 0 else "on nothing surely"
    finding = f"From {figures.WORDS[answer.features]}, the answer rests {named}"
    words = "; ".join(f"{one.feature} {100 * one.drop:+.0f} points" for one in answer.importances[: figures.MOST_FEATURES])
    graph = chart(figures.importances(answer.importances), "makers-importances", f"{finding}. {words}.")
    note = f"Accuracy lost when a feature is shuffled among the films; mean and deviation of {makers.REPEATS} shuffles."
    return cards.card(finding, graph, note=note, span=5)


def _told(report: makers.Report, answer: makers.Answer) -> html.Section:
    table = makers.mistaken(report, answer)
    head = html.Thead(
        html.Tr([html.Th(word, scope="col") for word in (report.by.capitalize(), "Films", "Told right", "Most often taken for")])
    )
    body = [
        html.Tr(
            [
                html.Th(html.Bdi(row["maker"]), scope="row"),
                html.Td(row["films"]),
                html.Td(row["right"]),
                html.Td(html.Bdi(row["taken_for"])),
            ]
        )
        for row in rows(table)
    ]
    best = table.assign(share=table["right"] / table["films"]).sort_values(["share", "films"], ascending=False).iloc[0]
    finding = f"From {figures.WORDS[answer.features]}: {best['maker']} is told in {best['right']} of {counted(int(best['films']), 'film')}"
    return cards.card(finding if best["right"] else f"From {figures.WORDS[answer.features]}: nobody is told right", html.Table(
        [head, html.Tbody(body)], className="scores"
    ), note="The mean over the makers: " + percent(100 * answer.balanced) + ".")  # fmt: skip
