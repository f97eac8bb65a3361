"""Log-mel spectrograms of 10-second windows, sliced from one mel spectrogram of the whole film.

128 mel bands and 10 frames a second at 8 kHz: a window is (128, 100), as in the thesis the attributes come from.
"""

from collections.abc import Iterator
from functools import cache

import numpy as np
import scipy.fft

from analysis import mel
from analysis.audio import SAMPLE_RATE
from analysis.spool import Signal

N_MELS = 128
HOP = 800  # samples: 0.1 s
N_FFT = 2048  # samples: 0.256 s, the shortest power of two at which none of the 128 bands is empty
FRAMES_PER_SECOND = SAMPLE_RATE // HOP
WINDOW_SECONDS = 10
WINDOW_FRAMES = WINDOW_SECONDS * FRAMES_PER_SECOND
TOP_DB = 80.0  # dynamic range kept below a window's loudest cell
SCALE_DB = 20.0  # one unit of the network's input
_PAD = (N_FFT - HOP) // 2  # frame k is centred on the middle of its own tenth of a second
_BLOCK_FRAMES = 600  # frames transformed at once: 1 minute, about 10 MB


def mel_power(signal: Signal) -> np.ndarray:
    """Mel power spectrogram of a whole signal, computed in blocks.

    Parameters
    ----------
    signal : np.ndarray [shape=(n,), int16] at SAMPLE_RATE

    Returns
    -------
    np.ndarray [shape=(N_MELS, n // HOP), float32]; frame k describes samples k*HOP to (k+1)*HOP
    """
    blocks = [mel_bands(spectra).T for spectra in power_spectra(signal)]
    return np.concatenate(blocks, axis=1) if blocks else np.empty((N_MELS, 0), np.float32)


def power_spectra(signal: Signal, begin: int = 0, end: int | None = None) -> Iterator[np.ndarray]:
    """Power spectra of each tenth of a second, or of those from `begin` to `end`, a minute at a time.

    Yields
    ------
    np.ndarray [shape=(<=600, N_FFT // 2 + 1), float32]; frame k describes samples k*HOP to (k+1)*HOP
    """
    frames = len(signal) // HOP if end is None else end
    for first in range(begin, frames, _BLOCK_FRAMES):
        last = min(first + _BLOCK_FRAMES, frames)
        padded = stretch(signal, first * HOP - _PAD, last * HOP + _PAD)
        framed = np.lib.stride_tricks.sliding_window_view(padded, N_FFT)[::HOP] * _window()
        spectrum = scipy.fft.rfft(framed, axis=1)
        yield spectrum.real**2 + spectrum.imag**2


def mel_bands(spectra: np.ndarray) -> np.ndarray:
    """Mel power of power spectra [shape=(frames, N_MELS), float32]."""
    return spectra @ _mel_basis().T


def standardise(power: np.ndarray) -> np.ndarray:
    """Decibels in units of 20 dB around each window's mean, so that a film's mixing level does not matter.

    Parameters
    ----------
    power : np.ndarray [shape=(..., N_MELS, frames)] mel power

    Returns
    -------
    np.ndarray of the same shape, float32; a silent window is all zeros
    """
    decibels = 10 * np.log10(np.maximum(power, 1e-10, dtype=np.float32))
    loudest = decibels.max(axis=(-2, -1), keepdims=True)
    decibels = np.maximum(decibels, loudest - TOP_DB)
    return (decibels - decibels.mean(axis=(-2, -1), keepdims=True)) / np.float32(SCALE_DB)


def stretch(signal: Signal, start: int, stop: int) -> np.ndarray:
    """signal[start:stop] as float32 in -1..1, with silence beyond both ends."""
    inside = signal[max(start, 0) : min(stop, len(signal))].astype(np.float32) / 32768
    return np.pad(inside, (max(-start, 0), max(stop - len(signal), 0)))


@cache
def _mel_basis() -> np.ndarray:
    return mel.filters(SAMPLE_RATE, N_FFT, N_MELS)


@cache
def _window() -> np.ndarray:
    return np.hanning(N_FFT + 1)[:-1].astype(np.float32)
