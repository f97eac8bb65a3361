"""Who made it: how often makers are told, and by what."""

from collections.abc import Sequence

import plotly.graph_objects as go

from analysis.makers import Answer, Importance, Report
from dashboard.text import percent
from dashboard.theme import SCHEMES, SIZES, SOUND_COLOURS

COLOURS = {"music": SOUND_COLOURS["music"], "metadata": SOUND_COLOURS["speech"], "both": "#1F4E8C"}
WORDS = {"music": "music", "metadata": "metadata", "both": "both"}
MOST_FEATURES = 10
_ROW = 46  # px
_MUTED = SCHEMES["light"]["muted"]


def accuracies(report: Report) -> go.Figure:
    """Share of left-out films told right from each set of features, its 95 % interval, and what shuffled makers reach."""
    figure = go.Figure()
    places = list(range(len(report.answers)))
    for place, answer in zip(places, report.answers, strict=True):
        low, high = answer.interval
        colour = COLOURS[answer.features]
        figure.add_bar(
            x=[answer.accuracy], y=[place], orientation="h", width=0.5, marker={"color": colour}, hovertext=[_hover(report, answer)],
            hovertemplate="%{hovertext}<extra></extra>", error_x=_error(answer.accuracy, low, high), showlegend=False,
        )  # fmt: skip
    figure.add_scatter(
        x=[answer.shuffled_high for answer in report.answers], y=places, mode="markers", name="95 of 100 shuffles reach less",
        marker={"symbol": "line-ns-open", "size": 22, "color": _MUTED, "line": {"width": 2}}, hoverinfo="skip",
    )  # fmt: skip
    figure.add_vline(x=report.baseline, line={"color": _MUTED, "dash": "dot", "width": 1.5})
    figure.add_annotation(
        x=report.baseline, y=1, yref="paper", yanchor="bottom", text="always the commonest", showarrow=False, font={"size": SIZES["xs"]}
    )
    figure.update_xaxes(range=[0, 1], tickformat=".0%", fixedrange=True, showgrid=True)
    figure.update_yaxes(
        range=[len(places) - 0.5, -0.5], tickvals=places, ticktext=[WORDS[answer.features] for answer in report.answers], fixedrange=True
    )
    legend = {"orientation": "h", "x": 0, "y": -0.18, "yanchor": "top"}
    return figure.update_layout(height=84 + _ROW * len(places), margin={"t": 24, "b": 52, "r": 12}, legend=legend)


def _error(value: float, low: float, high: float) -> dict[str, object]:
    return {"type": "data", "symmetric": False, "array": [high - value], "arrayminus": [value - low], "thickness": 1.5, "width": 4}


def _hover(report: Report, answer: Answer) -> str:
    low, high = (percent(100 * end) for end in answer.interval)
    return (
        f"<b>{WORDS[answer.features]}</b><br>{percent(100 * answer.accuracy)} of {report.films} films told right ({low} to {high})"
        f"<br>shuffled makers: {percent(100 * answer.shuffled)} on average, p = {answer.p:.3f}"
    )


def importances(found: Sequence[Importance]) -> go.Figure:
    """How much accuracy is lost when a feature is shuffled among the films, with the deviation over the shuffles; the most first."""
    shown = found[:MOST_FEATURES]
    places = list(range(len(shown)))
    hovers = [
        f"<b>{one.feature}</b><br>{100 * one.drop:+.0f} points of accuracy lost, deviation {100 * one.deviation:.0f}"
        f"<br>margin {one.margin:+.2f}"
        for one in shown
    ]
    figure = go.Figure()
    figure.add_bar(
        x=[one.drop for one in shown], y=places, orientation="h", width=0.6, marker={"color": COLOURS["both"]}, hovertext=hovers,
        hovertemplate="%{hovertext}<extra></extra>",
        error_x={"type": "data", "array": [one.deviation for one in shown], "thickness": 1.5, "width": 3},
    )  # fmt: skip
    figure.update_xaxes(tickformat=".0%", fixedrange=True, showgrid=True, zeroline=True)
    figure.update_yaxes(range=[len(places) - 0.5, -0.5], tickvals=places, ticktext=[one.feature for one in shown], fixedrange=True)
    return figure.update_layout(height=48 + 26 * len(places), showlegend=False, margin={"b": 32, "r": 12})
