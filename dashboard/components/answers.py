"""What the models answered for a recording: ranked bars, levels, and in words what they mean."""

from collections.abc import Mapping
from typing import Any

from dash import dcc, html

from dashboard.components import cards
from dashboard.components.attributes import HIDDEN
from dashboard.text import clock, percent, probability
from dashboard.theme import ATTRIBUTE_COLOURS
from models.labels import ATTRIBUTES

MOST_SHOWN = 10  # lines of a card; of more answers the last line sums up the others
_GENRE_NOTE = "Which of ten genres the music is, as heard in windows of 10 seconds; together they are 100 %."
_FILM_NOTE = "What films it could be written for. Each has a probability of its own, as a film can be several; trust the order."
# Attribute -> what it says, and what its value is at 0 and at 1.
MEANINGS = {
    "danceability": ("How well one can dance to it: from no beat to one that is strong and steady.", "no beat", "a beat to dance to"),
    "valence": ("The mood it sets: from sad, tense or angry to serene, happy or triumphant.", "negative", "positive"),
    "energy": ("How intense it feels: from calm and sparse to loud, fast and dense.", "calm", "energetic"),
}
_COLOURLESS = "var(--muted)"  # what has no colour of its own anywhere


def headlines(answers: Mapping[str, Any]) -> html.Div:
    """How much of the recording is music, and of the music tempo, beat and loudness."""
    speech, other = (percent(100 * answers[name]) for name in ("speech", "other"))
    shown = [
        (percent(100 * answers["music"]), "music", f"speech {speech}, other {other} of {clock(answers['duration'])}"),
        (f"{answers['tempo']:.0f}", "beats a minute", "may be twice or half of what one would tap"),
        (probability(answers["beat"]), "steadiness of the beat", "0 none, 1 a metronome"),
        (f"{answers['loudness']:.0f}\u00a0dB".replace("-", "\u2212"), "loudness", "mean level, 0 dB is full scale"),
    ]
    return html.Div([html.Section(cards.figure(*parts), className="card") for parts in shown], className="headlines")


def genre(answers: Mapping[str, Any]) -> html.Section:
    """ "Sounds like jazz, 63 %"; where no music was heard "As music: jazz, 63 %"."""
    found = _ranked(answers["genre"])
    name, p = next(iter(found.items()))
    sounds = "Sounds like" if answers["described"] == "music" else "As music:"
    title = f"{sounds} {name}, {percent(100 * p)}"
    return cards.card(title, bars(found, ATTRIBUTE_COLOURS["genre"]), note=_GENRE_NOTE, span=4)


def film_genres(answers: Mapping[str, Any]) -> html.Section:
    """ "As a score: Drama, Romance, Comedy"."""
    found = _ranked(answers["film_genres"])
    return cards.card(f"As a score: {', '.join(list(found)[:3])}", bars(found, {}), note=_FILM_NOTE, span=4)


def album_genre(answers: Mapping[str, Any]) -> html.Section:
    """ "As a record: Jazz, 41 %"."""
    found = _ranked(answers["album_genre"])
    name, p = next(iter(found.items()))
    task = answers["album_genre_task"]
    note = f"{task[0].upper()}{task[1:]}; together they are 100 %."
    return cards.card(f"As a record: {name}, {percent(100 * p)}", bars(found, {}), note=note, span=4)


def level(answers: Mapping[str, Any], attribute: str) -> html.Section:
    """ "Energy: high, 71 %", its three levels, and its value on a scale."""
    answer, (meaning, least, most) = answers[attribute], MEANINGS[attribute]
    chances = {name: answer["p"][name] for name in ATTRIBUTES[attribute]}
    title = f"{attribute.capitalize()}: {answer['level']}, {percent(100 * chances[answer['level']])}"
    return cards.card(title, bars(chances, ATTRIBUTE_COLOURS[attribute]), _scale(answer["value"], least, most), note=meaning, span=4)


def bars(chances: Mapping[str, float], colours: Mapping[str, str], most: int = MOST_SHOWN) -> html.Ol:
    """A bar for each name from 0 to 1, in the order given, in so many lines at most.

    Parameters
    ----------
    chances : probabilities by name
    colours : those of the names that have one
    """
    names = list(chances)
    shown = len(names) if len(names) <= most else most - 1
    lines = [_bar(name, chances[name], colours.get(name, _COLOURLESS)) for name in names[:shown]]
    if rest := names[shown:]:
        lines.append(html.Li(f"and {len(rest)} others, none above {percent(100 * chances[rest[0]])}", className="muted others"))
    return html.Ol(lines, className="ranked")


def _bar(name: str, p: float, colour: str) -> html.Li:
    filled = html.Span(style={"width": f"{100 * p:.1f}%", "background": colour})
    return html.Li([html.Span(name), html.Span(filled, className="bar", **HIDDEN), html.Span(percent(100 * p), className="share")])


def _scale(value: float, least: str, most: str) -> html.Div:
    """A value of 0..1 as a mark on a line between words for its ends."""
    mark = html.Span(html.Span(style={"left": f"{100 * value:.1f}%"}), className="scale-line", **HIDDEN)
    return html.Div(
        [html.P(["value ", html.Strong(probability(value))]), mark, html.Div([html.Span(least), html.Span(most)])], className="scale"
    )


def reading(answers: Mapping[str, Any], models: str) -> html.Section:
    """How to read the answers; `models` is the address of the models' page."""
    music = (
        "Music of 10 seconds and more is described, each answer being the mean over all of it."
        if answers["described"] == "music"
        else "No music of 10 seconds or more was heard, so the whole recording was described as if it were music."
    )
    points: list[Any] = [
        music,
        "A percentage is how sure a model is: the nearer to 100 %, the more often such an answer is right. Where several are about as "
        "likely, trust none of them.",
        "The models know what they learnt from: as they come, Western popular music and film music. Of other music they say what it is "
        "most like among that.",
        "Film genres were learnt from scores, labelled with the genres of the whole film and not of the scene. Most of these films are "
        "dramas, so Drama comes first more often than not: what follows it tells more.",
        ["How often each model is right, and what it learnt from, is on the ", dcc.Link("Models", href=models), " page."],
    ]
    return cards.card("How to read this", html.Ul([html.Li(point) for point in points], className="points"))


def _ranked(chances: Mapping[str, float]) -> dict[str, float]:
    return dict(sorted(chances.items(), key=lambda pair: -pair[1]))
