"""Validation: what the detectors said of an audio whose truth is known."""

from typing import Any

import dash
from dash import Input, Output, State, callback, dcc, html, no_update

from analysis.library import Library
from dashboard import data
from dashboard.components import cards, tables
from dashboard.components.charts import chart
from dashboard.components.controls import MOUSE_HINT, controls, select
from dashboard.figures.validation import disagreements, steps
from dashboard.text import clock, counted, percent, probability
from dashboard.urls import chosen_library, href, single
from errors import LeitmotifError
from models.labels import SOUND_CLASSES

PATH = "/validation"

dash.register_page(__name__, path=PATH, name="Validation", title="Validation · Leitmotif", order=2, icon="check")


def layout(library: Any = None, run: Any = None, **_: Any) -> html.Div:
    """The page for an address; without a run the newest one. An unknown run gives a sentence, not an error."""
    run, runs = single(run), []
    try:
        source = data.library(single(library))
        runs = source.validations()
        run = run or next(iter(runs), None)
        body = content(source, run)
    except LeitmotifError as error:
        body = cards.failure(error)
    choice = select("validation-run", "Run", runs, run if run in runs else None, "Choose a run")
    return html.Div([dcc.Location(id="validation-url", refresh="callback-nav"), controls(choice), _title(), body])


def content(library: Library, run: str | None) -> html.Div | html.Section:
    """What stands under the controls: the run, or the sentence that says why there is none."""
    runs = library.validations()
    if not runs:
        command = f"leitmotif validate --library {library.root}"
        return cards.empty("This library has no validation run yet. Compose audio whose truth is known, and compare:", command)
    if run not in runs:
        return cards.empty(f"This library has no validation run called “{run}”. Choose one above.")
    return report(data.validation(library, run))


@callback(Output("validation-url", "href"), Input("validation-run", "value"), State("validation-url", "search"), prevent_initial_call=True)
def navigate(run: str | None, search: str) -> Any:
    """Another run is a new address."""
    return href(PATH, library=chosen_library(search), run=run) if run else no_update


def _title() -> html.Header:
    line = html.P("What the detectors said of composed audio, beside what is true.", className="muted")
    return html.Header([html.H1("Validation"), line], className="page-title")


def report(validation: data.Validation) -> html.Div:
    """Accuracy, scores and grades; the two lines over time; the graded table."""
    return cards.grid(_accuracy(validation), _scores(validation), _grades(validation), _over_time(validation), _segments(validation))


def _accuracy(validation: data.Validation) -> html.Section:
    summary, n = validation.summary, len(validation.seconds)
    share = percent(100 * summary["accuracy"])
    wrong = int((validation.seconds["true"] != validation.seconds["predicted"]).sum())
    parts = [cards.figure(share, "of seconds right", f"n = {n:,} s ({clock(n)}), {wrong:,} wrong")]
    # A class that does not occur has no F1 to speak of.
    f1 = [summary["classes"][name]["f1"] for name in SOUND_CLASSES if summary["classes"][name]["support"]]
    parts.append(cards.figure(probability(sum(f1) / max(len(f1), 1)), "macro-F1", f"mean F1 of {counted(len(f1), 'class', 'classes')}"))
    return cards.card(f"Accuracy: {share} of seconds", html.Div(parts, className="figures"), span=3)


def _scores(validation: data.Validation) -> html.Section:
    classes = {name: validation.summary["classes"][name] for name in SOUND_CLASSES}
    present = [name for name in SOUND_CLASSES if classes[name]["support"]]
    best, worst = (pick(present or SOUND_CLASSES, key=lambda name: classes[name]["f1"]) for pick in (max, min))
    return cards.card(
        f"Classes: {best} is found best, {worst} least well",
        tables.scores(classes),
        tables.confusion(validation.summary["confusion"]),
        note="Per second. Below: seconds of each true class by predicted class.",
        span=5,
    )


def _grades(validation: data.Validation) -> html.Section:
    grades = validation.summary["grades"]
    right, total = sum(counts.get("right", 0) for counts in grades.values()), sum(sum(counts.values()) for counts in grades.values())
    title = f"Attributes: {right} of {total} right" if total else "Attributes: no music to grade"
    note = f"n = {counted(len(validation.segments), 'segment')}. Simple: one level off. Extreme: two levels off."
    return cards.card(title, tables.grade_counts(grades), note=note, span=4)


def _over_time(validation: data.Validation) -> html.Section:
    spans = disagreements(validation.seconds)
    seconds = sum(end - start for start, end in spans)
    finding = f"Class over time: the lines differ in {counted(seconds, 'second') if spans else 'no second'}"
    words = f"{finding}. " + "; ".join(f"{clock(start)} to {clock(end)}" for start, end in spans)
    return cards.card(finding, chart(steps(validation.seconds), "validation-steps", words, wide=True), note=MOUSE_HINT)


def _segments(validation: data.Validation) -> html.Section:
    n = len(validation.segments)
    missed = int((validation.segments["genre"] == "").sum())
    title = f"Music: {counted(n, 'true segment')}, {missed or 'none'} missed"
    note = "Predicted value with its mean probability, the true value, and the grade."
    if validation.synthetic:
        note += " The audio is synthetic: instruments, voices and effects are made by the program."
    return cards.card(title, tables.graded(validation.segments), note=note)
