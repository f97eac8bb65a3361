"""Bands that are as far apart as the ear hears them: Slaney's mel scale, and filters on it.

Equal to those of librosa 0.11 (`librosa.filters.mel`, `librosa.mel_frequencies`), whose import takes most of a second and 100 MB.
Reference: M. Slaney, "Auditory Toolbox", Interval Research, 1998: linear below 1 kHz, logarithmic above.
"""

import numpy as np

_BEND = 1000.0  # Hz: where the logarithmic part begins
_LINEAR = 200 / 3  # Hz a mel below the bend
_STEP = np.log(6.4) / 27  # logarithm of the ratio of a mel above it


def frequencies(count: int, low: float, high: float) -> np.ndarray:
    """Frequencies in Hz from `low` to `high`, the same number of mels apart [shape=(count,)]."""
    return _to_hertz(np.linspace(_to_mel(low), _to_mel(high), count))


def filters(rate: int, n_fft: int, bands: int, *, low: float = 0.0, same_area: bool = True) -> np.ndarray:
    """Triangular filters from the bins of a spectrum to bands up to half the rate.

    Parameters
    ----------
    rate : samples a second
    n_fft : length of the transform
    bands : how many
    low : Hz, where the first begins
    same_area : as heard of noise, which is alike in each; else each has the peak 1

    Returns
    -------
    np.ndarray [shape=(bands, n_fft // 2 + 1), float32]
    """
    edges = frequencies(bands + 2, low, rate / 2)[:, np.newaxis]
    bins = np.fft.rfftfreq(n_fft, 1 / rate)
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    triangles = np.maximum(0, np.minimum(rising, falling))
    return (triangles * (2 / (edges[2:] - edges[:-2]) if same_area else 1)).astype(np.float32)


def _to_mel(hertz: float) -> float:
    return hertz / _LINEAR if hertz < _BEND else _BEND / _LINEAR + float(np.log(hertz / _BEND)) / _STEP


def _to_hertz(mel: np.ndarray) -> np.ndarray:
    return np.where(mel < _BEND / _LINEAR, mel * _LINEAR, _BEND * np.exp(_STEP * (mel - _BEND / _LINEAR)))
