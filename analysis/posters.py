"""The film genre of a poster: `leitmotif poster` and the pages that take a picture."""

from collections.abc import Iterable, Iterator
from typing import Any

from PIL import Image

from analysis import pictures
from models import registry

_RANKED = 4  # of all genres, those that are printed


def describe(picture: Image.Image, name: str) -> dict[str, Any]:
    """The answers for a poster, as `leitmotif poster --json` prints them (docs/posters.md).

    Parameters
    ----------
    picture : RGB, of any size, as analysis.pictures reads it
    name : of the picture, for `file`
    """
    model = registry.load("poster_genre")
    main, every = model.predict(pictures.pixels(picture, *model.size)[None])
    return {"file": name, "genres": _ranked(model.classes, main[0]), "all_genres": _ranked(model.genres, every[0])}


def lines(answers: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """The answers as rows of a table: what, the likeliest answer, its probability, and what else there is to know."""
    for question, shown in (("genres", len(answers["genres"])), ("all_genres", _RANKED)):
        (name, p), *others = list(answers[question].items())[:shown]
        words = "genre" if question == "genres" else "all genres"
        yield words, name, f"{p:.2f}", ", ".join(f"{other} {chance:.2f}" for other, chance in others)


def _ranked(names: Iterable[str], probabilities: Iterable[float]) -> dict[str, float]:
    ranked = sorted(zip(names, probabilities, strict=True), key=lambda pair: -pair[1])
    return {name: round(float(p), 4) for name, p in ranked}
