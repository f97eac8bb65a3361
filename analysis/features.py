"""The 34 short-term features of pyAudioAnalysis and their mean and standard deviation over each second.

Equal to `pyAudioAnalysis.ShortTermFeatures.feature_extraction` (0.3.14, no deltas) within 1e-6, but computed for
many frames at once with matrix products, in blocks, so that a two-hour film never exists as floating point.

References: T. Giannakopoulos, "pyAudioAnalysis: an open-source Python library for audio signal analysis", PLOS ONE
10(12), 2015; its MFCC filter bank is that of Slaney's Auditory Toolbox.
"""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np
import scipy.fft

from analysis.assistants import spread
from analysis.audio import SAMPLE_RATE
from analysis.spool import Signal, blocks
from errors import InputError

FRAMES_PER_SECOND = 20  # frames of 50 ms that do not overlap
SHORT_TERM = (
    "zcr", "energy", "energy_entropy", "spectral_centroid", "spectral_spread", "spectral_entropy", "spectral_flux",
    "spectral_rolloff", *(f"mfcc_{k}" for k in range(1, 14)), *(f"chroma_{k}" for k in range(1, 13)), "chroma_std",
)  # fmt: skip
PER_SECOND = (*(f"{name}_mean" for name in SHORT_TERM), *(f"{name}_std" for name in SHORT_TERM))
LOWEST_RATE = 8000  # Hz; below it the filter bank would reach beyond the spectrum

_BLOCK_FRAMES = 320  # frames computed at once: 16 s, whole seconds, small enough for the processor's cache
_FULL_SCALE = 32768.0  # int16
_EPS = np.finfo(np.float64).eps
_ENTROPY_PARTS = 10
_ROLLOFF_SHARE = 0.90
_MFCCS = 13
_LOWEST_NOTE = 27.5  # Hz, A0


def short_term(signal: Signal, rate: int = SAMPLE_RATE, *, peak: float | None = None) -> np.ndarray:
    """Features of each 50 ms frame.

    Parameters
    ----------
    signal : mono samples on the int16 scale: an array [shape=(n,)] of any real type, or a Spool
    rate : sample rate in Hz, a multiple of 20 from 8000 on
    peak : full scale of the recording the signal is a part of, on the int16 scale. The signal is normalised by it;
        by default by its own largest deviation from its mean, as pyAudioAnalysis does.

    Returns
    -------
    np.ndarray [shape=(34, n * 20 // rate), float64], rows in the order of SHORT_TERM. Finite for every signal: a
    frame of digital silence has log-energy -98.99 (mfcc_1) and zeros elsewhere.

    Raises
    ------
    InputError : the rate is not supported, or the signal is not one-dimensional
    """
    total = len(signal) // _frame_length(signal, rate)
    return np.concatenate([np.empty((0, len(SHORT_TERM))), *_blocks(_block, signal, rate, peak, total)]).T


def per_second(signal: Signal, rate: int = SAMPLE_RATE, *, peak: float | None = None) -> np.ndarray:
    """Mean and standard deviation of the short-term features over each whole second.

    Parameters as in `short_term`.

    Returns
    -------
    np.ndarray [shape=(n // rate, 68), float32]: the 34 means, then the 34 standard deviations (PER_SECOND)
    """
    _frame_length(signal, rate)
    total = len(signal) // rate * FRAMES_PER_SECOND
    return np.concatenate([np.empty((0, len(PER_SECOND)), np.float32), *_blocks(_seconds, signal, rate, peak, total)])


def _frame_length(signal: Signal, rate: int) -> int:
    if rate < LOWEST_RATE or rate % FRAMES_PER_SECOND:
        raise InputError(f"rate: {rate} Hz is not supported; resample to a multiple of {FRAMES_PER_SECOND} from {LOWEST_RATE} Hz on")
    if signal.ndim != 1:
        raise InputError(f"signal: has {signal.ndim} dimensions; mix it down to one channel first")
    return rate // FRAMES_PER_SECOND


def _blocks(function: Callable[..., np.ndarray], signal: Signal, rate: int, peak: float | None, total: int) -> list[np.ndarray]:
    """What a function gives for each block of the first `total` frames."""
    if not total:
        return []
    mean, scale = _normalisation(signal, peak)
    return spread(partial(function, rate=rate, mean=mean, scale=scale, total=total), signal, range(0, total, _BLOCK_FRAMES))


def _seconds(signal: Signal, first: int, **how: Any) -> np.ndarray:
    """Mean and deviation of the features of each second of a block [shape=(seconds, 68), float32]."""
    frames = _block(signal, first, **how).reshape(-1, FRAMES_PER_SECOND, len(SHORT_TERM))
    return np.concatenate([frames.mean(axis=1), frames.std(axis=1)], axis=1).astype(np.float32)


def _block(signal: Signal, first: int, *, rate: int, mean: float, scale: float, total: int) -> np.ndarray:
    """Features of the frames of the block that begins with frame `first` [shape=(frames, 34)]."""
    length = rate // FRAMES_PER_SECOND
    before = min(first, 1)  # the frame before the block, for the flux across its edge
    piece = signal[(first - before) * length : min(first + _BLOCK_FRAMES, total) * length]
    frames = ((piece / _FULL_SCALE - mean) / scale).reshape(-1, length)
    # Half a spectrum without the Nyquist bin, as pyAudioAnalysis keeps it.
    magnitude = np.abs(scipy.fft.rfft(frames, axis=1)[:, : length // 2]) / (length // 2)
    shape = magnitude / (magnitude + _EPS).sum(axis=1, keepdims=True)
    flux = (np.diff(shape, axis=0, prepend=shape[: 1 - before]) ** 2).sum(axis=1)
    return _features(frames[before:], magnitude[before:], flux, rate)


def _normalisation(signal: Signal, peak: float | None) -> tuple[float, float]:
    """Mean and scale of the whole signal, in units of full scale."""
    mean = sum(float(block.sum(dtype=np.float64)) for block in blocks(signal)) / len(signal) / _FULL_SCALE
    if peak is not None:
        return mean, peak / _FULL_SCALE + 1e-10
    lowest, highest = min(float(block.min()) for block in blocks(signal)), max(float(block.max()) for block in blocks(signal))
    return mean, max(highest / _FULL_SCALE - mean, mean - lowest / _FULL_SCALE) + 1e-10


def _features(frames: np.ndarray, magnitude: np.ndarray, flux: np.ndarray, rate: int) -> np.ndarray:
    """All features of frames [shape=(n, length)] with magnitudes [shape=(n, length / 2)]: (n, 34)."""
    bins = magnitude.shape[1]
    frame_energies, bin_energies = frames**2, magnitude**2
    frame_energy, spectral_energy = frame_energies.sum(axis=1), bin_energies.sum(axis=1)
    out = np.empty((len(frames), len(SHORT_TERM)))
    sign = (frames > 0).astype(np.int8) - (frames < 0)  # of a byte each: several times as fast as np.sign
    out[:, 0] = np.abs(np.diff(sign, axis=1)).sum(axis=1) / 2 / (frames.shape[1] - 1)
    out[:, 1] = frame_energy / frames.shape[1]
    out[:, 2] = _entropy(frame_energies, frame_energy)
    out[:, 3], out[:, 4] = _centroid_and_spread(magnitude)
    out[:, 5] = _entropy(bin_energies, spectral_energy)
    out[:, 6] = flux
    out[:, 7] = _rolloff(bin_energies, spectral_energy)
    out[:, 8:21] = np.log10(magnitude @ _mel_bank(rate, bins) + _EPS) @ _cosines()
    chroma = bin_energies @ _chroma_bank(rate, bins) / np.where(spectral_energy == 0, _EPS, spectral_energy)[:, np.newaxis]
    out[:, 21:33] = chroma
    out[:, 33] = chroma.std(axis=1)
    return out


def _entropy(energies: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Entropy in bits of the energy of ten equal parts of each row."""
    part = energies.shape[1] // _ENTROPY_PARTS
    parts = energies[:, : part * _ENTROPY_PARTS].reshape(len(energies), _ENTROPY_PARTS, part).sum(axis=2)
    shares = parts / (total + _EPS)[:, np.newaxis]
    return -(shares * np.log2(shares + _EPS)).sum(axis=1)


def _centroid_and_spread(magnitude: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Centre of gravity of each spectrum and the deviation around it, as shares of the Nyquist frequency."""
    position = np.arange(1, magnitude.shape[1] + 1) / magnitude.shape[1]
    loudest = magnitude.max(axis=1, keepdims=True)
    relative = magnitude / np.where(loudest == 0, _EPS, loudest)
    weight = relative.sum(axis=1) + _EPS
    centroid = relative @ position / weight
    offset = position - centroid[:, np.newaxis]
    return centroid, np.sqrt(np.einsum("ij,ij,ij->i", offset, offset, relative) / weight)


def _rolloff(energies: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Position of the first bin at which 90 % of the energy is reached, as a share of the spectrum."""
    reached = np.cumsum(energies, axis=1) + _EPS > _ROLLOFF_SHARE * total[:, np.newaxis]
    return reached.argmax(axis=1) / energies.shape[1]


@cache
def _mel_bank(rate: int, bins: int) -> np.ndarray:
    """Slaney's 13 linear and 27 logarithmic triangles [shape=(bins, 40)].

    As in pyAudioAnalysis, bin k counts as k * rate / bins Hz, twice its true frequency: the bank then spans the lower
    part of the spectrum only. Kept, because the features must be equal.
    """
    linear = 133.33 + np.arange(13) * 200 / 3
    edges = np.concatenate([linear, linear[-1] * 1.0711703 ** np.arange(1, 30)])
    heights = 2 / (edges[2:] - edges[:-2])
    frequencies = np.arange(bins) / bins * rate
    last_below = np.floor(edges * bins / rate).astype(int)
    bank = np.zeros((bins, 40))
    for k, (low, centre, high) in enumerate(zip(edges, edges[1:], edges[2:], strict=False)):
        rising = slice(last_below[k] + 1, last_below[k + 1] + 1)
        falling = slice(last_below[k + 1] + 1, last_below[k + 2] + 1)
        bank[rising, k] = heights[k] / (centre - low) * (frequencies[rising] - low)
        bank[falling, k] = heights[k] / (high - centre) * (high - frequencies[falling])
    return bank


@cache
def _cosines() -> np.ndarray:
    """First 13 rows of the orthonormal DCT-II over 40 bands, as a matrix [shape=(40, 13)]."""
    return scipy.fft.dct(np.eye(40), norm="ortho", axis=1)[:, :_MFCCS]


@cache
def _chroma_bank(rate: int, bins: int) -> np.ndarray:
    """Matrix from bin energies to the twelve pitch classes from A [shape=(bins, 12)].

    As in pyAudioAnalysis, of several bins on one note only the highest is kept, bins below A0 count as notes from the
    end of the spectrum, and the divisor is the number of bins that share the note of the bin *numbered* like the note.
    """
    note = np.round(12 * np.log2((np.arange(1, bins + 1) * rate / (2 * bins)) / _LOWEST_NOTE)).astype(int)
    sharing = np.array([(note == n).sum() for n in note])
    kept = np.full(bins, -1)
    kept[note] = np.arange(bins)  # the last of equal indices wins
    bank = np.zeros((bins, 12))
    for slot in np.flatnonzero(kept >= 0):
        bank[kept[slot], slot % 12] += 1 / sharing[note[slot]]
    return bank
