"""A training set drawn from pieces of several moods in proportion: the way of "Scene emotion" (2019), one set for each picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis import pictures, scenes
from analysis.composing.target import OF_EMOTION
from analysis.training.score_pieces import Piece
from errors import DataError, InputError
from models import score_published
from models.labels import MOODS

EACH = 150  # tokens of a piece at most: a network learns a piece by heart that is much longer than the others


@dataclass(frozen=True)
class Stream:
    """Tokens of pieces, one piece after the other.

    tokens : of models.score_published
    moods : np.ndarray [shape=(tokens,), int] index into MOODS of the piece each belongs to
    songs : how many songs they are from
    """

    tokens: tuple[str, ...]
    moods: np.ndarray
    songs: int


def read_mix(text: str | None) -> dict[str, float]:
    """Weights of moods, summing to 1, in the order of MOODS.

    Parameters
    ----------
    text : "sad", "happy=0.6,angry=0.4", moods or emotions of a scene; or a picture of a scene, whose emotions count as they are probable;
        None for all moods alike

    Raises
    ------
    InputError : a mood does not exist, or a weight is no number above 0
    PictureError : the picture cannot be read
    """
    if text is None:
        return dict.fromkeys(MOODS, 1 / len(MOODS))
    if Path(text).is_file():
        return _as_moods(scenes.describe(pictures.read(Path(text)), text)["emotions"])
    return _as_moods(dict(map(_weighted, text.split(","))))


def _weighted(part: str) -> tuple[str, float]:
    name, _, weight = part.partition("=")
    name = name.strip()
    if name not in {*MOODS, *OF_EMOTION}:
        names = ", ".join(dict.fromkeys([*MOODS, *OF_EMOTION]))
        raise InputError(f"--mix: {name!r} is no mood and no picture; choose of {names}, as in happy=0.6,sad=0.4, or name a picture")
    try:
        found = float(weight or 1)
    except ValueError:
        found = -1.0
    if not 0 < found < np.inf:
        raise InputError(f"--mix: the weight of {name} is {weight!r}; give a number above 0")
    return name, found


def _as_moods(weights: Mapping[str, float]) -> dict[str, float]:
    total = sum(weights.values())
    moods = dict.fromkeys(MOODS, 0.0)
    for name, weight in weights.items():
        moods[OF_EMOTION.get(name, name)] += weight / total
    return {mood: weight for mood, weight in moods.items() if weight > 0}


def draw(pieces: Sequence[Piece], mix: Mapping[str, float], most: int, rng: np.random.Generator, what: str) -> Stream:
    """At most `most` tokens of pieces drawn at random, those of each mood in proportion to its weight; no piece is drawn twice.

    Where a mood has too few, all moods get fewer.

    Raises DataError, in which `what` names the pieces, when a mood has none, or all is not more than SEQUENCE tokens.
    """
    by_mood = {mood: [piece for piece in pieces if piece.mood == MOODS.index(mood)] for mood in mix}
    drawn = {mood: _drawn(found, rng) for mood, found in by_mood.items()}
    whole = min(most, *(len(drawn[mood]) / weight for mood, weight in mix.items()))
    if whole <= score_published.SEQUENCE:
        counts = ", ".join(f"{len(found)} {mood}" for mood, found in drawn.items())
        raise DataError(
            f"{what}: too few notes and chords for this mix ({counts}); more than {score_published.SEQUENCE} are needed, add MIDI files"
        )
    taken = {mood: drawn[mood][: round(whole * weight)] for mood, weight in mix.items()}
    moods = np.repeat([MOODS.index(mood) for mood in taken], [len(found) for found in taken.values()])
    songs = {song for found in taken.values() for _, song in found}
    return Stream(tuple(token for found in taken.values() for token, _ in found), moods, len(songs))


def _drawn(pieces: Sequence[Piece], rng: np.random.Generator) -> list[tuple[str, str]]:
    """Tokens and the song each is from."""
    order = [pieces[number] for number in rng.permutation(len(pieces))]
    return [(token, piece.song) for piece in order for token in score_published.tokens(piece.notes)[:EACH]]
