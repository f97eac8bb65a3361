"""Validation: what the detectors said of an audio whose truth is known."""

from collections.abc import Mapping
from typing import Any

import dash
import pandas as pd
from dash import Input, Output, State, callback, dcc, html, no_update

from analysis.agreement import TOLERANCES, Span, agreement, counterparts, found_stretches, true_stretches
from analysis.detection import MINIMUM_RUN
from analysis.library import Library
from dashboard import data
from dashboard.components import cards, tables
from dashboard.components import validation as validation_tables
from dashboard.components.charts import chart
from dashboard.components.controls import MOUSE_HINT, controls, select
from dashboard.figures.models import confusion
from dashboard.figures.validation import attribute_counts, disagreements, over_time
from dashboard.text import clock, counted, day, percent, probability
from dashboard.urls import chosen_library, href, single
from errors import LeitmotifError
from models.labels import SOUND_CLASSES

PATH = "/validation"
Runs = Mapping[str, data.ValidationFigures | LeitmotifError]
# Nothing is drawn anew for it: the legend shows and hides lines by itself.
_LEGEND_HINT = html.Span(" A word of the legend hides its line or shows it.", className="not-on-phone")

dash.register_page(__name__, path=PATH, name="Validation", title="Validation · Leitmotif", order=2, icon="check")


def layout(library: Any = None, run: Any = None, **_: Any) -> html.Div:
    """The page for an address; without a run the newest one. An unknown run gives a sentence, not an error."""
    name, run, runs = single(library), single(run), {}
    try:
        source = data.library(name)
        runs = data.validation_runs(source)
        run = run or next(iter(runs), None)
        body = content(source, name, run, runs)
    except LeitmotifError as error:
        body = cards.failure(error)
    options = [(key, option(key, figures)) for key, figures in runs.items()]
    choice = select("validation-run", "Run", options, run if run in runs else None, "Choose a run")
    return html.Div([dcc.Location(id="validation-url", refresh="callback-nav"), controls(choice), _title(), body])


def option(run: str, figures: data.ValidationFigures | LeitmotifError) -> str:
    """ "demo · 21 Nov 2026 · 80 %"; a run that is named by its date says it once."""
    if isinstance(figures, LeitmotifError):
        return f"{run} · cannot be read"
    date = "" if run.startswith(figures.created[:10]) else day(figures.created)
    return " · ".join(filter(None, (run, date, percent(100 * figures.accuracy))))


def content(library: Library, name: str | None, run: str | None, runs: Runs) -> html.Div | html.Section:
    """What stands under the controls: the run, or the sentence that says why there is none."""
    if not runs:
        return _none(library)
    if run is None or run not in runs:
        return cards.empty(f"This library has no validation run called “{run}”. Choose one above.")
    parts = report(data.validation(library, run))
    return cards.grid(*parts, *([_runs(runs, run, name)] if len(runs) > 1 else []))


def _none(library: Library) -> html.Section:
    """What a library without a run can do, and where there are runs."""
    state = cards.empty(
        "This library has no validation run yet: what is true in each second of its films is not known, so there is nothing to compare "
        "with. Compose audio whose truth is known, and compare:",
        f"leitmotif validate --library {library.root}",
    )
    for name, title in data.titles().items():
        if data.library(name).validations():
            state.children.append(html.P(["A run to look at is in ", dcc.Link(html.Bdi(title), href=href(PATH, library=name)), "."]))
    return state


@callback(Output("validation-url", "href"), Input("validation-run", "value"), State("validation-url", "search"), prevent_initial_call=True)
def navigate(run: str | None, search: str) -> Any:
    """Another run is a new address."""
    return href(PATH, library=chosen_library(search), run=run) if run else no_update


def _title() -> html.Header:
    line = html.P("What the detectors said of composed audio, beside what is true.", className="muted")
    return html.Header([html.H1("Validation"), line], className="page-title")


def report(validation: data.Validation) -> list[html.Section]:
    """Accuracy, scores and grades; lines and probabilities over time; stretches of music; the graded table and its confusions."""
    return [
        _accuracy(validation), _scores(validation), _grades(validation), _over_time(validation), *_agreement(validation),
        _segments(validation), *_attributes(validation.segments),
    ]  # fmt: skip


def _accuracy(validation: data.Validation) -> html.Section:
    seconds, n = validation.seconds, len(validation.seconds)
    right, before = (float((seconds["true"] == seconds[column]).mean()) if n else 0.0 for column in ("predicted", "raw"))
    share, wrong = percent(100 * right), int((seconds["true"] != seconds["predicted"]).sum())
    present = sum(bool(of["support"]) for of in validation.summary["classes"].values())
    parts = [
        cards.figure(share, "of seconds right", f"n = {n:,} s ({clock(n)}), {wrong:,} wrong"),
        cards.figure(percent(100 * before), "before smoothing", "each second by itself, its most probable class"),
        cards.figure(
            probability(data.macro_f1(validation.summary["classes"])), "macro-F1", f"mean F1 of {counted(present, 'class', 'classes')}"
        ),
    ]
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
    note = ["Below: the probability of each class, before smoothing. ", MOUSE_HINT, _LEGEND_HINT]
    return cards.card(finding, chart(over_time(validation.seconds), "validation-steps", words, wide=True), note=note)


def _agreement(validation: data.Validation) -> list[html.Section]:
    """How well the stretches of music agree: hit rates, and beside them each stretch."""
    agreed = agreement(validation.seconds)
    true, found = true_stretches(validation.seconds), found_stretches(validation.seconds)
    within = agreed["within"][str(TOLERANCES[0])]["both"]["hits"]
    first = cards.card(
        f"Stretches of music: {within or 'none'} of {agreed['true']} begin and end within {TOLERANCES[0]} s",
        validation_tables.hit_rates(agreed),
        html.P(_median_errors(agreed["median_error"]), className="card-note"),
        note=f"{agreed['found']} found, {agreed['true']} true, paired one to one. Found is what is analysed: {MINIMUM_RUN} s or more.",
        span=5,
    )
    partners = counterparts(true, found)
    unfounded = [span for span, other in zip(found, counterparts(found, true), strict=True) if other is None]
    named = [(span, _names(validation.segments, span)) for span in true]
    title = f"Their ends: music is found in {len(true) - partners.count(None)} of {len(true)}"
    title += f", and {counted(len(unfounded), 'stretch', 'stretches')} where there is none" if unfounded else ""
    note = f"Beside the found stretch that overlaps most. ✓ up to {TOLERANCES[0]} s off, ~ up to {TOLERANCES[1]} s, ✗ more."
    return [first, cards.card(title, validation_tables.stretches(named, partners, unfounded), note=note, span=7)]


def _median_errors(errors: dict[str, float | None]) -> str:
    onset, offset = errors["onset"], errors["offset"]
    if onset is None or offset is None:
        return "No stretch to measure from."
    return f"Median distance to the nearest found: start {onset:g} s, end {offset:g} s."


def _names(segments: pd.DataFrame, span: Span) -> str:
    """The names of the pieces a stretch of music consists of."""
    inside = segments[(segments["start"] >= span[0]) & (segments["end"] <= span[1])]
    return ", ".join(inside["name"]) or "music"


def _attributes(segments: pd.DataFrame) -> list[html.Section]:
    """What each attribute was taken for; nothing where no truth is known."""
    known = [attribute for attribute in tables.SHOWN if (segments[f"{attribute}_true"] != "").any()]
    if not known:
        return []
    right = {attribute: int((segments[f"{attribute}_grade"] == "right").sum()) for attribute in known}
    best, worst = (pick(known, key=lambda attribute: right[attribute]) for pick in (max, min))
    title = f"Confusion of attributes: {best} is most often right" + (f", {worst} least" if right[best] > right[worst] else "")
    parts = [_attribute(segments, attribute, right[attribute]) for attribute in (*known[1:], known[0])]
    return [cards.card(title, cards.grid(*parts), note="Segments of each true value (row) by predicted value (column).")]


def _attribute(segments: pd.DataFrame, attribute: str, right: int) -> html.Div:
    true, predicted, counts = attribute_counts(segments, attribute)
    finding = f"{attribute.capitalize()}: {right} of {int(counts.sum())} right"
    taken = "; ".join(
        f"{counts[i, j]} {t} taken for {p}" for i, t in enumerate(true) for j, p in enumerate(predicted) if counts[i, j] and t != p
    )
    graph = chart(confusion(true, counts.tolist(), predicted, counted=True), f"validation-{attribute}", f"{finding}. {taken}")
    return html.Div([html.H3(finding), graph], className="span-12" if attribute == "genre" else "span-4")


def _runs(runs: Runs, shown: str, library: str | None) -> html.Section:
    accuracy = {name: run.accuracy for name, run in runs.items() if not isinstance(run, LeitmotifError)}
    best = max(accuracy, key=lambda name: accuracy[name])
    title = f"Runs: {best} has the most seconds right, {percent(100 * accuracy[best])} of them"
    return cards.card(title, validation_tables.runs(runs, shown, PATH, library), note="Newest first.")


def _segments(validation: data.Validation) -> html.Section:
    n = len(validation.segments)
    missed = int((validation.segments["genre"] == "").sum())
    title = f"Music: {counted(n, 'true segment')}, {missed or 'none'} missed"
    note = "Predicted value with its mean probability, the true value, and the grade."
    if validation.synthetic:
        note += " The audio is synthetic: instruments, voices and effects are made by the program."
    return cards.card(title, tables.graded(validation.segments), note=note)
