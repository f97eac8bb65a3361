"""Who made it: how often makers are told, and by what."""

import plotly.graph_objects as go

from analysis.makers import Answer, Report
from dashboard.text import percent
from dashboard.theme import MODEL_COLOUR

WORDS = {"music": "music", "metadata": "metadata", "both": "both"}
MOST_FEATURES = 10
_ROW = 46  # px
_PALE = 0.45  # opacity of the bars that the rest of the page does not tell of
_REACH = 0.36  # of a row, from its middle to the end of the line across its bar


def accuracies(report: Report, features: str = "") -> go.Figure:
    """Share of left-out films told right from each set of features, its 95 % interval, and what shuffled makers reach.

    The lines have no colour of their own: the template's is seen in light and dark.

    Parameters
    ----------
    features : the set that is told of; the others are pale
    """
    places = list(range(len(report.answers)))
    shares = [answer.accuracy for answer in report.answers]
    lows, highs = zip(*(answer.interval for answer in report.answers), strict=True)
    bars = go.Bar(
        x=shares, y=places, orientation="h", width=0.5,
        marker={"color": MODEL_COLOUR, "opacity": [1 if features in ("", answer.features) else _PALE for answer in report.answers]},
        hovertext=[_hover(report, answer) for answer in report.answers], hovertemplate="%{hovertext}<extra></extra>",
        error_x={
            "type": "data", "symmetric": False, "thickness": 1.5, "width": 4,
            "array": [high - share for high, share in zip(highs, shares, strict=True)],
            "arrayminus": [share - low for low, share in zip(lows, shares, strict=True)],
        },
    )  # fmt: skip
    across = [
        {"type": "line", "x0": reached, "x1": reached, "y0": place - _REACH, "y1": place + _REACH, "line": {"width": 3}}
        for place, reached in zip(places, [answer.shuffled_high for answer in report.answers], strict=True)
    ]
    commonest = {"type": "line", "x0": report.baseline, "x1": report.baseline, "yref": "paper", "line": {"dash": "dot", "width": 1.5}}
    words = [f"{WORDS[answer.features]}, {percent(100 * answer.accuracy)}" for answer in report.answers]
    scale = {"range": [0, 1], "tickvals": [0, 0.25, 0.5, 0.75, 1], "tickformat": ".0%", "fixedrange": True, "showgrid": True}
    rows = {"range": [len(places) - 0.5, -0.5], "tickvals": places, "ticktext": words, "fixedrange": True}
    layout = {"height": 40 + _ROW * len(places), "showlegend": False, "margin": {"t": 8, "b": 28, "r": 20}}
    return go.Figure([bars], {**layout, "xaxis": scale, "yaxis": rows, "shapes": [*across, commonest | {"y0": 0, "y1": 1}]})


def _hover(report: Report, answer: Answer) -> str:
    low, high = (percent(100 * end) for end in answer.interval)
    return (
        f"<b>{WORDS[answer.features]}</b><br>{percent(100 * answer.accuracy)} of {report.films} films told right ({low} to {high})"
        f"<br>where each {report.by} counts the same: {percent(100 * answer.balanced)}"
        f"<br>shuffled makers: {percent(100 * answer.shuffled)} on average, 95 of 100 at most {percent(100 * answer.shuffled_high)}"
        f"<br>p = {answer.p:.3f}"
    )


def importances(answer: Answer) -> go.Figure:
    """How much accuracy is lost when a feature is shuffled among the films, with the deviation over the shuffles; the most first.

    What is not sure is pale: all, where makers are not surely told.
    """
    shown = answer.importances[:MOST_FEATURES]
    places = list(range(len(shown)))
    hovers = [
        f"<b>{one.feature}</b><br>{100 * one.drop:+.0f} points of accuracy lost, deviation {100 * one.deviation:.0f}"
        f"<br>margin lost: {one.margin:+.2f}"
        for one in shown
    ]
    bars = go.Bar(
        x=[one.drop for one in shown], y=places, orientation="h", width=0.6,
        marker={"color": MODEL_COLOUR, "opacity": [1 if answer.sure and one.sure else _PALE for one in shown]},
        hovertext=hovers, hovertemplate="%{hovertext}<extra></extra>",
        error_x={"type": "data", "array": [one.deviation for one in shown], "thickness": 1.5, "width": 3},
    )  # fmt: skip
    scale = {"tickformat": ".0%", "fixedrange": True, "showgrid": True, "zeroline": True, "nticks": 6}
    rows = {"range": [len(places) - 0.5, -0.5], "tickvals": places, "ticktext": [one.feature for one in shown], "fixedrange": True}
    layout = {"height": 48 + 26 * len(places), "showlegend": False, "margin": {"b": 32, "r": 12}}
    return go.Figure([bars], {**layout, "xaxis": scale, "yaxis": rows})
