"""One palette, one scale of type sizes and one chart template per colour scheme, for all pages.

Colours carry meaning (a class, a level, a genre, a grade) and keep it everywhere; nothing else is coloured.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import plotly.graph_objects as go

from models.labels import ATTRIBUTES, GENRES, LEVELS, SOUND_CLASSES, VALENCE_LEVELS

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Helvetica Neue', Arial, sans-serif"
SIZES = {"xs": 12, "sm": 14, "md": 16, "lg": 20, "xl": 28}  # px

SOUND_COLOURS = dict(zip(SOUND_CLASSES, ("#0F8B8D", "#E09F3E", "#8D99AE"), strict=True))
LEVEL_COLOURS = dict(zip(LEVELS, ("#C6D8F0", "#6C9BD2", "#1F4E8C"), strict=True))
VALENCE_COLOURS = dict(zip(VALENCE_LEVELS, ("#B0446A", "#BFC3C9", "#2A7F9E"), strict=True))
GENRE_COLOURS = dict(
    zip(
        GENRES,
        ("#332288", "#882255", "#CC6677", "#555555", "#DDCC77", "#117733", "#88CCEE", "#AA4499", "#999933", "#44AA99"),
        strict=True,
    )
)  # Tol's muted set and a grey

# Attribute -> colour of each of its classes.
ATTRIBUTE_COLOURS: dict[str, Mapping[str, str]] = {
    "danceability": LEVEL_COLOURS,
    "valence": VALENCE_COLOURS,
    "energy": LEVEL_COLOURS,
    "genre": GENRE_COLOURS,
}
assert ATTRIBUTE_COLOURS.keys() == ATTRIBUTES.keys()

# Grade -> its colour, its symbol and its words: no grade is told by colour alone.
GRADES = {
    "right": ("#2E7D32", "✓", "right"),
    "simple": ("#C98A00", "~", "simple error"),
    "extreme": ("#C62828", "✗", "extreme error"),
    "wrong": ("#C62828", "✗", "wrong"),
    "missed": ("#6B7280", "–", "missed"),
}

# The lines of the validation plot: none is the colour of a class.
TRUE_COLOUR, PREDICTED_COLOUR, DISAGREEMENT_COLOUR = "#5B7DB8", "#D1495B", "rgba(209, 73, 91, 0.18)"
RAW_COLOUR = "#7C8794"  # of what the detector said before smoothing

# Directors in the order of their names; after ten the colours come again with another shape (Plotly's names).
DIRECTOR_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#7E57C2", "#8C6D31", "#B5BD00", "#7F7F7F")
DIRECTOR_SHAPES = ("circle", "square", "diamond", "triangle-up", "cross", "x", "star", "pentagon", "hexagon", "hourglass")

# The parts of a composed piece in their order; each to be told from a light and from a dark ground.
PART_COLOURS = (
    "#4477AA", "#D9662B", "#228B55", "#AA3377", "#2A9BB5", "#B8860B", "#7E57C2", "#D1495B", "#6B8E23", "#8C6D31", "#5F7A8C", "#C06090",
)  # fmt: skip

# A model's figures beside its ancestor's; training beside what is held out.
MODEL_COLOUR, ANCESTOR_COLOUR = "#8E6BBF", "#A67C52"
TRAINING_COLOUR, HELD_OUT_COLOUR = "#7C8794", "#8E6BBF"
# From none to all, for shares in a matrix; opaque, so that words on it are readable in both schemes.
SEQUENTIAL = ("#EEF3FA", "#B5C9E6", "#6A92CE", "#2F5D9C", "#1F3864")

# Text, thin lines, surface of cards. style.css uses the same values.
SCHEMES = {
    "light": {"text": "#1F2933", "muted": "#52606D", "line": "#DDE2E8", "surface": "#FFFFFF"},
    "dark": {"text": "#E4E7EB", "muted": "#A9B4C0", "line": "#37414D", "surface": "#1B222B"},
}

MANTINE_THEME = {
    "fontFamily": FONT,
    "fontSizes": {name: f"{size / 16}rem" for name, size in SIZES.items()},
    "headings": {"fontFamily": FONT},
    "defaultRadius": "md",
    "primaryColor": "ink",
    "primaryShade": {"light": 8, "dark": 5},
    "colors": {
        "ink": ["#EEF3FA", "#DBE5F3", "#B5C9E6", "#8CABD9", "#6A92CE", "#5482C7", "#487AC5", "#3969AE", "#2F5D9C", "#1F4E8C"],
        "dark": ["#E4E7EB", "#C6CDD5", "#A9B4C0", "#8592A0", "#37414D", "#2E3843", "#1B222B", "#161C24", "#12171E", "#0D1116"],
    },
}


class Mark(NamedTuple):
    """How a director is drawn: colour and shape of the marker."""

    colour: str
    shape: str


def director_marks(directors: Iterable[str]) -> dict[str, Mark]:
    """Director -> mark. Give all of a library's directors, not only those shown, and a mark is the same on every page."""
    colours, shapes = len(DIRECTOR_COLOURS), len(DIRECTOR_SHAPES)
    names = sorted(set(directors))
    # Neighbours differ in both, for those who cannot tell the colours; with as many shapes as colours no pair comes twice in a hundred.
    return {name: Mark(DIRECTOR_COLOURS[i % colours], DIRECTOR_SHAPES[(i + i // colours) % shapes]) for i, name in enumerate(names)}


def ink_on(colour: str) -> str:
    """Black or white, whichever is easier to read on a #RRGGBB colour."""
    return max(("#FFFFFF", "#000000"), key=lambda ink: contrast(ink, colour))


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two #RRGGBB colours, 1 to 21 (WCAG 2.2; small text needs 4.5)."""
    dark, light = sorted(map(_luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def templates() -> dict[str, dict[str, Any]]:
    """Plotly templates by colour scheme, as JSON for the browser, which puts them on every chart."""
    return {name: _template(**colours).to_plotly_json() for name, colours in SCHEMES.items()}


def _template(text: str, muted: str, line: str, surface: str) -> go.layout.Template:
    axis = {
        "linecolor": line,
        "gridcolor": line,
        "zeroline": False,
        "zerolinecolor": muted,
        "tickfont": {"color": muted},
        "title": {"font": {"color": muted, "size": SIZES["xs"]}},
    }
    hover = {"bgcolor": surface, "bordercolor": line, "font": {"family": FONT, "size": SIZES["xs"], "color": text}}
    separated = {"marker": {"line": {"color": surface, "width": 1.5}}}
    layout = go.Layout(
        font={"family": FONT, "size": SIZES["xs"], "color": text},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        colorway=list(SOUND_COLOURS.values()),
        xaxis=axis | {"showgrid": True, "automargin": True},
        yaxis=axis | {"showgrid": False, "automargin": True, "ticklabelstandoff": 8},
        hoverlabel=hover,
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": SIZES["xs"]}},
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        shapedefaults={"line": {"color": text}},
    )
    interval = {"error_x": {"color": text}}
    return go.layout.Template(layout=layout, data={"sunburst": [separated], "pie": [separated], "bar": [interval]})
