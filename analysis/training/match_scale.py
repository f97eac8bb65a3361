"""The scale on which a match is measured: what real pieces are like when they are arranged, played and listened to as composed ones are.

Its figures stand in analysis.composing.matching. To measure them again, as the arranger, the sound or the models of films change:
`python -m analysis.training.match_scale DATA`.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.special import logit

from analysis import symbolic
from analysis.composing import arranging, matching, sounding, target
from analysis.composing.matching import Measured
from analysis.composing.piece import Draft, Section
from analysis.composing.piece import Piece as Arrangement
from analysis.composing.target import Profile
from analysis.training.crossvalidation import Report
from analysis.training.score_material import parts_of
from analysis.training.score_pieces import UNKNOWN, Piece
from models.labels import MOODS
from models.score import PER_BAR

SECONDS = 30.0
GENRES = ("", "Action", "Animation", "Comedy", "Drama", "Horror")  # by turns; "" is a piano alone
FEWEST_BARS, FEWEST_NOTES = 6, 40
LEARNT_OF_A_MOOD = 200
CHECKPOINTS = Path("checkpoints/score")


def measure(data: Path, report: Report = print) -> dict[str, Any]:
    """The figures of analysis.composing.matching, by name; those of notes from learnt pieces, those of the sound from held-out ones."""
    parts = parts_of(data, seed=0, checkpoints=CHECKPOINTS, report=report)
    pieces = {name: [each.piece for each in parts[name]] for name in ("learnt", "held out")}
    rng = np.random.default_rng(1)
    of_mood = {mood: [one for one in pieces["learnt"] if one.mood == number][:LEARNT_OF_A_MOOD] for number, mood in enumerate(MOODS)}
    notes = {mood: [_measures(one.piece.notes) for one in _arranged(some, rng)] for mood, some in of_mood.items()}
    heard, labelled = [], []
    for one in _arranged(rng.permutation(np.array(pieces["held out"], object)).tolist(), rng):
        heard.append(matching.measure(one.piece, sounding.render(one.piece)))
        if one.mood != UNKNOWN:
            labelled.append((one.profile, heard[-1]))
        report(f"{len(heard)} pieces heard")
    return of_sound(heard) | of_notes(notes) | of_scores(labelled)


def of_notes(notes: Mapping[str, Sequence[Mapping[str, float]]]) -> dict[str, Any]:
    """What pieces of each mood usually have, and how far apart two pieces are, from what is measured of them (names of matching.USUAL)."""
    return {
        "USUAL": {
            name: {mood: _quantiles([each[name] for each in rows], 0.25, 0.75) for mood, rows in notes.items()} for name in matching.USUAL
        },
        "UNITS": {name: _apart([each[name] for rows in notes.values() for each in rows]) for name in matching.USUAL},
    }


def of_sound(heard: Sequence[Measured]) -> dict[str, Any]:
    """What the models of films say of pieces: how far their values reach and how far apart two are; where logits of genres lie."""
    values = {name: [getattr(each, name) for each in heard] for name in matching.REACH}
    standing = {genre: logit(np.clip([each.genres[genre] for each in heard], 1e-4, 1 - 1e-4)) for genre in matching.GENRE_REACH}
    return {
        "REACH": {name: (*_quantiles(of_all, 0.05, 0.95), _apart(of_all)) for name, of_all in values.items()},
        "GENRE_REACH": {genre: _middle(of_all) for genre, of_all in standing.items()},
    }


def of_scores(heard: Sequence[tuple[Profile, Measured]]) -> dict[str, Any]:
    """What pieces of known mood score (quartiles), each with the profile it was arranged for: what a score means (docs/composing.md)."""
    ways: dict[str, list[Profile]] = {
        "own profile": [matching.profile_of(one) for _, one in heard],
        "own mood": [profile for profile, _ in heard],
        "another's profile": [matching.profile_of(one) for _, one in [*heard[1:], heard[0]]],
        "opposite mood": [replace(target.of_mood(_opposite(profile)), genres=profile.genres) for profile, _ in heard],
    }
    scores = {
        way: [matching.match(profile, one).score for profile, (_, one) in zip(profiles, heard, strict=True)]
        for way, profiles in ways.items()
    }  # fmt: skip
    return {"SCORES": {way: [round(quartile) for quartile in np.quantile(found, (0.25, 0.5, 0.75))] for way, found in scores.items()}}


def _opposite(profile: Profile) -> str:
    """The mood that differs in valence and energy from the one that a profile is of."""
    return MOODS[(max(range(len(MOODS)), key=lambda number: profile.moods[MOODS[number]]) + 2) % len(MOODS)]


class _Arranged(NamedTuple):
    """A real piece as composed ones are; its mood as of a Piece, and the profile it was arranged for."""

    mood: int
    profile: Profile
    piece: Arrangement


def _arranged(pieces: Iterable[Piece], rng: np.random.Generator) -> Iterator[_Arranged]:
    """Pieces arranged for their own mood, one that is not known by chance, in the colours of film genres by turns."""
    drafts = ((piece.mood, draft) for piece in pieces if (draft := draft_of(piece)) is not None)
    for number, (mood, draft) in enumerate(drafts):
        profile = target.of_mood(MOODS[mood if mood != UNKNOWN else rng.integers(len(MOODS))])
        genre = GENRES[number % len(GENRES)]
        profile = replace(profile, genres={genre: 1.0} if genre else {})
        yield _Arranged(mood, profile, arranging.arrange(draft, profile, number))


def draft_of(piece: Piece) -> Draft | None:
    """The beginning of a real piece as a draft; None where it is too short to be told anything of."""
    bars = min(round(SECONDS * piece.tempo / 240), int(piece.notes[:, 0].max()) // PER_BAR)
    notes = piece.notes[(piece.notes[:, 0] >= 0) & (piece.notes[:, 0] < bars * PER_BAR)].copy()
    if bars < FEWEST_BARS or len(notes) < FEWEST_NOTES:
        return None
    notes[:, 1] = np.minimum(notes[:, 1], bars * PER_BAR - notes[:, 0])
    key = symbolic.key(np.bincount(notes[:, 2] % 12, weights=np.minimum(notes[:, 1], 24), minlength=12))
    part = bars // 4
    lengths = {"opening": part, "development": bars - 2 * part - 2, "return": part, "cadence": 2}
    begins = np.cumsum([0, *lengths.values()]).tolist()
    sections = (Section(name, begin, length) for (name, length), begin in zip(lengths.items(), begins, strict=False))
    return Draft(notes, piece.tempo, key.tonic, key.minor, tuple(sections))


def _measures(notes: symbolic.Notes) -> dict[str, float]:
    found = symbolic.measure(notes)
    return {"mode": found["mode"], "density": float(np.exp(found["onset_rate"])), "dissonance": found["dissonance"]}


def _quantiles(values: Sequence[float], *shares: float) -> tuple[float, ...]:
    return tuple(np.quantile(values, shares).round(3).tolist())


def _apart(values: Sequence[float]) -> float:
    """The median distance of two of the values."""
    first, second = np.triu_indices(len(values), 1)
    return round(float(np.median(np.abs(np.array(values)[first] - np.array(values)[second]))), 3)


def _middle(values: np.ndarray) -> tuple[float, float]:
    """Median, and the deviation of a normal distribution with the same quartiles."""
    low, middle, high = np.quantile(values, (0.25, 0.5, 0.75))
    return round(float(middle), 2), round(float(high - low) / 1.349, 2)


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1])), indent=1))
