"""What composed pieces are held against: what was learnt from, real pieces of other songs, and what the ancestors' networks write."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from analysis.composing import matching, sounding, target
from analysis.composing.originality import Index, melody
from analysis.composing.piece import Draft, Part, Piece, Section
from analysis.training import score_material, score_moods, score_published, shared_songs
from analysis.training.score_pieces import UNKNOWN
from analysis.training.score_pieces import Piece as Real
from benchmarks.compose import PIECES, SECONDS, Made
from models.labels import MOODS
from models.score import PER_BAR, PER_BEAT
from models.score_published import DESIGNS, STEP, TEMPO

CHECKPOINTS = Path("checkpoints")  # of trainings, which keep what they read there


@dataclass(frozen=True)
class Material:
    """What composed pieces are held against.

    index, melodies : of all notes, and of the melodies, of the pieces that the generator learnt from or was watched with
    unheard : beginnings of real pieces of songs that are not among them, one of each song
    makers : by name, pieces with a mood: beginnings of `real` ones, and what each of the ancestors' networks wrote
    """

    index: Index
    melodies: Index
    unheard: list[Made]
    makers: dict[str, list[Made]]


def load(data: Path) -> Material:
    """Raises DataError when the table of MIDI files (docs/training.md) is missing or damaged."""
    parts = score_material.parts_of(data, seed=0, checkpoints=CHECKPOINTS / "score", report=_silent)
    known = [each.piece for part in ("learnt", "watched") for each in parts[part]]
    unheard = others([each.piece for each in parts["held out"]], known)
    learnt = score_moods.songs_learnt(data, CHECKPOINTS / "score_mood", _silent)
    everything = [each.piece for part in parts.values() for each in part]
    return Material(
        Index(each.notes for each in known),
        Index(melody(each.notes) for each in known),
        [Made("", "", beginning(each.notes, each.tempo), np.nan) for each in unheard],
        {"real": real(everything, learnt["chooser"], learnt["judge"])} | ancestors(),
    )


def others(pieces: Sequence[Real], known: Sequence[Real]) -> list[Real]:
    """The first piece of each song that is not among those known, under whatever name."""
    everything = [*known, *pieces]
    songs = shared_songs.joined(np.array([each.song for each in everything]), [each.notes for each in everything])
    theirs = set(songs[: len(known)].tolist())
    found: dict[str, Real] = {}
    for song, piece in zip(songs[len(known) :].tolist(), pieces, strict=True):
        if song not in theirs:
            found.setdefault(song, piece)
    return list(found.values())


def real(pieces: Sequence[Real], chosen_by: set[str], judged_by: set[str]) -> list[Made]:
    """Beginnings of pieces with a mood, one of each song: all that the judge does not know, to be judged, and some others, to be matched.

    Parameters
    ----------
    pieces : whether the generator learnt from them does not matter here
    chosen_by, judged_by : songs that the classifier of the match and the judge learnt from
    """
    of_song = {pieces[number].song: pieces[number] for number in np.random.default_rng(0).permutation(len(pieces))}
    known = [(piece, MOODS[piece.mood], beginning(piece.notes, piece.tempo)) for piece in of_song.values() if piece.mood != UNKNOWN]
    judged = [Made(mood, mood, start, np.nan) for piece, mood, start in known if piece.song not in judged_by]
    fresh = [(mood, start) for piece, mood, start in known if piece.song not in chosen_by]
    some = [pair for mood in MOODS for pair in [each for each in fresh if each[0] == mood][:PIECES]]
    return [*judged, *(replace(played(start, mood), mood="") for mood, start in some)]


def ancestors() -> dict[str, list[Made]]:
    """What each of the ancestors' networks that were trained here writes, begun from real pieces of each mood."""
    found = {}
    for design in DESIGNS:
        network = score_published.load(CHECKPOINTS / "score", design)
        if network is None:
            continue
        tokens = int(SECONDS * TEMPO / 60 * PER_BEAT / STEP)
        found[f"ancestor_{design}"] = [
            played(beginning(notes, TEMPO), mood)
            for number, mood in enumerate(MOODS)
            for notes in network.write(PIECES, tokens, seed=number, mood=number)
        ]
    return found


def beginning(notes: np.ndarray, tempo: float) -> Piece:
    """The first SECONDS of notes on a grid of beats, as a piece for piano."""
    notes = notes - np.array([notes[0, 0] // PER_BAR * PER_BAR, 0, 0, 0])
    notes = notes[notes[:, 0] < SECONDS * tempo / 60 * PER_BEAT]
    bars = int(np.ceil(notes[:, :2].sum(axis=1).max() / PER_BAR))
    return Piece(Draft(notes, tempo, 0, False, (Section("development", 0, bars),)), (Part("piano", 0, notes),))


def played(piece: Piece, mood: str) -> Made:
    """A piece that is meant for a mood, with its match score."""
    measured = matching.measure(piece, sounding.render(piece))
    return Made(mood, mood, piece, matching.match(target.of_mood(mood), measured).score)


def _silent(line: str) -> None:
    """Progress nobody reads."""
