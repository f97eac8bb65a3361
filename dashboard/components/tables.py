"""Tables that become cards on a phone."""

from collections.abc import Mapping
from typing import Any

import dash_ag_grid as dag
import pandas as pd
from dash import html

from dashboard.components.attributes import HIDDEN, headed, labelled
from dashboard.components.icons import icon
from dashboard.frames import rows
from dashboard.text import clock, probability
from dashboard.theme import ATTRIBUTE_COLOURS, GRADES
from models.labels import ORDERED_ATTRIBUTES, SOUND_CLASSES

SHOWN = ("genre", *ORDERED_ATTRIBUTES)  # the attributes, in the order of every table
_ROW_HEIGHT, _HEADER_HEIGHT, _MOST_ROWS = 40, 42, 15
_TIME = {"function": "clock(params.value)"}  # in assets/grid.js
# The grid takes its colours from style.css, so it follows the light and dark scheme by itself.
_THEME = (
    "themeQuartz.withParams({backgroundColor: 'var(--surface)', foregroundColor: 'var(--text)', borderColor: 'var(--line)', "
    "headerBackgroundColor: 'var(--surface)', headerTextColor: 'var(--muted)', rowHoverColor: 'var(--hover)', "
    "browserColorScheme: 'inherit', fontFamily: 'inherit', fontSize: 14, wrapperBorderRadius: 4, columnBorder: false})"
)
# Of every grid. Arrow keys lead from cell to cell, Tab out of the grid: one would have to press it for each cell of all films.
GRID_OPTIONS: dict[str, Any] = {
    "theme": {"function": _THEME}, "animateRows": False, "tooltipShowDelay": 300, "tabToNextCell": {"function": "leaveGrid(params)"},
}  # fmt: skip
_NUMBER = {"type": "rightAligned", "filter": False}
_SEGMENT_LISTENERS = {"rowClicked": ["chooseSegment(params)"], "cellKeyDown": ["playOnEnter(params)"]}


def segments(
    table: pd.DataFrame, component_id: str, *, audible: bool = False, chosen: int | None = None, choosing: bool = True
) -> html.Div:  # fmt: skip
    """A film's segments: when, how long, and each attribute with its probability; assets/player.js marks another that is chosen.

    Parameters
    ----------
    table : a segments table
    component_id : id of the grid
    audible : with a button on each that plays it
    chosen : number of the segment that is marked, None for none
    choosing : whether a click chooses a segment
    """
    play: dict[str, Any] = {
        "headerName": "Play", "colId": "play", "field": "number", "width": 66, "cellRenderer": "PlayButton", "cellClass": "play-cell",
        "sortable": False, "resizable": False,
    }  # fmt: skip
    columns: list[dict[str, Any]] = [
        {"headerName": "#", "field": "number", "width": 56, **_NUMBER},
        *([play] if audible else []),
        *(
            {"headerName": name, "field": name.lower(), "width": 86, "valueFormatter": _TIME, **_NUMBER}
            for name in ("Start", "End", "Length")
        ),
    ]
    for attribute in SHOWN:
        columns += [
            {"headerName": attribute.capitalize(), "field": attribute, "flex": 1, "minWidth": 118,
             "cellRenderer": "Swatch", "cellRendererParams": {"colours": ATTRIBUTE_COLOURS[attribute]}},
            {"headerName": "p", "field": f"{attribute}_p", "width": 72, "valueFormatter": {"function": "d3.format('.2f')(params.value)"},
             "headerTooltip": f"Mean probability of the {attribute} over the segment's windows", **_NUMBER},
        ]  # fmt: skip
    numbered = table.assign(number=table["segment"] + 1, length=table["duration"])
    grid = dag.AgGrid(
        id=component_id, columnDefs=columns, rowData=rows(numbered[list(dict.fromkeys(c["field"] for c in columns))]),
        defaultColDef={"sortable": True, "resizable": True, "suppressMovable": True}, eventListeners=_SEGMENT_LISTENERS if choosing else {},
        getRowId="params.data.number.toString()", selectedRows={"ids": [str(chosen)] if chosen else []},
        dashGridOptions={"rowHeight": _ROW_HEIGHT, "headerHeight": _HEADER_HEIGHT, **GRID_OPTIONS,
                         "enableCellTextSelection": True, "suppressScrollOnNewData": True,
                         "rowSelection": {"mode": "singleRow", "checkboxes": False, "enableClickSelection": False}},
        style={"height": _HEADER_HEIGHT + _ROW_HEIGHT * min(len(numbered), _MOST_ROWS) + 4}, className="segments-grid",
    )  # fmt: skip
    return html.Div(
        [html.Div(grid, className="not-on-phone"), html.Div([_segment_card(s, audible) for s in rows(numbered)], className="phone-only")],
        className="segments",
    )


def _segment_card(segment: dict[str, Any], audible: bool) -> html.Article:
    when = f"{clock(segment['start'])} to {clock(segment['end'])}"
    attributes = [
        html.Div([html.Dt(a), html.Dd([_swatch(a, segment[a]), segment[a], html.Span(probability(segment[f"{a}_p"]), className="muted")])])
        for a in SHOWN
    ]
    number = {"data-play": segment["number"]} | labelled(f"Play or pause segment {segment['number']}")
    button = [html.Button(icon("play"), type="button", className="button plain play", **number)] if audible else []
    head = html.Div([*button, html.Strong(when), html.Span(clock(segment["length"]), className="muted")], className="row-card-head")
    return html.Article([head, html.Dl(attributes)], className="row-card", **{"data-segment": segment["number"]})


def _swatch(attribute: str, value: str) -> html.Span:
    return html.Span(className="swatch", style={"background": ATTRIBUTE_COLOURS[attribute].get(value, "transparent")})


def graded(table: pd.DataFrame) -> html.Table:
    """The music segments of a validation run: per attribute the grade, the prediction with its probability, and the truth.

    Parameters
    ----------
    table : segments of a validation run, one row per true music segment
    """
    head = html.Thead(html.Tr([html.Th(word, scope="col") for word in ("Time", "Segment", *(name.capitalize() for name in SHOWN))]))
    body = []
    for row in rows(table):
        when = f"{clock(row['start'])}\u2013{clock(row['end'])}"
        cells = [
            html.Td(when, className="number", **headed("Time")),
            html.Th(html.Bdi(row["name"]), scope="row", **headed("Segment")),
        ]
        body.append(html.Tr(cells + [_graded_cell(row, name) for name in SHOWN]))
    return html.Table([head, html.Tbody(body)], className="graded")


def _graded_cell(row: dict[str, Any], attribute: str) -> html.Td:
    predicted, true, grade = row[attribute], row[f"{attribute}_true"], row[f"{attribute}_grade"]
    said = [predicted, " ", html.Span(probability(row[f"{attribute}_p"]), className="muted")] if predicted else "no music found"
    parts: list[Any] = [html.Div(said, className="said"), html.Div(f"true: {true or 'not known'}", className="muted")]
    if grade:  # there is none where the truth is not known
        parts.append(grade_mark(grade))
    return html.Td(html.Div(parts), **headed(attribute.capitalize()))


def grade_mark(grade: str, words: str = "") -> html.Span:
    """A grade as colour, symbol and words; by default its own."""
    colour, symbol, word = GRADES[grade]
    mark = html.Span(symbol, className="grade-symbol", style={"background": colour}, **HIDDEN)
    return html.Span([mark, words or word], className="grade")


def scores(classes: Mapping[str, Mapping[str, float]], n: str = "n (s)") -> html.Table:
    """Precision, recall, F1 and number of each class; `n` heads the numbers, which are of seconds unless it says another thing."""
    head = html.Thead(html.Tr([html.Th(word, scope="col") for word in ("Class", "Precision", "Recall", "F1", n)]))
    body = [
        html.Tr(
            [
                html.Th(name, scope="row"),
                *(html.Td(probability(values[key])) for key in ("precision", "recall", "f1")),
                html.Td(f"{values['support']:,}"),
            ]
        )
        for name, values in classes.items()
    ]
    return html.Table([head, html.Tbody(body)], className="scores")


def confusion(counts: list[list[int]]) -> html.Table:
    """Seconds by true class (rows) and predicted class (columns), in the order of SOUND_CLASSES."""
    head = html.Thead(html.Tr([html.Th(word, scope="col") for word in ("True \\ predicted", *SOUND_CLASSES)]))
    body = [
        html.Tr([html.Th(name, scope="row"), *(html.Td(f"{n:,}") for n in row)]) for name, row in zip(SOUND_CLASSES, counts, strict=True)
    ]
    return html.Table([head, html.Tbody(body)], className="scores")


def grade_counts(grades: dict[str, dict[str, int]]) -> html.Div:
    """How often each grade was given, one bar per attribute; each part says its count, its symbol and its word."""
    return html.Div([_grade_bar(attribute, grades[attribute]) for attribute in SHOWN], className="grade-bars")


def _grade_bar(attribute: str, counts: dict[str, int]) -> html.Div:
    given = {grade: counts[grade] for grade in GRADES if counts.get(grade)}
    parts = [html.Span(style={"flexGrow": n, "background": GRADES[grade][0]}) for grade, n in given.items()]
    words = [grade_mark(grade, f"{n} {grade}") for grade, n in given.items()] or "no truth to compare with"
    bar = html.Div(parts, className="grade-bar", **HIDDEN)
    return html.Div([html.Div(attribute), bar, html.Div(words, className="grade-words")])


def settings_tried(tried: list[dict[str, Any]]) -> list[Any]:
    """The settings of a support vector machine that were compared: a row for each C, for each kernel accuracy and macro-F1.

    Parameters
    ----------
    tried : a model card's cross-validation: kernel, C, accuracy, macro_f1, and best at the one that was taken
    """
    by_setting = {(one["kernel"], one["C"]): one for one in tried}
    kernels, penalties = sorted({kernel for kernel, _ in by_setting}), sorted({c for _, c in by_setting})
    columns = [(kernel, key) for kernel in kernels for key in ("accuracy", "macro_f1")]
    words = {"accuracy": "accuracy", "macro_f1": "macro-F1"}
    head = html.Thead(html.Tr([html.Th("C", scope="col"), *(html.Th(f"{kernel}, {words[key]}", scope="col") for kernel, key in columns)]))
    body = [
        html.Tr([html.Th(f"{c:g}", scope="row"), *(html.Td(_tried(by_setting.get((kernel, c)), key)) for kernel, key in columns)])
        for c in penalties
    ]
    best = next((one for one in tried if one["best"]), None)
    title = "Settings: compared by cross-validation" + (f", taken {best['kernel']} with C = {best['C']:g}" if best else "")
    return [html.H3(title), html.Table([head, html.Tbody(body)], className="scores")]


def _tried(one: dict[str, Any] | None, key: str) -> Any:
    if one is None:
        return ""
    value = f"{one[key]:.3f}"
    return html.Strong([value, " ", html.Span("✓", title="taken")]) if one["best"] else value
