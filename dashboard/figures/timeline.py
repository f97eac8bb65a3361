"""A film from its first to its last second: what is heard, and on top of it the segments of music."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.figures.axes import clock_axis, moment
from dashboard.figures.sound import CLEAR
from dashboard.frames import rows
from dashboard.text import chart_text, clock, probability
from dashboard.theme import ATTRIBUTE_COLOURS, SIZES, SOUND_COLOURS, ink_on
from models.labels import ATTRIBUTES, SOUND_CLASSES

HEIGHT = 260
PROBABILITIES_HEIGHT = 110  # more, with the probabilities on top
_GAP = 14  # px between them and the bands
_NAMED = 1 / 120  # of the film: shorter bars have no room for a word unless one looks closely, and words are what takes time to draw
ROWS = ("sound", "genre", "danceability", "valence", "energy")  # from top to bottom
_EXCERPTS = "excerpt"  # a row under these, of a film that is put together of excerpts
_EXCERPTS_HEIGHT = 34
_EXCERPT_NAMED = 10  # times as long as a bar that is
_FAINT, _LINE = "rgba(128,128,128,0.16)", "rgba(128,128,128,0.7)"


def timeline(
    seconds: pd.DataFrame, segments: pd.DataFrame, film: str, *, excerpts: Sequence[Mapping[str, Any]] = (), probabilities: bool = False
) -> go.Figure:
    """Bands of music, speech and other over the whole film; under them each segment's genre and levels.

    Parameters
    ----------
    seconds : a movie's seconds table
    segments : a movie's segments table, possibly empty
    film : the film's name, first line of the hover cards
    excerpts : name, start, end and cue of those the film is put together of; lines divide them, a row below names them
    probabilities : on top, on the same time axis, how probable music, speech and other are in each second
    """
    bands = class_bands(seconds)
    least = _NAMED * len(seconds)
    traces: list[Any] = [_bars("sound", bands.assign(p=np.nan, value=bands["label"]), SOUND_COLOURS, film, least)]
    for attribute in ATTRIBUTES:
        valued = segments.assign(value=segments[attribute], p=segments[f"{attribute}_p"])
        traces.append(_bars(attribute, valued, ATTRIBUTE_COLOURS[attribute], film, least))
    figure = go.Figure([trace for trace in traces if len(trace.x)])
    figure.update_layout(height=HEIGHT, barmode="overlay", showlegend=False, bargap=0.25, uniformtext={"minsize": 10, "mode": "hide"})
    figure.update_layout(xaxis=clock_axis(len(seconds)))
    figure.update_layout(
        yaxis={"categoryorder": "array", "categoryarray": ROWS[::-1], "range": [-0.5, len(ROWS) - 0.5], "fixedrange": True}
    )
    if excerpts:
        _add_excerpts(figure, excerpts, film, least)
    return _with_probabilities(figure, seconds, film) if probabilities and len(seconds) else figure


def _add_excerpts(figure: go.Figure, excerpts: Sequence[Mapping[str, Any]], film: str, least: float) -> None:
    """Divide the timeline where one excerpt ends and the next begins, and name them under it."""
    hovers = [f"{clock(one['start'])} to {clock(one['end'])}<br>{chart_text(one['cue'])}: {chart_text(one['name'])}" for one in excerpts]
    figure.add_bar(
        x=[1000 * (one["end"] - one["start"]) for one in excerpts], base=[moment(one["start"]) for one in excerpts],
        y=[_EXCERPTS] * len(excerpts), orientation="h", marker={"color": _FAINT, "line": {"width": 0}},
        hovertext=hovers, hovertemplate=f"<b>{chart_text(film)}</b><br>%{{hovertext}}<extra></extra>",
    )  # fmt: skip
    named = [(number, one) for number, one in enumerate(excerpts, 1) if one["end"] - one["start"] >= _EXCERPT_NAMED * least]
    figure.add_scatter(
        x=[moment((one["start"] + one["end"]) / 2) for _, one in named], y=[_EXCERPTS] * len(named), mode="text", hoverinfo="skip",
        text=[f"{number}: {chart_text(one['cue'])}" for number, one in named], textfont={"size": SIZES["xs"]},
    )  # fmt: skip
    places = [moment(one["start"]) for one in excerpts[1:]]
    line = {"y0": 0, "y1": 1, "yref": "paper", "line": {"width": 1, "color": _LINE}, "layer": "below"}
    figure.layout.shapes = [{"x0": place, "x1": place, **line} for place in places]
    shown = (*ROWS, _EXCERPTS)
    figure.update_layout(height=HEIGHT + _EXCERPTS_HEIGHT, yaxis_categoryarray=shown[::-1], yaxis_range=[-0.5, len(shown) - 0.5])


def _with_probabilities(figure: go.Figure, seconds: pd.DataFrame, film: str) -> go.Figure:
    """Add the probabilities of each second, one on another: together they are 1.

    All seconds are sent, as numbers of four bytes, so that a closer look shows more without asking for it: three hours are 0.4 MB.
    """
    p = seconds[[f"p_{name}" for name in SOUND_CLASSES]].to_numpy("float32")
    steps = np.vstack([p, p[-1:]])  # the last second has an end, too
    for i, name in enumerate(SOUND_CLASSES):
        figure.add_scatter(
            x0=moment(0), dx=1000, y=steps[:, i], yaxis="y2", stackgroup="p", mode="lines", name=name, hoverinfo="skip",
            line={"width": 0, "shape": "hv"}, fillcolor=SOUND_COLOURS[name],
        )  # fmt: skip
    said = "<br>".join(f"{name} %{{customdata[{i}]:.2f}}" for i, name in enumerate(SOUND_CLASSES))
    # Not seen: cells to be hovered over, each of which tells all three.
    figure.add_heatmap(
        x0=moment(0.5), dx=1000, y=[0.5], z=np.zeros((1, len(p)), "uint8"), customdata=p[np.newaxis], yaxis="y2",
        colorscale=[[0, CLEAR], [1, CLEAR]], showscale=False, hovertemplate=f"<b>{chart_text(film)}</b><br>%{{x}}<br>{said}<extra></extra>",
    )  # fmt: skip
    height = figure.layout.height + PROBABILITIES_HEIGHT
    scale = {"tickvals": [0, 0.5, 1], "ticktext": ["0", "probability", "1"], "range": [0, 1], "fixedrange": True, "ticks": ""}
    return figure.update_layout(
        height=height, margin={"t": 12}, xaxis_ticks="",
        yaxis_domain=[0, 1 - PROBABILITIES_HEIGHT / height],
        yaxis2=scale | {"domain": [1 - (PROBABILITIES_HEIGHT - _GAP) / height, 1]},
    )  # fmt: skip


def class_bands(seconds: pd.DataFrame) -> pd.DataFrame:
    """Successive seconds of one class as one row: start and end (s, end exclusive) and label."""
    if seconds.empty:
        return pd.DataFrame({"start": [], "end": [], "label": []})
    label = seconds["label"].to_numpy()
    starts = np.flatnonzero(np.r_[True, label[1:] != label[:-1]])
    return pd.DataFrame({"start": starts, "end": np.r_[starts[1:], len(label)], "label": label[starts]})


def _bars(row: str, spans: pd.DataFrame, colours: Mapping[str, str], film: str, least: float) -> go.Bar:
    hovers = [_hover(row, span) for span in rows(spans)]
    colour = [colours[value] for value in spans["value"]]
    return go.Bar(
        x=(1000 * (spans["end"] - spans["start"])).tolist(), base=[moment(start) for start in spans["start"]],
        y=[row] * len(spans), orientation="h",
        marker={"color": colour, "line": {"width": 0}},
        text=spans["value"].where(spans["end"] - spans["start"] >= least, "").tolist(),
        textposition="inside", insidetextanchor="middle", textangle=0,
        insidetextfont={"size": SIZES["xs"], "color": [ink_on(c) for c in colour]},
        hovertext=hovers, hovertemplate=f"<b>{chart_text(film)}</b><br>%{{hovertext}}<extra></extra>",
    )  # fmt: skip


def _hover(row: str, span: Mapping[str, Any]) -> str:
    p = "" if np.isnan(span["p"]) else f" ({probability(span['p'])})"
    return f"{clock(span['start'])} to {clock(span['end'])}<br>{row}: {span['value']}{p}"
