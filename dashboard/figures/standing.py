"""Where a film stands: for each measure a strip of all films of the library, with the film and its director's marked."""

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.text import chart_text, percent
from dashboard.theme import SIZES, Mark

ROW_HEIGHT, TOP, BOTTOM = 56, 32, 44  # px; standing.css aligns words with the rows
MOST_DRAWN = 100  # films of a kind, one by one; of more, all together are drawn as a density
NAMES = {
    "music_duration": "music",
    "speech_duration": "speech",
    "dance_high": "danceable",
    "valence_positive": "positive",
    "energy_high": "energetic",
}
_BINS = 50
_LONGEST = 40  # letters of a name a legend has room for
_TICKS = [0, 25, 50, 75, 100]
_GREY = "rgba(124, 135, 148, {})"


def strips(values: pd.DataFrame, films: pd.DataFrame, row: int, mark: Mark) -> go.Figure:
    """A strip for each measure from 0 to 100 %. Large libraries are sent as a density and not film by film.

    Parameters
    ----------
    values : the measures of all films in percent, NaN where there are none (analysis.standing.measured)
    films : movie and director of each row of `values`
    row : the film, counted from 0
    mark : how its director is drawn
    """
    director = films["director"].iloc[row]
    by_director = (films["director"] == director).to_numpy()
    own = np.setdiff1d(np.flatnonzero(by_director), [row])
    traces = _library(values, films, np.flatnonzero(~by_director))
    if len(own):
        traces.append(_directors(values, films, own, mark))
    traces.append(_this(values, films, row, mark))
    figure = go.Figure(traces)
    rows = len(values.columns)
    figure.update_layout(height=TOP + BOTTOM + rows * ROW_HEIGHT, margin={"t": TOP, "b": BOTTOM, "r": 20}, hovermode="closest")
    figure.update_layout(legend={"itemclick": False, "itemdoubleclick": False, "traceorder": "reversed"})
    figure.update_xaxes(
        range=[-2, 102], tickvals=_TICKS, ticktext=[percent(tick) for tick in _TICKS], ticks="", showgrid=False, fixedrange=True,
        automargin=False, title={"text": "share of the film, or of its music", "standoff": 6},
    )  # fmt: skip
    return figure.update_yaxes(
        type="category", categoryorder="array", categoryarray=[NAMES[str(name)] for name in values.columns],
        range=[rows - 0.5, -0.5], ticks="", showgrid=True, fixedrange=True,
    )  # fmt: skip


def _library(values: pd.DataFrame, films: pd.DataFrame, rows: np.ndarray) -> list[Any]:
    """All other directors' films: each as a line, or a density where there are many."""
    name = "other films"
    if len(rows) == 0:
        return []
    if len(rows) <= MOST_DRAWN:
        points = _points(values, films, rows)
        marker = {"symbol": "line-ns-open", "size": 20, "color": _GREY.format(0.75), "line": {"width": 1.5}}
        return [go.Scatter(**points, mode="markers", marker=marker, name=name)]
    edges = np.linspace(0, 100, _BINS + 1)
    counts = np.array([np.histogram(values.iloc[rows, i].dropna(), edges)[0] for i in range(len(values.columns))])
    # The root lets a strip's thin ends be seen beside its peak.
    shade = np.sqrt(counts / np.maximum(counts.max(axis=1, keepdims=True), 1)).round(3)
    strip = [NAMES[str(name)] for name in values.columns]
    density = go.Heatmap(
        x=(edges[:-1] + edges[1:]) / 2, y=strip, z=shade, zmin=0, zmax=1, showscale=False, ygap=ROW_HEIGHT - 24,
        colorscale=[[0, _GREY.format(0)], [1, _GREY.format(0.9)]], customdata=counts,
        hovertemplate="%{y}: %{customdata:,} films at about %{x:.0f} %<extra></extra>",
    )  # fmt: skip
    swatch = {"symbol": "square", "size": 12, "color": _GREY.format(0.75)}
    return [density, go.Scatter(x=[None], y=strip[:1], mode="markers", marker=swatch, name=f"{name}: the stronger, the more")]


def _directors(values: pd.DataFrame, films: pd.DataFrame, rows: np.ndarray, mark: Mark) -> go.Scatter:
    director = films["director"].iloc[rows[0]]
    director = chart_text(director if len(director) <= _LONGEST else f"{director[: _LONGEST - 1]}…")
    drawn, name = rows, f"others by {director}"
    if len(rows) > MOST_DRAWN:  # evenly over their shares of music, so that they still show how they lie
        order = rows[np.argsort(values.iloc[rows, 0].to_numpy(), kind="stable")]
        drawn = order[np.linspace(0, len(rows) - 1, MOST_DRAWN).round().astype(int)]
        name = f"{MOST_DRAWN} of {len(rows):,} others by {director}"
    marker = {"symbol": mark.shape, "size": 10, "color": mark.colour, "opacity": 0.7}
    return go.Scatter(**_points(values, films, drawn), mode="markers", marker=marker, name=name)


def _this(values: pd.DataFrame, films: pd.DataFrame, row: int, mark: Mark) -> go.Scatter:
    points = _points(values, films, np.array([row]))
    return go.Scatter(
        **points, mode="markers+text", text=[f"<b>{percent(x)}</b>" for x in points["x"]], textposition="top center",
        textfont={"size": SIZES["xs"]}, marker={"symbol": mark.shape, "size": 16, "color": mark.colour}, name="this film",
        cliponaxis=False,
    )  # fmt: skip


def _points(values: pd.DataFrame, films: pd.DataFrame, rows: np.ndarray) -> dict[str, Any]:
    """Coordinates and hover cards of films in all strips, without those that have no value there."""
    numbers = values.iloc[rows].to_numpy()
    film, measure = np.nonzero(~np.isnan(numbers))
    directors = films["director"].iloc[rows]
    names = [f"<b>{chart_text(movie)}</b>" for movie in films["movie"].iloc[rows]]
    own = f"<br>{chart_text(directors.iloc[0])}"
    if len(set(directors)) > 1:  # else the director is sent once
        names, own = [f"{movie}<br>{chart_text(director)}" for movie, director in zip(names, directors, strict=True)], ""
    strip = [NAMES[str(name)] for name in values.columns]
    return {
        "x": numbers[film, measure].tolist(),
        "y": [strip[m] for m in measure],
        "customdata": [names[f] for f in film],
        "hovertemplate": f"%{{customdata}}{own}<br>%{{y}}: %{{x:.0f}} %<extra></extra>",
    }
