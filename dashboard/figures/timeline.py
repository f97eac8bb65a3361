"""A film from its first to its last second: what is heard, and on top of it the segments of music."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.figures.axes import time_axis
from dashboard.frames import rows
from dashboard.text import chart_text, clock, probability
from dashboard.theme import ATTRIBUTE_COLOURS, SIZES, SOUND_COLOURS, ink_on
from models.labels import ATTRIBUTES

HEIGHT = 260
ROWS = ("sound", "genre", "danceability", "valence", "energy")  # from top to bottom


def timeline(seconds: pd.DataFrame, segments: pd.DataFrame, film: str) -> go.Figure:
    """Bands of music, speech and other over the whole film; under them each segment's genre and levels.

    Parameters
    ----------
    seconds : a movie's seconds table
    segments : a movie's segments table, possibly empty
    film : the film's name, first line of the hover cards
    """
    bands = class_bands(seconds)
    traces = [_bars("sound", bands.assign(p=np.nan, value=bands["label"]), SOUND_COLOURS, film)]
    for attribute in ATTRIBUTES:
        valued = segments.assign(value=segments[attribute], p=segments[f"{attribute}_p"])
        traces.append(_bars(attribute, valued, ATTRIBUTE_COLOURS[attribute], film))
    figure = go.Figure([trace for trace in traces if len(trace.x)])
    figure.update_layout(height=HEIGHT, barmode="overlay", showlegend=False, bargap=0.25, uniformtext={"minsize": 10, "mode": "hide"})
    figure.update_xaxes(**time_axis(len(seconds)))
    return figure.update_yaxes(categoryorder="array", categoryarray=ROWS[::-1], range=[-0.5, len(ROWS) - 0.5], fixedrange=True)


def class_bands(seconds: pd.DataFrame) -> pd.DataFrame:
    """Successive seconds of one class as one row: start and end (s, end exclusive) and label."""
    if seconds.empty:
        return pd.DataFrame({"start": [], "end": [], "label": []})
    label = seconds["label"].to_numpy()
    starts = np.flatnonzero(np.r_[True, label[1:] != label[:-1]])
    return pd.DataFrame({"start": starts, "end": np.r_[starts[1:], len(label)], "label": label[starts]})


def _bars(row: str, spans: pd.DataFrame, colours: Mapping[str, str], film: str) -> go.Bar:
    hovers = [_hover(film, row, span) for span in rows(spans)]
    colour = [colours[value] for value in spans["value"]]
    return go.Bar(
        x=(spans["end"] - spans["start"]).tolist(), base=spans["start"].tolist(), y=[row] * len(spans), orientation="h",
        marker={"color": colour, "line": {"width": 0}},
        text=spans["value"].tolist(), textposition="inside", insidetextanchor="middle", textangle=0,
        insidetextfont={"size": SIZES["xs"], "color": [ink_on(c) for c in colour]},
        hovertext=hovers, hovertemplate="%{hovertext}<extra></extra>",
    )  # fmt: skip


def _hover(film: str, row: str, span: Mapping[str, Any]) -> str:
    p = "" if np.isnan(span["p"]) else f" ({probability(span['p'])})"
    return f"<b>{chart_text(film)}</b><br>{clock(span['start'])} to {clock(span['end'])}<br>{row}: {span['value']}{p}"
