"""Predicted against true class over time."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.figures.axes import time_axis
from dashboard.frames import rows
from dashboard.text import clock
from dashboard.theme import DISAGREEMENT_COLOUR, PREDICTED_COLOUR, TRUE_COLOUR
from models.labels import SOUND_CLASSES

HEIGHT = 300
# Height of a class on the axis: music on top, other at the bottom.
LEVEL = {name: len(SOUND_CLASSES) - 1 - i for i, name in enumerate(SOUND_CLASSES)}
# The lines lie a little beside each other, or where they agree one would hide the other.
OFFSET = 0.05


def steps(seconds: pd.DataFrame) -> go.Figure:
    """Two step lines, true and predicted class at each second; where they disagree the ground is shaded.

    Parameters
    ----------
    seconds : table with columns second, true and predicted
    """
    true, predicted = seconds["true"].map(LEVEL).to_numpy(float), seconds["predicted"].map(LEVEL).to_numpy(float)
    start = seconds["second"].to_numpy()
    x = np.r_[start, start[-1] + 1] if len(start) else start  # the last second lasts until its end
    hovers = [f"{clock(s['second'])}<br>true: {s['true']}<br>predicted: {s['predicted']}" for s in rows(seconds)]
    figure = go.Figure(
        [
            _shade(seconds),
            _line("true", x, true + OFFSET, TRUE_COLOUR, "solid"),
            _line("predicted", x, predicted - OFFSET, PREDICTED_COLOUR, "4px,2px"),
        ]
    )
    # One invisible line carries the hover cards, so that each second has one and not two.
    figure.add_scatter(
        x=start + 0.5, y=true, mode="markers", opacity=0, showlegend=False, hovertext=hovers, hovertemplate="%{hovertext}<extra></extra>"
    )
    figure.update_layout(height=HEIGHT, hovermode="x", legend={"traceorder": "normal"})
    figure.update_xaxes(**time_axis(len(seconds)))
    return figure.update_yaxes(
        tickvals=list(LEVEL.values()), ticktext=list(LEVEL), range=[-0.4, len(LEVEL) - 0.6], fixedrange=True, showgrid=False,
    )  # fmt: skip


def disagreements(seconds: pd.DataFrame) -> list[tuple[int, int]]:
    """(start, end) of each stretch where predicted and true class differ; seconds, end exclusive."""
    wrong = (seconds["true"] != seconds["predicted"]).to_numpy()
    edges = np.flatnonzero(np.diff(np.r_[False, wrong, False]))
    return [(int(start), int(end)) for start, end in zip(edges[::2], edges[1::2], strict=True)]


def _line(name: str, x: np.ndarray, y: np.ndarray, colour: str, dash: str) -> go.Scatter:
    y = np.r_[y, y[-1]] if len(y) else y
    return go.Scatter(
        x=x, y=y, name=name, mode="lines", line={"shape": "hv", "color": colour, "dash": dash, "width": 2.5}, hoverinfo="skip"
    )


def _shade(seconds: pd.DataFrame) -> go.Scatter:
    low, high = -0.4, len(LEVEL) - 0.6
    x, y = [], []
    for start, end in disagreements(seconds):
        x += [start, start, end, end, start, None]
        y += [low, high, high, low, low, None]
    # Without any disagreement an empty trace keeps the legend complete.
    return go.Scatter(
        x=x or [None], y=y or [None], fill="toself", fillcolor=DISAGREEMENT_COLOUR, line={"width": 0}, mode="lines", name="disagreement",
        hoverinfo="skip",
    )  # fmt: skip
