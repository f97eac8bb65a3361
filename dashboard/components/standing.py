"""Cards that set a film among others: where it stands in its library and among its director's films, and which are nearest."""

from typing import Any

import numpy as np
import pandas as pd
from dash import dcc, html

from analysis import similarity
from analysis.standing import OF_FILM, Place, Standing, measured, standings
from dashboard.components import cards
from dashboard.components.attributes import HIDDEN
from dashboard.components.charts import chart
from dashboard.components.controls import toggle
from dashboard.figures.standing import NAMES, strips
from dashboard.text import NO_BREAK_SPACE, counted, percent, probability
from dashboard.theme import director_marks
from dashboard.urls import href
from errors import InputError

BY = (("music", "Music"), ("metadata", "Metadata"), ("mix", "Both"))
COUNT = 5  # nearest films shown
_LEFT_OUT = {"music": "without music", "metadata": "of which too little is known", "mix": "without music or of which too little is known"}


# --- where it stands --------------------------------------------------------------------------------------------


def standing_card(table: pd.DataFrame, director: str, movie: str) -> html.Section:
    """Strips of the library with the film and its director's films marked, and each place in words.

    Raises InputError if the film is not in the dataset.
    """
    found = standings(table, director, movie)
    finding, films = standing_finding(found), table[["movie", "director"]]
    if len(table) == 1:
        return cards.card(finding, note="This library has no other film.")
    row = int(np.flatnonzero((films["director"] == director) & (films["movie"] == movie))[0])
    own = int((films["director"] == director).sum())
    words = [(NAMES[standing.measure], standing_words(standing, director if own > 1 else "")) for standing in found]
    figure = strips(measured(table), films, row, director_marks(films["director"].unique())[director])
    graph = chart(figure, "movies-standing", f"{finding}: {'; '.join(f'{name} {sentence}' for name, sentence in words)}.")
    lines = html.Ol([html.Li([html.Strong(f"{name.capitalize()} "), sentence]) for name, sentence in words], className="standing-words")
    whose = f"{own:,} of them by {_isolated(director)}" if own > 1 else f"the only one by {_isolated(director)}"
    without = "Danceable, positive and energetic are shares of the music: films without music do not count there."
    note = f"n = {len(table):,} films, {whose}. {without}"
    return cards.card(finding, html.Div([graph, lines], className="standing"), note=note)


def standing_finding(found: list[Standing]) -> str:
    """The measure in which a film stands out most: "Standing: more speech than 82 % of the other 11 films"."""
    known = [standing for standing in found if standing.library.others]
    if not known:
        return "Standing: no other film to compare with"
    most = max(known, key=lambda standing: abs(standing.library.less - standing.library.more) / standing.library.others)
    place, what = most.library, NAMES[most.measure] if most.measure in OF_FILM else f"{NAMES[most.measure]} music"
    fewer, others = max(place.less, place.more), _others(place.others)
    if fewer == 0:
        return f"Standing: as much {what} as {others}"
    more = "more" if place.less >= place.more else "less"
    return f"Standing: {more} {what} than {others if fewer == place.others else f'{percent(100 * fewer / place.others)} of {others}'}"


def _others(count: int) -> str:
    return "the other film" if count == 1 else f"the other {count:,} films"


def standing_words(standing: Standing, director: str) -> str:
    """ "38 % of the film: more than 71 % of the other 126 films; 2nd most of Hitchcock’s 9"; without a director only the first."""
    if standing.value is None:
        return "no music, so nothing to compare"
    whole = "film" if standing.measure in OF_FILM else "music"
    own = f"; {_among_own(standing.director, director)}" if director else ""
    return f"{percent(standing.value)} of the {whole}: {_in_library(standing.library)}{own}"


def _in_library(place: Place) -> str:
    if place.others == 0:
        return "no other film to compare with"
    if place.same == place.others:
        return f"as in {_others(place.others)}"
    tied = f", with {counted(place.same, 'other')}" if place.same else ""
    if place.more == 0:
        return f"the most of all {place.others + 1:,}{tied}"
    if place.less == 0:
        return f"the least of all {place.others + 1:,}{tied}"
    return f"more than {percent(place.percentile or 0)} of {_others(place.others)}"


def _among_own(place: Place, director: str) -> str:
    whose = f"{_isolated(director)}’s"
    if place.others == 0:
        return f"no other by {_isolated(director)} to compare with"
    if place.same == place.others:
        return f"as in {whose} other {'film' if place.others == 1 else f'{place.others:,}'}"
    rank = "the most" if place.rank == 1 else "the least" if place.less == 0 else f"{_ordinal(place.rank)} most"
    return f"{rank}{', shared,' if place.same else ''} of {whose} {place.others + 1:,}"


def _ordinal(number: int) -> str:
    """ "1st", "12th", "22nd"."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{ending}"


def _isolated(name: str) -> str:
    """A name that may run from right to left, within a line that does not."""
    return f"\u2068{name}\u2069"


# --- nearest films ----------------------------------------------------------------------------------------------


def nearest_card(table: pd.DataFrame, director: str, movie: str, by: str, library: str | None) -> html.Section:
    """The films most like a film, each with why, and the choice of what to compare them by.

    Parameters
    ----------
    table : the enhanced dataset
    director, movie : the film
    by : one of BY
    library : name of the library for the films' addresses, None for the first
    """
    title, body = nearest_films(table, director, movie, by, library)
    head = html.Div(
        [html.H2(title, className="card-title", id="movies-near-title"), toggle("movies-near", "Compare by", BY, by)], className="card-head"
    )
    # What was chosen comes back with the address; the toggle itself stays, and with it the keyboard's focus.
    return html.Section([head, html.Div(body, id="movies-near-found", role="status")], className="card span-12")


def nearest_films(table: pd.DataFrame, director: str, movie: str, by: str, library: str | None) -> tuple[str, list[Any]]:
    """Title and content of the card; where the film cannot be compared, the sentence that says why."""
    how = dict(BY)[by].lower() if by != "mix" else "music and metadata"
    try:
        found = similarity.nearest(table, director, movie, by, COUNT)
    except InputError as error:
        return f"Nearest films by {how}: not known", [html.P(f"{error}.", className="muted near-none")]
    if not found.neighbours:
        return f"Nearest films by {how}: no other film to compare with", [html.P(_counts(found, by), className="card-note")]
    first = found.neighbours[0]
    title = f"Nearest by {how}: {_isolated(first.movie)} by {_isolated(first.director)}"
    lines = [_line(neighbour, by, library) for neighbour in found.neighbours]
    return title, [html.P(_counts(found, by), className="card-note"), html.Ol(lines, className="neighbours")]


def _counts(found: similarity.Nearest, by: str) -> str:
    left_out = f" {counted(found.left_out, 'film')} {_LEFT_OUT[by]} left out." if found.left_out else ""
    if not found.compared:
        return left_out.strip() or "This library has no other film."
    return f"n = {found.compared:,} films compared.{left_out} Similarity from 0, nothing in common, to 1, the same."


def _line(neighbour: similarity.Neighbour, by: str, library: str | None) -> html.Li:
    address = href("/movies", library=library, director=neighbour.director, movie=neighbour.movie, near=None if by == "music" else by)
    film = [dcc.Link(html.Bdi(neighbour.movie), href=address), html.Span(html.Bdi(neighbour.director), className="muted")]
    likeness = probability(neighbour.similarity)
    bar = html.Span(html.Span(style={"width": f"{100 * neighbour.similarity:.0f}%"}), className="bar", **HIDDEN)
    reasons = ", ".join(neighbour.reasons).replace(" %", f"{NO_BREAK_SPACE}%")
    number = html.Div([html.Span(likeness, title="similarity"), bar], className="likeness")
    return html.Li([number, html.Div(film, className="near-film"), html.Div(reasons, className="near-why")])
