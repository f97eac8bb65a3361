"""Tag: drop a recording, see what every model hears in it."""

from typing import Any

import dash
from dash import ClientsideFunction, Input, Output, clientside_callback, dcc, html

from dashboard import uploads
from dashboard.components import answers as parts
from dashboard.components import cards, tables
from dashboard.components.attributes import HIDDEN, labelled
from dashboard.components.charts import chart
from dashboard.components.controls import MOUSE_HINT, legend
from dashboard.components.icons import icon
from dashboard.figures.recording import heard
from dashboard.frames import rows
from dashboard.hearing import LONGEST, Heard
from dashboard.listening import MAX_BYTES, STAGES
from dashboard.text import clock, counted, percent
from dashboard.theme import GENRE_COLOURS, LEVEL_COLOURS, SOUND_COLOURS, VALENCE_COLOURS
from dashboard.urls import href, single
from errors import LeitmotifError
from models.labels import ORDERED_ATTRIBUTES

PATH = "/tag"
LIMITS = f"Any audio or video file, from 3 seconds to {LONGEST // 3600} hours, up to {MAX_BYTES // 2**30} GB. No copy is kept."
# Stage -> its word in the list, and the sentence while it lasts.
STEPS = dict(
    zip(
        STAGES,
        (
            ("Upload", "Receiving the recording"),
            ("Decode", "Decoding its sound"),
            ("Detect", "Telling music from speech and other sound"),
            ("Describe", "Describing the music"),
            ("Genres", "Finding its genres"),
        ),
        strict=True,
    )
)
OFFERED = (
    ("Music, speech or other", "for each second, drawn under the spectrogram"),
    ("Genre", "one of ten, for the whole and for each stretch of music"),
    ("Film genres", "what kind of film it could be the score of, ranked"),
    ("Genre of a record", "under which it would be filed"),
    ("Danceability, valence, energy", "a level, how sure it is, and a value from 0 to 1"),
    ("Tempo, beat, loudness", "measured, not learnt"),
)

dash.register_page(__name__, path=PATH, name="Tag", title="Tag · Leitmotif", order=4, icon="tag")


def layout(result: Any = None, library: Any = None, **_: Any) -> html.Div:
    """The page for an address: what was heard in a recording, or without one what the page is for."""
    known, name = single(result), single(library)
    if known is None:
        return _page(name, None, _title("Tag", "What the models hear in a recording of yours."), [_offer()])
    try:
        recording = uploads.desk().find(known)
    except LeitmotifError as error:
        return _page(name, None, _title("Tag", ""), [cards.empty(str(error))])
    if recording.heard is None:
        sentence = recording.problem or f"{recording.name} is not heard to its end yet. Load the page anew in a moment."
        return _page(name, None, _title("Tag", ""), [cards.empty(sentence)])
    return _page(name, known, _title(recording.name, summary(recording.heard)), report(recording.heard, href("/models", library=name)))


def _page(library: str | None, known: str | None, title: html.Header, content: list[Any]) -> html.Div:
    address = dcc.Location(id="tag-url", refresh="callback-nav")
    told = dcc.Store(
        id="tag-settings",
        data={
            "recordings": uploads.PATH, "piece": uploads.PIECE_BYTES, "done": uploads.DONE, "page": href(PATH, library=library),
            "result": known, "stages": {stage: sentence for stage, (_, sentence) in STEPS.items()},
        },
    )  # fmt: skip
    top = html.Div([_drop(known), *([_download(known)] if known else [])], className="tag-top")
    return html.Div([address, told, title, top, _job(), *_player(known), *content])


def _title(words: str, line: str) -> html.Header:
    return html.Header([html.H1(html.Bdi(words), id="tag-title", tabIndex=-1), html.P(line, className="muted")], className="page-title")


def _drop(known: str | None) -> html.Button:
    """The zone in which a file is dropped; as a button it opens the browser's own choice of files."""
    words = "Drop another recording here, or choose one" if known else "Drop a recording here, or choose one"
    said = html.Span([html.Strong(words), html.Span(LIMITS, className="muted")])
    return html.Button([icon("upload"), said], id="tag-drop", type="button", className="drop compact" if known else "drop")


def _download(known: str) -> html.A:
    return html.A([icon("download"), "Answers as JSON"], href=uploads.answers_address(known), className="button", download="")


def _job() -> html.Section:
    """What happens to a recording, kept up by assets/tag.js; nothing is seen of it while there is none."""
    named: list[dict[str, Any]] = [{"data-step": stage} for stage in STEPS]
    steps = [html.Li(word, **name) for name, (word, _) in zip(named, STEPS.values(), strict=True)]
    said = html.P([html.Strong(id="tag-name"), " ", html.Span(id="tag-said", role="status")])
    cancel = html.Button("Cancel", id="tag-cancel", type="button", className="button")
    bar = html.Progress(id="tag-bar", max="1", value="0", **labelled("How far it is"))
    head = html.Div([said, html.Span(id="tag-percent", className="share", **HIDDEN), cancel], className="job-head")
    # The problem is told in its place, which a screen reader knows before anything is written there.
    working = html.Div([head, bar, html.Ol(steps, className="steps", **HIDDEN)], id="tag-working", hidden=True)
    return html.Section([working, html.P(id="tag-problem", className="problem", role="alert")], id="tag-job", className="card job")


def _player(known: str | None) -> list[Any]:
    """Plays the file from where it was dropped, while this window still has it."""
    if known is None:
        return []
    audio = html.Audio(id="tag-audio", controls=True, preload="metadata", **labelled("The recording"))
    return [html.Div(audio, id="tag-player", className="tag-player", hidden=True)]


def _offer() -> html.Div:
    lines = [part for name, words in OFFERED for part in (html.Dt(name), html.Dd(words))]
    command = html.P(["The same on the command line: ", html.Code("leitmotif tag FILE")], className="card-note offer-note")
    return cards.grid(cards.card("What you get", html.Dl(lines, className="facts offer"), command))


def summary(found: Heard) -> str:
    """ "3:24 · 2 segments of music"."""
    if found.answers["described"] != "music":
        return f"{clock(found.answers['duration'])} · no music of 10 seconds or more, so all of it is described as if it were music"
    n = len(found.segments)
    return f"{clock(found.answers['duration'])} · {counted(n, 'segment')} of music, {clock(int(found.segments['duration'].sum()))}"


def report(found: Heard, models: str) -> list[Any]:
    """All that was heard; `models` is the address of the models' page."""
    answers = found.answers
    shown = [
        parts.genre(answers), parts.film_genres(answers), parts.album_genre(answers),
        *(parts.level(answers, attribute) for attribute in ORDERED_ATTRIBUTES),
        _over_time(found), *_segments(found), parts.reading(answers, models),
    ]  # fmt: skip
    return [parts.headlines(answers), cards.grid(*shown)]


def _over_time(found: Heard) -> html.Section:
    # A recording that is shorter than a window was repeated to fill one.
    described = found.segments.assign(end=found.segments["end"].clip(upper=len(found.seconds)))
    music = percent(100 * found.answers["music"])
    title = f"What was heard where: music in {music} of {clock(found.answers['duration'])}"
    words = f"{title}. " + "; ".join(f"{clock(s['start'])} to {clock(s['end'])} {s['genre']}" for s in rows(described))
    genres = {genre: colour for genre, colour in GENRE_COLOURS.items() if genre in set(described["genre"])}
    legends = html.Div([legend(colours) for colours in (SOUND_COLOURS, genres, LEVEL_COLOURS, VALENCE_COLOURS)], className="legends")
    graph = chart(heard(found.spectrogram, found.seconds, described, found.answers["file"]), "tag-heard", words, wide=True)
    note = ["Above, how loud each pitch is: the darker or brighter than its ground, the louder. ", MOUSE_HINT]
    return cards.card(title, graph, legends, note=note)


def _segments(found: Heard) -> list[html.Section]:
    if found.answers["described"] != "music":
        return []
    n = len(found.segments)
    note = f"n = {n}. p is the mean probability over the segment's windows."
    return [
        cards.card(
            f"Segments: {counted(n, 'stretch', 'stretches')} of music",
            tables.segments(found.segments, "tag-segments", choosing=False),
            note=note,
        )
    ]


# Dash calls what has no output only after a change; the title is never set.
clientside_callback(ClientsideFunction("tag", "attach"), Output("tag-job", "title"), Input("tag-settings", "data"))
