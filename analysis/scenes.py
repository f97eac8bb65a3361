"""The emotion of a scene: `leitmotif scene` and the pages that take a picture."""

from collections.abc import Iterator
from typing import Any

from PIL import Image

from analysis import pictures
from models import registry


def describe(picture: Image.Image, name: str) -> dict[str, Any]:
    """The answers for a photograph or a frame of a film, as `leitmotif scene --json` prints them (docs/scenes.md).

    Parameters
    ----------
    picture : RGB, of any size, as analysis.pictures reads it
    name : of the picture, for `file`
    """
    model = registry.load("scene_emotion")
    said = model.predict(pictures.pixels(picture, *model.size)[None])
    ranked = sorted(zip(model.classes, said.emotions[0], strict=True), key=lambda pair: -pair[1])
    valence, arousal = said.ratings[0]
    return {
        "file": name,
        "emotions": {emotion: round(float(p), 4) for emotion, p in ranked},
        "neutral": round(float(said.neutral[0]), 4),
        "valence": round(float(valence), 2),
        "arousal": round(float(arousal), 2),
    }


def lines(answers: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """The answers as rows of a table: what, the likeliest answer, its probability, and what else there is to know."""
    (emotion, p), *others = answers["emotions"].items()
    yield (
        "emotion",
        emotion,
        f"{p:.2f}",
        ", ".join(f"{name} {chance:.2f}" for name, chance in others) + f"; none of them {answers['neutral']:.2f}",
    )
    yield "valence", f"{answers['valence']:.2f}", "", "1 unpleasant to 7 pleasant"
    yield "arousal", f"{answers['arousal']:.2f}", "", "1 calm to 7 stirring"
