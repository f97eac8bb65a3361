"""Album covers drawn from music: one large, four to choose from, and as many more as one likes.

Nothing is drawn before a browser asks for a picture (dashboard/cover_route.py), and it asks only when the card comes into view.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, dcc, html

from dashboard import cover_route
from dashboard.components.answers import bars
from dashboard.components.attributes import labelled
from dashboard.components.icons import icon
from dashboard.cover_route import LARGE, MOST_SEED, SHOWN, SMALL
from dashboard.text import percent
from dashboard.theme import GENRE_COLOURS
from models import registry

AT_ONCE = 4  # covers to choose from
OF_A_GENRE = 6  # covers in a gallery's row
_LEAST_NAMED = 0.15  # of a title: lesser genres stand in the bars
_NOTE = (
    "Generated from what was measured in {}. Six genres, of which the others are mixed, decide what is drawn, valence and energy how warm "
    "and bright it is."
)
_BUSY: dict[str, Any] = {"data-busy": ""}  # until the picture has come


def seed_of(asked: str | None) -> int:
    """The seed an address asks for, 0 where it asks for none or for what is none."""
    most = MOST_SEED - AT_ONCE
    return int(asked) if asked and asked.isascii() and asked.isdigit() and len(asked) <= len(str(most)) and int(asked) <= most else 0


def mixture(chances: Mapping[str, float]) -> dict[str, float]:
    """The genres a cover is drawn from, the largest share first.

    Parameters
    ----------
    chances : shares of models.labels.GENRES, of any sum
    """
    from analysis import covers  # only where a cover is shown: the first page does not wait for it

    found = dict(zip(registry.card(cover_route.MODEL)["classes"], map(float, covers.weights(chances)), strict=True))
    return dict(sorted(found.items(), key=lambda pair: -pair[1]))


def card(chances: Mapping[str, float], subject: str, name: str, asked: str | None, measured: str) -> html.Section:
    """ "A cover for it: rock 62 %, metal 20 %", with the cover, others, and what they are drawn from.

    Parameters
    ----------
    chances : shares of the music's genres
    subject : address of its covers (cover_route)
    name : of the recording or film
    asked : the seed in the page's address, if any
    measured : in what was measured what it is drawn from, and what it is not
    """
    genres, seed = mixture(chances), seed_of(asked)
    named = [f"{genre} {percent(100 * share)}" for genre, share in genres.items() if share >= _LEAST_NAMED]
    head = [
        html.H2(f"A cover for it: {', '.join(named)}", className="card-title"),
        html.P(_NOTE.format(measured), className="card-note"),
    ]
    shown, large = (cover_route.address(subject, seed, size) for size in (SHOWN, LARGE))
    picture = html.Img(id="cover-shown", alt=f"Generated cover for {name}", width=SHOWN, height=SHOWN, **_from(shown))
    title = f"Open it, {LARGE} × {LARGE}"
    opened = html.A(picture, id="cover-open", href=large, target="_blank", title=title, className="cover-frame", **_BUSY)
    words: list[Any] = [icon("download"), f"PNG, {LARGE} × {LARGE}"]
    save = html.A(words, id="cover-save", href=large, className="button", download=f"{name} - cover.png")
    again = html.Button("Another four", id="cover-again", type="button", className="button")
    side = [
        bars({genre: share for genre, share in genres.items() if share > 0}, GENRE_COLOURS),
        html.Div(
            [_choice(subject, seed, place) for place in range(AT_ONCE)], className="cover-choices", role="group", **labelled("Covers")
        ),
        html.Div([again, save], className="cover-actions"),
    ]
    chosen = dcc.Store(id="cover-chosen", data={"subject": subject, "seed": seed})
    body = html.Div([opened, html.Div(side, className="cover-side"), chosen], className="cover")
    return html.Section([*head, body], className="card span-12")


def _choice(subject: str, seed: int, place: int) -> html.Button:
    """One of the covers of the same four as the seed."""
    own = seed - seed % AT_ONCE + place
    picture = html.Img(
        id=_place("cover-small", place), alt="", width=SMALL, height=SMALL, **_from(cover_route.address(subject, own, SMALL))
    )
    said = labelled(f"Cover {place + 1} of {AT_ONCE}") | {"aria-pressed": str(own == seed).lower()}
    return html.Button(picture, id=_place("cover-choice", place), type="button", className="cover-frame", **_BUSY, **said)


def _from(source: str) -> dict[str, Any]:
    """Where a picture comes from once it comes into view (assets/cover.js)."""
    return {"data-src": source}


def _place(kind: str, place: Any) -> dict[str, Any]:
    return {"type": kind, "index": place}


def gallery(genres: Sequence[str]) -> html.Div:
    """A row of covers for each genre."""
    return html.Div([html.Figure([_row(genre), html.Figcaption(genre)]) for genre in genres], className="cover-gallery")


def _row(genre: str) -> html.Div:
    subject = cover_route.of_genre(genre)
    pictures = [
        html.Img(alt=f"{genre}, cover {seed + 1}", width=SMALL, height=SMALL, **_from(cover_route.address(subject, seed, SMALL)))
        for seed in range(OF_A_GENRE)
    ]
    return html.Div([html.Div(picture, className="cover-frame", **_BUSY) for picture in pictures])


def register(app: Dash) -> None:
    """Register the callback that shows another cover; it happens in the browser (assets/cover.js)."""
    app.clientside_callback(
        ClientsideFunction("cover", "choose"),
        Output("cover-shown", "data-src"),
        Output(_place("cover-small", ALL), "data-src"),
        Output(_place("cover-choice", ALL), "aria-pressed"),
        Output("cover-open", "href"),
        Output("cover-save", "href"),
        Output("cover-chosen", "data"),
        Input("cover-again", "n_clicks"),
        Input(_place("cover-choice", ALL), "n_clicks"),
        State("cover-chosen", "data"),
        prevent_initial_call=True,
    )
