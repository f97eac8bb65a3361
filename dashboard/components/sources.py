"""What a score is to match: a film or some of its music, a poster, a scene, film genres, or a mood."""

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html

from analysis.composing import target
from dashboard import data, uploads
from dashboard.components.attributes import labelled, pressed, told
from dashboard.components.controls import choices, select, toggle
from dashboard.components.icons import icon
from dashboard.figures.emotion import quadrant
from dashboard.frames import rows
from dashboard.seeing import MAX_BYTES, Seen
from dashboard.text import clock, percent
from dashboard.wishes import FULL, KINDS, View
from errors import LeitmotifError
from models.labels import MOODS

MEANINGS = {
    "happy": "positive, lively",
    "tense": "negative, lively",
    "sad": "negative, quiet",
    "calm": "positive, quiet",
}
_PICTURES = f"JPEG, PNG, WebP and others, up to {MAX_BYTES // 2**20} MB. No copy is kept."
_CHOICES = {
    "poster": "Drop a film's poster here, or choose one",
    "scene": "Drop a still of the scene here, or choose one",
}


def card(view: View, films: Sequence[tuple[str, str]]) -> html.Section:
    """ "1 Source", with what its kind needs.

    Parameters
    ----------
    view : what the address says, completed
    films : director and movie of each film of the library
    """
    kinds = toggle("compose-kind", "Match", list(KINDS.items()), view.kind)
    shown = {"movie": lambda: _film(view, films), "genre": lambda: _genres(view), "mood": lambda: _moods(view)}
    body = shown.get(view.kind, lambda: _picture(view))()
    return html.Section(
        [html.H2([html.Span("1", className="step-number"), "What is it to match?"], className="card-title"), kinds,
         html.Div(body, className="compose-source"),
         html.Div(weights(view.genres, "compose-weight") if view.kind == "genre" else [], id="compose-weights")],
        className="card span-5 compose-sources",
    )  # fmt: skip


# --- film -----------------------------------------------------------------------------------------------------------


def _film(view: View, films: Sequence[tuple[str, str]]) -> list[Any]:
    if not films:
        command = html.Code("leitmotif analyse MOVIES --library DIR", className="command")
        words = "This library has no films yet. Analyse a folder of movies, or choose another kind of source."
        return [html.P(words, className="muted"), command]
    directors, movies = sorted({director for director, _ in films}), [movie for director, movie in films if director == view.director]
    chosen = view.director if view.director in directors else None
    parts: list[Any] = [
        html.Div(
            [
                select("compose-director", "Director", directors, chosen, "Choose a director"),
                select("compose-movie", "Movie", movies, view.movie if view.movie in movies else None, "Choose a movie"),
            ],
            className="compose-pair",
        )
    ]
    if (view.director, view.movie) in films:
        parts += _of_the_film(view)
    return parts


def _of_the_film(view: View) -> list[Any]:
    """Its segments to choose from, and what is known of its music."""
    assert view.director and view.movie
    try:
        library = data.library(view.library)
        film = data.film(library, view.director, view.movie)
        table = data.segments(library, view.director, view.movie)
    except LeitmotifError:
        return []  # the target says what is wrong
    if table.empty:
        return []
    options = [
        (str(s["segment"] + 1), f"{s['segment'] + 1} · {clock(s['start'])} to {clock(s['end'])} · {s['genre']}, {s['energy']} energy")
        for s in rows(table)
    ]
    chosen = [str(number) for number in view.segments if number <= len(table)]
    box = choices("compose-segments", "Segments", options, chosen, "None chosen: the whole film.")
    profile = film.profile
    said = f"Music in {percent(profile['music_duration'])} of {clock(profile['duration'])}, mostly {profile['genre']}; " + ", ".join(
        f"{name} {profile[name]}" for name in ("energy", "valence", "danceability")
    )
    return [box, html.P(f"{said}.", className="muted")]


# --- pictures -------------------------------------------------------------------------------------------------------


def _picture(view: View) -> list[Any]:
    found, name = None, ""
    if view.picture:
        try:
            upload = uploads.desk().find(view.picture)
            found, name = upload.found, upload.name
        except LeitmotifError:
            pass  # the target says what is wrong
    seen = found if isinstance(found, Seen) else None
    words = html.Span(
        [
            html.Strong(_CHOICES[view.kind] if seen is None else "Drop another one here, or choose one"),
            html.Span(_PICTURES, className="muted"),
        ]
    )
    taken: dict[str, Any] = {"data-accept": "image/*"}
    kind = "drop compact" if seen else "drop"
    drop = html.Button([icon("upload"), words], id="compose-drop", type="button", className=kind, **taken)
    status = html.P(id="compose-picture-said", className="muted", role="status")
    fault = html.P(id="compose-picture-problem", className="problem", role="alert")
    if seen is None:
        return [drop, status, fault]
    assert view.picture
    image = html.Img(src=uploads.picture_address(view.picture), alt=name, width=seen.width, height=seen.height)
    read = _as_poster(seen.answers) if view.kind == "poster" else _as_scene(seen.answers)
    shown = html.Div([image, html.Div([html.P(html.Strong(html.Bdi(name))), *read])], className="compose-picture")
    return [shown, drop, status, fault]


def _as_poster(answers: Mapping[str, Any]) -> list[html.P]:
    ranked = list(answers["genres"].items())[:3]
    return [html.P("As a poster: " + ", ".join(f"{genre} {percent(100 * p)}" for genre, p in ranked) + ".", className="muted")]


def _as_scene(answers: Mapping[str, Any]) -> list[html.P]:
    ranked = list(answers["emotions"].items())
    felt = ", ".join(f"{emotion} {percent(100 * p)}" for emotion, p in ranked)
    valence, arousal = answers["valence"], answers["arousal"]
    lies = f"valence {valence:.1f}, arousal {arousal:.1f} of 1 to 7: {quadrant(valence, arousal)}"
    rest = f"Neutral {percent(100 * answers['neutral'])}; {lies}."
    return [html.P(f"As a scene: {felt}.", className="muted"), html.P(rest, className="muted")]


# --- genres and moods -----------------------------------------------------------------------------------------------


def _genres(view: View) -> list[Any]:
    options = [(name, name) for name in target.genres()]
    box = choices("compose-genres", "Film genres", options, list(view.genres), "Several make one profile, each as far as it weighs.")
    return [box]


def weights(chosen: Mapping[str, int], kind: str) -> list[html.Div]:
    """A slider for each genre's weight; one alone needs none."""
    if len(chosen) < 2:
        return []
    return [slider(kind, name, weight, None) for name, weight in chosen.items()]


def slider(kind: str, name: str, value: int, mark: int | None) -> html.Div:
    """A named slider from 0 to FULL with its value; `mark` is where the source has it."""
    own = {"type": kind, "index": name}
    said = html.Output(percent(value), id={"type": f"{kind}-said", "index": name}, className="share")
    box = dmc.Slider(
        id=own, value=value, min=0, max=FULL, step=1, label=None, size=6, updatemode="drag", thumbLabel=name.capitalize(),
        marks=[] if mark is None else [{"value": mark}], className="tuning",
    )  # fmt: skip
    return html.Div([html.Span(name, className="tuned-name"), box, said], className="tuned")


def _moods(view: View) -> list[Any]:
    chips = [
        html.Button(
            [html.Strong(mood), html.Span(MEANINGS[mood], className="muted")], type="button", className="mood",
            **told(mood=mood), **pressed(mood in view.moods),
        )
        for mood in MOODS
    ]  # fmt: skip
    return [
        html.Div(chips, className="moods", role="group", **labelled("Moods")),
        html.P("Several are mixed evenly; their weights can be set beside.", className="muted"),
    ]
