"""What a listener would notice in a 10-second window of music, as numbers: timbre, spectrum, harmony, rhythm, dynamics.

None of them depends on the level a recording is mixed at. Windows are described many at a time, each part of the signal is
transformed once, however many windows share it.

Sources: the 34 short-term features are pyAudioAnalysis' (analysis/features.py); mel bands see analysis/spectrograms.py; key
profiles C. L. Krumhansl, "Cognitive Foundations of Musical Pitch", 1990; spectral contrast D. Jiang et al., "Music type
classification by spectral contrast feature", ICME 2002; rhythm patterns as autocorrelation of spectral flux, G. Tzanetakis
and P. Cook, "Musical genre classification of audio signals", IEEE TSAP 10(5), 2002; fluctuation exponents S. Streich and
P. Herrera, AES 118, 2005 (analysis/danceability.py).
"""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import scipy.fft
import scipy.ndimage

from analysis import features, mel, spectrograms
from analysis.audio import SAMPLE_RATE
from analysis.spectrograms import FRAMES_PER_SECOND, WINDOW_SECONDS
from analysis.spool import Signal

_LEVEL = ("energy_mean", "energy_std", "mfcc_1_mean")  # these follow the recording's level
_TIMBRE = tuple(i for i, name in enumerate(features.PER_SECOND) if name not in _LEVEL)
_BANDS = 32  # mel bands, four at a time
_BAND_FIGURES = ("mean", "std", "change", "p10", "p90")
_NOTES = 12
_KEY_FRAMES = 4 * FRAMES_PER_SECOND  # the key may change: it is also sought in stretches of 4 s
_CONTRAST_EDGES = (0, 200, 400, 800, 1600, 4000)  # Hz
_LOWEST_NOTE, _HIGHEST_NOTE = 100, 2000  # Hz: below, semitones are narrower than the spectrum's resolution
_FLUX_STEP, _FLUX_FFT, _FLUX_BANDS = SAMPLE_RATE // 100, 512, ((0, 8), (8, 20), (20, 40), (0, 40))
_FLUX_NAMES = ("low", "middle", "high", "all")
_STEPS = 100  # flux and loudness values a second
_LAGS = np.unique(np.round(20 * 15 ** np.linspace(0, 1, 13)).astype(int))  # 0.2 s to 3 s
_MODULATIONS = (0.2, 1, 2, 4, 8, 16, 32)  # Hz
_SPANS = np.round(20 * 1.4 ** np.arange(11)).astype(int)  # 0.2 s to 5.8 s
_USUAL_TEMPO, _TEMPO_SPREAD, _SLOWEST, _FASTEST = 120.0, 1.0, 40.0, 240.0  # beats a minute; octaves
_CHUNK = 64  # windows described at once
_FLOOR = 1e-10
_STEEPEST = 30.0  # dB within a hundredth of a second; what rises out of digital silence rises no more than an onset

# Krumhansl's key profiles, from the tonic upwards.
_MAJOR = np.array([6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88])
_MINOR = np.array([6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17])


def _names() -> tuple[str, ...]:
    timbre = [f"{figure}_{features.PER_SECOND[i]}" for figure in ("mean", "std") for i in _TIMBRE]
    mel = [f"mel_{band + 1}_{figure}" for figure in _BAND_FIGURES for band in range(_BANDS)]
    keys = [f"{where}_{what}" for where in ("key", "local_key_mean", "local_key_std") for what in ("major", "minor", "mode")]
    harmony = [*keys, *(f"chroma_{what}_{figure}" for what in ("entropy", "change") for figure in ("mean", "std"))]
    harmony += [f"note_{n}_above_tonic" for n in range(_NOTES)] + [f"note_of_rank_{n}" for n in range(_NOTES)]
    harmony += [f"interval_{n}" for n in range(1, _NOTES // 2 + 1)]
    contrast = [f"contrast_{low}_hz_{figure}" for figure in ("mean", "std") for low in _CONTRAST_EDGES[:-1]]
    rhythm = [
        f"flux_{band}_{figure}"
        for band in _FLUX_NAMES
        for figure in (
            "mean", "std", "p90", "p98", "beat_strength", "beat_lag", "beat_spread",
            *(f"lag_{lag}" for lag in _LAGS[:-1]), *(f"modulation_{low}_hz" for low in _MODULATIONS[:-1]),
        )
    ]  # fmt: skip
    dynamics = ["loudness_variation", "loudness_p10", "loudness_p50", "loudness_p90", "loudness_skew", "fluctuation_mean"]
    return (*timbre, *mel, *harmony, *contrast, *rhythm, *dynamics, *(f"fluctuation_{span}" for span in _SPANS[1:]))


NAMES = _names()
REVISION = 1  # raised when a descriptor is computed in another way


class Described(NamedTuple):
    """What was measured of n windows.

    table : np.ndarray [shape=(n, len(NAMES)), float32] descriptors in the order of NAMES; finite for every signal
    tempo : np.ndarray [shape=(n,), float32] beats a minute, 0 where nothing begins or ends
    beat : np.ndarray [shape=(n,), float32] how regular the beat of that tempo is, 0 (not at all) to 1 (a metronome)
    """

    table: np.ndarray
    tempo: np.ndarray
    beat: np.ndarray


def describe(signal: Signal, starts: Sequence[int]) -> Described:
    """Measure the 10-second windows that begin at `starts`.

    Parameters
    ----------
    signal : int16 at SAMPLE_RATE, an array or a Spool
    starts : whole seconds in rising order, each at least 10 s before the signal's end
    """
    parts = [_describe(signal, chunk) for chunk in chunks(starts)]
    return _described(np.concatenate([np.zeros((0, len(NAMES) + 2), np.float32), *parts]))


def describe_chunk(signal: Signal, chunk: np.ndarray) -> Described:
    """As `describe`, for one of `chunks`."""
    return _described(_describe(signal, chunk))


def _described(table: np.ndarray) -> Described:
    return Described(table[:, :-2], table[:, -2], table[:, -1])


def of_recording(signal: np.ndarray, step: int = 5) -> np.ndarray:
    """Descriptors of a recording, a window every `step` seconds; one that lasts less than a window is repeated until it fills one.

    Returns
    -------
    np.ndarray [shape=(n, len(NAMES)), float32], n at least 1
    """
    signal = np.resize(signal, max(len(signal), WINDOW_SECONDS * SAMPLE_RATE))
    return describe(signal, range(0, len(signal) // SAMPLE_RATE - WINDOW_SECONDS + 1, step)).table


def chunks(starts: Sequence[int]) -> Iterator[np.ndarray]:
    """Windows that overlap or touch, at most _CHUNK at a time, so that what they share is transformed once."""
    chosen: list[int] = []
    for start in starts:
        if chosen and (start > chosen[-1] + WINDOW_SECONDS or len(chosen) == _CHUNK):
            yield np.array(chosen)
            chosen = []
        chosen.append(int(start))
    if chosen:
        yield np.array(chosen)


def _describe(signal: Signal, starts: np.ndarray) -> np.ndarray:
    """Descriptors, and behind them tempo and beat; frames at the edges of a window hear what is beyond it, as all others do."""
    first, last = int(starts[0]), int(starts[-1]) + WINDOW_SECONDS
    starts = starts - first
    part = signal[first * SAMPLE_RATE : last * SAMPLE_RATE]
    loudness = _windows(_loudness(part), starts, _STEPS)
    flux = np.moveaxis(_windows(_flux(signal, first, last), starts, _STEPS), -1, 1).astype(np.float64)  # (windows, bands, steps)
    correlation = _autocorrelation(flux)
    mel, chroma, contrast = _spectral(signal, first, last)
    parts = (
        _mean_std(_windows(features.per_second(part)[:, _TIMBRE].astype(np.float64), starts, 1)),
        _mel(_windows(mel, starts, FRAMES_PER_SECOND)),
        _harmony(_windows(chroma, starts, FRAMES_PER_SECOND)),
        _mean_std(_windows(contrast, starts, FRAMES_PER_SECOND)),
        _rhythm(flux, correlation),
        _dynamics(loudness[..., 0]),
        _tempo(correlation[:, -1]),
    )
    sounding = np.asarray(loudness.any(axis=(1, 2)))
    return (np.nan_to_num(np.concatenate(parts, axis=1)) * sounding[:, np.newaxis]).astype(np.float32)


def _windows(track: np.ndarray, starts: np.ndarray, rate: int) -> np.ndarray:
    """Windows [shape=(len(starts), 10 * rate, columns)] of a track [shape=(frames, columns)] of `rate` frames a second."""
    view = np.lib.stride_tricks.sliding_window_view(track, WINDOW_SECONDS * rate, axis=0)
    return np.moveaxis(view[starts * rate], -1, 1)


def _mean_std(windows: np.ndarray) -> np.ndarray:
    return np.concatenate([windows.mean(axis=1), windows.std(axis=1)], axis=1)


def _percentiles(values: np.ndarray, *percents: int) -> np.ndarray:
    """Percentiles along the last axis [shape=(len(percents), ...)], as np.percentile gives them but several times as fast."""
    ordered = np.sort(values, axis=-1)
    places = np.array(percents) / 100 * (values.shape[-1] - 1)
    below = places.astype(int)
    share = (places - below).astype(values.dtype)
    return np.moveaxis(ordered[..., below] * (1 - share) + ordered[..., below + 1] * share, -1, 0)


# --- spectrum ---------------------------------------------------------------------------------------------------------


def _spectral(signal: Signal, first: int, last: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mel power, chroma and contrast of each tenth of these seconds [shape=(frames, 128), (frames, 12), (frames, 5)]."""
    spectra = spectrograms.power_spectra(signal, first * FRAMES_PER_SECOND, last * FRAMES_PER_SECOND)
    parts = [(spectrograms.mel_bands(power), _chroma(power), _contrast(power)) for power in spectra]
    mel, chroma, contrast = (np.concatenate(track) for track in zip(*parts, strict=True))
    return mel, chroma, contrast


def _mel(power: np.ndarray) -> np.ndarray:
    decibels = 10 * np.log10(np.maximum(power, _FLOOR))
    decibels = np.maximum(decibels, decibels.max(axis=(1, 2), keepdims=True) - spectrograms.TOP_DB)
    decibels -= decibels.mean(axis=(1, 2), keepdims=True)
    bands = decibels.reshape(*decibels.shape[:2], _BANDS, -1).mean(axis=3)
    low, high = _percentiles(bands.transpose(0, 2, 1), 10, 90)
    return np.concatenate([bands.mean(axis=1), bands.std(axis=1), np.abs(np.diff(bands, axis=1)).mean(axis=1), low, high], axis=1)


def _chroma(power: np.ndarray) -> np.ndarray:
    """Share of each pitch class, from A [shape=(frames, 12)]."""
    strength = np.sqrt(power) @ _note_bank()
    return strength / np.maximum(strength.sum(axis=1, keepdims=True), _FLOOR)


def _contrast(power: np.ndarray) -> np.ndarray:
    """Mean log level of the highest tenth of a band's bins over that of its lowest tenth [shape=(frames, 5)]."""
    level = np.log(np.maximum(power, _FLOOR))
    bands = []
    for low, high in _contrast_bins():
        size = max(1, (high - low) // 10)
        ordered = np.sort(level[:, low:high], axis=1)  # NumPy sorts faster than it partitions
        bands.append(ordered[:, -size:].mean(axis=1) - ordered[:, :size].mean(axis=1))
    return np.stack(bands, axis=1)


# --- harmony ----------------------------------------------------------------------------------------------------------


def _harmony(chroma: np.ndarray) -> np.ndarray:
    notes = chroma.mean(axis=1)
    likeness = _key_likeness(notes)
    key = likeness.reshape(-1, 2, _NOTES).max(axis=1).argmax(axis=1)
    above_tonic = np.take_along_axis(notes, (key[:, np.newaxis] + np.arange(_NOTES)) % _NOTES, axis=1)
    intervals = [(notes * np.roll(notes, -step, axis=1)).mean(axis=1) * 100 for step in range(1, _NOTES // 2 + 1)]
    entropy = -(chroma * np.log(chroma + 1e-9)).sum(axis=2)
    change = np.abs(np.diff(chroma, axis=1)).sum(axis=2)
    stretches = [chroma[:, i : i + _KEY_FRAMES].mean(axis=1) for i in range(0, chroma.shape[1] - _KEY_FRAMES + 1, _KEY_FRAMES // 2)]
    local = np.stack([_modes(_key_likeness(stretch)) for stretch in stretches], axis=1)
    figures = np.stack([entropy.mean(axis=1), entropy.std(axis=1), change.mean(axis=1), change.std(axis=1)], axis=1)
    parts = (_modes(likeness), _mean_std(local), figures, above_tonic, np.sort(notes, axis=1), np.stack(intervals, axis=1))
    return np.concatenate(parts, axis=1)


def _key_likeness(notes: np.ndarray) -> np.ndarray:
    """Correlation with the profiles of the 12 major, then the 12 minor keys [shape=(n, 24)]."""
    centred = notes - notes.mean(axis=1, keepdims=True)
    return centred @ _key_profiles().T / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-9)


def _modes(likeness: np.ndarray) -> np.ndarray:
    major, minor = likeness[:, :_NOTES].max(axis=1), likeness[:, _NOTES:].max(axis=1)
    return np.stack([major, minor, major - minor], axis=1)


# --- rhythm and dynamics ----------------------------------------------------------------------------------------------


def _flux(signal: Signal, first: int, last: int) -> np.ndarray:
    """Rise of the level in dB from one hundredth of a second to the next, in three ranges and in all [shape=(steps, 4)]."""
    begin, end = first * SAMPLE_RATE - _FLUX_FFT // 2, last * SAMPLE_RATE + _FLUX_FFT // 2
    padded = spectrograms.stretch(signal, begin, end)
    frames = np.lib.stride_tricks.sliding_window_view(padded, _FLUX_FFT)[::_FLUX_STEP][: (last - first) * _STEPS] * _hann(_FLUX_FFT)
    spectrum = scipy.fft.rfft(frames, axis=1)
    decibels = 10 * np.log10(np.maximum((spectrum.real**2 + spectrum.imag**2) @ _flux_bank(), _FLOOR))
    rise = np.clip(np.diff(decibels, axis=0, prepend=decibels[:1]), 0, _STEEPEST)
    return np.stack([rise[:, low:high].mean(axis=1) for low, high in _FLUX_BANDS], axis=1)


def _autocorrelation(flux: np.ndarray) -> np.ndarray:
    """How much the flux is like itself after each lag up to 3 s [shape=(windows, bands, lags)], 1 without lag."""
    centred = flux - flux.mean(axis=2, keepdims=True)
    spectrum = scipy.fft.rfft(centred, 2 * flux.shape[2], axis=2)
    correlation = scipy.fft.irfft(spectrum.real**2 + spectrum.imag**2, axis=2)[..., : _LAGS[-1]]
    return correlation / np.maximum(correlation[..., :1], 1e-9)


def _tempo(correlation: np.ndarray) -> np.ndarray:
    """Tempo and beat of windows [shape=(n, 2)]: the lag after which the flux repeats best, near the tempos people tap.

    Reference: D. Ellis, "Beat tracking by dynamic programming", JNMR 36(1), 2007: its log-normal weight around 120 a minute.
    """
    # A beat seldom takes a whole number of hundredths: its peak is spread over neighbouring lags.
    correlation = scipy.ndimage.gaussian_filter1d(correlation, 1.5, axis=1)
    lags = np.arange(1, correlation.shape[1])
    tempos = 60 * _STEPS / lags
    weight = np.exp(-0.5 * (np.log2(tempos / _USUAL_TEMPO) / _TEMPO_SPREAD) ** 2) * ((tempos >= _SLOWEST) & (tempos <= _FASTEST))
    best = (correlation[:, 1:] * weight).argmax(axis=1) + 1
    rows = np.arange(len(best))
    before, here, after = (correlation[rows, np.clip(best + step, 0, correlation.shape[1] - 1)] for step in (-1, 0, 1))
    bend = before - 2 * here + after
    shift = np.where(bend < 0, 0.5 * (before - after) / np.where(bend < 0, bend, -1), 0)  # peak of the parabola through the three
    beat = np.clip(here / np.maximum(correlation[:, 0], 1e-9), 0, 1)
    return np.stack([np.where(beat > 0, 60 * _STEPS / (best + np.clip(shift, -0.5, 0.5)), 0), beat], axis=1)


def _rhythm(flux: np.ndarray, correlation: np.ndarray) -> np.ndarray:
    """Strength and regularity of onsets, band by band."""
    centred = flux - flux.mean(axis=2, keepdims=True)
    beats = correlation[..., _LAGS[0] :]
    high, highest = _percentiles(flux, 90, 98)
    figures = [
        flux.mean(axis=2), flux.std(axis=2), high, highest, beats.max(axis=2), np.log(_LAGS[0] + beats.argmax(axis=2)), beats.std(axis=2),
        *(correlation[..., low:up].max(axis=2) for low, up in pairwise(_LAGS)), *_modulations(centred),
    ]  # fmt: skip
    return np.stack(figures, axis=2).reshape(len(flux), -1)


def _modulations(centred: np.ndarray) -> list[np.ndarray]:
    """Share of the flux's power in each range of modulation frequencies."""
    size = centred.shape[2]
    spectrum = scipy.fft.rfft(centred * _hann(size), axis=2)
    power = spectrum.real**2 + spectrum.imag**2
    frequencies = scipy.fft.rfftfreq(size, 1 / _STEPS)
    total = power.sum(axis=2) + 1e-9
    ranges = pairwise(_MODULATIONS)
    return [power[..., (frequencies >= low) & (frequencies < high)].sum(axis=2) / total for low, high in ranges]


def _loudness(signal: Signal) -> np.ndarray:
    """Standard deviation of each hundredth of a second [shape=(steps, 1)], on the int16 scale."""
    steps = len(signal) // _FLUX_STEP
    return signal[: steps * _FLUX_STEP].reshape(steps, -1).astype(np.float32).std(axis=1)[:, np.newaxis]


def _dynamics(loudness: np.ndarray) -> np.ndarray:
    """How loudness is spread around its mean, and how its fluctuation grows with the span of time."""
    relative = loudness.astype(np.float64) / np.maximum(loudness.mean(axis=1, keepdims=True), 1e-9)
    decibels = 20 * np.log10(np.maximum(_percentiles(relative, 10, 50, 90), 1e-4))
    variation = relative.std(axis=1)
    skew = ((relative - 1) ** 3).mean(axis=1) / np.maximum(variation, 1e-6) ** 3
    exponents = _fluctuation_exponents(np.cumsum(relative - 1, axis=1))
    return np.column_stack([variation, *decibels, skew, exponents.mean(axis=1), exponents])


def _fluctuation_exponents(profiles: np.ndarray) -> np.ndarray:
    """Growth of the detrended fluctuation from one span to the next [shape=(windows, spans - 1)]."""
    fluctuation = []
    for span in _SPANS:
        pieces = np.lib.stride_tricks.sliding_window_view(profiles, span, axis=1)[:, :: max(1, span // 4)]
        time = np.arange(span) - (span - 1) / 2
        centred = pieces - pieces.mean(axis=2, keepdims=True)
        slope = centred @ time / (time @ time)
        residual = (centred**2).mean(axis=2) - slope**2 * (time @ time) / span
        fluctuation.append(0.5 * np.log(np.maximum(residual.mean(axis=1), 1e-9)))
    return np.diff(np.stack(fluctuation, axis=1), axis=1) / np.diff(np.log(_SPANS))


# --- tables computed once ---------------------------------------------------------------------------------------------


@cache
def _hann(size: int) -> np.ndarray:
    return np.hanning(size + 1)[:-1].astype(np.float32)


@cache
def _bin_frequencies() -> np.ndarray:
    return scipy.fft.rfftfreq(spectrograms.N_FFT, 1 / SAMPLE_RATE)


@cache
def _note_bank() -> np.ndarray:
    """Which bin belongs to which pitch class, from A [shape=(bins, 12)]."""
    frequencies = _bin_frequencies()
    bank = np.zeros((len(frequencies), _NOTES), np.float32)
    heard = np.flatnonzero((frequencies >= _LOWEST_NOTE) & (frequencies <= _HIGHEST_NOTE))
    bank[heard, np.round(_NOTES * np.log2(frequencies[heard] / 440)).astype(int) % _NOTES] = 1
    return bank


@cache
def _key_profiles() -> np.ndarray:
    """Profiles of the 24 keys, centred and of length 1 [shape=(24, 12)]."""
    profiles = np.array([np.roll(profile, tonic) for profile in (_MAJOR, _MINOR) for tonic in range(_NOTES)])
    profiles -= profiles.mean(axis=1, keepdims=True)
    return profiles / np.linalg.norm(profiles, axis=1, keepdims=True)


@cache
def _contrast_bins() -> tuple[tuple[int, int], ...]:
    edges = np.searchsorted(_bin_frequencies(), _CONTRAST_EDGES).tolist()
    return tuple(pairwise(edges))


@cache
def _flux_bank() -> np.ndarray:
    return mel.filters(SAMPLE_RATE, _FLUX_FFT, _FLUX_BANDS[-1][1]).T
