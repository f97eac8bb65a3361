"""Tag: drop a recording or a picture, see what every model finds in it."""

from typing import Any

import dash
from dash import ClientsideFunction, Input, Output, clientside_callback, dcc, html

from dashboard import cover_route, uploads
from dashboard.components import answers as parts
from dashboard.components import cards, covers, picture_answers, tables
from dashboard.components.attributes import HIDDEN, labelled
from dashboard.components.charts import chart
from dashboard.components.controls import MOUSE_HINT, legend
from dashboard.components.icons import icon
from dashboard.examining import DECODE, STAGES, Found
from dashboard.figures.recording import heard
from dashboard.frames import rows
from dashboard.hearing import LONGEST, Heard
from dashboard.reception import MAX_BYTES, UPLOAD
from dashboard.seeing import MAX_BYTES as MAX_PICTURE_BYTES
from dashboard.seeing import Seen
from dashboard.text import clock, counted, percent
from dashboard.theme import GENRE_COLOURS, LEVEL_COLOURS, SOUND_COLOURS, VALENCE_COLOURS
from dashboard.urls import href, single
from errors import LeitmotifError
from models.labels import ORDERED_ATTRIBUTES

PATH = "/tag"
LIMITS = (
    f"Any audio or video file, from 3 seconds to {LONGEST // 3600} hours, up to {MAX_BYTES // 2**30} GB; "
    f"any picture, up to {MAX_PICTURE_BYTES // 2**20} MB. No copy is kept."
)
# Stage -> its word in the list, and the sentence while it lasts.
STEPS = {
    UPLOAD: ("Upload", "Receiving the file"),
    DECODE: ("Decode", "Decoding it"),
    "detect": ("Detect", "Telling music from speech and other sound"),
    "describe": ("Describe", "Describing the music"),
    "genres": ("Genres", "Finding its genres"),
    "look": ("Look", "Looking at the picture"),
}
OFFERED = {
    "recording": (
        ("Music, speech or other", "for each second, drawn under the spectrogram"),
        ("Genre", "one of ten, for the whole and for each stretch of music"),
        ("Film genres", "what kind of film it could be the score of, ranked"),
        ("Genre of a record", "under which it would be filed"),
        ("Danceability, valence, energy", "a level, how sure it is, and a value from 0 to 1"),
        ("Tempo, beat, loudness", "measured, not learnt"),
        ("A cover", "generated from its genres and mood, as many as you like"),
    ),
    "picture": (
        ("As a poster", "action, animation, comedy, drama or horror, and all genres its film could have, ranked"),
        ("As a scene", "happy, sad, angry or neutral"),
        ("Valence and arousal", "how pleasant and how stirring people would find it, from 1 to 7"),
    ),
}
_COMMANDS: dict[str, list[Any]] = {
    "recording": [html.Code("leitmotif tag FILE")],
    "picture": [html.Code("leitmotif poster FILE"), " and ", html.Code("leitmotif scene FILE")],
}

dash.register_page(__name__, path=PATH, name="Tag", title="Tag · Leitmotif", order=4, icon="tag")


def layout(result: Any = None, library: Any = None, cover: Any = None, **_: Any) -> html.Div:
    """The page for an address: what was found in a file, or without one what the page is for."""
    known, name = single(result), single(library)
    if known is None:
        return _page(name, None, _title("Tag", "What the models find in a recording or a picture of yours."), _offers())
    try:
        upload = uploads.desk().find(known)
    except LeitmotifError as error:
        return _page(name, None, _title("Tag", ""), [cards.empty(str(error))])
    found, models = upload.found, href("/models", library=name)
    if found is None:
        sentence = upload.problem or f"{upload.name} is not examined to its end yet. Load the page anew in a moment."
        return _page(name, None, _title("Tag", ""), [cards.empty(sentence)])
    if isinstance(found, Seen):
        content = seen(found, known, models)
    else:
        content = [_player(), *report(found, models, _cover(found, known, single(cover)))]
    return _page(name, known, _title(upload.name, summary(found)), content)


def _page(library: str | None, known: str | None, title: html.Header, content: list[Any]) -> html.Div:
    address = dcc.Location(id="tag-url", refresh="callback-nav")
    told = dcc.Store(
        id="tag-settings",
        data={
            "files": uploads.PATH, "piece": uploads.PIECE_BYTES, "done": uploads.DONE, "page": href(PATH, library=library),
            "result": known, "stages": {stage: sentence for stage, (_, sentence) in STEPS.items()},
            "ways": {kind: [UPLOAD, *stages] for kind, stages in STAGES.items()},
        },
    )  # fmt: skip
    top = html.Div([_drop(known), *([_download(known)] if known else [])], className="tag-top")
    return html.Div([address, told, title, top, _job(), *content])


def _title(words: str, line: str) -> html.Header:
    return html.Header([html.H1(html.Bdi(words), id="tag-title", tabIndex=-1), html.P(line, className="muted")], className="page-title")


def _drop(known: str | None) -> html.Button:
    """The zone in which a file is dropped; as a button it opens the browser's own choice of files."""
    words = f"Drop {'another' if known else 'a'} recording or picture here, or choose one"
    said = html.Span([html.Strong(words), html.Span(LIMITS, className="muted")])
    return html.Button([icon("upload"), said], id="tag-drop", type="button", className="drop compact" if known else "drop")


def _download(known: str) -> html.A:
    return html.A([icon("download"), "Answers as JSON"], href=uploads.answers_address(known), className="button", download="")


def _job() -> html.Section:
    """What happens to a file, kept up by assets/tag.js; nothing is seen of it while there is none."""
    named: list[dict[str, Any]] = [{"data-step": stage} for stage in STEPS]
    steps = [html.Li(word, **name) for name, (word, _) in zip(named, STEPS.values(), strict=True)]
    said = html.P([html.Strong(id="tag-name"), " ", html.Span(id="tag-said", role="status")])
    cancel = html.Button("Cancel", id="tag-cancel", type="button", className="button")
    bar = html.Progress(id="tag-bar", max="1", value="0", **labelled("How far it is"))
    head = html.Div([said, html.Span(id="tag-percent", className="share", **HIDDEN), cancel], className="job-head")
    # The problem is told in its place, which a screen reader knows before anything is written there.
    working = html.Div([head, bar, html.Ol(steps, className="steps", **HIDDEN)], id="tag-working", hidden=True)
    return html.Section([working, html.P(id="tag-problem", className="problem", role="alert")], id="tag-job", className="card job")


def _player() -> html.Div:
    """Plays a recording from where it was dropped, while this window still has it."""
    audio = html.Audio(id="tag-audio", controls=True, preload="metadata", **labelled("The recording"))
    return html.Div(audio, id="tag-player", className="tag-player", hidden=True)


def _offers() -> list[html.Div]:
    return [cards.grid(*(_offer(kind) for kind in OFFERED))]


def _offer(kind: str) -> html.Section:
    lines = [part for name, words in OFFERED[kind] for part in (html.Dt(name), html.Dd(words))]
    command = html.P(["On the command line: ", *_COMMANDS[kind]], className="card-note offer-note")
    return cards.card(f"What you get for a {kind}", html.Dl(lines, className="facts offer"), command, span=6)


def summary(found: Found) -> str:
    """ "3:24 · 2 segments of music", "1200 × 1800 pixels"."""
    if isinstance(found, Seen):
        return f"{found.width} × {found.height} pixels"
    if found.answers["described"] != "music":
        return f"{clock(found.answers['duration'])} · no music of 10 seconds or more, so all of it is described as if it were music"
    n = len(found.segments)
    return f"{clock(found.answers['duration'])} · {counted(n, 'segment')} of music, {clock(int(found.segments['duration'].sum()))}"


def seen(found: Seen, known: str, models: str) -> list[Any]:
    """All that was seen in a picture; `models` is the address of the models' page."""
    image = picture_answers.picture(uploads.picture_address(known), found.width, found.height, found.answers["file"])
    shown = (picture_answers.poster, picture_answers.genres, picture_answers.scene, picture_answers.feeling)
    beside = html.Div([image, picture_answers.reading(models)], className="seen-beside")
    return [html.Div([beside, cards.grid(*(card(found.answers) for card in shown))], className="seen")]


def report(found: Heard, models: str, *further: html.Section) -> list[Any]:
    """All that was heard in a recording, and further cards; `models` is the address of the models' page."""
    answers = found.answers
    shown = [
        parts.genre(answers), parts.film_genres(answers), parts.album_genre(answers),
        *(parts.level(answers, attribute) for attribute in ORDERED_ATTRIBUTES),
        _over_time(found), *_segments(found), *further, parts.reading(answers, models),
    ]  # fmt: skip
    return [parts.headlines(answers), cards.grid(*shown)]


def _cover(found: Heard, known: str, seed: str | None) -> html.Section:
    try:
        return covers.card(found.answers["genre"], cover_route.of_recording(known), found.answers["file"], seed, "the recording")
    except LeitmotifError as error:  # the model is missing
        return cards.failure(error)


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
