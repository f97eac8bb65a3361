"""Songs under several names are found by their notes."""

import numpy as np

from analysis.training.shared_songs import joined, same

RNG = np.random.default_rng(0)


def tune(pitches):
    ticks = 6 * np.arange(len(pitches))
    return np.stack([ticks, np.full(len(pitches), 6), pitches, np.full(len(pitches), 80)], axis=1)


def test_a_transposed_copy_and_an_excerpt_are_of_the_same_song():
    one, another, third = (RNG.integers(50, 80, 60) for _ in range(3))
    pieces = [tune(one), tune(another), tune(third), tune(one + 3), tune(another[20:50])]
    assert same(pieces).tolist() == [[0, 3], [1, 4]]
    assert joined(np.array(["a", "b", "c", "d", "b"]), pieces).tolist() == ["a", "b", "c", "a", "b"]


def test_songs_are_joined_through_others():
    one, another = (RNG.integers(50, 80, 60) for _ in range(2))
    pieces = [tune(one), tune(np.concatenate([one, another])), tune(another), tune(RNG.integers(50, 80, 60))]
    assert joined(np.array(["a", "b", "c", "d"]), pieces).tolist() == ["a", "a", "a", "d"]


def test_what_many_share_joins_nobody():
    assert same([tune(np.arange(40, 40 + 20)) for _ in range(11)]).shape == (0, 2)


def test_pieces_without_notes_stay_as_they_are():
    songs = np.array(["a", "b"])
    assert joined(songs, [np.empty((0, 4), int)] * 2).tolist() == ["a", "b"]
