"""A recording from its first to its last second: its spectrogram, and what was heard where."""

import pandas as pd
import plotly.graph_objects as go

from dashboard.figures.axes import moment
from dashboard.figures.timeline import HEIGHT, timeline
from dashboard.hearing import Spectrogram
from dashboard.text import chart_text

SPECTROGRAM_HEIGHT = 220
_GAP = 14  # px between it and the bands
_TICKS = (250, 500, 1000, 2000, 3500)  # Hz
# From nothing to all of one colour, which stands out from a light and from a dark ground.
_SHADES = [[0, "rgba(84, 130, 199, 0)"], [0.4, "rgba(84, 130, 199, 0.12)"], [1, "rgb(84, 130, 199)"]]


def heard(spectrogram: Spectrogram, seconds: pd.DataFrame, segments: pd.DataFrame, name: str) -> go.Figure:
    """The spectrogram above the timeline, on one time axis.

    Parameters
    ----------
    spectrogram : the recording's
    seconds, segments : tables as of a film
    name : the recording's name, first line of the hover cards
    """
    figure = timeline(seconds, segments, name)
    bands = [f"{frequency:.0f} Hz" for frequency in spectrogram.frequencies]
    nearest = [int(abs(spectrogram.frequencies - tick).argmin()) for tick in _TICKS]
    figure.add_heatmap(
        x0=moment(spectrogram.step / 2), dx=1000 * spectrogram.step, y=bands, z=spectrogram.levels, yaxis="y2", colorscale=_SHADES,
        showscale=False, hovertemplate=f"<b>{chart_text(name)}</b><br>%{{x}}<br>about %{{y}}<extra></extra>",
    )  # fmt: skip
    height = HEIGHT + SPECTROGRAM_HEIGHT
    return figure.update_layout(
        height=height, margin={"t": 4}, xaxis_ticks="",
        yaxis_domain=[0, 1 - SPECTROGRAM_HEIGHT / height],
        yaxis2={
            "domain": [1 - (SPECTROGRAM_HEIGHT - _GAP) / height, 1], "fixedrange": True, "ticks": "", "type": "category",
            "tickvals": [bands[i] for i in nearest], "ticktext": [f"{tick} Hz" for tick in _TICKS],
        },
    )  # fmt: skip
