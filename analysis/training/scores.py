"""Train the network that writes music, on MIDI files with and without moods, and measure it on songs it never saw."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from analysis import symbolic
from analysis.symbolic import MAJOR, MINOR
from analysis.training.crossvalidation import Kept, Report, timed
from analysis.training.datasets import check_disjoint
from analysis.training.intervals import rounded
from analysis.training.networks import packed, unpacked
from analysis.training.score_pieces import UNKNOWN, Piece, load
from models import score
from models.labels import MOODS
from models.quiet import quiet_import
from models.score import CHOICES, PER_BAR, PER_BEAT, Choices

WINDOW = 128  # notes a network learns from at once
BATCH = 64
EPOCHS = 20
RATE = 2e-3  # the highest, of Adam; it falls to nothing along a cosine
CLIP = 1.0  # norm of a gradient
HELD_OUT, WATCHED = 0.1, 0.1  # of the songs
TRANSPOSED = range(-6, 6)  # semitones
FORGOTTEN = 0.2  # how often a mood is not told, so that pieces without one can be asked for
CURVES = ("epoch", "loss", "val_loss")  # nats a note


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


def window(learnt: Learnt, first: int, semitones: int, mood_known: bool) -> dict[str, np.ndarray]:
    """Inputs and targets of a network for WINDOW notes from one on: what shorter pieces lack weighs nothing.

    Parameters
    ----------
    first : number of the note
    semitones : by which it is transposed; what would leave the keyboard stays an octave nearer
    mood_known : whether the network is told the mood

    Returns
    -------
    dict of np.ndarray [shape=(WINDOW,)]: `last_` and `next_` choices and ticks, `told` [shape=(WINDOW, CONDITIONS)], `weight`
    """
    notes = learnt.piece.notes[first : first + WINDOW]
    count = len(notes)
    pitch = notes[:, 2] + semitones
    pitch = np.where(pitch < score.LOWEST, pitch + 12, np.where(pitch > score.HIGHEST, pitch - 12, pitch))
    choices = Choices(*(values[first : first + WINDOW] for values in learnt.choices))._replace(pitch=pitch - score.LOWEST)
    found: dict[str, np.ndarray] = {}
    for name, values in (choices._asdict() | {"tick": notes[:, 0] % PER_BAR}).items():
        found[f"next_{name}"] = _padded(values)
        found[f"last_{name}"] = _padded(np.concatenate([[0], values[:-1]]))  # a window begins as a piece does
    beats = max((notes[-1, 0] - notes[0, 0]) / PER_BEAT, 1.0)
    moods = {MOODS[learnt.piece.mood]: 1.0} if mood_known and learnt.piece.mood != UNKNOWN else {}
    common = score.conditions(
        moods, tempo=learnt.piece.tempo, notes_per_beat=count / beats, velocity=float(notes[:, 3].mean()), mode=learnt.mode
    )
    left = score.bars_left(learnt.end - notes[:, 0])
    told = np.concatenate([np.repeat(common[None], count, axis=0), left[:, None].astype(np.float32)], axis=1)
    return found | {"told": np.pad(told, ((0, WINDOW - count), (0, 0))), "weight": _padded(np.ones(count, np.float32))}


def _padded(values: np.ndarray) -> np.ndarray:
    return np.pad(values, (0, WINDOW - len(values)))


def split(pieces: Sequence[Piece], seed: int) -> np.ndarray:
    """0 to learn from, 1 to watch, 2 held out, for each piece: all pieces of a song in one part, moods and sources spread evenly."""
    songs = np.array([piece.song for piece in pieces])
    names = np.unique(songs)
    part_of = dict(zip(np.random.default_rng(seed).permutation(names), _parts(len(names)), strict=True))
    parts = np.array([part_of[song] for song in songs])
    for one, other in ((0, 1), (0, 2), (1, 2)):
        check_disjoint(songs[parts == one], songs[parts == other])
    return parts


def _parts(count: int) -> np.ndarray:
    held_out, watched = (int(np.ceil(share * count)) for share in (HELD_OUT, WATCHED))
    return np.repeat([2, 1, 0], [held_out, watched, count - held_out - watched])
