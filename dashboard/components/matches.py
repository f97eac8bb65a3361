"""What was asked for beside what was got, dimension by dimension."""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from dash import html

from dashboard.components import cards
from dashboard.components.attributes import HIDDEN
from dashboard.text import percent
from dashboard.wishes import FASTEST, SLOWEST
from models.labels import MOODS

if TYPE_CHECKING:
    from analysis.composing.matching import Match

_NOTE = (
    "100 is as asked; 50 is as far from it as two pieces are that were not written for the same. Mood, mode, density, dissonance and tempo "
    "are measured from the notes, the others are heard by the models that listen to films: of played instruments they say less extreme "
    "things, which is allowed for."
)
Range = tuple[float, float]


class _Scale(NamedTuple):
    """Where a dimension begins and ends on the chart, and how its values are written."""

    least: float
    most: float
    written: Callable[[float], str]


def _share(value: float) -> str:
    return percent(100 * value)


def _plain(value: float) -> str:
    return f"{value:.1f}".replace("-", "\u2212")


def _fine(value: float) -> str:
    return f"{value:.2f}".replace("-", "\u2212")


_SCALES = {
    "energy": _Scale(0, 1, _share),
    "valence": _Scale(0, 1, _share),
    "danceability": _Scale(0, 1, _share),
    "tempo": _Scale(SLOWEST, FASTEST, lambda value: f"{value:.0f}"),
    "mode": _Scale(-0.6, 0.6, _fine),
    "density": _Scale(0, 10, _plain),
    "dissonance": _Scale(0, 0.6, _fine),
}
_UNITS = {"tempo": "beats a minute", "mode": "minor below 0, major above", "density": "strikes a second"}


def card(match: "Match", span: int = 7) -> html.Section:
    """ "Asked against got: tempo comes nearest, mood is farthest"."""
    order = sorted(match.parts, key=lambda name: -match.parts[name])
    title = "Asked against got"
    if len(order) > 1:
        title += f": {_word(order[0])} comes nearest, {_word(order[-1])} is farthest"
    key = html.P(
        [html.Span(className="asked-mark", **HIDDEN), "asked", html.Span(className="got-mark", **HIDDEN), "got"],
        className="match-key muted",
    )
    return cards.card(title, key, html.Table([_head(), html.Tbody(list(_rows(match)))], className="match"), note=_NOTE, span=span)


def _head() -> html.Thead:
    names = ("Dimension", "", "Asked", "Got", "Part")
    return html.Thead(html.Tr([html.Th(name, scope="col") if name else html.Td() for name in names]))


def _rows(match: "Match") -> Iterator[html.Tr]:
    if "moods" in match.parts:
        yield html.Tr([html.Th("mood", scope="row", colSpan=4), _part(match.parts["moods"])], className="match-group")
        scale = _Scale(0, 1, _share)
        for mood in MOODS:
            yield _row(mood, match.asked["moods"][mood], match.got["moods"][mood], scale, None, "match-within")
    for name, scale in _SCALES.items():
        if name in match.parts:
            yield _row(name, match.asked[name], match.got[name], scale, match.parts[name])
    if "genres" in match.parts:
        yield _genres(match.asked["genres"], match.got["genres"], match.parts["genres"])


def _row(name: str, asked: float | Range, got: float, scale: _Scale, part: float | None, kind: str = "") -> html.Tr:
    written = " to ".join(map(scale.written, asked)) if isinstance(asked, tuple) else scale.written(asked)
    cells = [html.Td(words, className="number") for words in (written, scale.written(got))]
    return html.Tr(
        [
            html.Th([name, html.Span(_UNITS.get(name, ""), className="unit")], scope="row"),
            html.Td(_track(asked, got, scale), className="track-cell", **HIDDEN),
            *cells,
            _part(part),
        ],
        className=kind,
    )


def _track(asked: float | Range, got: float, scale: _Scale) -> html.Span:
    """The line between what was asked and what was got, on the dimension's scale."""

    def at(value: float) -> float:
        return min(max(100 * (value - scale.least) / (scale.most - scale.least), 0), 100)

    low, high = map(at, asked) if isinstance(asked, tuple) else (at(asked), at(asked))
    here = at(got)
    near = min(max(here, low), high)
    marks = [html.Span(className="between", style={"left": f"{min(near, here):.1f}%", "width": f"{abs(near - here):.1f}%"})]
    if isinstance(asked, tuple):
        marks.append(html.Span(className="asked-range", style={"left": f"{low:.1f}%", "width": f"{high - low:.1f}%"}))
    else:
        marks.append(html.Span(className="asked-mark", style={"left": f"{low:.1f}%"}))
    return html.Span([*marks, html.Span(className="got-mark", style={"left": f"{here:.1f}%"})], className="track")


def _genres(asked: Mapping[str, float], got: Mapping[str, float], part: float) -> html.Tr:
    """Film genres are no scale: which were asked for, and which it sounds like first."""
    wanted = ", ".join(sorted(asked, key=lambda name: -asked[name])[:3])
    first = ", ".join(sorted(got, key=lambda name: -got[name])[:2])
    words = html.Td(
        [html.Span(f"asked {wanted}"), html.Span(f"as a score it sounds like {first}", className="muted")],
        colSpan=3,
        className="match-words",
    )
    return html.Tr([html.Th("film genre", scope="row"), words, _part(part)])


def _part(part: float | None) -> html.Td:
    return html.Td("" if part is None else f"{part:.0f}", className="number part")


def _word(name: str) -> str:
    return {"moods": "mood", "genres": "film genre"}.get(name, name)


def asked_words(asked: Mapping[str, Any]) -> str:
    """ "tense 62 %, sad 20 %": the moods of a profile that count most; nothing where a file does not say them."""
    moods = asked.get("moods")
    weights = [(mood, weight) for mood in MOODS if isinstance(moods, dict) and isinstance(weight := moods.get(mood), int | float)]
    return ", ".join(f"{mood} {_share(weight)}" for mood, weight in sorted(weights, key=lambda pair: -pair[1])[:2] if 0.1 <= weight <= 1)
