"""Pieces as a network learns them: windows of notes with what it is told at each, transposed, in batches."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis import symbolic
from analysis.training.score_pieces import UNKNOWN, Piece
from models import score
from models.labels import MOODS
from models.score import PER_BAR, PER_BEAT, Choices

WINDOW = 128  # notes a network learns from at once
BATCH = 64
TRANSPOSED = range(-6, 6)  # semitones
FORGOTTEN = 0.2  # how often a mood is not told, so that pieces without one can be asked for


@dataclass(frozen=True)
class Learnt:
    """A piece as the network learns it.

    notes : as of a Piece
    choices : of models.score
    mode : -1..1
    end : tick at which the last note ends
    """

    piece: Piece
    choices: Choices
    mode: float
    end: int


def prepare(piece: Piece) -> Learnt:
    """Choices and mode of a piece."""
    weights = np.minimum(piece.notes[:, 1], 2 * PER_BEAT)
    shares = np.bincount(piece.notes[:, 2] % 12, weights=weights, minlength=12)
    found = symbolic.key(shares)
    return Learnt(piece, score.encode(piece.notes), found.as_major - found.as_minor, int(piece.notes[:, :2].sum(axis=1).max()))


def window(learnt: Learnt, first: int, semitones: int, mood_known: bool, span: int = WINDOW) -> dict[str, np.ndarray]:
    """Inputs and targets of a network for `span` notes from one on: what shorter pieces lack weighs nothing.

    Parameters
    ----------
    first : number of the note
    semitones : by which it is transposed; what would leave the keyboard stays an octave nearer
    mood_known : whether the network is told the mood

    Returns
    -------
    dict of np.ndarray [shape=(span,)]: `last_` and `next_` choices and ticks, `told` [shape=(span, CONDITIONS)], `weight`
    """
    notes = learnt.piece.notes[first : first + span]
    count = len(notes)
    pitch = np.clip(notes[:, 2], score.LOWEST, score.HIGHEST) + semitones
    pitch = np.where(pitch < score.LOWEST, pitch + 12, np.where(pitch > score.HIGHEST, pitch - 12, pitch))
    choices = Choices(*(values[first : first + span] for values in learnt.choices))._replace(pitch=pitch - score.LOWEST)
    found: dict[str, np.ndarray] = {}
    for name, values in (choices._asdict() | {"tick": notes[:, 0] % PER_BAR}).items():
        found[f"next_{name}"] = _padded(values, span)
        found[f"last_{name}"] = _padded(np.concatenate([[0], values[:-1]]), span)  # a window begins as a piece does
    beats = max((notes[-1, 0] - notes[0, 0]) / PER_BEAT, 1.0)
    moods = {MOODS[learnt.piece.mood]: 1.0} if mood_known and learnt.piece.mood != UNKNOWN else {}
    common = score.conditions(
        moods, tempo=learnt.piece.tempo, notes_per_beat=count / beats, velocity=float(notes[:, 3].mean()), mode=learnt.mode
    )
    left = score.bars_left(learnt.end - notes[:, 0])
    told = np.concatenate([np.repeat(common[None], count, axis=0), left[:, None].astype(np.float32)], axis=1)
    return found | {"told": np.pad(told, ((0, span - count), (0, 0))), "weight": _padded(np.ones(count, np.float32), span)}


def _padded(values: np.ndarray, span: int) -> np.ndarray:
    return np.pad(values, (0, span - len(values)))


def batches(learnt: Sequence[Learnt], rng: np.random.Generator) -> list[list[tuple[int, int, int, bool]]]:
    """Windows of an epoch in batches: number of the piece, first note, semitones, whether the mood is told.

    A piece gives as many windows as it has notes for, from a random beginning; every third of them begins with the piece, for beginnings
    are few.
    """
    chosen = []
    for number, piece in enumerate(learnt):
        notes = len(piece.piece.notes)
        for _ in range(-(-notes // WINDOW)):
            first = 0 if rng.random() < 1 / 3 else int(rng.integers(max(notes - WINDOW // 2, 1)))
            chosen.append((number, first, int(rng.choice(TRANSPOSED)), bool(rng.random() >= FORGOTTEN)))
    rng.shuffle(chosen)
    return [chosen[start : start + BATCH] for start in range(0, len(chosen), BATCH)]


def stack(learnt: Sequence[Learnt], batch: Sequence[tuple[int, int, int, bool]]) -> dict[str, np.ndarray]:
    """The windows of a batch [shape=(batch, WINDOW) each]."""
    windows = [window(learnt[number], first, semitones, known) for number, first, semitones, known in batch]
    return {name: np.stack([each[name] for each in windows]) for name in windows[0]}
