"""A piece written by hand that has all a draft can have, in major and in minor."""

import numpy as np
import pytest

from analysis.composing.piece import Draft, Section
from models.score import PER_BAR

SECTIONS = (Section("opening", 0, 2), Section("development", 2, 2), Section("return", 4, 2), Section("cadence", 6, 2))
# Beats and steps of the scale above the tonic, a bar each: the motif, an answer, two bars that lead on, and a close.
MOTIF = ((1, 0), (0.5, 2), (0.5, 4), (2, 7))
ANSWER = ((1, 5), (1, 4), (1, 3), (1, 4))
LEADING = ((0.5, 4), (0.5, 5), (1, 6), (2, 8))
TURNING = ((0.5, 8), (0.5, 7), (1, 6), (2, 4))
CLOSING = ((1, 3), (1, 2), (2, 1))
FINAL = ((4, 0),)
MELODY = (MOTIF, ANSWER, LEADING, TURNING, MOTIF, ANSWER, CLOSING, FINAL)
ROOTS = (0, 3, -2, -3, 0, 3, -3, 0)  # of the chord of each bar, steps of the scale
SCALES = {False: (0, 2, 4, 5, 7, 9, 11), True: (0, 2, 3, 5, 7, 8, 10)}


def write(tonic: int, minor: bool, tempo: float) -> Draft:
    """Eight bars: a melody over broken chords, the motif in the first bar and in the return, the final chord in the last."""

    def pitch(step: int, octave: int) -> int:
        return tonic + 12 * (octave + step // 7) + SCALES[minor][step % 7]

    rows = []
    for bar, (tune, root) in enumerate(zip(MELODY, ROOTS, strict=True)):
        tick = bar * PER_BAR
        for beats, step in tune:
            rows.append((tick, int(12 * beats), pitch(step, 5), 84))
            tick += int(12 * beats)
        first = bar * PER_BAR
        rows.append((first, PER_BAR, pitch(root, 3), 70))
        if tune is FINAL:
            rows += [(first, PER_BAR, pitch(root + step, 4), 64) for step in (0, 2, 4)]
        else:
            rows += [(first + 12 * beat, 12, pitch(root + step, 4), 60) for beat, step in enumerate((0, 2, 4, 2))]
    notes = np.array(rows)
    return Draft(notes[np.lexsort((notes[:, 2], notes[:, 0]))], tempo, tonic, minor, SECTIONS)


@pytest.fixture(scope="session")
def draft() -> Draft:
    """Sixteen seconds in C major."""
    return write(0, False, 120.0)


@pytest.fixture(scope="session")
def sad_draft() -> Draft:
    """Twenty-four seconds in A minor."""
    return write(9, True, 80.0)
