"""The pieces that generators of music learn from, are watched with and are judged on: a song is in one part only."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from analysis.training.crossvalidation import Kept, Report
from analysis.training.datasets import check_disjoint
from analysis.training.score_pieces import Piece, load, packed_pieces, read_table, unpacked_pieces
from analysis.training.score_windows import Learnt, prepare

HELD_OUT, WATCHED = 0.1, 0.1  # of the songs
PARTS = ("learnt", "watched", "held out")


def parts_of(data: Path, *, seed: int, checkpoints: Path | None, report: Report) -> dict[str, list[Learnt]]:
    """The pieces to learn from, to watch and held out (PARTS), ready to be learnt; what was read of the files is kept in checkpoints."""
    files = read_table(data / "midi" / "midi.csv")
    made = Kept(checkpoints, "score pieces", files.to_csv())
    found = made.compute("pieces", lambda: packed_pieces(load(data, report)))
    learnt = [prepare(piece) for piece in unpacked_pieces(found)]
    parts = split([each.piece for each in learnt], seed)
    named = {name: [each for each, its in zip(learnt, parts, strict=True) if its == part] for part, name in enumerate(PARTS)}
    report(", ".join(f"{len(each)} pieces {name}" for name, each in named.items()))
    return named


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
