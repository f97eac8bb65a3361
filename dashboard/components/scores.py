"""Pieces that are kept in a library, each to be heard, taken away and removed."""

from dash import html

from analysis.composing.keeping import Film, Kept
from analysis.library import Library
from dashboard import kept_route
from dashboard.components import cards, matches
from dashboard.components.attributes import labelled, told
from dashboard.components.icons import icon
from dashboard.files_of_pieces import COVER, MIDI, SOUND, WAV
from dashboard.text import clock, counted, day
from dashboard.urls import href

COMPOSE = "/compose"
_KINDS = {"movie": "for the film", "poster": "for the poster", "scene": "for the scene", "genre": "for films of", "mood": "for the mood"}


def of_film(library: Library, film: Film, name: str | None) -> html.Section:
    """The card of a film's scores, with the way to another one; `name` is the library's in addresses."""
    shelf = kept_route.shelf(library, film)
    where = href(COMPOSE, library=name, source="movie", director=film[0], movie=film[1])
    more = html.A([icon("compose"), "Compose a score for it"], href=where, className="button")
    n = len(shelf.pieces)
    title = f"Scores composed for it: {n}" if n else "Scores composed for it: none kept yet"
    return cards.card(title, html.Div(more, className="scores-more"), *_listed(shelf, name))


def of_library(library: Library, name: str | None) -> html.Section:
    """The card of all that is kept in a library."""
    shelf = kept_route.shelf(library)
    n = len(shelf.pieces)
    title = f"Kept in this library: {counted(n, 'piece')}" if n else "Kept in this library: nothing yet"
    note = "" if n else "A piece that is kept lies beside its film, and is shown there too."
    return cards.card(title, *_listed(shelf, name), note=note)


def _listed(shelf: kept_route.Shelf, name: str | None) -> list[html.Ul | html.P]:
    listed: list[html.Ul | html.P] = []
    if shelf.pieces:
        listed.append(html.Ul([_score(piece, name) for piece in shelf.pieces], className="scores"))
    listed += [html.P(line, className="problem", role="alert") for line in shelf.damaged]
    return listed


def _score(piece: Kept, name: str | None) -> html.Li:
    about, source = piece.about, piece.about["source"]
    title = str(source["name"])
    picture = [html.Img(src=kept_route.address(name, piece, COVER), alt="", width=56, height=56)] if piece.cover else []
    kind = _KINDS.get(str(source.get("kind")), "for")
    asked = matches.asked_words(about["asked"])
    line = [
        f"match {about['match']:.0f}",
        clock(about["length"]),
        *([about["key"]] if isinstance(about.get("key"), str) else []),
        asked,
        day(about["date"][:10]),
    ]
    named = html.P([html.Span(f"{kind} ", className="muted"), html.Strong(html.Bdi(title))])
    words = html.Div([named, html.P(" · ".join(filter(None, line)), className="muted")], className="score-words")
    audio = html.Audio(src=kept_route.address(name, piece, SOUND), controls=True, preload="none", **labelled(f"The piece {kind} {title}"))
    files = [
        html.A(
            [icon("download"), word],
            href=kept_route.address(name, piece, file),
            className="button",
            download="",
            **labelled(f"{word} of {title}"),
        )
        for file, word in ((MIDI, "MIDI"), (WAV, "WAV"))
    ]
    remove = html.Button(
        "Remove",
        type="button",
        className="button",
        **told(remove=kept_route.address(name, piece)),
        **labelled(f"Remove the piece {kind} {title}"),
    )
    return html.Li(
        [html.Div([*picture, words], className="score-head"), audio, html.Div([*files, remove], className="score-actions")],
        className="score",
    )
