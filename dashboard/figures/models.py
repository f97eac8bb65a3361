"""What a model's card holds: figures beside the ancestor's, training over epochs, confusion."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from dashboard.text import percent, probability
from dashboard.theme import ANCESTOR_COLOUR, HELD_OUT_COLOUR, MODEL_COLOUR, SEQUENTIAL, SIZES, TRAINING_COLOUR, ink_on

CURVES_HEIGHT = 220
_ROW, _AXES = 34, 76  # px of a row and of what stands around the rows
_MARKER = 11
_EDGE = 0.12  # this near the end of the axis a number has no room beside its marker


@dataclass(frozen=True)
class Measure:
    """One figure of a model on its held-out part, 0 to 1, and the ancestor's if it gave one."""

    name: str
    value: float
    ancestor: float | None = None


def comparison(measures: Sequence[Measure], chance: float | None = None) -> go.Figure:
    """A row for each measure: the model's figure and, joined to it, the ancestor's; a dotted line where guessing stands.

    Parameters
    ----------
    measures : at least one measure, from top to bottom
    chance : what guessing would give, 0 to 1
    """
    names = [measure.name for measure in measures]
    both = [measure for measure in measures if measure.ancestor is not None]
    figure = go.Figure()
    if chance is not None:
        figure.add_scatter(
            x=[chance, chance], y=[-0.5, len(names) - 0.5], mode="lines", name=f"chance ({probability(chance)})", hoverinfo="skip",
            line={"color": TRAINING_COLOUR, "width": 1.5, "dash": "dot"},
        )  # fmt: skip
    for measure in both:
        figure.add_scatter(
            x=[measure.value, measure.ancestor], y=[names.index(measure.name)] * 2, mode="lines", showlegend=False, hoverinfo="skip",
            line={"color": TRAINING_COLOUR, "width": 1.5},
        )  # fmt: skip
    figure.add_scatter(
        x=[m.value for m in measures], y=list(range(len(names))), name="this model", mode="markers+text", cliponaxis=False,
        text=[probability(m.value) for m in measures], textposition=[_side(m.value, m.ancestor) for m in measures],
        marker={"color": MODEL_COLOUR, "size": _MARKER}, customdata=names, hovertemplate="%{customdata}: %{x:.3f}<extra>this model</extra>",
    )  # fmt: skip
    if both:
        figure.add_scatter(
            x=[m.ancestor for m in both], y=[names.index(m.name) for m in both], name="ancestor", mode="markers+text", cliponaxis=False,
            text=[probability(m.ancestor or 0) for m in both], textposition=[_side(m.ancestor or 0, m.value) for m in both],
            marker={"color": ANCESTOR_COLOUR, "size": _MARKER, "symbol": "diamond"},
            customdata=[m.name for m in both], hovertemplate="%{customdata}: %{x:.3f}<extra>ancestor</extra>",
        )  # fmt: skip
    figure.update_layout(height=_ROW * len(names) + _AXES, hovermode="closest", margin={"r": 32})
    figure.update_xaxes(range=[0, 1], dtick=0.25, tickformat=".2f", fixedrange=True)
    return figure.update_yaxes(tickvals=list(range(len(names))), ticktext=names, range=[len(names) - 0.5, -0.5], fixedrange=True)


def _side(value: float, other: float | None) -> str:
    """The side of a marker on which its number is out of the other marker's way."""
    right = value >= other if other is not None else value < 1 - _EDGE
    return "middle right" if right else "middle left"


def curves(epochs: Sequence[int], training: Sequence[float], held_out: Sequence[float], best: int | None = None) -> go.Figure:
    """A measure over the epochs of training, on the training part and on the part that steers it.

    Parameters
    ----------
    epochs : numbers of the epochs
    training, held_out : the measure after each epoch; held_out may be empty
    best : the epoch to mark
    """
    figure = go.Figure()
    parts = (("training", training, TRAINING_COLOUR, "4px,2px"), ("validation", held_out, HELD_OUT_COLOUR, "solid"))
    for part, values, colour, dash in parts:
        if len(values):
            figure.add_scatter(
                x=list(epochs), y=list(values), name=part, mode="lines", line={"color": colour, "width": 2, "dash": dash},
                hovertemplate=f"{part}: %{{y:.3f}}<extra></extra>",
            )  # fmt: skip
    if best is not None:
        figure.add_vline(x=best, line={"color": TRAINING_COLOUR, "width": 1, "dash": "dot"})
    figure.update_layout(height=CURVES_HEIGHT, hovermode="x unified", margin={"t": 4, "r": 8})
    figure.update_xaxes(title={"text": "epoch", "standoff": 6}, showgrid=False, rangemode="tozero")
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
