"""The tables of the validation page that are its own: agreement of the stretches of music, and all runs side by side."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import dcc, html

from analysis.agreement import BOUNDARIES, TOLERANCES, Span
from dashboard.components.attributes import headed, labelled
from dashboard.components.tables import grade_mark
from dashboard.data import ValidationFigures
from dashboard.text import clock, day, percent, probability
from dashboard.urls import href
from errors import LeitmotifError

_WORDS = dict(zip(BOUNDARIES, ("start", "end", "start and end"), strict=True))
_NEAR, _FAIR = TOLERANCES


def hit_rates(found: Mapping[str, Any]) -> html.Table:
    """Precision, recall and F1 of starts, ends and both, for each tolerance.

    Parameters
    ----------
    found : see analysis.agreement.agreement
    """
    words = ("Within", "", "Precision", "Recall", "F1", "Hits")
    head = html.Thead(html.Tr([html.Th(word, scope="col") if word else html.Td() for word in words]))
    bodies = []
    for tolerance, by in found["within"].items():
        rows = [[html.Th(_WORDS[which], scope="row"), *_rates(by[which])] for which in BOUNDARIES]
        rows[0].insert(0, html.Th(f"{tolerance} s", scope="rowgroup", rowSpan=len(rows)))
        bodies.append(html.Tbody([html.Tr(row) for row in rows]))
    return html.Table([head, *bodies], className="scores hit-rates")


def _rates(rates: Mapping[str, float]) -> list[html.Td]:
    return [*(html.Td(probability(rates[key])) for key in ("precision", "recall", "f1")), html.Td(rates["hits"])]


def stretches(true: Sequence[tuple[Span, str]], counterparts: Sequence[Span | None], unfounded: Sequence[Span]) -> html.Table:
    """Each true stretch of music beside the found one that overlaps it most, and how far off its ends are.

    Parameters
    ----------
    true : stretches, each with the names of its pieces
    counterparts : what was found for each of them, None if nothing
    unfounded : stretches found where there is no music
    """
    head = html.Thead(html.Tr([html.Th(word, scope="col") for word in ("Music", "True", "Found", "Start", "End")]))
    rows = []
    for (span, name), other in zip(true, counterparts, strict=True):
        ends = [_missed(), ""] if other is None else [_off(b - a) for a, b in zip(span, other, strict=True)]
        rows.append(_row(html.Bdi(name), _when(span), _when(other), *ends))
    rows += [_row(html.Span("none", className="muted"), "", _when(span), grade_mark("extreme", "no music there"), "") for span in unfounded]
    return html.Table([head, html.Tbody(rows)], className="graded stretches")


def _row(name: Any, true: str, found: str, start: Any, end: Any) -> html.Tr:
    cells = [html.Td(true, className="number", **headed("True")), html.Td(found, className="number", **headed("Found"))]
    cells += [html.Td(start, **headed("Start")), html.Td(end, **headed("End"))]
    return html.Tr([html.Th(name, scope="row"), *cells])


def _when(span: Span | None) -> str:
    return f"{clock(span[0])}\u2013{clock(span[1])}" if span else ""


def _missed() -> html.Span:
    return grade_mark("missed", "nothing found")


def _off(seconds: int) -> html.Span:
    """How far off an end is, marked as right, as a simple or as an extreme error by the two tolerances."""
    grade = "right" if abs(seconds) <= _NEAR else "simple" if abs(seconds) <= _FAIR else "extreme"
    return grade_mark(grade, f"{abs(seconds)} s {'late' if seconds > 0 else 'early'}" if seconds else "exact")


def runs(found: Mapping[str, ValidationFigures | LeitmotifError], shown: str, path: str, library: str | None) -> html.Div:
    """All validation runs, newest first, each a link but for the one that is shown.

    Parameters
    ----------
    found : name -> figures, or why they cannot be read
    shown : the run that is on the page
    path, library : for the links
    """
    words = ("Run", "Date", "Seconds right", "Macro-F1", f"Music within {_NEAR} s, F1", "Attributes right")
    head = html.Thead(html.Tr([html.Th(word, scope="col") for word in words]))
    body = [html.Tr([_run_link(name, shown, path, library), *_run_cells(figures)]) for name, figures in found.items()]
    table = html.Table([head, html.Tbody(body)], className="scores runs")
    return html.Div(table, className="scrolling", tabIndex=0, role="region", **labelled("All validation runs"))


def _run_link(name: str, shown: str, path: str, library: str | None) -> html.Th:
    words = html.Bdi(name)
    return html.Th(html.Strong(words) if name == shown else dcc.Link(words, href=href(path, library=library, run=name)), scope="row")


def _run_cells(figures: ValidationFigures | LeitmotifError) -> list[html.Td]:
    if isinstance(figures, LeitmotifError):
        return [html.Td("cannot be read; open it to see why", colSpan=5, className="muted")]
    graded = f"{figures.right} of {figures.graded}" if figures.graded else "no truth"
    shares = (percent(100 * figures.accuracy), probability(figures.macro_f1), probability(figures.within_1_s))
    return [html.Td(word) for word in (day(figures.created), *shares, graded)]
