"""Hear a film's segments: the player, and what assets/player.js needs to know of the segments."""

from typing import Any

import pandas as pd
from dash import dcc, html

from dashboard.components.attributes import labelled
from dashboard.components.icons import icon
from dashboard.data import Original
from dashboard.frames import rows
from dashboard.text import clock

HINT = "Click a segment to hear it."


def player() -> html.Div:
    """Previous, what is heard with the browser's own controls, next. It plays what assets/player.js gives it."""
    heard = html.P(id="movies-heard", className="heard", role="status")
    audio = html.Audio(id="movies-audio", controls=True, preload="metadata", **labelled("The chosen segment"))
    hearing = html.Div([heard, audio], className="hearing")
    return html.Div([_step("previous"), hearing, _step("next")], className="player", role="group", **labelled("Player"))


def _step(to: str) -> html.Button:
    return html.Button(icon(to), id=f"movies-{to}", type="button", className="button plain step", **labelled(f"{to.capitalize()} segment"))


def silence(original: Original) -> html.P:
    """Why nothing can be heard, and the remedy."""
    if original.never_here:
        return html.P(
            "This library holds results only: its recordings are not part of it, so there is nothing to play.", className="silence"
        )
    name, place = html.Bdi(original.path.name), html.Bdi(str(original.path.parent))
    why: list[Any] = ["Nothing can be played: ", name, f" {original.problem}. "]
    return html.P(
        [*why, "Put the file that was analysed back into ", place, ", or analyse it again from where it is now."], className="silence"
    )


def segments(table: pd.DataFrame, sound: str, chosen: int | None) -> dcc.Store:
    """What assets/player.js reads.

    Parameters
    ----------
    table : a segments table
    sound : address of the film's sound
    chosen : number of the segment that is chosen, None for none
    """
    found = [{"number": s["segment"] + 1, "start": s["start"], "end": s["end"], "words": _words(s, len(table))} for s in rows(table)]
    return dcc.Store(id="movies-segments-heard", data={"sound": sound, "segments": found, "chosen": chosen})


def chosen(table: pd.DataFrame, asked: str | None) -> int | None:
    """The segment an address names, counted from 1; None if it names none of these."""
    return int(asked) if asked in {str(number) for number in range(1, len(table) + 1)} else None


def _words(segment: dict[str, Any], n: int) -> str:
    return f"Segment {segment['segment'] + 1} of {n} · {segment['genre']} · {clock(segment['start'])} to {clock(segment['end'])}"
