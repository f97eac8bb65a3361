"""What a piece shares with others: runs and patterns are found wherever they stand, transposed or not, and never across two pieces."""

import numpy as np
import pytest

from analysis.composing.originality import Index, longest_shared_run, melody, patterns, share_found, share_in_common

RNG = np.random.default_rng(0)


def tune(pitches, step=6):
    ticks = step * np.arange(len(pitches))
    return np.stack([ticks, np.full(len(pitches), step), pitches, np.full(len(pitches), 80)], axis=1)


def brute_force(notes, others):
    """The longest run, by trying all."""
    steps = np.diff(notes[:, 2]).tolist()
    best = 0
    for other in others:
        theirs = np.diff(other[:, 2]).tolist()
        for here in range(len(steps)):
            for there in range(len(theirs)):
                length = 0
                while here + length < len(steps) and there + length < len(theirs) and steps[here + length] == theirs[there + length]:
                    length += 1
                best = max(best, length + 1 if length else 0)
    return max(best, 1)


@pytest.mark.parametrize("width", [3, 6, 40])
def test_the_longest_run_is_that_of_trying_all(width):
    others = [tune(RNG.integers(40, 40 + width, size)) for size in (40, 5, 60)]
    notes = tune(RNG.integers(40, 40 + width, 50))
    assert longest_shared_run(notes, Index(others)) == brute_force(notes, others)


@pytest.mark.parametrize("length", [2, 7, 8, 9, 16, 30])
def test_a_copied_passage_is_found_transposed_and_in_another_rhythm(length):
    source = RNG.integers(30, 100, 40)
    copied = np.concatenate([np.arange(110, 121, 10), source[5 : 5 + length] - 7, [120, 21]])
    assert longest_shared_run(tune(copied, step=9), Index([tune(source)])) == length


def test_a_run_does_not_go_on_from_one_piece_to_the_next():
    one, other = RNG.integers(30, 100, 10), RNG.integers(30, 100, 10)
    whole = tune(np.concatenate([one, other + one[-1] - other[0]]))
    index = Index([tune(one), tune(other)])
    assert longest_shared_run(whole, index) <= 11
    assert share_found(whole, index) == pytest.approx(6 / 13)


def test_shares_are_of_the_patterns_of_eight_notes():
    source = RNG.integers(30, 100, 40)
    mixed = np.concatenate([source[:10], RNG.integers(30, 100, 10)])
    index = Index([tune(source)])
    assert len(patterns(tune(mixed))) == 13
    assert share_found(tune(mixed), index) == pytest.approx(3 / 13)
    assert share_found(tune(source), index) == 1
    assert share_found(tune(source[:7]), index) == 0
    assert share_in_common(tune(source), tune(source + 5)) == 1
    assert share_in_common(tune(source[:9]), tune(source[1:10])) == pytest.approx(1 / 3)
    assert share_in_common(tune(source[:5]), tune(source[:5])) == 0


def test_what_is_trivial_counts():
    index = Index([tune(np.full(12, 60)), tune(np.arange(60, 72))])
    assert longest_shared_run(tune(np.full(20, 40)), index) == 12
    assert longest_shared_run(tune(np.arange(50, 60)), index) == 10


def test_the_melody_is_the_highest_note_of_those_struck_together():
    notes = np.array([[0, 6, 40, 80], [0, 6, 52, 80], [0, 6, 64, 80], [6, 6, 67, 80], [12, 6, 45, 80], [12, 6, 65, 80]])
    assert melody(notes)[:, 2].tolist() == [64, 67, 65]
    assert len(melody(notes[:0])) == 0


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_notes_and_an_empty_index_are_no_error(count):
    notes = tune(np.full(count, 60))
    assert longest_shared_run(notes, Index([])) == min(count, 1)
    assert longest_shared_run(notes, Index([tune(np.full(9, 60))])) == count
    assert share_found(notes, Index([])) == 0


def test_steps_too_wide_for_a_key_do_not_end_a_piece():
    wide = tune(np.array([0, 127] * 6))
    assert longest_shared_run(wide, Index([wide])) == 12
