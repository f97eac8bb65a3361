"""How groups of films sound on average: shares as shades, values as dots with their intervals."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from analysis.aggregation import SHARE_NAMES
from analysis.profiles import OF_FILM, Profiles
from dashboard.figures.mining import cut
from dashboard.text import NO_BREAK_SPACE, counted, percent
from dashboard.theme import SEQUENTIAL, SIZES, Mark
from models.labels import ATTRIBUTES, ORDERED_ATTRIBUTES, SOUND_CLASSES

VALUES = tuple(f"{attribute}_mean" for attribute in ORDERED_ATTRIBUTES)
_ROW, _DOT_ROW = 42, 26  # px
_HEAD, _FOOT = 28, 64  # px above and below the shades
_HOURS = 1  # from so many on, music is told in whole and tenths of hours, below in minutes
_SCALE = [[i / (len(SEQUENTIAL) - 1), colour] for i, colour in enumerate(SEQUENTIAL)]
# The blocks of shades: what they divide, the columns and their words.
_BLOCKS = (("the film", OF_FILM, SOUND_CLASSES), *((name, SHARE_NAMES[name], ATTRIBUTES[name]) for name in SHARE_NAMES))


def shades(found: Profiles) -> go.Figure:
    """Mean shares of each group, a row each; a darker cell is a greater share. On hover the interval and n."""
    figure = make_subplots(
        rows=1, cols=len(_BLOCKS), shared_yaxes=True, horizontal_spacing=0.012, column_widths=[len(columns) for _, columns, _ in _BLOCKS],
        subplot_titles=[title for title, _, _ in _BLOCKS],
    )  # fmt: skip
    places = list(range(len(found.groups)))
    for i, (title, columns, words) in enumerate(_BLOCKS, start=1):
        shares = found.mean[list(columns)].to_numpy()
        numbers = [["" if np.isnan(share) else f"{share:.0f}" for share in row] for row in shares]
        hovers = [
            [_hover(found, name, column, f"{title}: {word}") for column, word in zip(columns, words, strict=True)] for name in found.groups
        ]
        # The root lets small shares be told from none.
        figure.add_heatmap(
            x=list(words), y=places, z=np.sqrt(shares / 100), zmin=0, zmax=1, colorscale=_SCALE, showscale=False, xgap=2, ygap=2,
            text=numbers, texttemplate="%{text}", textfont={"size": SIZES["xs"]}, hovertext=hovers, hoverongaps=False,
            hovertemplate="%{hovertext}<extra></extra>", row=1, col=i,
        )  # fmt: skip
    names = [f"{cut(name, 26)}<br>{_size(found, name)}" for name in found.groups]
    figure.update_xaxes(tickangle=-45, fixedrange=True, showgrid=False, ticks="")
    figure.update_yaxes(range=[len(places) - 0.5, -0.5], fixedrange=True, tickvals=places, ticktext=names, ticks="")
    figure.update_annotations(font={"size": SIZES["xs"]})
    return figure.update_layout(height=_HEAD + _FOOT + _ROW * len(places), margin={"t": _HEAD, "b": _FOOT})


def _size(found: Profiles, name: str) -> str:
    return f"{counted(int(found.sizes['films'][name]), 'film')}, {music(found.sizes['hours'][name])}"


def music(hours: float) -> str:
    """ "4.5 h of music", "12 min of music"."""
    amount = f"{hours:,.1f}{NO_BREAK_SPACE}h" if hours >= _HOURS else f"{hours * 60:.0f}{NO_BREAK_SPACE}min"
    return f"{amount} of music"


def dots(found: Profiles, marks: Mapping[str, Mark]) -> go.Figure:
    """Mean danceability, valence and energy of each group with its 95 % interval, one above the other on a scale from 0 to 1."""
    n = len(found.groups)
    figure = make_subplots(rows=len(VALUES), cols=1, shared_xaxes=True, vertical_spacing=0.06, subplot_titles=ORDERED_ATTRIBUTES)
    colours, shapes = zip(*(marks[name] for name in found.groups), strict=True)
    for i, value in enumerate(VALUES, start=1):
        mean, low, high = (table[value].to_numpy() for table in (found.mean, found.low, found.high))
        hovers = [_hover(found, name, value, ORDERED_ATTRIBUTES[i - 1]) for name in found.groups]
        for place, colour in enumerate(colours):
            figure.add_scatter(
                x=[low[place], high[place]], y=[place, place], mode="lines", line={"color": colour, "width": 3}, opacity=0.45,
                hoverinfo="skip", row=i, col=1,
            )  # fmt: skip
        figure.add_scatter(
            x=mean, y=list(range(n)), mode="markers", marker={"color": colours, "symbol": shapes, "size": 10}, hovertext=hovers,
            hovertemplate="%{hovertext}<extra></extra>", row=i, col=1,
        )  # fmt: skip
    names = [f"{cut(name, 22)} ({films})" for name, films in zip(found.groups, found.n[VALUES[0]], strict=True)]
    figure.update_xaxes(range=[0, 1], tickvals=[0, 0.25, 0.5, 0.75, 1], fixedrange=True, showgrid=True)
    figure.update_yaxes(range=[n - 0.5, -0.5], tickvals=list(range(n)), ticktext=names, fixedrange=True, ticks="")
    figure.update_annotations(font={"size": SIZES["xs"]})
    height = 40 + len(VALUES) * (_DOT_ROW * n + 34)
    return figure.update_layout(height=height, showlegend=False, hovermode="closest", margin={"t": 24, "r": 12})


def _hover(found: Profiles, name: str, feature: str, words: str) -> str:
    mean, low, high, n = (table[feature][name] for table in (found.mean, found.low, found.high, found.n))
    if np.isnan(mean):
        return f"<b>{cut(name, 60)}</b><br>{words}: no film with music"
    said = f"<b>{cut(name, 60)}</b><br>{words} {amount(feature, mean)}"
    interval = "" if np.isnan(low) else f" (95 % interval {amount(feature, low)} to {amount(feature, high)})"
    return f"{said}{interval}, n = {n:.0f}"


# --- words ------------------------------------------------------------------------------------------------------


def feature_words(feature: str) -> str:
    """A feature's name for readers: "jazz music", "low energy", "energy", "speech"."""
    return _WORDS.get(feature, feature)


_WORDS = dict(zip(OF_FILM, SOUND_CLASSES, strict=True)) | {value: value.removesuffix("_mean") for value in VALUES}
for _attribute, _names in SHARE_NAMES.items():
    _noun = "music" if _attribute == "genre" else _attribute
    _WORDS |= {column: f"{word} {_noun}" for column, word in zip(_names, ATTRIBUTES[_attribute], strict=True)}


def amount(feature: str, value: float) -> str:
    """A feature's value with its unit: "12 %", "0.47", "122 bpm", "−24.4 dB"."""
    if feature in VALUES or feature == "beat":
        return f"{value:.2f}"
    if feature == "tempo":
        return f"{value:.0f}{NO_BREAK_SPACE}bpm"
    if feature == "loudness":
        return f"{value:.1f}{NO_BREAK_SPACE}dB".replace("-", "\u2212")
    return percent(value)


def surest(found: Profiles, features: Sequence[str]) -> pd.Series | None:
    """Of some features the one in which the groups differ most surely, a row of `differences`; None if q is under 0.05 in none."""
    held = found.differences[found.differences["feature"].isin(features) & (found.differences["q"] < 0.05)]
    return None if held.empty else held.iloc[0]
