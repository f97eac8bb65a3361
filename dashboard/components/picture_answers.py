"""What the models answered for a picture: as a poster and as a scene."""

from collections.abc import Mapping
from typing import Any

from dash import dcc, html

from dashboard.components import cards
from dashboard.components.answers import bars
from dashboard.components.charts import chart
from dashboard.figures.emotion import plane, quadrant
from dashboard.text import percent

_GENRES_NOTE = "All genres such a film could have. Each has a probability of its own, as a film can have several; trust the order."
# Genre -> what its films are made for; emotion -> which photographs it stands for.
GENRES = {
    "action": "fights, chases and heroes",
    "animation": "drawn or computed, for all ages",
    "comedy": "to make one laugh",
    "drama": "serious, about people",
    "horror": "to frighten",
}
EMOTIONS = {
    "happy": "pleasant to look at",
    "sad": "unpleasant and quiet",
    "angry": "unpleasant and stirring: tense, threatening, angry",
    "neutral": "none of these: neither pleasant nor unpleasant",
}


def picture(address: str, width: int, height: int, name: str) -> html.Section:
    """The picture itself; it takes its room before it has come."""
    image = html.Img(src=address, alt=name, width=width, height=height)
    return html.Section(image, className="card seen-picture")


def poster(answers: Mapping[str, Any]) -> html.Section:
    """ "As a poster: horror, 62 %", and what each genre stands for."""
    return _choice("As a poster", answers["genres"], GENRES, "Which of five kinds of film it could advertise; together they are 100 %.")


def genres(answers: Mapping[str, Any]) -> html.Section:
    """ "Its genres: Horror, Thriller, Drama"."""
    found = answers["all_genres"]
    return cards.card(f"Its genres: {', '.join(list(found)[:3])}", bars(found, {}), note=_GENRES_NOTE, span=6)


def scene(answers: Mapping[str, Any]) -> html.Section:
    """ "As a scene: happy, 71 %" or "As a scene: neutral, 62 %; if not, happy, 71 %", and what each emotion stands for."""
    neutral = answers["neutral"]
    note = f"What a film's still like this would make one feel, if one of these: together they are 100 %. Neutral: {_p(neutral)}."
    likelier = f"neutral, {_p(neutral)}; if not, " if neutral > 0.5 else ""
    return _choice("As a scene", answers["emotions"], EMOTIONS, note, likelier)


def _choice(seen_as: str, found: Mapping[str, float], meanings: Mapping[str, str], note: str, likelier: str = "") -> html.Section:
    name, p = next(iter(found.items()))
    lines = [part for each, meaning in meanings.items() for part in (html.Dt(each), html.Dd(meaning))]
    means = html.Dl(lines, className="facts meanings")
    return cards.card(f"{seen_as}: {likelier}{name}, {_p(p)}", bars(found, {}), means, note=note, span=6)


def _p(p: float) -> str:
    return percent(100 * p)


def feeling(answers: Mapping[str, Any]) -> html.Section:
    """ "Valence 5.2, arousal 2.8: the calm quarter", and the point in the plane of the two."""
    valence, arousal = answers["valence"], answers["arousal"]
    title = f"Valence {valence:.1f}, arousal {arousal:.1f}: the {quadrant(valence, arousal)} quarter"
    graph = chart(plane(valence, arousal, answers["file"]), "tag-plane", f"{title}, each from 1 to 7; 4 is the middle.")
    return cards.card(title, graph, note="How pleasant and how stirring people would find it, from 1 to 7.", span=6)


def reading(models: str) -> html.Section:
    """How to read the answers; `models` is the address of the models' page."""
    points: list[Any] = [
        "Two models look at the picture, each as if it were what it knows: a film's poster, or a photograph that people rated by what "
        "they felt. Which of the two it is, they cannot say.",
        "A percentage is how sure a model is: the nearer to 100 %, the more often such an answer is right. Where several are about as "
        "likely, trust none of them.",
        "Posters were learnt from those of popular films, most of them American, labelled with the genres of the film. They tell how "
        "films of a genre are advertised: by colours, faces and lettering.",
        "Scenes were learnt from photographs that about a hundred people each had rated. Tense and angry pictures are rated alike, so they "
        "are one here.",
        ["How often each model is right, and what it learnt from, is on the ", dcc.Link("Models", href=models), " page."],
    ]
    return cards.card("How to read this", html.Ul([html.Li(point) for point in points], className="points"))
