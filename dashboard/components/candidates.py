"""What was composed: the candidates beside each other, and one of them large."""

from typing import Any

from dash import dcc, html

from dashboard import compose_route, cover_route
from dashboard.components import cards, covers, matches
from dashboard.components.answers import bars
from dashboard.components.attributes import HIDDEN, labelled, pressed, told
from dashboard.components.icons import icon
from dashboard.composing import Composed, Composition
from dashboard.files_of_pieces import MIDI, SOUND, WAV
from dashboard.text import clock, counted, percent
from dashboard.theme import PART_COLOURS
from errors import LeitmotifError

_MEASURED = "the piece"
_AT_FIRST: dict[str, Any] = {"aria-valuemin": "0", "aria-valuenow": "0"}
_ROLL_NOTE = [
    "Time to the right, pitch upwards, percussion at the foot; the louder, the stronger its colour. ",
    html.Span("Click to hear it from there.", className="not-on-phone"),
]


def results(found: Composition, known: str, chosen: int, cover: str | None) -> list[Any]:
    """The candidates' row and the chosen one.

    Parameters
    ----------
    found : what was composed
    known : the name under which it is known
    chosen : number of the candidate that is shown large, from 0
    cover : the seed of the cover, as the address has it
    """
    best, wish = found.candidates[0].match.score, found.wish
    n = len(found.candidates)
    title = f"Match {best:.0f} of 100" if n == 1 else f"{n} candidates, the best matches {best:.0f} of 100"
    head = html.H2([html.Span("3", className="step-number"), title], id="compose-results-title", tabIndex=-1)
    what = html.P(
        ["For ", html.Bdi(wish.name), f", seed {wish.seed}. The same source, target and seed give the same pieces again."],
        className="muted",
    )
    row = html.Div(
        [_candidate(one, known, place, place == chosen) for place, one in enumerate(found.candidates)],
        className="candidates", role="group", **labelled("Candidates"),
    )  # fmt: skip
    store = dcc.Store(id="compose-shown", data={"result": known, "piece": chosen, "colours": PART_COLOURS})
    large = html.Div(piece(found, known, chosen, cover), id="compose-chosen")
    return [html.Header([head, what], className="compose-results-head"), row, store, large]


def _candidate(one: Composed, known: str, place: int, chosen: bool) -> html.Div:
    said = f"Candidate {place + 1}: match {one.match.score:.0f} of 100, {one.key}, {one.tempo:.0f} beats a minute"
    canvas = html.Canvas(className="roll-small", **told(roll=compose_route.address(known, place, compose_route.ROLL)), **HIDDEN)
    words = html.Span(f"{one.key} · {one.tempo:.0f} bpm", className="muted")
    choose = html.Button(
        [html.Span(f"{one.match.score:.0f}", className="candidate-score"), words, canvas], type="button", className="candidate-choose",
        **told(candidate=place), **pressed(chosen), **labelled(said),
    )  # fmt: skip
    play = html.Button(
        icon("play"), type="button", className="button plain play", **told(candidate_play=place),
        **labelled(f"Play or pause candidate {place + 1}"),
    )  # fmt: skip
    return html.Div([choose, play], className="candidate")


def piece(found: Composition, known: str, chosen: int, cover: str | None) -> list[Any]:
    """One candidate: to be heard and seen, how it matches, what it is, and a cover for it."""
    one, name = found.candidates[chosen], found.wish.name
    shown = [_heard(one, known, chosen), matches.card(one.match), _about(one)]
    try:
        subject = cover_route.of_piece(known, chosen)
        shown.append(covers.card(one.measured.music_genres, subject, name, cover, _MEASURED))
    except LeitmotifError as error:  # the model is missing
        shown.append(cards.failure(error))
    return [cards.grid(*shown)]


def _heard(one: Composed, known: str, place: int) -> html.Section:
    source = compose_route.address(known, place, SOUND)
    audio = html.Audio(id="compose-audio", src=source, controls=True, preload="metadata", **labelled("The piece"))
    roll = compose_route.address(known, place, compose_route.ROLL)
    sections = ", ".join(f"{section['name']} from {clock(section['start'])}" for section in one.roll["sections"])
    drawn = [html.Canvas(id="compose-roll-notes"), html.Canvas(id="compose-roll-sounding")]
    inner = html.Div([*drawn, html.Div(id="compose-roll-now", className="playhead", hidden=True)])
    canvas = html.Div(
        inner,
        id="compose-roll",
        className="roll",
        role="slider",
        tabIndex=0,
        **told(roll=roll),
        **_AT_FIRST,
        **labelled(f"Piano roll: {sections}"),
    )
    keep = html.Button("Keep in the library", id="compose-keep", type="button", className="button", **told(piece=place))
    said = html.Span(id="compose-keep-said", className="muted", role="status")
    actions = html.Div(
        [_download(known, place, MIDI, "MIDI"), _download(known, place, WAV, "WAV"), keep, said], className="compose-actions"
    )
    title = f"Match {one.match.score:.0f} of 100: {one.key}, {one.tempo:.0f} beats a minute, {clock(one.seconds)}"
    return cards.card(title, html.Div([audio, actions], className="compose-hearing"), canvas, parts_legend(one), note=_ROLL_NOTE)


def _download(known: str, place: int, file: str, word: str) -> html.A:
    return html.A([icon("download"), word], href=compose_route.address(known, place, file), className="button", download="")


def parts_legend(one: Composed) -> html.Div:
    """Which colour is which instrument."""
    named = [
        html.Span([html.Span(className="swatch", style={"background": PART_COLOURS[i % len(PART_COLOURS)]}), part["name"]])
        for i, part in enumerate(one.roll["parts"])
    ]
    return html.Div(named, className="legend")


def _about(one: Composed) -> html.Section:
    roll = one.roll
    bars = round(roll["sections"][-1]["end"] / roll["bar"])
    form = ", ".join(f"{s['name']} {counted(round((s['end'] - s['start']) / roll['bar']), 'bar')}" for s in roll["sections"])
    known = [
        ("Key", one.key), ("Tempo", f"{one.tempo:.0f} beats a minute, 4/4"), ("Length", f"{clock(one.seconds)}, {counted(bars, 'bar')}"),
        ("Form", form), ("Heard as music", f"{percent(100 * one.measured.music)} of it"), ("Seed", str(one.seed)),
    ]  # fmt: skip
    title = f"The piece: {counted(len(roll['parts']), 'instrument')}, {counted(bars, 'bar')}"
    return cards.card(title, cards.facts(known), html.H3("Who plays the notes"), _players(roll), span=5)


def _players(roll: dict[str, Any]) -> html.Ol:
    """The share of the notes that each instrument plays, the largest first."""
    notes: dict[str, int] = {}
    for part in roll["parts"]:
        notes[part["name"]] = notes.get(part["name"], 0) + len(part["notes"])
    total = max(sum(notes.values()), 1)
    ranked = sorted(notes, key=lambda name: -notes[name])
    colours = {part["name"]: PART_COLOURS[i % len(PART_COLOURS)] for i, part in enumerate(roll["parts"])}
    return bars({name: notes[name] / total for name in ranked}, colours)
