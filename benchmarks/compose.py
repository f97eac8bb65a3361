"""Whether `leitmotif compose` writes what is asked for, whether it is new, and what it costs; beside ancestors' and real pieces.

For each mood and each of five film genres some pieces are composed as the command does it, the best match of several candidates each. The
mood of a piece is told by the judge of models.score_mood, which learnt from other songs than the classifier that helped to choose it. The
same is measured of one candidate each (`one_sample`), and with a data folder of what the ancestors' networks write and of real pieces.

The fresh processes import this module: it imports no more than composing needs, the rest where it is used.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np

from analysis import symbolic
from analysis.composing import compose as composing
from analysis.composing import harmony, originality, target
from analysis.composing.piece import Piece
from benchmarks import Result
from benchmarks.process import measure
from models import registry
from models.labels import MOODS

GENRES = ("Action", "Comedy", "Horror", "Drama", "Animation")
PIECES = 10  # for each mood and each film genre
CANDIDATES = 8  # of which the best is a piece
SECONDS = 30.0
LONG_SECONDS = 60.0  # of the pieces whose making is timed
MOST_COPIED = 16  # notes in a row that a piece may share with one that was learnt from


@dataclass(frozen=True)
class Made:
    """A piece.

    purpose : what it was made for, a mood or a film genre
    mood : the one that was meant; "" where it cannot be judged
    match : its score, 0..100; nan where it is not known
    """

    purpose: str
    mood: str
    piece: Piece
    match: float


def compose(data: Path | None) -> Result:
    """Share of pieces whose mood is the one meant, match scores, share in key, what the seeds have in common; with data what is copied."""
    best, every = composed()
    makers = {"composed": best, "one_sample": every}
    figures = _rates(best) | {"match_gain": _match(best) - _match(every)}
    if data is not None:
        from benchmarks import compose_material

        material = compose_material.load(data)
        figures |= copied("composed", best, material.index, material.melodies)
        figures |= copied("real", material.unheard, material.index, material.melodies)
        makers |= material.makers
        for name, made in material.makers.items():
            if name.startswith("ancestor"):
                figures |= copied(name, made, material.index, material.melodies)
    for name, made in makers.items():
        figures |= described(name, made)
    one, several = measure(make, 1), measure(make, CANDIDATES)
    figures |= {
        "one_candidate_seconds": one.seconds,
        f"{CANDIDATES}_candidates_seconds": several.seconds,
        f"{CANDIDATES}_candidates_peak_gigabytes": several.peak_bytes / 1e9,
    }
    return Result(name="compose", figures=figures, baseline="one sample; with --data the ancestors' networks (ancestor_) and real pieces")


def make(count: int) -> float:
    """Compose for an orchestra, which takes longest, as the command does but for writing files; returns the match score."""
    found = composing.compose(target.of_genres({"Action": 1.0}), seconds=LONG_SECONDS, count=count)
    return found[0].match.score


def composed() -> tuple[list[Made], list[Made]]:
    """The best candidates of every purpose, and all candidates."""
    best, every = [], []
    for purpose in (*MOODS, *GENRES):
        profile = target.of_mood(purpose) if purpose in MOODS else target.of_genres({purpose: 1.0})
        mood = max(MOODS, key=lambda name: profile.moods[name])
        for number in range(PIECES):
            found = composing.compose(profile, seconds=SECONDS, seed=number * CANDIDATES, count=CANDIDATES)
            made = [Made(purpose, mood, candidate.piece, candidate.match.score) for candidate in found]
            best.append(made[0])
            every += made
    return best, every


def described(name: str, made: Sequence[Made]) -> dict[str, float]:
    """Figures of a maker of pieces: how often the mood is the one meant, match score, share of notes in key, what its pieces share."""
    figures = {
        "mood_right": _mean(right(each) for each in made if each.mood and each.purpose in MOODS),
        "match": _match(made),
        "in_key": _mean(in_key(each.piece.draft.notes) for each in made),
        "in_common": in_common(made),
    }
    if any(each.purpose in GENRES for each in made):
        figures["genre_right"] = _mean(right(each) for each in made if each.purpose in GENRES)
    return {f"{name}_{figure}": value for figure, value in figures.items() if np.isfinite(value)}


def copied(name: str, made: Sequence[Made], index: originality.Index, melodies: originality.Index) -> dict[str, float]:
    """The longest runs and the share of 8-note patterns that stand in pieces that were learnt from, of all notes and of melodies."""
    drafts = [each.piece.draft.notes for each in made]
    runs = np.array([originality.longest_shared_run(notes, index) for notes in drafts])
    tunes = [originality.melody(notes) for notes in drafts]
    figures = {
        "longest_run": runs.max(),
        "middle_run": np.median(runs),
        "pieces_copying": (runs > MOST_COPIED).mean(),
        "patterns_found": _mean(originality.share_found(notes, index) for notes in drafts),
        "longest_run_of_melody": max(originality.longest_shared_run(notes, melodies) for notes in tunes),
        "patterns_found_of_melody": _mean(originality.share_found(notes, melodies) for notes in tunes),
    }
    return {f"{name}_{figure}": float(value) for figure, value in figures.items()}


def right(made: Made) -> bool:
    """Whether the judge hears the mood that was meant."""
    said = registry.load("score_mood").judge(symbolic.measure(made.piece.notes))
    return max(said, key=lambda mood: said[mood]) == made.mood


def in_key(notes: np.ndarray) -> float:
    """Share of the notes that belong to the key that fits them best."""
    found = symbolic.key(np.bincount(notes[:, 2] % 12, weights=notes[:, 1], minlength=12))
    return harmony.share_in_key(notes, found.tonic, found.minor)


def in_common(made: Sequence[Made]) -> float:
    """Share of the 8-note patterns of two pieces for the same purpose that both have, the mean over pairs; nan where there are none."""
    pairs = (
        originality.share_in_common(one.piece.draft.notes, other.piece.draft.notes)
        for one, other in combinations(made, 2)
        if one.purpose == other.purpose
    )
    return _mean(pairs)


def _rates(made: Sequence[Made]) -> dict[str, float]:
    """How often each purpose is met."""
    purposes = dict.fromkeys(each.purpose for each in made)
    return {f"right_{purpose.lower()}": _mean(right(each) for each in made if each.purpose == purpose) for purpose in purposes}


def _match(made: Sequence[Made]) -> float:
    return _mean(each.match for each in made if np.isfinite(each.match))


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return float(np.mean(found)) if found else float("nan")
