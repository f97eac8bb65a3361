"""Predicted against true class over time, above the probabilities the prediction came from."""

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.figures.axes import time_axis
from dashboard.frames import rows
from dashboard.text import clock, probability
from dashboard.theme import DISAGREEMENT_COLOUR, PREDICTED_COLOUR, RAW_COLOUR, SOUND_COLOURS, TRUE_COLOUR
from models.labels import ATTRIBUTES, SOUND_CLASSES

HEIGHT = 440
# Where the two parts stand, from the bottom (0) to the top (1): they share one time axis, and so one zoom.
_STEPS, _PROBABILITIES = (0.42, 1.0), (0.0, 0.32)
# Height of a class on the axis: music on top, other at the bottom.
LEVEL = {name: len(SOUND_CLASSES) - 1 - i for i, name in enumerate(SOUND_CLASSES)}
_RANGE = (-0.4, len(LEVEL) - 0.6)
# The lines lie a little beside each other, or where they agree one would hide the other.
OFFSET = 0.05


def over_time(seconds: pd.DataFrame) -> go.Figure:
    """Above, two step lines, true and predicted class at each second, the ground shaded where they disagree; below, the probability
    of each class, one on top of the other. The classes before smoothing are a third line, drawn once its word in the legend is chosen.

    Parameters
    ----------
    seconds : table with columns second, true, predicted, raw, p_music, p_speech and p_other
    """
    start = seconds["second"].to_numpy()
    level = {column: seconds[column].map(LEVEL).to_numpy(float) for column in ("true", "predicted", "raw")}
    figure = go.Figure(
        [
            _shade(seconds),
            _line("true", start, level["true"] + OFFSET, TRUE_COLOUR, "solid"),
            _line("predicted", start, level["predicted"] - OFFSET, PREDICTED_COLOUR, "4px,2px"),
            _line("before smoothing", start, level["raw"], RAW_COLOUR, "solid").update(visible="legendonly", line={"width": 1.5}),
            *(_area(name, start, seconds[f"p_{name}"].to_numpy(float)) for name in SOUND_CLASSES),
        ]
    )
    # Invisible lines carry the hover cards, so that each second has one and not seven.
    hovers = [_hover(second) for second in rows(seconds)]
    for axis, y in (("y", level["true"]), ("y2", np.full(len(start), 0.5))):
        figure.add_scatter(
            x=start + 0.5, y=y, yaxis=axis, mode="markers", opacity=0, showlegend=False, hovertext=hovers,
            hovertemplate="%{hovertext}<extra></extra>",
        )  # fmt: skip
    levels = {"tickvals": list(LEVEL.values()), "ticktext": list(LEVEL), "range": _RANGE}
    shares = {"tickvals": [0.5, 1], "range": [0, 1], "title": {"text": "probability", "standoff": 8}}
    figure.update_layout(
        height=HEIGHT, hovermode="x", legend={"traceorder": "normal"}, xaxis={**time_axis(len(seconds)), "anchor": "y2"},
        yaxis={**levels, "domain": _STEPS, "fixedrange": True, "showgrid": False},
        yaxis2={**shares, "domain": _PROBABILITIES, "fixedrange": True, "showgrid": False},
    )  # fmt: skip
    return figure


def disagreements(seconds: pd.DataFrame) -> list[tuple[int, int]]:
    """(start, end) of each stretch where predicted and true class differ; seconds, end exclusive."""
    wrong = (seconds["true"] != seconds["predicted"]).to_numpy()
    edges = np.flatnonzero(np.diff(np.r_[False, wrong, False]))
    return [(int(start), int(end)) for start, end in zip(edges[::2], edges[1::2], strict=True)]


def attribute_counts(segments: pd.DataFrame, attribute: str) -> tuple[list[str], list[str], np.ndarray]:
    """How often each true value of an attribute was taken for each value.

    Parameters
    ----------
    segments : graded segments of a validation run
    attribute : a key of labels.ATTRIBUTES

    Returns
    -------
    true values (rows), predicted values (columns) and counts; genres that do not occur are left out, levels are not; a last column
    "missed" if in some segment no music was found. Segments whose truth is not known do not count.
    """
    known = segments[segments[f"{attribute}_true"] != ""]
    true, predicted = known[f"{attribute}_true"], known[attribute].replace("", "missed")
    names = [name for name in ATTRIBUTES[attribute] if attribute != "genre" or name in {*true, *predicted}]
    columns = [*names, "missed"] if (predicted == "missed").any() else names
    counts = np.array([[int(((true == t) & (predicted == p)).sum()) for p in columns] for t in names], int)
    return names, columns, counts.reshape(len(names), len(columns))


def _hover(second: dict[str, Any]) -> str:
    probabilities = ", ".join(f"{name} {probability(second[f'p_{name}'])}" for name in SOUND_CLASSES)
    smoothed = "" if second["raw"] == second["predicted"] else f" (before smoothing: {second['raw']})"
    return f"{clock(second['second'])}<br>true: {second['true']}<br>predicted: {second['predicted']}{smoothed}<br>{probabilities}"


def _lasting(x: np.ndarray, y: np.ndarray) -> dict[str, np.ndarray]:
    """Steps whose last second lasts until its end."""
    return {"x": np.r_[x, x[-1] + 1], "y": np.r_[y, y[-1]]} if len(x) else {"x": x, "y": y}


def _line(name: str, x: np.ndarray, y: np.ndarray, colour: str, dash: str) -> go.Scatter:
    line = {"shape": "hv", "color": colour, "dash": dash, "width": 2.5}
    return go.Scatter(**_lasting(x, y), name=name, mode="lines", line=line, hoverinfo="skip")


def _area(name: str, x: np.ndarray, p: np.ndarray) -> go.Scatter:
    return go.Scatter(
        **_lasting(x, p), yaxis="y2", name=f"p({name})", stackgroup="probability", mode="lines", hoverinfo="skip",
        line={"shape": "hv", "width": 0}, fillcolor=SOUND_COLOURS[name],
    )  # fmt: skip


def _shade(seconds: pd.DataFrame) -> go.Scatter:
    low, high = _RANGE
    x, y = [], []
    for start, end in disagreements(seconds):
        x += [start, start, end, end, start, None]
        y += [low, high, high, low, low, None]
    # Without any disagreement an empty trace keeps the legend complete.
    return go.Scatter(
        x=x or [None], y=y or [None], fill="toself", fillcolor=DISAGREEMENT_COLOUR, line={"width": 0}, mode="lines", name="disagreement",
        hoverinfo="skip",
    )  # fmt: skip
