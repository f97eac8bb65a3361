"""How well the found stretches of music agree with the true ones: their number, where they begin and where they end.

The measures are those of music transcription, with a stretch of music in the place of a note and seconds in the place of
milliseconds: `mir_eval.transcription` (Raffel et al., "mir_eval: a transparent implementation of common MIR metrics",
ISMIR 2014) for hits within a tolerance, `mir_eval.segment.deviation` for the distance to the nearest boundary.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from analysis import detection

TOLERANCES = (1, 3)  # s
BOUNDARIES = ("onset", "offset", "both")  # what has to be within the tolerance
Span = tuple[int, int]  # start and end (s), end exclusive


def agreement(seconds: pd.DataFrame) -> dict[str, Any]:
    """Stretches of music found, beside those that are true.

    A found stretch is what the pipeline analyses: music of at least `detection.MINIMUM_RUN` seconds after smoothing. A true stretch
    is unbroken music of any length: two pieces without a pause are one, for where they meet the class does not change.

    Parameters
    ----------
    seconds : table with columns true and predicted (classes), one row per second

    Returns
    -------
    dict with `true` and `found` (numbers of stretches), `within` {tolerance in s, as text: {"onset" | "offset" | "both": see `hits`}},
    `median_error` {"onset" | "offset": see `median_error`}
    """
    true, found = true_stretches(seconds), found_stretches(seconds)
    return {
        "true": len(true),
        "found": len(found),
        "within": {str(tolerance): {which: hits(true, found, tolerance, which) for which in BOUNDARIES} for tolerance in TOLERANCES},
        "median_error": {which: median_error(true, found, which) for which in ("onset", "offset")},
    }


def true_stretches(seconds: pd.DataFrame) -> list[Span]:
    """Unbroken true music of any length, in order."""
    return detection.runs(seconds["true"], minimum=1)


def found_stretches(seconds: pd.DataFrame) -> list[Span]:
    """The runs of predicted music that are long enough to be analysed, in order."""
    return detection.runs(seconds["predicted"])


def hits(true: Sequence[Span], found: Sequence[Span], tolerance: float, which: str = "both") -> dict[str, float]:
    """Stretches found with their onset, their offset, or both, at most `tolerance` seconds off.

    Each true stretch is paired with one found stretch at most, and so that as many as possible are paired
    (`mir_eval.transcription.match_note_onsets`, `match_note_offsets` and, without pitch, `match_notes`).

    Parameters
    ----------
    true, found : stretches
    tolerance : s, inclusive
    which : one of BOUNDARIES

    Returns
    -------
    dict with hits (number of pairs), precision (of those found), recall (of those true), f1 (0..1; 0 where there is nothing to divide by)
    """
    near = _distances(true, found) <= tolerance
    allowed = {"onset": near[0], "offset": near[1], "both": near.all(axis=0)}[which]
    paired = int((maximum_bipartite_matching(csr_array(allowed), perm_type="column") >= 0).sum()) if allowed.size else 0
    return {
        "hits": paired,
        "precision": paired / max(len(found), 1),
        "recall": paired / max(len(true), 1),
        "f1": 2 * paired / max(len(true) + len(found), 1),
    }


def median_error(true: Sequence[Span], found: Sequence[Span], which: str) -> float | None:
    """Median, over the true stretches, of the seconds from the onset (or offset) to the nearest found one; None without any.

    As `mir_eval.segment.deviation`, from reference to estimate, but onsets are compared with onsets and offsets with offsets.
    """
    distances = _distances(true, found)[("onset", "offset").index(which)]
    return float(np.median(distances.min(axis=1))) if distances.size else None


def counterparts(true: Sequence[Span], found: Sequence[Span]) -> list[Span | None]:
    """For each true stretch the found one that overlaps it most; None if none does. One may be the counterpart of several."""

    def overlap(one: Span, other: Span) -> int:
        return min(one[1], other[1]) - max(one[0], other[0])

    best = [max(found, key=lambda span: overlap(span, stretch), default=None) for stretch in true]
    return [span if span and overlap(span, stretch) > 0 else None for stretch, span in zip(true, best, strict=True)]


def _distances(true: Sequence[Span], found: Sequence[Span]) -> np.ndarray:
    """Seconds between the boundaries of each true and each found stretch, [shape=(2, true, found)]: onsets, offsets."""
    one, other = (np.asarray(spans, dtype=float).reshape(-1, 2) for spans in (true, found))
    return np.abs(one.T[:, :, np.newaxis] - other.T[:, np.newaxis, :])
