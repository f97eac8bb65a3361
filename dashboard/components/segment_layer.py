"""The segment layer of a film: its timeline, its player, and the table of its segments of music."""

from typing import Any

import dash_mantine_components as dmc
import pandas as pd
from dash import html
from dash.development.base_component import Component

from analysis.library import Library
from dashboard import data, sound
from dashboard.components import cards, player, tables
from dashboard.components.charts import chart
from dashboard.components.controls import MOUSE_HINT, legend
from dashboard.figures.timeline import timeline
from dashboard.frames import rows
from dashboard.text import clock, counted
from dashboard.theme import GENRE_COLOURS, LEVEL_COLOURS, SOUND_COLOURS, VALENCE_COLOURS
from errors import LibraryError


def segment_layer(library: Library, film: data.Film, *, name: str | None, segment: str | None, probabilities: bool) -> list[Component]:
    """Timeline with player, and under it the table.

    Parameters
    ----------
    library, film : what is shown
    name : the library's name in addresses, None for the first
    segment : number of the segment that is chosen, as the address has it
    probabilities : show those of music, speech and other over the timeline
    """
    table = data.segments(library, film.director, film.movie)
    seconds = data.seconds(library, film.director, film.movie)
    audible, silence = _audible(library, film) if len(table) else (False, "")
    chosen = player.chosen(table, segment) or (1 if audible else None)
    switch = dmc.Switch(id="movies-probabilities", label="Probabilities", checked=probabilities)
    genres = {genre: colour for genre, colour in GENRE_COLOURS.items() if genre in set(table["genre"])}
    over_time = cards.card(
        _finding(table, seconds),
        html.Div([player.player() if audible else silence, switch], className="hearing-row"),
        html.Div(timeline_chart(film, seconds, table, probabilities=probabilities), id="movies-timeline-chart"),
        html.Div([legend(colours) for colours in (SOUND_COLOURS, genres, LEVEL_COLOURS, VALENCE_COLOURS)], className="legends"),
        note=[_put_together(film.profile), f"{player.HINT} " if audible else "", MOUSE_HINT],
    )  # fmt: skip
    heard = player.segments(table, sound.address(name, film.director, film.movie), chosen)
    if table.empty:
        return [over_time, heard]
    title = f"Segments: {counted(len(table), 'segment')}, {clock(int(table['duration'].sum()))} of music"
    note = f"n = {len(table)}. p is the mean probability over the segment's windows."
    listed = tables.segments(table, "movies-segments", audible=audible, chosen=chosen)
    return [over_time, cards.card(title, listed, note=note), heard]


def timeline_chart(film: data.Film, seconds: pd.DataFrame, table: pd.DataFrame, *, probabilities: bool) -> html.Div:
    """The timeline as a chart; see figures.timeline."""
    words = f"{_finding(table, seconds)}. " + "; ".join(f"{clock(s['start'])} to {clock(s['end'])} {s['genre']}" for s in rows(table))
    excerpts = film.profile.get("excerpts", ())
    return chart(timeline(seconds, table, film.movie, excerpts=excerpts, probabilities=probabilities), "movies-timeline", words, wide=True)


def _put_together(profile: dict[str, Any]) -> str:
    """ "4 excerpts of 15 s, put end to end. "; empty of a film that is whole."""
    lengths = sorted(one["end"] - one["start"] for one in profile.get("excerpts", ()))
    if not lengths:
        return ""
    long = f"{lengths[0]:.0f}" if lengths[0] == lengths[-1] else f"{lengths[0]:.0f} to {lengths[-1]:.0f}"
    return f"{counted(len(lengths), 'excerpt')} of {long} s, put end to end. "


def _finding(table: pd.DataFrame, seconds: pd.DataFrame) -> str:
    return f"Timeline: {counted(len(table), 'segment')} of music in {clock(len(seconds))}"


def _audible(library: Library, film: data.Film) -> tuple[bool, Any]:
    """Whether the film's file can be played, and what is said if not."""
    try:
        original = data.original(library, film.director, film.movie)
    except LibraryError as error:
        return False, html.P(f"Nothing can be played: {error}.", className="silence")
    return not original.problem, player.silence(original)
