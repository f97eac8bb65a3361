"""Songs that go by several names: pieces that hold each other's notes belong to one song, whatever their files are called."""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from analysis.composing import originality

SAME = 0.3  # share of the patterns of the shorter piece that the other one has
USUAL = 10  # pieces that may share a pattern that says something; scales and repeated chords stand in more


def joined(songs: np.ndarray, notes: Sequence[np.ndarray]) -> np.ndarray:
    """The songs of pieces, those that share music under one name, that of the first of them.

    Parameters
    ----------
    songs : np.ndarray [shape=(n,), str] of each piece
    notes : of each piece np.ndarray [shape=(n, 4), int] tick, duration, pitch, velocity; by tick, then from low to high
    """
    names, song = np.unique(songs, return_inverse=True)
    ours, theirs = same(notes).T
    links = coo_matrix((np.ones(len(ours)), (song[ours], song[theirs])), shape=(len(names), len(names)))
    _, group = connected_components(links, directed=False)
    return names[np.unique(group, return_index=True)[1][group]][song]


def same(notes: Sequence[np.ndarray]) -> np.ndarray:
    """Pairs of pieces of which one has SAME of the patterns of the other that few have, or more [shape=(pairs, 2), int]."""
    patterns = [np.unique(originality.patterns(each)) for each in notes]
    counts = np.array([len(each) for each in patterns], int)
    _, pattern, pieces = np.unique(np.concatenate([np.empty(0, int), *patterns]), return_inverse=True, return_counts=True)
    rare = pieces[pattern] <= USUAL
    rows = np.repeat(np.arange(len(notes)), counts)[rare]
    has = coo_matrix((np.ones(len(rows)), (rows, pattern[rare])), shape=(len(notes), max(len(pieces), 1))).tocsr()
    shared = (has @ has.T).tocoo()
    near = (shared.row < shared.col) & (shared.data >= SAME * np.minimum(counts[shared.row], counts[shared.col]))
    return np.stack([shared.row[near], shared.col[near]], axis=1)
