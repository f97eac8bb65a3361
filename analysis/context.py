"""What the detector that hears a second with its neighbours is given: frames of 50 ms, twenty a second.

Each frame has the 34 short-term features of `analysis.features`, and two log-mel spectra 25 ms apart, in which the pitch of a voice is
seen to glide where that of an instrument stands.
"""

from functools import cache

import numpy as np
import scipy.fft

from analysis import mel
from analysis.audio import SAMPLE_RATE
from analysis.features import FRAMES_PER_SECOND, SHORT_TERM, short_term
from analysis.spectrograms import stretch
from analysis.spool import Signal, blocks

BANDS = 40
LOWEST_BAND = 60.0  # Hz
N_FFT = 512  # samples: 64 ms
SPECTRA = 2  # of each frame
N_FEATURES = len(SHORT_TERM) + SPECTRA * BANDS
FLOOR_DB = -90.0  # dB relative to the film's peak
_HOP = SAMPLE_RATE // FRAMES_PER_SECOND // SPECTRA
_BLOCK = 60  # seconds transformed at once


def frames(signal: Signal, *, peak: float | None = None) -> np.ndarray:
    """Features of the frames of each whole second.

    Parameters
    ----------
    signal : np.ndarray [shape=(n,), int16] mono at SAMPLE_RATE
    peak : full scale of the recording the signal is a part of, on the int16 scale; by default its own

    Returns
    -------
    np.ndarray [shape=(n // SAMPLE_RATE, 20, N_FEATURES), float32]
    """
    seconds = len(signal) // SAMPLE_RATE
    found = np.empty((seconds, FRAMES_PER_SECOND, N_FEATURES), np.float32)
    if not seconds:
        return found
    own = max(max(float(block.max()), -float(block.min())) for block in blocks(signal)) if peak is None else peak
    full_scale = max(own, 1.0)
    features = short_term(signal, peak=peak)[:, : seconds * FRAMES_PER_SECOND]
    found[..., : len(SHORT_TERM)] = features.T.reshape(seconds, FRAMES_PER_SECOND, -1)
    for first in range(0, seconds, _BLOCK):
        last = min(first + _BLOCK, seconds)
        spectra = _log_mel(signal, first * SAMPLE_RATE, last * SAMPLE_RATE, full_scale)
        found[first:last, :, len(SHORT_TERM) :] = spectra.reshape(last - first, FRAMES_PER_SECOND, -1)
    return found


def _log_mel(signal: Signal, begin: int, end: int, full_scale: float) -> np.ndarray:
    """Log-mel spectra around the middle of each _HOP samples from `begin` to `end`, in dB [shape=(spectra, BANDS), float32]."""
    edge = (N_FFT - _HOP) // 2
    padded = stretch(signal, begin - edge, end + edge) * np.float32(32768 / full_scale)
    framed = np.lib.stride_tricks.sliding_window_view(padded, N_FFT)[::_HOP] * _window()
    spectrum = scipy.fft.rfft(framed, axis=1)
    power = (spectrum.real**2 + spectrum.imag**2) @ _mel_basis()
    return 10 * np.log10(np.maximum(power, np.float32(10 ** (FLOOR_DB / 10))))


@cache
def _window() -> np.ndarray:
    window = np.hanning(N_FFT + 1)[:-1]
    return (window / window.sum()).astype(np.float32)


@cache
def _mel_basis() -> np.ndarray:
    """Mel filters [shape=(N_FFT // 2 + 1, BANDS)] of peak 1."""
    return mel.filters(SAMPLE_RATE, N_FFT, BANDS, low=LOWEST_BAND, same_area=False).T
