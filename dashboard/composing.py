"""What is done with a wish for a piece of music: candidates, each ready to be heard, seen and taken away."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from dashboard.hearing import Progress
from dashboard.wishes import Wish

if TYPE_CHECKING:
    from analysis.composing.compose import Candidate
    from analysis.composing.matching import Match, Measured
    from analysis.composing.piece import Piece

# What is done: the notes of all candidates, then one after the other is arranged, played and listened to, and all are saved.
STAGES = ("write", "arrange", "render", "listen", "save")
TONICS = ("C", "D♭", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")


@dataclass(frozen=True)
class Composed:
    """A candidate as the page needs it.

    seed : it was made from
    measured : what was heard in it, and what its notes say
    match : asked against got
    roll : what the piano roll draws, see `roll`
    key, tempo, seconds : "A♭ minor", beats a minute, how long it is to be heard
    midi, sound : contents of the MIDI file and of the OGG
    """

    seed: int
    measured: "Measured"
    match: "Match"
    roll: dict[str, Any]
    key: str
    tempo: float
    seconds: float
    midi: bytes
    sound: bytes


@dataclass(frozen=True)
class Composition:
    """What was composed for a wish, the best match first."""

    wish: Wish
    candidates: tuple[Composed, ...]


def compose_for(wish: Wish, _name: str, progress: Progress) -> Composition:
    """Compose what is wished for.

    Parameters
    ----------
    progress : is told each stage, one of STAGES, and how much of all is done

    Raises
    ------
    ModelError : a model's weights are missing or altered
    ScoreError : nothing that can be measured came of it
    """
    from analysis.composing.compose import compose  # the models behind it take a second to import: only where they are used

    share = 0.0

    def tell(done: int, total: int, stage: str) -> None:
        nonlocal share
        share = done / (total + wish.count)
        progress(stage or "save", share)

    found = compose(wish.profile, seconds=wish.seconds, seed=wish.seed, count=wish.count, progress=tell)
    ready: list[Composed] = []
    for candidate in found:
        progress("save", share + (1 - share) * len(ready) / len(found))
        ready.append(composed(candidate))
    return Composition(wish, tuple(ready))


def composed(candidate: "Candidate") -> Composed:
    """A candidate with its files, and without what only they need."""
    from analysis.composing.sounding import RATE, save_ogg

    piece, sound = candidate.piece, candidate.sound
    with TemporaryDirectory(prefix="leitmotif-") as folder:
        midi, ogg = Path(folder) / "piece.mid", Path(folder) / "piece.ogg"
        piece.save(midi)
        save_ogg(sound, ogg)
        contents = midi.read_bytes(), ogg.read_bytes()
    key = f"{TONICS[piece.draft.tonic]} {'minor' if piece.draft.minor else 'major'}"
    seconds = sound.shape[1] / RATE
    return Composed(candidate.seed, candidate.measured, candidate.match, roll(piece, seconds), key, piece.draft.tempo, seconds, *contents)


def roll(piece: "Piece", seconds: float) -> dict[str, Any]:
    """What a piano roll draws.

    Parameters
    ----------
    seconds : how long the piece is to be heard

    Returns
    -------
    dict with `seconds`, `bar` (s), `sections` (`name`, `start`, `end` in seconds) and `parts` (`name`, `drum`, `notes`: start in seconds,
    duration in seconds, pitch and velocity of one note after the other)
    """
    from models.score import PER_BAR, PER_BEAT

    tick = 60 / piece.draft.tempo / PER_BEAT
    bar = PER_BAR * tick
    sections = [
        {"name": section.name, "start": round(section.first * bar, 3), "end": round((section.first + section.bars) * bar, 3)}
        for section in piece.draft.sections
    ]
    parts = [{"name": part.name, "drum": part.is_drum, "notes": _flat(part.notes, tick)} for part in piece.parts]
    return {"seconds": round(seconds, 3), "bar": round(bar, 4), "sections": sections, "parts": parts}


def _flat(notes: np.ndarray, tick: float) -> list[float]:
    rows = np.concatenate([notes[:, :2] * tick, notes[:, 2:]], axis=1).round(3)
    return [int(value) if value.is_integer() else value for value in rows.ravel().tolist()]
