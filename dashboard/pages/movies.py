"""Movies: one film, as a whole (movie layer) or segment by segment (segment layer)."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import dash
from dash import ClientsideFunction, Input, Output, State, callback, clientside_callback, ctx, dcc, html, no_update

from analysis.library import Library
from dashboard import cover_route, data
from dashboard.components import answers, cards, covers, scores, standing
from dashboard.components.charts import chart, graph_id
from dashboard.components.controls import controls, select, toggle
from dashboard.components.segment_layer import segment_layer, timeline_chart
from dashboard.figures.sound import attribute_shares, ring, sunburst
from dashboard.text import clock, counted, percent
from dashboard.theme import GENRE_COLOURS, SOUND_COLOURS
from dashboard.urls import chosen_library, href, single
from errors import LeitmotifError
from models.labels import GENRES, ORDERED_ATTRIBUTES, SOUND_CLASSES

PATH = "/movies"
LAYERS = (("movie", "Movie"), ("segment", "Segments"))
_RINGS = "Inner ring: share of the film. Outer ring: share of the music. Click music to see it alone, the centre to come back."
_NO_MUSIC = "This film has no music of 10 seconds or more, so there is nothing to say of its genre, danceability, valence or energy."
_HEARD = (
    "What the model film_genre hears in the music, each genre with a probability of its own; trust the order. It learnt from recordings "
    "of this library and knows them better than others."
)
_GENRES_SHOWN = 6  # lines
_MEASURED = "the film's music; it is not the film's artwork"
SYNTHETIC = "This film is synthetic: it was made by the program to show what the program does."
# Metadata shown beside a film: its key in the record, and its name here.
KNOWN = (
    ("year", "Year"), ("director", "Director"), ("composer", "Composer"), ("cast", "Cast"), ("rating", "Rating"),
    ("metascore", "Metascore"), ("genres", "Genres"), ("countries", "Countries"), ("locations", "Locations"),
)  # fmt: skip

dash.register_page(__name__, path=PATH, name="Movies", title="Movies · Leitmotif", order=1, icon="film")


def layout(library: Any = None, director: Any = None, movie: Any = None, layer: Any = None, near: Any = None, **view: Any) -> html.Div:
    """The page for an address. Names are matched with the library's own list; an unknown one gives a sentence, not an error."""
    director, movie, films = single(director), single(movie), []
    layer = "segment" if single(layer) == "segment" else "movie"
    try:
        source = data.library(single(library))
        films = data.movies(source)
        director, movie = choose(films, director, movie)
        body = content(source, films, director, movie, layer, near=single(near), name=single(library), view=view)
    except LeitmotifError as error:
        body = [cards.failure(error)]
    return html.Div([dcc.Location(id="movies-url", refresh="callback-nav"), _controls(films, director, movie, layer), *body])


def choose(films: Sequence[tuple[str, str]], director: str | None, movie: str | None) -> tuple[str | None, str | None]:
    """Complete an address: without a director the movie's or the first one, without a movie the director's first."""
    if director is None:
        director = next((d for d, m in films if movie in (None, m)), None)
    if movie is None:
        movie = next((m for d, m in films if d == director), None)
    return director, movie


def content(
    library: Library, films: Sequence[tuple[str, str]], director: str | None, movie: str | None, layer: str,
    *, near: str | None = None, name: str | None = None, view: Mapping[str, Any] | None = None,
) -> list[Any]:  # fmt: skip
    """What stands under the controls: the film's layer, or the sentence that says why there is none.

    `near` is what the nearest films are compared by, `name` the library's in addresses; None for the usual and the first.
    `view` holds what else the address says: the movie layer's `cover`, the segment layer's `segment` and `probabilities`.
    """
    if not films:
        command = f"leitmotif analyse MOVIES --library {library.root}"
        return [cards.empty("This library has no films yet. Analyse a folder of movies to fill it:", command)]
    if director is not None and director not in {d for d, _ in films}:
        return [cards.empty(f"This library has no director called “{director}”. Choose one above.")]
    if director is None or movie is None or (director, movie) not in films:
        by = f" by {director}" if director else ""
        return [cards.empty(f"This library has no film called “{movie}”{by}. Choose one above.")]
    film = data.film(library, director, movie)
    seed, segment, probabilities = (single((view or {}).get(key)) for key in ("cover", "segment", "probabilities"))
    if layer == "movie":
        among = [*cover(film, name, seed), *composed(library, film, name), *comparison(library, film, near, name)]
        return [_title(film), movie_layer(film, *among, told=_told(library))]
    shown = segment_layer(library, film, name=name, segment=segment, probabilities=probabilities == "yes")
    return [_title(film), cards.grid(*shown, *([] if film.profile["segments"] else [cards.empty(_NO_MUSIC)]))]


@callback(
    Output("movies-url", "href"),
    Input("movies-director", "value"),
    Input("movies-movie", "value"),
    Input("movies-layer", "value"),
    State("movies-url", "search"),
    prevent_initial_call=True,
)
def navigate(director: str | None, movie: str | None, layer: str, search: str) -> Any:
    """A choice is a new address; another director starts at the first of their films."""
    if ctx.triggered_id is None:
        return no_update
    return address(director, movie, layer, chosen_library(search), new_director=ctx.triggered_id == "movies-director")


def address(director: str | None, movie: str | None, layer: str, library: str | None, *, new_director: bool) -> str:
    """The address of a choice."""
    if new_director:
        movie = choose(data.movies(data.library(library)), director, None)[1]
    return href(PATH, library=library, director=director, movie=movie, layer=None if layer == "movie" else layer)


def _controls(films: Sequence[tuple[str, str]], director: str | None, movie: str | None, layer: str) -> html.Div:
    directors = sorted({d for d, _ in films})
    movies = [m for d, m in films if d == director]
    return controls(
        select("movies-director", "Director", directors, director if director in directors else None, "Choose a director"),
        select("movies-movie", "Movie", movies, movie if movie in movies else None, "Choose a movie"),
        toggle("movies-layer", "Layer", LAYERS, layer),
    )


def _title(film: data.Film) -> html.Header:
    n = film.profile["segments"]
    music = f"{counted(n, 'segment')} of music" if n else "no music"
    year = [str(film.metadata["year"]), " · "] if film.metadata.get("year") else []
    # Names may run from right to left; isolated, they leave the rest of the line in its order.
    director = html.Bdi(film.metadata.get("director") or film.director)
    line = html.P([*year, director, f" · {clock(film.profile['duration'])} · {music}"], className="muted")
    return html.Header([html.H1(html.Bdi(film.movie)), line], className="page-title")


# --- movie layer ------------------------------------------------------------------------------------------------


def movie_layer(film: data.Film, *among: html.Section, told: bool = False) -> html.Div:
    """Sunburst and metadata, under them a ring for each level; a film without music says so instead of the rings.

    Its cover and the cards that set it among other films come last. `told`: the page says already what the library is.
    """
    profile = film.profile
    graph = chart(sunburst(profile, film.movie), "movies-sunburst", _sound_words(profile))
    beside = html.Div([graph, _shares(profile)], className="chart-beside")
    burst = cards.card(sound_finding(profile), beside, note=_RINGS if profile["segments"] else "", span=7)
    about: Any = cards.card("About the film", cards.facts(known_facts(film, told=told)), span=5)
    if profile.get("film_genres"):
        about = html.Div([about, film_genres(profile["film_genres"])], className="stack span-5")
    if not profile["segments"]:
        return cards.grid(burst, about, cards.empty(_NO_MUSIC), *among)
    rings = [_ring_card(film, attribute) for attribute in ORDERED_ATTRIBUTES]
    return cards.grid(burst, about, *rings, *among)


def _told(library: Library) -> bool:
    """Whether the line above the page says what the library is."""
    with suppress(LeitmotifError):
        return bool(data.about(library))
    return False


def film_genres(heard: Mapping[str, float]) -> html.Section:
    """ "Film genres heard: Drama first, 81 %"."""
    first, p = next(iter(heard.items()))
    return cards.card(f"Film genres heard: {first} first, {percent(100 * p)}", answers.bars(heard, {}, _GENRES_SHOWN), note=_HEARD)


def cover(film: data.Film, name: str | None, seed: str | None) -> list[html.Section]:
    """The film's cover, from its music: none without music, and a line where the model is missing."""
    if not film.profile["segments"]:
        return []
    try:
        subject = cover_route.of_film(name, film.director, film.movie, film.profile)
        return [covers.card({genre: film.profile[genre] for genre in GENRES}, subject, film.movie, seed, _MEASURED)]
    except LeitmotifError as error:
        return [cards.failure(error)]


def composed(library: Library, film: data.Film, name: str | None) -> list[html.Section]:
    """The scores that were composed for the film and kept; none can be without music."""
    return [scores.of_film(library, (film.director, film.movie), name)] if film.profile["segments"] else []


def comparison(library: Library, film: data.Film, near: str | None, name: str | None) -> list[html.Section]:
    """The cards that set a film among others; a dataset that cannot be read is named without hiding the film."""
    by = near if near in dict(standing.BY) else "music" if film.profile["segments"] else "metadata"
    try:
        table = data.dataset(library)
        nearest = standing.nearest_card(table, film.director, film.movie, by, name)
        return [nearest, standing.standing_card(table, film.director, film.movie)]
    except LeitmotifError as error:
        return [cards.failure(error)]


@callback(
    Output("movies-near-title", "children"),
    Output("movies-near-found", "children"),
    Input("movies-near", "value"),
    State("movies-director", "value"),
    State("movies-movie", "value"),
    State("movies-url", "search"),
    prevent_initial_call=True,
)
def compare(by: str, director: str | None, movie: str | None, search: str) -> Any:
    """The nearest films by another choice."""
    name = chosen_library(search)
    if by not in dict(standing.BY) or director is None or movie is None:
        return no_update, no_update
    try:
        return standing.nearest_films(data.dataset(data.library(name)), director, movie, by, name)
    except LeitmotifError as error:
        return "Nearest films", [html.P(str(error), className="muted near-none")]


clientside_callback(ClientsideFunction("near", "remember"), Input("movies-near", "value"), prevent_initial_call=True)


def sound_finding(profile: dict[str, Any]) -> str:
    """ "Sound: music in 38 % of the film, mostly rock"."""
    if not profile["music_duration"]:
        return "Sound: no music"
    finding = f"Sound: music in {percent(profile['music_duration'])} of the film"
    return f"{finding}, mostly {profile['genre']}" if profile["genre"] else finding


def level_finding(profile: dict[str, Any], attribute: str) -> str:
    """ "Energy: low in 60 % of the music"."""
    level = profile[attribute]
    return f"{attribute.capitalize()}: {level} in {percent(attribute_shares(profile, attribute)[level])} of the music"


def known_facts(film: data.Film, *, told: bool = False) -> list[tuple[str, Any]]:
    """The metadata that is known of a film, as (name, value); that it is synthetic, unless the page has `told` so already."""
    found = []
    for key, name in KNOWN:
        value = film.metadata.get(key)
        if value not in (None, "", []):
            found.append((name, ", ".join(map(str, value)) if isinstance(value, list) else str(value)))
    if not found:
        found.append(("Metadata", film.metadata_error or "none collected; run leitmotif metadata MOVIES --library DIR"))
    if film.metadata.get("synthetic") and not told:
        found.append(("Note", SYNTHETIC))
    return found


def _ring_card(film: data.Film, attribute: str) -> html.Section:
    finding = level_finding(film.profile, attribute)
    words = ", ".join(f"{level} {percent(share)}" for level, share in attribute_shares(film.profile, attribute).items())
    return cards.card(finding, chart(ring(film.profile, attribute, film.movie), f"movies-{attribute}", f"{finding}; {words}."), span=4)


def _shares(profile: dict[str, Any]) -> html.Div:
    """The sunburst's numbers as lists, the largest first: its small slices have no room for words."""
    sounds = {name: profile[f"{name}_duration"] for name in SOUND_CLASSES}
    genres = {name: profile[name] for name in GENRES}
    lists = [_share_list("Of the film", sounds, SOUND_COLOURS)]
    if profile["segments"]:
        lists.append(_share_list("Of the music", genres, GENRE_COLOURS))
    return html.Div(lists, className="shares")


def _share_list(title: str, shares: dict[str, float], colours: Mapping[str, str]) -> html.Div:
    present = sorted((name for name in shares if shares[name] > 0), key=lambda name: -shares[name])
    swatches = {name: html.Span(className="swatch", style={"background": colours[name]}) for name in present}
    lines = [html.Li([swatches[name], name, html.Span(percent(shares[name]), className="share")]) for name in present]
    return html.Div([html.H3(title), html.Ol(lines)])


def _sound_words(profile: dict[str, Any]) -> str:
    sound = ", ".join(f"{name} {percent(profile[f'{name}_duration'])}" for name in SOUND_CLASSES)
    genres = ", ".join(f"{name} {percent(profile[name])}" for name in GENRES if profile[name] > 0)
    return f"{sound_finding(profile)}. Of the film: {sound}." + (f" Of the music: {genres}." if genres else "")


# --- segment layer ----------------------------------------------------------------------------------------------


@callback(
    Output("movies-timeline-chart", "children"),
    Input("movies-probabilities", "checked"),
    State("movies-director", "value"),
    State("movies-movie", "value"),
    State("movies-url", "search"),
    prevent_initial_call=True,
)
def show_probabilities(shown: bool, director: str, movie: str, search: str) -> Any:
    """Draw the timeline anew, with or without probabilities; nothing else changes, so that what is heard goes on."""
    try:
        library = data.library(chosen_library(search))
        if (director, movie) not in data.movies(library):
            return no_update
        film = data.film(library, director, movie)
        seconds, table = data.seconds(library, director, movie), data.segments(library, director, movie)
    except LeitmotifError as error:
        return cards.failure(error)
    return timeline_chart(film, seconds, table, probabilities=bool(shown))


# Dash calls what has no output only after a change; the title is never set.
clientside_callback(
    ClientsideFunction("player", "attach"),
    Output("movies-timeline-chart", "title"),
    Input("movies-segments-heard", "data"),
    Input(graph_id("movies-timeline"), "figure"),
)
clientside_callback(ClientsideFunction("player", "probabilities"), Input("movies-probabilities", "checked"), prevent_initial_call=True)
