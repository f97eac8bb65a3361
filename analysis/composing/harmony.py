"""The notes of a key: which pitches belong to it, moving along its scale, and the chords that end a piece."""

from functools import cache

import numpy as np

from analysis.synthesis.theory import SCALES, chord, voicing
from models.score import PER_BAR

CHORDS_AROUND, BASS_AROUND = 62, 42  # MIDI pitches near which final chords and their bass are


@cache
def pitch_classes(tonic: int, minor: bool) -> frozenset[int]:
    """Pitch classes of a key; a minor one has both its sevenths."""
    steps = set(SCALES["minor"]) | {11} if minor else set(SCALES["major"])
    return frozenset((tonic + step) % 12 for step in steps)


def share_in_key(notes: np.ndarray, tonic: int, minor: bool) -> float:
    """Share of notes [shape=(n, 4), as of a Draft] whose pitch belongs to the key."""
    return float(np.isin(notes[:, 2] % 12, list(pitch_classes(tonic, minor))).mean())


def moved(notes: np.ndarray, steps: int, tonic: int, minor: bool) -> np.ndarray:
    """Notes moved along the scale of a key; those between its steps stay between them."""
    scale = np.array(sorted((tonic + step) % 12 for step in SCALES["minor" if minor else "major"]))
    rungs = np.sort((np.arange(11)[:, np.newaxis] * 12 + scale).ravel())
    place = np.searchsorted(rungs, notes[:, 2], "right") - 1
    above = notes[:, 2] - rungs[place]
    changed = notes.copy()
    changed[:, 2] = rungs[place + steps] + above
    return changed


def ending(tick: int, tonic: int, minor: bool, velocity: int, *, dominant: int) -> np.ndarray:
    """A dominant chord of as many ticks (0: none) and the final chord, a bar long.

    Parameters
    ----------
    tick : at which the final chord begins
    velocity : of the final chord

    Returns
    -------
    np.ndarray [shape=(n, 4), int] as of a Draft
    """
    rows = [*_chord("V7", tick - dominant, dominant, tonic, velocity + 4)] if dominant else []
    rows += _chord("i" if minor else "I", tick, PER_BAR, tonic, velocity)
    notes = np.array(rows)
    return notes[np.lexsort((notes[:, 2], notes[:, 0]))]


def _chord(numeral: str, tick: int, duration: int, tonic: int, velocity: int) -> list[tuple[int, int, int, int]]:
    """A chord in close position, its root in the bass, and the tone that the ear follows on top, struck a little harder."""
    found = chord(numeral, tonic)
    pitches = voicing(found, CHORDS_AROUND)
    bass = voicing(type(found)(found.root, (0,)), BASS_AROUND)
    top = max(pitches)
    return [(tick, duration, pitch, min(velocity + (8 if pitch == top else 0), 127)) for pitch in (*bass, *pitches)]
