"""How well a trained network foretells the notes of songs it never saw, and whether what it writes has the mood it was asked for."""

from collections.abc import Sequence

import numpy as np

from analysis import symbolic
from analysis.composing import drafting, target
from analysis.composing.piece import Part, Piece
from analysis.training import shared_songs
from analysis.training.score_windows import Learnt, window
from models import registry
from models.labels import MOODS
from models.score import CHOICES, Writer

SPAN = 512  # notes of a piece that are foretold, from its beginning
EACH = 25  # drafts of each mood that are judged
SECONDS = 30.0  # length of each


def unseen(learnt: Sequence[Learnt], held_out: Sequence[Learnt]) -> list[Learnt]:
    """Pieces held out that have no music in common with one that was learnt from: some songs go by several names."""
    pairs = shared_songs.same([each.piece.notes for each in (*learnt, *held_out)])
    ours = len(learnt)
    known = {int(late) - ours for early, late in pairs if early < ours <= late}
    return [piece for number, piece in enumerate(held_out) if number not in known]


def losses(writer: Writer, pieces: Sequence[Learnt], *, mood_known: bool = True, batch: int = 64) -> np.ndarray:
    """Nats a note for each choice, mean over the first SPAN notes of each piece [shape=(pieces, 4)]."""
    found = []
    for first in range(0, len(pieces), batch):
        windows = [window(each, 0, 0, mood_known, SPAN) for each in pieces[first : first + batch]]
        found.append(_foretold(writer, {name: np.stack([each[name] for each in windows]) for name in windows[0]}))
    return np.concatenate(found)


def _foretold(writer: Writer, given: dict[str, np.ndarray]) -> np.ndarray:
    weight = given["weight"]
    count = len(weight)
    state = writer.begin(count)
    total = np.zeros((count, len(CHOICES)))
    rows = np.arange(count)
    for note in range(int(weight.sum(axis=1).max())):
        following = writer.listen(state, given["told"][:, note])
        for number, choice in enumerate(CHOICES):
            values = following.scores(choice)
            true = given[f"next_{choice}"][:, note]
            shifted = values - values.max(axis=1, keepdims=True)
            total[:, number] -= weight[:, note] * (shifted[rows, true] - np.log(np.exp(shifted).sum(axis=1)))
            seen = {choice: true} | ({"tick": given["next_tick"][:, note]} if choice == "advance" else {})
            if choice != "velocity":
                following.tell(**seen)
        state.last = type(state.last)(*(given[f"next_{choice}"][:, note] for choice in CHOICES))
        state.tick = given["next_tick"][:, note]
    return total / weight.sum(axis=1, keepdims=True)


def frequencies(learnt: Sequence[Learnt], pieces: Sequence[Learnt]) -> np.ndarray:
    """Nats a note for each choice by how often each possibility stands in the pieces that were learnt from [shape=(pieces, 4)]."""
    columns = []
    for choice, size in CHOICES.items():
        counts = np.bincount(np.concatenate([getattr(each.choices, choice) for each in learnt]), minlength=size) + 1.0
        surprise = -np.log(counts / counts.sum())
        columns.append([surprise[getattr(each.choices, choice)[:SPAN]].mean() for each in pieces])
    return np.array(columns).T


def judged_moods(writer: Writer, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The mood that was asked for and the one that score_mood's judge hears in drafts, EACH of each mood [shape=(4 * EACH,) each]."""
    teller = registry.load("score_mood")
    asked, heard = [], []
    for number, mood in enumerate(MOODS):
        seeds = range(1000 * seed, 1000 * seed + EACH)
        for draft in drafting.write(writer, target.of_mood(mood), SECONDS, seeds):
            notes = Piece(draft, (Part("Piano", 0, draft.notes),)).notes
            said = teller.judge(symbolic.measure(notes))
            asked.append(number)
            heard.append(MOODS.index(max(said, key=said.__getitem__)))
    return np.array(asked), np.array(heard)
