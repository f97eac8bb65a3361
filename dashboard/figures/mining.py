"""Correlations, projections and decision surfaces of the enhanced dataset."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from analysis import groups
from analysis.mining import Correlations, Encoded, Projection, Surface
from dashboard.text import chart_text
from dashboard.theme import DIRECTOR_COLOURS, SCHEMES, SIZES, Mark, director_marks

HEATMAP_HEIGHT = 520
MAP_HEIGHT = 480
PAIR_HEIGHT = 470
MOST_LOADINGS = 16  # features a panel has room for
MOST_NAMED = 12  # groups a legend can hold
MOST_DRAWN = 1_500  # points of a map; on top of each other more of them show nothing more
_CELLS = 40  # along each side of a map, to spread what is drawn
# From -1 to 1. Nothing is drawn for 0, so that the middle is the card's own surface in light and dark.
_DIVERGING = [[0, "rgba(176, 68, 106, 1)"], [0.5, "rgba(140, 150, 160, 0.06)"], [1, "rgba(42, 127, 158, 1)"]]
_FEATURE_COLOUR = "#6C8EBF"
_MARKER_SIZE = 10
_NEUTRAL = Mark("#7C8794", "circle-open")  # of a film whose group is not known
_LIGHT_TONE = 0.28


def group_marks(names: Iterable[str]) -> dict[str, Mark]:
    """Group -> mark, and a neutral one for films of no known group. Give all groups of a library, and a mark is the same everywhere."""
    return {groups.OF_NOBODY: _NEUTRAL} | director_marks(name for name in names if name != groups.OF_NOBODY)


def words(column: str) -> str:
    """A column's name for readers."""
    return chart_text(column.replace("_", " "))


def heatmap(correlations: Correlations) -> go.Figure:
    """Rank correlation of every pair of columns; hover cards with rho, p and n. A click tells the two columns' names."""
    names, rho = correlations.columns, correlations.rho.to_numpy()
    hovers = [
        [f"<b>{words(one)}, {words(other)}</b><br>{statistics(correlations, one, other)}" for other in names] for one in names
    ]  # fmt: skip
    trace = go.Heatmap(
        x=names, y=names, z=rho, zmin=-1, zmax=1, colorscale=_DIVERGING, xgap=2, ygap=2, hovertext=hovers,
        hovertemplate="%{hovertext}<extra></extra>", hoverongaps=False,
        colorbar={"title": {"text": "rho"}, "thickness": 10, "outlinewidth": 0, "tickvals": [-1, -0.5, 0, 0.5, 1], "len": 0.6},
    )  # fmt: skip
    ticks = {"tickvals": names, "ticktext": [_short(name) for name in names], "showgrid": False, "fixedrange": True}
    figure = go.Figure(trace).update_layout(height=HEATMAP_HEIGHT)
    figure.update_xaxes(**ticks, tickangle=-45)
    return figure.update_yaxes(**ticks, autorange="reversed")


def statistics(correlations: Correlations, one: str, other: str) -> str:
    """ "rho = 0.42, p = 0.031, n = 98"; a pair without a coefficient says why."""
    rho, p, n = (float(getattr(correlations, statistic).loc[one, other]) for statistic in ("rho", "p", "n"))
    if np.isnan(rho):
        return f"no correlation: one of them is constant or n = {n:.0f} is under 3"
    return (
        f"rho = {signed(rho)}, n = {n:.0f}"
        if one == other
        else f"{correlations.name(one, other)} = {signed(rho)}, p {p_value(p)}, n = {n:.0f}"
    )


def p_value(p: float) -> str:
    """ "= 0.031", "< 0.001"."""
    return "< 0.001" if p < 0.001 else f"= {p:.3f}"


def signed(number: float) -> str:
    """A number with two decimals and a minus as wide as a plus."""
    return f"{number:.2f}".replace("-", "\u2212")


def pair(encoded: Encoded, one: str, other: str, marks: Mapping[str, Mark]) -> go.Figure:
    """Two columns against each other, a point for each film that has both."""
    points = encoded.films.assign(x=encoded.numbers[one], y=encoded.numbers[other]).dropna(subset=["x", "y"])
    figure = go.Figure(_films(points, marks, {"x": one, "y": other}, encoded)).update_layout(height=PAIR_HEIGHT, hovermode="closest")
    figure.update_xaxes(**_value_axis(encoded, one))
    return figure.update_yaxes(**_value_axis(encoded, other), showgrid=True)


def _value_axis(encoded: Encoded, column: str) -> dict[str, object]:
    """Words instead of integers, as far as an axis has room for them."""
    title = {"text": words(column), "standoff": 8}
    meaning = ("no", "yes") if column in encoded.yes_no else encoded.words.get(column, ())
    if not meaning or len(meaning) > MOST_NAMED:
        return {"title": title}
    return {"title": title, "tickvals": list(range(len(meaning))), "ticktext": [_short(word, 22) for word in meaning]}


def projection(result: Projection, marks: Mapping[str, Mark], by: str = "director") -> go.Figure:
    """Films in the plane of two components, coloured and shaped by director or another group; a lasso selects."""
    figure = go.Figure(_films(result.points, marks, by=by)).update_layout(height=MAP_HEIGHT, dragmode="lasso", hovermode="closest")
    return _component_axes(figure, result)


def loadings(result: Projection) -> go.Figure:
    """How features correlate with each axis, the strongest first: side by side if the axes share their features, else stacked."""
    from plotly.subplots import make_subplots

    tables = [result.loadings[result.loadings["axis"] == axis] for axis in result.axes]
    if set(tables[0]["feature"]) == set(tables[1]["feature"]):
        order = [_by_loading(tables[0])] * 2
        figure = make_subplots(rows=1, cols=2, shared_yaxes=True, horizontal_spacing=0.08, subplot_titles=result.axes)
        places = [(1, 1), (1, 2)]
    else:
        order = [_by_loading(table) for table in tables]
        heights = [len(features) + 1 for features in order]
        figure = make_subplots(rows=2, cols=1, row_heights=heights, vertical_spacing=0.14, subplot_titles=result.axes)
        places = [(1, 1), (2, 1)]
    for (row, column), table, features in zip(places, tables, order, strict=True):
        figure.add_bar(
            x=table.set_index("feature")["loading"].reindex(features).to_numpy(), y=[_short(feature, 18) for feature in features],
            orientation="h", marker={"color": _FEATURE_COLOUR}, customdata=[words(feature) for feature in features],
            hovertemplate="<b>%{customdata}</b><br>loading %{x:.2f}<extra></extra>", row=row, col=column,
        )  # fmt: skip
    figure.update_xaxes(range=[-1.05, 1.05], tickvals=[-1, 0, 1], zeroline=True, fixedrange=True)
    figure.update_yaxes(fixedrange=True, tickfont={"size": 11}, tickmode="linear", autorange="reversed")
    figure.update_annotations(font={"size": SIZES["xs"]})
    return figure.update_layout(height=MAP_HEIGHT, showlegend=False, bargap=0.35, margin={"t": 28})


def _by_loading(table: pd.DataFrame) -> list[str]:
    return table.sort_values("loading", key=np.abs, ascending=False)["feature"].head(MOST_LOADINGS).tolist()


def surface(result: Surface, projected: Projection, marks: Mapping[str, Mark]) -> go.Figure:
    """The chosen groups' films on the ground of the group a machine would name there, in a lighter tone."""
    colours = [marks[name].colour for name in result.groups]
    n = len(colours)
    scale = [[(i + side) / n, colour] for i, colour in enumerate(colours) for side in (0, 1)]
    ground = go.Heatmap(
        x=result.x, y=result.y, z=result.regions, zmin=-0.5, zmax=n - 0.5, colorscale=scale, showscale=False, opacity=_LIGHT_TONE,
        hoverinfo="skip", zsmooth=False,
    )  # fmt: skip
    figure = go.Figure([ground, *_films(result.points, marks, by=result.by)]).update_layout(height=MAP_HEIGHT, hovermode="closest")
    _component_axes(figure, projected)
    figure.update_xaxes(range=[result.x[0], result.x[-1]], showgrid=False)
    return figure.update_yaxes(range=[result.y[0], result.y[-1]], showgrid=False)


def _component_axes(figure: go.Figure, result: Projection) -> go.Figure:
    titles = [f"{axis} ({share:.0%} of the variance)" for axis, share in zip(result.axes, result.explained, strict=True)]
    figure.update_xaxes(title={"text": titles[0], "standoff": 8})
    return figure.update_yaxes(title={"text": titles[1], "standoff": 8}, showgrid=True)


def _films(
    points: pd.DataFrame,
    marks: Mapping[str, Mark],
    shown: Mapping[str, str] | None = None,
    encoded: Encoded | None = None,
    by: str = "director",
) -> list[go.Scatter]:
    """A named trace for each group while a legend can hold them, beyond it one for all groups of a shape; those of no group lie lowest."""
    points = thinned(points)
    known = points[by] != groups.OF_NOBODY
    named = points.loc[known, by].nunique() <= MOST_NAMED
    shown = shown if encoded else None
    traces = []
    for name, films in points.groupby(points[by] if named else points[by].map(lambda name: marks[name].shape)):
        mark = marks[films[by].iloc[0]]
        of_nobody = mark == _NEUTRAL
        colour = {"color": mark.colour} if named or of_nobody else _colours(films[by], marks)
        traces.append(go.Scatter(
            x=films["x"].to_numpy("float32"), y=films["y"].to_numpy("float32"), mode="markers",
            name=f"{groups.WORDS[by]} not known" if of_nobody else cut(str(name)), showlegend=named or of_nobody,
            # The row in the dataset; the browser gives back what a lasso holds only from a plain list.
            customdata=films.index.to_numpy(object), text=_escaped(films["movie"]), hovertext=_hovers(films, shown or {}, encoded, by),
            hovertemplate=_template(shown or {}, encoded),
            marker={"size": _MARKER_SIZE, "symbol": mark.shape, "line": {"width": 1, "color": SCHEMES["light"]["surface"]}, **colour},
        ))  # fmt: skip
    return sorted(traces, key=lambda trace: trace.marker.symbol != _NEUTRAL.shape)


def thinned(points: pd.DataFrame, most: int = MOST_DRAWN) -> pd.DataFrame:
    """As many points as a map can show, spread over it: one of each small square first, so that those apart from the others stay.

    Parameters
    ----------
    points : with x and y
    most : points to keep
    """
    if len(points) <= most:
        return points
    squares = [((points[axis] - points[axis].min()) / (np.ptp(points[axis]) or 1) * _CELLS).astype(int) for axis in ("x", "y")]
    turn = points.groupby(squares).cumcount()
    return points.loc[turn.sort_values(kind="stable").index[:most]].sort_index()


def _colours(names: pd.Series, marks: Mapping[str, Mark]) -> dict[str, object]:
    """Colours of points as numbers and the scale that they count on: a tenth of what their names would take."""
    n = len(DIRECTOR_COLOURS)
    numbers = names.map({name: DIRECTOR_COLOURS.index(marks[name].colour) for name in names.unique()}).to_numpy("uint8")
    scale = [[(i + side) / n, colour] for i, colour in enumerate(DIRECTOR_COLOURS) for side in (0, 1)]
    return {"color": numbers, "colorscale": scale, "cmin": -0.5, "cmax": n - 0.5, "showscale": False}


def _escaped(names: pd.Series) -> np.ndarray:
    return np.array([chart_text(name) for name in names], object)


def _hovers(films: pd.DataFrame, shown: Mapping[str, str], encoded: Encoded | None, by: str) -> np.ndarray:
    """Director, group, and what the numbers of a column that has words for them mean; the browser adds title and plain numbers."""
    lines = [_escaped(films["director"])]
    if by != "director":
        lines.append(np.array([f"{groups.WORDS[by]}: {chart_text(name) or 'not known'}" for name in films[by]], object))
    for axis, column in shown.items():
        if encoded and _has_words(encoded, column):
            lines.append(np.array([f"{words(column)}: {_value(encoded, column, value)}" for value in films[axis]], object))
    return lines[0] if len(lines) == 1 else np.array(["<br>".join(parts) for parts in zip(*lines, strict=True)], object)


def _template(shown: Mapping[str, str], encoded: Encoded | None) -> str:
    numbers = [f"<br>{words(column)}: %{{{axis}:.6~g}}" for axis, column in shown.items() if encoded and not _has_words(encoded, column)]
    return f"<b>%{{text}}</b><br>%{{hovertext}}{''.join(numbers)}<extra></extra>"


def _has_words(encoded: Encoded, column: str) -> bool:
    return column in encoded.yes_no or bool(encoded.words.get(column))


def _value(encoded: Encoded, column: str, number: float) -> str:
    return ("yes" if number else "no") if column in encoded.yes_no else chart_text(encoded.words[column][int(number)])


def _short(name: str, most: int = 24) -> str:
    return cut(name.replace("_", " "), most)


def cut(name: str, most: int = 32) -> str:
    """A name for a chart, of at most so many letters."""
    return chart_text(name if len(name) <= most else f"{name[: most - 1]}…")
