"""Keys, moving along their scales, and the chords that end a piece."""

import numpy as np
import pytest

from analysis.composing import harmony
from models.score import PER_BAR


def notes(*pitches):
    return np.array([(12 * number, 12, pitch, 80) for number, pitch in enumerate(pitches)])


def test_a_scale_moves_within_its_key():
    c_major = notes(60, 62, 64, 65, 67)
    assert harmony.moved(c_major, 2, 0, False)[:, 2].tolist() == [64, 65, 67, 69, 71]
    assert harmony.moved(c_major, -1, 0, False)[:, 2].tolist() == [59, 60, 62, 64, 65]
    assert harmony.moved(notes(61), 1, 0, False)[0, 2] == 63  # between the steps stays between them


@pytest.mark.parametrize("minor", [False, True])
@pytest.mark.parametrize("tonic", range(12))
def test_what_is_in_a_key_stays_in_it_when_moved(tonic, minor):
    scale = [60 + step for step in range(12) if (60 + step) % 12 in harmony.pitch_classes(tonic, minor) and (step - tonic) % 12 != 11]
    for steps in (-3, 2, 4):
        assert harmony.share_in_key(harmony.moved(notes(*scale), steps, tonic, minor), tonic, minor) == 1


def test_share_in_key():
    assert harmony.share_in_key(notes(60, 61, 62, 64), 0, False) == 0.75
    assert harmony.share_in_key(notes(67, 68), 9, True) == 1  # of A minor both sevenths are


@pytest.mark.parametrize(("tonic", "minor"), [(0, False), (9, True), (6, False)])
def test_an_ending_is_a_dominant_and_the_tonic(tonic, minor):
    found = harmony.ending(10 * PER_BAR, tonic, minor, 70, dominant=24)
    last = found[found[:, 0] == 10 * PER_BAR]
    assert (last[:, 1] == PER_BAR).all()
    assert {int(pitch) % 12 for pitch in last[:, 2]} == {(tonic + step) % 12 for step in ((0, 3, 7) if minor else (0, 4, 7))}
    assert last[0, 2] % 12 == tonic  # the root in the bass
    before = found[found[:, 0] < 10 * PER_BAR]
    assert (before[:, 0] == 10 * PER_BAR - 24).all() and {(tonic + 7) % 12, (tonic + 11) % 12} <= {
        int(pitch) % 12 for pitch in before[:, 2]
    }


def test_an_ending_without_dominant():
    assert (harmony.ending(96, 0, False, 70, dominant=0)[:, 0] == 96).all()
