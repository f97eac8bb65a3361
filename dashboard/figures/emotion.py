"""Where a picture lies in the plane of valence and arousal."""

import plotly.graph_objects as go

from dashboard.text import chart_text
from dashboard.theme import MODEL_COLOUR, SIZES, TRAINING_COLOUR

HEIGHT = 300
LEAST, MIDDLE, MOST = 1, 4, 7  # of the scales on which people rated photographs
# Quadrant -> where its name stands.
QUADRANTS = {"happy": (5.5, 6.6), "tense": (2.5, 6.6), "sad": (2.5, 1.4), "calm": (5.5, 1.4)}
_ROOM = 0.15  # beside the scales, so that a point at their end is whole


def quadrant(valence: float, arousal: float) -> str:
    """The quadrant a point lies in, by its name."""
    return ("happy" if arousal >= MIDDLE else "calm") if valence >= MIDDLE else ("tense" if arousal >= MIDDLE else "sad")


def plane(valence: float, arousal: float, name: str) -> go.Figure:
    """Valence to the right and arousal upwards, both LEAST to MOST, the quadrants named, the picture a point.

    Parameters
    ----------
    valence, arousal : as people would rate the picture, LEAST to MOST
    name : the picture's name, first line of the hover card
    """
    said = f"<b>{chart_text(name)}</b><br>valence %{{x:.1f}}, arousal %{{y:.1f}}<extra></extra>"
    marker = {"size": 16, "color": MODEL_COLOUR}
    figure = go.Figure(go.Scatter(x=[valence], y=[arousal], mode="markers", marker=marker, hovertemplate=said, cliponaxis=False))
    font = {"size": SIZES["sm"]}
    words = [{"x": x, "y": y, "text": word, "showarrow": False, "font": font, "opacity": 0.7} for word, (x, y) in QUADRANTS.items()]
    line = {"type": "line", "layer": "below", "line": {"color": TRAINING_COLOUR, "width": 1, "dash": "dot"}}
    lines = [
        line | {"x0": x0, "x1": x1, "y0": y0, "y1": y1} for x0, x1, y0, y1 in ((MIDDLE, MIDDLE, LEAST, MOST), (LEAST, MOST, MIDDLE, MIDDLE))
    ]
    figure.update_layout(height=HEIGHT, annotations=words, shapes=lines, margin={"t": 8, "r": 8}, hovermode="closest", showlegend=False)
    axis = {"range": [LEAST - _ROOM, MOST + _ROOM], "tickvals": list(range(LEAST, MOST + 1)), "showgrid": False, "fixedrange": True}
    figure.update_xaxes(**axis, title={"text": "valence: unpleasant to pleasant", "standoff": 6})
    return figure.update_yaxes(**axis, title={"text": "arousal: calm to stirring", "standoff": 18})
