"""Change a recording's conditions without changing what it is: colour, room, noise, level, and mixing two of them.

Signals here are float arrays [shape=(n,)] at 8 kHz, full scale 1; `place` makes them int16 at a chosen level.
"""

import numpy as np
import scipy.fft

from analysis.audio import SAMPLE_RATE

FRAME = SAMPLE_RATE // 20  # 50 ms
ACTIVE_DB = 25.0  # frames within this of the loud ones are active, the rest is pause


def frame_levels(signal: np.ndarray) -> np.ndarray:
    """RMS level of each 50 ms in dB, floor -100 dB [shape=(n // FRAME,)]."""
    frames = signal[: len(signal) // FRAME * FRAME].reshape(-1, FRAME).astype(np.float64)
    return 10 * np.log10(np.maximum((frames**2).mean(axis=1), 1e-10))


def active_frames(signal: np.ndarray) -> np.ndarray:
    """Which 50 ms frames sound: within ACTIVE_DB of the recording's loud frames [bool]."""
    levels = frame_levels(signal)
    return levels > max(np.percentile(levels, 95) - ACTIVE_DB, -90) if len(levels) else np.zeros(0, bool)


def mix(foreground: np.ndarray, background: np.ndarray, snr: float) -> np.ndarray:
    """Add a background, repeated or cut to length, so that the active parts stand `snr` dB apart."""
    background = np.resize(background, len(foreground))
    gain = _active_rms(foreground) / max(_active_rms(background), 1e-9) * 10 ** (-snr / 20)
    return foreground + gain * background


def add_noise(signal: np.ndarray, snr: float, rng: np.random.Generator) -> np.ndarray:
    """Add steady noise with a random slope between white and brown."""
    spectrum = scipy.fft.rfft(rng.standard_normal(len(signal)))
    slope = rng.uniform(0, 1)
    spectrum *= np.maximum(_frequencies(len(signal)), 20.0) ** -slope
    return mix(signal, scipy.fft.irfft(spectrum, len(signal)), snr)


def colour(signal: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Another microphone, transfer or loudspeaker: a random band, tilt, bass and resonance."""
    frequencies = _frequencies(len(signal))
    low, high = 10 ** rng.uniform(np.log10(20), np.log10(350)), 10 ** rng.uniform(np.log10(1800), np.log10(5000))
    tilt = rng.uniform(-4, 4)  # dB per octave around 1 kHz
    gain = 1 / np.sqrt(1 + (low / np.maximum(frequencies, 1)) ** 6) / np.sqrt(1 + (frequencies / high) ** 10)
    gain *= 10 ** (tilt * np.log2(np.maximum(frequencies, 50) / 1000) / 20)
    gain *= 10 ** (rng.uniform(-12, 12) / 20 / (1 + (frequencies / 90) ** 4))
    bump = rng.uniform(-9, 9) * np.exp(-0.5 * (np.log2(np.maximum(frequencies, 1) / 10 ** rng.uniform(2.3, 3.5)) / 0.5) ** 2)
    return scipy.fft.irfft(scipy.fft.rfft(signal) * gain * 10 ** (bump / 20), len(signal))


def overdrive(signal: np.ndarray, drive: float) -> np.ndarray:
    """Squeeze the loud parts, as an overdriven amplifier, a limiter or an optical soundtrack does; `drive` in dB."""
    return np.tanh(signal * 10 ** (drive / 20) / max(_active_rms(signal), 1e-9) / 4)


def change_speed(signal: np.ndarray, factor: float) -> np.ndarray:
    """Play faster (factor > 1) or slower, pitch and all: another engine, dog, singer or siren."""
    return np.interp(np.arange(0, len(signal) - 1, factor), np.arange(len(signal)), signal)


def reverberate(signal: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Another room: exponentially decaying noise of 0.15 to 1 s added to the direct sound."""
    decay = rng.uniform(0.15, 1.0)
    time = np.arange(int(decay * SAMPLE_RATE)) / SAMPLE_RATE
    tail = rng.standard_normal(len(time)) * 10 ** (-3 * time / decay)
    tail *= 10 ** (rng.uniform(-12, 3) / 20) / np.sqrt((tail**2).sum())
    tail[0] += 1
    size = scipy.fft.next_fast_len(len(signal) + len(tail), real=True)
    return scipy.fft.irfft(scipy.fft.rfft(signal, size) * scipy.fft.rfft(tail, size), size)[: len(signal)]


def place(signal: np.ndarray, peak_db: float) -> np.ndarray:
    """The signal as int16 with its peak `peak_db` dB (at most 0) relative to full scale."""
    peak = np.abs(signal).max(initial=0)
    return np.round(signal * (32767 * 10 ** (peak_db / 20) / max(peak, 1e-9))).astype(np.int16)


def _active_rms(signal: np.ndarray) -> float:
    active = np.repeat(active_frames(signal), FRAME)
    sounding = signal[: len(active)][active]
    return float(np.sqrt((sounding**2).mean())) if len(sounding) else 0.0


def _frequencies(samples: int) -> np.ndarray:
    return scipy.fft.rfftfreq(samples, 1 / SAMPLE_RATE)
