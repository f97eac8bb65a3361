"""Danceability of a recording by detrended fluctuation analysis of its loudness.

S. Streich and P. Herrera, "Detrended Fluctuation Analysis of Music Signals: Danceability Estimation and further Semantic
Characterization", AES 118th Convention, 2005. A steady beat makes the loudness fluctuate no more over long spans than over
short ones; where loudness drifts, fluctuations grow with the span. The exponent of that growth is high for what nobody
dances to, so its reciprocal is taken.
"""

from collections.abc import Mapping

import numpy as np
from scipy.stats import rankdata

from analysis.audio import SAMPLE_RATE

STEP = SAMPLE_RATE // 100  # samples: loudness is measured every 10 ms
SHORTEST, LONGEST = 31, 880  # steps: spans of 0.31 s to 8.8 s, each a tenth longer than the one before
SPAN_RATIO = 1.1
MIN_SECONDS = 10  # shorter signals hold too few of the longest spans
_SHIFTS = 50  # overlapping positions per span
_SHORT_SPAN_CORRECTION = 3  # steps added to a span when slopes are taken, as in the paper: short spans fluctuate too little


def fluctuation_exponents(signal: np.ndarray) -> np.ndarray:
    """Growth exponent of the loudness fluctuation between neighbouring time spans.

    Parameters
    ----------
    signal : np.ndarray [shape=(n,), int16] at SAMPLE_RATE, at least MIN_SECONDS long

    Returns
    -------
    np.ndarray [shape=(spans - 1,), float64]; empty if the loudness never changes (digital silence)

    Raises
    ------
    ValueError : the signal is too short
    """
    if len(signal) < MIN_SECONDS * SAMPLE_RATE:
        raise ValueError(f"signal must last at least {MIN_SECONDS} s, got {len(signal) / SAMPLE_RATE:.1f} s")
    steps = len(signal) // STEP
    loudness = signal[: steps * STEP].reshape(steps, STEP).astype(np.float64).std(axis=1)
    profile = np.cumsum(loudness - loudness.mean())
    spans = _spans()
    fluctuation = np.array([_fluctuation(profile, span) for span in spans])
    if fluctuation.min() <= 1e-9 * max(1.0, loudness.mean()):
        return np.empty(0)
    return np.diff(np.log(fluctuation)) / np.diff(np.log(spans + _SHORT_SPAN_CORRECTION))


def danceability(signal: np.ndarray) -> float:
    """Reciprocal of the mean fluctuation exponent: higher is more danceable, about 0.7 (ambient) to 3 (steady beat).

    Silence gives 0. See `fluctuation_exponents` for the signal and errors.
    """
    exponents = fluctuation_exponents(signal)
    # A perfectly steady beat has an exponent of nearly 0: the ceiling keeps its reciprocal finite.
    return float(1 / max(exponents.mean(), 0.1)) if len(exponents) else 0.0


def to_published_scale(raw: np.ndarray, genres: np.ndarray, published: Mapping[str, np.ndarray]) -> np.ndarray:
    """Map raw values to 0..1 so that each genre follows its published distribution of danceability.

    A value takes the published quantile of its rank within its genre. Recordings of a genre nothing is published about take
    the value of the recordings with the same rank among all that have one.

    Parameters
    ----------
    raw : np.ndarray [shape=(n,)] values of `danceability`
    genres : np.ndarray [shape=(n,), str] genre of each recording, "" where unknown
    published : danceability of published tracks (0..1) by genre

    Returns
    -------
    np.ndarray [shape=(n,), float64] in 0..1
    """
    values = np.full(len(raw), np.nan)
    for genre, distribution in published.items():
        here = genres == genre
        if here.any():
            values[here] = np.quantile(distribution, (rankdata(raw[here]) - 0.5) / here.sum())
    known = ~np.isnan(values)
    if not known.any():
        raise ValueError("genres must hold at least one genre with a published distribution")
    share_below = np.searchsorted(np.sort(raw[known]), raw[~known]) / known.sum()
    values[~known] = np.quantile(values[known], share_below)
    return values


def _spans() -> np.ndarray:
    count = int(np.log(LONGEST / SHORTEST) / np.log(SPAN_RATIO)) + 1
    return np.unique(np.round(SHORTEST * SPAN_RATIO ** np.arange(count)).astype(int))


def _fluctuation(profile: np.ndarray, span: int) -> float:
    """Root mean square of what is left of the profile around a straight line, over all positions of a span."""
    pieces = np.lib.stride_tricks.sliding_window_view(profile, span)[:: max(1, span // _SHIFTS)]
    time = np.arange(span) - (span - 1) / 2
    centred = pieces - pieces.mean(axis=1, keepdims=True)
    slope = centred @ time / (time @ time)
    # Residual variance of a least-squares line: what the line explains is taken from the whole.
    residual = (centred**2).mean(axis=1) - slope**2 * (time @ time) / span
    return float(np.sqrt(max(residual.mean(), 0.0)))
