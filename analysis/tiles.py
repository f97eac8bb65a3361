"""What the ancestors' genre networks hear of a recording: tiles of MFCC, and slices of spectrogram and tempogram.

Everything is computed in blocks, so a recording of hours needs no more than its few frames a second.
References: tiles of 40 MFCC x 100 frames after the film score genre ensemble; spectrogram and tempogram stacked after the album
cover generator (2018); the tempogram is librosa's (Grosche, Mueller and Kurth, "Cyclic tempogram", ICASSP 2010).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy.fft

from analysis.audio import SAMPLE_RATE
from analysis.spectrograms import FRAMES_PER_SECOND, WINDOW_FRAMES, WINDOW_SECONDS, mel_power, standardise

TILE_SECONDS = WINDOW_SECONDS
TILE_STEP = 5  # seconds from one tile to the next
MFCCS = 40
MFCC_SCALE = 2.0  # one unit of the networks' input, in those of `standardise`

BINS = 129  # of a spectrum of 256 samples
LAGS = 129  # of the tempogram: 0 to 2.56 s
SLICE_FRAMES = 128  # 12.8 s
SLICE_STEP = 64
SLICE_SHAPE = (SLICE_FRAMES, BINS + LAGS, 1)

_N_FFT, _HOP = 256, 160  # 50 frames a second: a beat is found to 20 ms
_POOL = 5  # of them are averaged to one tenth of a second
_TEMPO_WINDOW = 256  # frames of the onset envelope that a tempogram's column correlates: 5.1 s
_BLOCK = 600  # tenths of a second computed at once
_SILENCE = 1e-10


@dataclass(frozen=True)
class Sound:
    """Frames of a recording, from which tiles and slices are cut.

    mel : np.ndarray [shape=(128, t), float32], see analysis.spectrograms.mel_power; t tenths of a second
    spectrum : np.ndarray [shape=(t, BINS), float32] power
    tempogram : np.ndarray [shape=(t, LAGS), float32] autocorrelation of the onsets, 0..1
    """

    mel: np.ndarray
    spectrum: np.ndarray
    tempogram: np.ndarray


def listen(signal: np.ndarray) -> Sound:
    """Frames of a recording (int16 at SAMPLE_RATE); one of less than a slice is repeated until it fills one."""
    signal = np.resize(signal, max(len(signal), SLICE_FRAMES * SAMPLE_RATE // FRAMES_PER_SECOND))
    spectrum, onsets = spectrum_and_onsets(signal)
    return Sound(mel_power(signal), spectrum, tempogram(onsets))


def spectrum_and_onsets(signal: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Power spectrum of each tenth of a second, and the onset envelope: the mean rise of its bins in dB, 50 times a second.

    Parameters
    ----------
    signal : np.ndarray [shape=(n,), int16] at SAMPLE_RATE

    Returns
    -------
    np.ndarray [shape=(n // 800, BINS), float32] and np.ndarray [shape=(n // 800 * 5,), float32]
    """
    tenths = len(signal) // (_HOP * _POOL)
    spectrum, onsets = np.empty((tenths, BINS), np.float32), np.empty(tenths * _POOL, np.float32)
    window = np.hanning(_N_FFT + 1)[:-1].astype(np.float32)
    before = None
    for first in range(0, tenths, _BLOCK):
        last = min(first + _BLOCK, tenths)
        piece = signal[first * _POOL * _HOP : last * _POOL * _HOP + _N_FFT - _HOP].astype(np.float32) / 32768
        piece = np.pad(piece, (0, (last - first) * _POOL * _HOP + _N_FFT - _HOP - len(piece)))
        frames = np.lib.stride_tricks.sliding_window_view(piece, _N_FFT)[::_HOP] * window
        power = np.abs(scipy.fft.rfft(frames, axis=1)) ** 2
        decibels = 10 * np.log10(np.maximum(power, _SILENCE))
        rise = np.diff(decibels, axis=0, prepend=decibels[:1] if before is None else before)
        before = decibels[-1:]
        spectrum[first:last] = power.reshape(-1, _POOL, BINS).mean(axis=1)
        onsets[first * _POOL : last * _POOL] = np.maximum(rise, 0).mean(axis=1)
    return spectrum, onsets


def tempogram(onsets: np.ndarray) -> np.ndarray:
    """Local autocorrelation of an onset envelope: `librosa.feature.tempogram` of every fifth frame, in blocks.

    Parameters
    ----------
    onsets : np.ndarray [shape=(5 t,)]

    Returns
    -------
    np.ndarray [shape=(t, LAGS), float32]; a column's greatest value is 1, silence is 0
    """
    from librosa import autocorrelate, util  # librosa takes a second to import: only where it is used

    tenths = len(onsets) // _POOL
    padded = np.pad(onsets, _TEMPO_WINDOW // 2, mode="linear_ramp", end_values=0)
    window = np.hanning(_TEMPO_WINDOW + 1)[:-1].astype(np.float32)
    found = np.empty((tenths, LAGS), np.float32)
    for first in range(0, tenths, _BLOCK):
        last = min(first + _BLOCK, tenths)
        piece = padded[first * _POOL : (last - 1) * _POOL + _TEMPO_WINDOW]
        frames = util.frame(piece, frame_length=_TEMPO_WINDOW, hop_length=_POOL, axis=0) * window
        found[first:last] = util.normalize(autocorrelate(frames, max_size=LAGS, axis=1), axis=1)
    return found


def mfcc_tiles(sound: Sound) -> np.ndarray:
    """Tiles of 40 MFCC x 100 frames, every TILE_STEP seconds [shape=(n, 40, 100, 1), float32].

    Coefficients of the mel spectrogram in dB around its mean, so that a recording's level does not matter.
    """
    return np.stack([_cepstra(tile, MFCCS) for tile in _windows(sound)])[..., np.newaxis]


def slices(sound: Sound) -> np.ndarray:
    """Spectrogram and tempogram stacked, in slices of 128 tenths of a second [shape=(n, 128, 258, 1), float32].

    The spectrogram is in units of 20 dB around the slice's mean, 80 dB deep; the tempogram is 0..1.
    """
    cut = []
    for start in _starts(len(sound.spectrum), SLICE_FRAMES, SLICE_STEP):
        frames = slice(start, start + SLICE_FRAMES)
        cut.append(np.hstack([standardise(sound.spectrum[frames]), sound.tempogram[frames]]))
    return np.stack(cut)[..., np.newaxis]


def _cepstra(power: np.ndarray, count: int) -> np.ndarray:
    return scipy.fft.dct(standardise(power), axis=0, norm="ortho")[:count] / np.float32(MFCC_SCALE)


def _windows(sound: Sound) -> Iterator[np.ndarray]:
    for start in _starts(sound.mel.shape[1], WINDOW_FRAMES, TILE_STEP * FRAMES_PER_SECOND):
        yield sound.mel[:, start : start + WINDOW_FRAMES]


def _starts(frames: int, length: int, step: int) -> range:
    return range(0, frames - length + 1, step)
