"""The target profile: what the source gives, to be changed by hand."""

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from analysis.composing import target
from analysis.composing.target import Profile
from dashboard import wishes
from dashboard.components import sources
from dashboard.components.controls import choices
from dashboard.wishes import FASTEST, FULL, LEVELS, SLOWEST, View
from errors import LeitmotifError
from models.labels import MOODS

_NOTHING = {
    "movie": "Choose a film, and what its music is like becomes the target.",
    "poster": "Drop a poster, and the genres it shows become the target.",
    "scene": "Drop a picture of a scene, and what it makes one feel becomes the target.",
    "genre": "Choose one film genre or several, and what they usually ask for becomes the target.",
    "mood": "Choose a mood or several, and they become the target.",
}
_COLOURS = "Which instruments play, and how: as in films of these genres. None chosen: a piano alone."


def content(view: View) -> list[Any]:
    """What stands in the target's card: sliders, or why there are none."""
    try:
        given = wishes.given(view)
        profile = wishes.wanted(view, given.profile) if given else None
    except LeitmotifError as error:
        return [_title("What is it to be like?"), html.P(str(error), className="problem", role="alert"), _told(None)]
    if given is None or profile is None:
        return [_title("What is it to be like?"), html.P(_NOTHING[view.kind], className="muted"), _told(None)]
    reset = html.Button("As the source has it", id="compose-reset", type="button", className="button plain", hidden=not changed(view))
    head = html.Div([_title("Like ", html.Bdi(given.name)), reset], className="compose-target-head")
    note = html.P(
        [html.Span(className="given-mark"), "is what the source gives. Move what you want otherwise; moods together are always 100 %."],
        className="card-note",
    )
    moods, levels = html.Div(_moods(profile, given.profile)), html.Div([*_levels(profile, given.profile), _tempo(profile, given.profile)])
    return [head, note, html.Div([moods, levels], className="compose-tuning"), _colours(profile), _told(given.profile)]


def changed(view: View) -> bool:
    """Whether anything was changed by hand."""
    return bool(view.changed) or view.colours is not None


def numbers(profile: Profile) -> dict[str, int]:
    """A profile as the sliders have it."""
    slowest, fastest = (min(max(round(end), SLOWEST), FASTEST) for end in profile.tempo)
    levels = {name: round(FULL * getattr(profile, name)) for name in LEVELS}
    return {**wishes.whole(profile.moods), **levels, "slowest": slowest, "fastest": fastest}


def _title(*words: Any) -> html.H2:
    return html.H2([html.Span("2", className="step-number"), *words], className="card-title")


def _told(given: Profile | None) -> dcc.Store:
    """What assets/compose.js measures changes by; None while nothing can be composed."""
    return dcc.Store(id="compose-given", data=None if given is None else {**numbers(given), "colours": wishes.whole(given.genres)})


def _moods(profile: Profile, given: Profile) -> list[Any]:
    now, were = numbers(profile), numbers(given)
    return [html.H3("Mood"), *(sources.slider("compose-slider", mood, now[mood], were[mood]) for mood in MOODS)]


def _levels(profile: Profile, given: Profile) -> list[Any]:
    now, were = numbers(profile), numbers(given)
    return [html.H3("Character"), *(sources.slider("compose-slider", name, now[name], were[name]) for name in LEVELS)]


def _tempo(profile: Profile, given: Profile) -> html.Div:
    now, were = numbers(profile), numbers(given)
    box = dmc.RangeSlider(
        id="compose-tempo", value=[now["slowest"], now["fastest"]], min=SLOWEST, max=FASTEST, step=1, minRange=4, label=None, size=6,
        updatemode="drag", thumbFromLabel="Slowest tempo", thumbToLabel="Fastest tempo", className="tuning",
        marks=[{"value": were["slowest"]}, {"value": were["fastest"]}],
    )  # fmt: skip
    said = html.Output(tempo(now["slowest"], now["fastest"]), id="compose-tempo-said", className="share")
    return html.Div([html.Span("tempo", className="tuned-name"), box, said], className="tuned")


def tempo(slowest: int, fastest: int) -> str:
    """ "90–120", as assets/compose.js writes it too."""
    return f"{slowest}–{fastest}"


def _colours(profile: Profile) -> html.Div:
    shares = wishes.whole(profile.genres) if profile.genres else {}
    options = [(name, name) for name in target.genres()]
    box = choices("compose-colours", "Genre colours", options, list(shares), _COLOURS)
    return html.Div(
        [box, html.Div(sources.weights(shares, "compose-colour"), className="compose-colour-weights")], className="compose-colours"
    )
