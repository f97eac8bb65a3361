"""How groups of films sound on average: shares as shades, values as dots with their intervals."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

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
_GAP = 0.012  # between blocks, as a share of the width
_WIDTHS = [len(columns) for _, columns, _ in _BLOCKS]
_CELL = (1 - _GAP * (len(_BLOCKS) - 1)) / sum(_WIDTHS)
_DOMAINS = [(start := sum(_WIDTHS[:i]) * _CELL + i * _GAP, start + width * _CELL) for i, width in enumerate(_WIDTHS)]


def shades(found: Profiles) -> go.Figure:
    """Mean shares of each group, a row each; a darker cell is a greater share. On hover the interval and n."""
    places = list(range(len(found.groups)))
    traces, axes, titles = [], {}, []
    for i, (title, columns, words) in enumerate(_BLOCKS):
        shares = found.mean[list(columns)].to_numpy()
        hovers = [
            [_hover(found, name, column, f"{title}: {word}") for column, word in zip(columns, words, strict=True)] for name in found.groups
        ]
        # The root lets small shares be told from none.
        traces.append(go.Heatmap(
            x=list(words), y=places, z=np.sqrt(shares / 100), zmin=0, zmax=1, colorscale=_SCALE, showscale=False, xgap=2, ygap=2,
            text=[["" if np.isnan(share) else f"{share:.0f}" for share in row] for row in shares], texttemplate="%{text}",
            textfont={"size": SIZES["xs"]}, hovertext=hovers, hoverongaps=False, hovertemplate="%{hovertext}<extra></extra>",
            xaxis=f"x{i + 1}",
        ))  # fmt: skip
        axes[f"xaxis{i + 1}"] = {"domain": _DOMAINS[i], "tickangle": -45, "fixedrange": True, "showgrid": False, "ticks": ""}
        titles.append(_title(title, sum(_DOMAINS[i]) / 2, 1, yref="paper"))
    names = [f"{cut(name, 26)}<br>{_size(found, name)}" for name in found.groups]
    rows = {"range": [len(places) - 0.5, -0.5], "fixedrange": True, "tickvals": places, "ticktext": names, "ticks": ""}
    height = _HEAD + _FOOT + _ROW * len(places)
    return go.Figure(traces, {**axes, "yaxis": rows, "annotations": titles, "height": height, "margin": {"t": _HEAD, "b": _FOOT}})


def _title(text: str, x: float, y: float, **more: str) -> dict[str, object]:
    """A title in the middle above a block."""
    place = {"x": x, "y": y, "xref": "paper", "xanchor": "center", "yanchor": "bottom", "showarrow": False}
    return {"text": text, "font": {"size": SIZES["xs"]}, **place, **more}


def _size(found: Profiles, name: str) -> str:
    return f"{counted(int(found.sizes['films'][name]), 'film')}, {music(found.sizes['hours'][name])}"


def music(hours: float) -> str:
    """ "4.5 h of music", "12 min of music"."""
    amount = f"{hours:,.1f}{NO_BREAK_SPACE}h" if hours >= _HOURS else f"{hours * 60:.0f}{NO_BREAK_SPACE}min"
    return f"{amount} of music"


def dots(found: Profiles, marks: Mapping[str, Mark]) -> go.Figure:
    """Mean danceability, valence and energy of each group with its 95 % interval, one above the other on a scale from 0 to 1."""
    n, values = len(found.groups), list(VALUES)
    block = n + 1  # a row is left for the title of each
    traces = []
    for place, name in enumerate(found.groups):
        mean, low, high = (table.loc[name, values].to_numpy(float) for table in (found.mean, found.low, found.high))
        mark, bounds = marks[name], {"array": high - mean, "arrayminus": mean - low}
        hovers = [_hover(found, name, value, attribute) for value, attribute in zip(values, ORDERED_ATTRIBUTES, strict=True)]
        traces.append(go.Scatter(
            x=mean, y=[place + block * i for i in range(len(values))], mode="markers",
            marker={"color": mark.colour, "symbol": mark.shape, "size": 10},
            error_x={"type": "data", "symmetric": False, "thickness": 3, "width": 0, "color": _faint(mark.colour)} | bounds,
            hovertext=hovers, hovertemplate="%{hovertext}<extra></extra>",
        ))  # fmt: skip
    names = [f"{cut(name, 22)} ({films})" for name, films in zip(found.groups, found.n[VALUES[0]], strict=True)]
    ticks = [place + block * i for i in range(len(values)) for place in range(n)]
    rows = {"range": [block * len(values) - 1.5, -1], "tickvals": ticks, "ticktext": names * len(values), "fixedrange": True, "ticks": ""}
    scale = {"range": [0, 1], "tickvals": [0, 0.25, 0.5, 0.75, 1], "fixedrange": True, "showgrid": True}
    titles = [_title(attribute, 0.5, block * i - 0.6, yref="y") for i, attribute in enumerate(ORDERED_ATTRIBUTES)]
    layout = {"height": 48 + _DOT_ROW * block * len(values), "showlegend": False, "hovermode": "closest", "margin": {"t": 16, "r": 12}}
    return go.Figure(traces, {**layout, "xaxis": scale, "yaxis": rows, "annotations": titles})


def _faint(colour: str) -> str:
    """A #RRGGBB colour that lets what is behind it through."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, 0.45)"


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
