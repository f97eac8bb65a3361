"""What is heard in a film: the two-ring sunburst and the rings of the attributes."""

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go

from analysis.aggregation import SHARE_NAMES
from dashboard.text import chart_text, percent
from dashboard.theme import ATTRIBUTE_COLOURS, GENRE_COLOURS, SIZES, SOUND_COLOURS, ink_on
from models.labels import ATTRIBUTES, GENRES, SOUND_CLASSES

SUNBURST_HEIGHT = 360
RING_HEIGHT = 210
CLEAR = "rgba(0,0,0,0)"


def sunburst(profile: Mapping[str, Any], film: str) -> go.Figure:
    """Two rings: music, speech and other by share of the film; inside music the genres by share of the music.

    A click on music isolates it, a click in the centre comes back.

    Parameters
    ----------
    profile : a movie profile; shares in percent
    film : the film's name, first line of the hover cards
    """
    shares = {name: profile[f"{name}_duration"] for name in SOUND_CLASSES if profile[f"{name}_duration"] > 0}
    genres = {name: profile[name] for name in GENRES if profile[name] > 0}
    music = shares.get("music", 0.0)
    nodes = [("film", "", 0.0, CLEAR, _centre(music), f"music: {percent(music)} of the film")]
    for name, share in shares.items():
        # With "remainder" a parent's own value is what its children leave; genres fill the whole of the music.
        own = 0.0 if name == "music" and genres else share
        nodes.append((name, "film", own, SOUND_COLOURS[name], _label(name, share), f"{name}: {percent(share)} of the film"))
    for name, share in genres.items():
        own = share * music / 100
        nodes.append((f"genre-{name}", "music", own, GENRE_COLOURS[name], _label(name, share), f"{name}: {percent(share)} of the music"))
    ids, parents, values, colours, texts, hovers = zip(*nodes, strict=True)
    # The centre has no colour of its own; there Plotly writes in the template's.
    inks = ["#000000" if colour == CLEAR else ink_on(colour) for colour in colours]
    trace = go.Sunburst(
        ids=ids, parents=parents, values=values, labels=texts, textinfo="label", branchvalues="remainder", sort=False, rotation=90,
        marker={"colors": colours}, leaf={"opacity": 1}, insidetextorientation="horizontal",
        textfont={"size": SIZES["xs"]}, insidetextfont={"color": inks},
        customdata=hovers, hovertemplate=f"<b>{chart_text(film)}</b><br>%{{customdata}}<extra></extra>",
    )  # fmt: skip
    figure = go.Figure(trace)
    return figure.update_layout(height=SUNBURST_HEIGHT, uniformtext={"minsize": 10, "mode": "hide"})


def _label(name: str, share: float) -> str:
    return f"{name}<br>{percent(share)}"


def _centre(music: float) -> str:
    return f"<b>{percent(music)}</b><br>music"


def ring(profile: Mapping[str, Any], attribute: str, film: str) -> go.Figure:
    """A ring with the share of music time of each class of an attribute, and the result in the middle.

    Parameters
    ----------
    profile : a movie profile with music; shares in percent
    attribute : danceability, valence or energy
    film : the film's name, first line of the hover cards
    """
    shares = attribute_shares(profile, attribute)
    present = [name for name in shares if shares[name] > 0]
    result = profile[attribute]
    trace = go.Pie(
        labels=present, values=[shares[name] for name in present], text=[_label(name, shares[name]) for name in present],
        textinfo="text" if len(present) > 1 else "none",
        textposition="outside", marker={"colors": [ATTRIBUTE_COLOURS[attribute][name] for name in present]},
        hole=0.66, sort=False, direction="clockwise", customdata=[percent(shares[name]) for name in present],
        hovertemplate=f"<b>{chart_text(film)}</b><br>{attribute} %{{label}}: %{{customdata}} of the music<extra></extra>",
    )  # fmt: skip
    middle = {"text": f"<b>{result}</b><br>{percent(shares[result])}", "showarrow": False, "font": {"size": SIZES["md"]}}
    return go.Figure(trace).update_layout(
        height=RING_HEIGHT, showlegend=False, annotations=[middle], margin={"t": 28, "b": 28, "l": 70, "r": 70}
    )


def attribute_shares(profile: Mapping[str, Any], attribute: str) -> dict[str, float]:
    """Class of an attribute -> its share of the music time in percent."""
    return {label: profile[name] for label, name in zip(ATTRIBUTES[attribute], SHARE_NAMES[attribute], strict=True)}
