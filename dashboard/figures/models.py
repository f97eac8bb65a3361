"""What a model's card holds: figures beside the ancestor's, training over epochs, confusion."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from dashboard.text import percent, probability
from dashboard.theme import ANCESTOR_COLOUR, HELD_OUT_COLOUR, MODEL_COLOUR, SEQUENTIAL, SIZES, TRAINING_COLOUR, ink_on

CURVES_HEIGHT = 220
_ROW, _AXES = 34, 76  # px of a row and of what stands around the rows
_LEGEND_ROW = 38  # px of what a long word adds to the legend
_TALL_ROW = 46  # px of a row whose numbers stand above the markers
_MARKER = 11
_EDGE = 0.12  # this near the end of the axis a number has no room beside its marker
_NEAR = 0.25  # and this near another marker's, where a phone shows the axis, none straight above it


@dataclass(frozen=True)
class Measure:
    """One figure of a model on its held-out part, usually 0 to 1, and what it is to be compared with.

    ancestor : the figure the ancestor gave
    interval : (low, high) of the 95 % interval
    design : the figure of the ancestor's design, trained on the same data
    """

    name: str
    value: float
    ancestor: float | None = None
    interval: tuple[float, float] | None = None
    design: float | None = None


def comparison(measures: Sequence[Measure], chance: float | None = None) -> go.Figure:
    """A row for each measure: the model's figure with its interval and, joined to it, the ancestor's; a dotted line where guessing stands.

    Parameters
    ----------
    measures : at least one measure, from top to bottom
    chance : what guessing would give, 0 to 1
    """
    tall = any(measure.interval for measure in measures)
    figure = go.Figure()
    if chance is not None:
        figure.add_scatter(
            x=[chance, chance], y=[-0.5, len(measures) - 0.5], mode="lines", name=f"chance ({probability(chance)})", hoverinfo="skip",
            line={"color": TRAINING_COLOUR, "width": 1.5, "dash": "dot"},
        )  # fmt: skip
    for row, measure in enumerate(measures):
        others = [value for value in (measure.ancestor, measure.design) if value is not None]
        if others:
            figure.add_scatter(
                x=[min(measure.value, *others), max(measure.value, *others)], y=[row, row], mode="lines", showlegend=False,
                line={"color": TRAINING_COLOUR, "width": 1.5}, hoverinfo="skip",
            )  # fmt: skip
    if tall:
        figure.add_trace(_intervals(measures))
    values: list[list[float | None]] = [[m.value for m in measures], [m.design for m in measures], [m.ancestor for m in measures]]
    for kind, (name, marker) in enumerate(_MARKERS.items()):
        known = [(row, value) for row, value in enumerate(values[kind]) if value is not None]
        if not known:
            continue
        neighbours = [[v for k in range(len(values)) if k != kind and (v := values[k][row]) is not None] for row, _ in known]
        figure.add_scatter(
            x=[value for _, value in known], y=[row for row, _ in known], name=name, cliponaxis=False, mode="markers+text",
            text=[probability(value) for _, value in known], marker={"size": _MARKER, **marker},
            textposition=[_side(value, near, tall) for (_, value), near in zip(known, neighbours, strict=True)],
            customdata=[_said(measures[row]) for row, _ in known], hovertemplate=f"%{{customdata}}<br>%{{x:.3f}}<extra>{name}</extra>",
        )  # fmt: skip
    around = _AXES + (_LEGEND_ROW if any(values[1]) else 0)
    figure.update_layout(height=(_TALL_ROW if tall else _ROW) * len(measures) + around, hovermode="closest", margin={"r": 32})
    lowest = min(0.0, *(value for m in measures for value in (m.value, *(m.interval or ()))))
    figure.update_xaxes(range=[lowest, 1], dtick=0.25, tickformat=".2f", fixedrange=True)
    names = [measure.name for measure in measures]
    return figure.update_yaxes(tickvals=list(range(len(names))), ticktext=names, range=[len(names) - 0.5, -0.5], fixedrange=True)


# What a measure is drawn as: the model itself, the ancestor's design with our training, the figure the ancestor gave.
_MARKERS: dict[str, dict[str, str]] = {
    "this model": {"color": MODEL_COLOUR},
    "ancestor's design, trained here": {"color": TRAINING_COLOUR, "symbol": "square"},
    "ancestor": {"color": ANCESTOR_COLOUR, "symbol": "diamond"},
}


def _intervals(measures: Sequence[Measure]) -> go.Scatter:
    """A broad line under the marker of each measure that has an interval."""
    x: list[float | None] = []
    y: list[int | None] = []
    for row, measure in enumerate(measures):
        if measure.interval:
            x += [*measure.interval, None]
            y += [row, row, None]
    return go.Scatter(
        x=x, y=y, mode="lines", name="95 % interval", line={"color": MODEL_COLOUR, "width": _MARKER - 3}, opacity=0.35, hoverinfo="skip"
    )


def _said(measure: Measure) -> str:
    if measure.interval is None:
        return measure.name
    low, high = measure.interval
    return f"{measure.name}, 95 % interval {probability(low)} to {probability(high)}"


def _side(value: float, others: Sequence[float], above: bool) -> str:
    """The side of a marker on which its number is out of the way of the other markers and, above them, of their numbers."""
    nearest = min(others, key=lambda other: abs(other - value), default=None)
    if above:
        if nearest is None or abs(nearest - value) > _NEAR:
            return "top center"
        return "top right" if value >= nearest else "top left"
    right = value >= nearest if nearest is not None else value < 1 - _EDGE
    return "middle right" if right else "middle left"


def curves(
    epochs: Sequence[int], training: Sequence[float], held_out: Sequence[float], best: int | None = None, *, unit: str = "epoch"
) -> go.Figure:
    """A measure over the epochs of training, on the training part and on the part that steers it.

    Parameters
    ----------
    epochs : numbers of the epochs, or of what else `unit` says
    training, held_out : the measure after each epoch; held_out may be empty
    best : the epoch to mark
    """
    figure = go.Figure()
    dashed = "4px,2px" if len(held_out) else "solid"
    parts = (("training", training, TRAINING_COLOUR, dashed), ("validation", held_out, HELD_OUT_COLOUR, "solid"))
    for part, values, colour, dash in parts:
        if len(values):
            figure.add_scatter(
                x=list(epochs), y=list(values), name=part, mode="lines", line={"color": colour, "width": 2, "dash": dash},
                hovertemplate=f"{part}: %{{y:.3f}}<extra></extra>",
            )  # fmt: skip
    if best is not None:
        figure.add_vline(x=best, line={"color": TRAINING_COLOUR, "width": 1, "dash": "dot"})
    figure.update_layout(height=CURVES_HEIGHT, hovermode="x unified", margin={"t": 4, "r": 8})
    figure.update_xaxes(title={"text": unit, "standoff": 6}, showgrid=False, rangemode="tozero" if unit == "epoch" else "normal")
    return figure.update_yaxes(showgrid=True, nticks=5)


def confusion(
    labels: Sequence[str], matrix: Sequence[Sequence[int]], columns: Sequence[str] | None = None, *, counted: bool = False
) -> go.Figure:
    """Of each true class (rows) the share that was taken for each class (columns), in percent; counts on hover.

    Parameters
    ----------
    labels : the classes, in the order of the rows
    matrix : counts
    columns : the classes in the order of the columns, if not the same
    counted : write the counts into the cells and not the shares, for where they are few, and nothing where there are none; the colour
        is the share's all the same
    """
    columns = columns or labels
    counts = np.asarray(matrix)
    shares = row_shares(counts)
    figure = go.Figure(
        go.Heatmap(
            x=list(columns), y=list(labels), z=shares, zmin=0, zmax=100, colorscale=_SCALE, showscale=False, xgap=2, ygap=2,
            hovertext=[
                [
                    f"true {true}, predicted {predicted}<br>{counts[i, j]:,} of {counts[i].sum():,} ({percent(shares[i, j])})"
                    for j, predicted in enumerate(columns)
                ]
                for i, true in enumerate(labels)
            ],
            hovertemplate="%{hovertext}<extra></extra>",
        )
    )  # fmt: skip
    # All at once: Plotly looks at every one that is there whenever another is added.
    cells = []
    for i, true in enumerate(labels):
        for j, predicted in enumerate(columns):
            cell = (f"{counts[i, j]:,}" if counts[i, j] else "") if counted else f"{shares[i, j]:.0f}"
            ink = {"color": ink_on(_colour(shares[i, j])), "size": SIZES["xs"]}
            cells.append({"x": predicted, "y": true, "text": cell, "showarrow": False, "font": ink})
    figure.update_layout(height=_ROW * len(labels) + _AXES + 34, annotations=cells)
    figure.update_xaxes(
        title={"text": "predicted", "standoff": 14}, showgrid=False, fixedrange=True, ticks="", autotickangles=[0, -45, -90]
    )
    return figure.update_yaxes(autorange="reversed", fixedrange=True, ticks="")


_SCALE = [[i / (len(SEQUENTIAL) - 1), colour] for i, colour in enumerate(SEQUENTIAL)]


def _colour(share: float) -> str:
    """About the colour of a share on the scale."""
    return SEQUENTIAL[round(share / 100 * (len(SEQUENTIAL) - 1))]


def row_shares(counts: np.ndarray) -> np.ndarray:
    """Each row in percent of its sum; a row without counts stays zero."""
    totals = counts.sum(axis=1, keepdims=True)
    return 100 * counts / np.maximum(totals, 1)
