"""Sound effects made of noise, filters and envelopes. Each is a function of (seconds, rng) in EFFECTS."""

from collections.abc import Callable

import numpy as np
import scipy.signal

from analysis.synthesis.render import RATE, fade, level, limit

LOUDNESS = -23.0  # dBFS RMS


def effect(name: str, seconds: float, seed: int) -> np.ndarray:
    """A sound effect of EFFECTS.

    Returns
    -------
    np.ndarray [shape=(2, seconds * RATE), float32] at LOUDNESS; the same seed gives the same sound
    """
    if name not in EFFECTS:
        raise ValueError(f"unknown effect {name!r}: choose one of {', '.join(EFFECTS)}")
    sound = EFFECTS[name](seconds, np.random.default_rng(seed))
    return fade(limit(level(sound, LOUDNESS)), 0.02, 0.1)


def rain(seconds: float, rng: np.random.Generator) -> np.ndarray:
    """A hiss that swells slowly, and drops on a roof."""
    hiss = _band(_noise(seconds, rng), 900, 9000) * _swell(seconds, rng, 0.3, 0.25)
    drops = np.zeros_like(hiss)
    for channel in drops:
        places = rng.integers(0, len(channel), int(45 * seconds))
        channel[places] = rng.exponential(1.0, len(places))
    return hiss + 4 * _band(drops, 700, 4500)


def wind(seconds: float, rng: np.random.Generator) -> np.ndarray:
    """Noise through a band that wanders: gusts and a faint howl."""
    low = _band(_noise(seconds, rng), 60, 350) * _swell(seconds, rng, 0.25, 0.6)
    howl = _band(_noise(seconds, rng), 420, 620) * _swell(seconds, rng, 0.4, 1.0) ** 2
    return low + 0.5 * howl


def thunder(seconds: float, rng: np.random.Generator) -> np.ndarray:
    """Cracks with a long rolling decay, over rain."""
    sound = 0.12 * rain(seconds, rng)
    for start in _moments(seconds, 0.22, rng):
        length = min(seconds - start, 5.0)
        times = np.arange(round(length * RATE)) / RATE
        roll = _band(_noise(length, rng), 30, 260) * np.exp(-times / 1.4) * _swell(length, rng, 3.0, 0.7)
        crack = _band(_noise(length, rng), 200, 5000) * np.exp(-times / 0.12)
        _add(sound, 4 * roll + 0.9 * crack, start)
    return sound


def engine(seconds: float, rng: np.random.Generator) -> np.ndarray:
    """A car that revs: irregular firing pulses through the body's resonances, and road noise."""
    speed = 32 + 22 * _swell(seconds, rng, 0.35, 0.8)[0] + 0.8 * rng.standard_normal(round(seconds * RATE)).cumsum() / RATE
    phase = np.cumsum(speed / RATE)
    stroke = np.floor(phase).astype(int)
    strength = rng.uniform(0.7, 1.0, stroke[-1] + 2)[stroke]
    pulse = strength * np.exp(-6 * (phase % 1)) * np.sign(np.sin(2 * np.pi * 3 * phase))
    rumble = _band(np.stack([pulse, np.roll(pulse, 90)]), 40, 1400)
    return rumble + 0.16 * _band(_noise(seconds, rng), 150, 3000) * (speed / 60)


def crowd(seconds: float, rng: np.random.Generator) -> np.ndarray:
    """Many murmuring voices at once: buzzing sources through moving formants, syllable by syllable."""
    length = round(seconds * RATE)
    sound = np.zeros((2, length))
    for _ in range(22):
        pitch = rng.uniform(90, 240) * (1 + 0.07 * _smooth(seconds, rng, 3.0))
        buzz = scipy.signal.sawtooth(2 * np.pi * np.cumsum(pitch) / RATE) + 0.3 * rng.standard_normal(length)
        syllables = np.clip(_smooth(seconds, rng, rng.uniform(4, 6)), 0, None) ** 1.5
        vowel = _band(buzz, *(np.array([0.75, 1.35]) * rng.uniform(420, 1500)), order=1)
        left = rng.uniform(0.15, 0.85)
        sound += np.outer([left, 1 - left], vowel * syllables * rng.uniform(0.3, 1.0))
    return sound / np.abs(sound).max() + 0.02 * _noise(seconds, rng)


def footsteps(seconds: float, rng: np.random.Generator) -> np.ndarray:
    """Heel and toe on a hard floor, walking pace, in a quiet room."""
    sound = 0.004 * _band(_noise(seconds, rng), 80, 2000)
    moment, pace = 0.1, rng.uniform(0.48, 0.6)
    while moment < seconds - 0.3:
        for delay, strength in ((0.0, 1.0), (rng.uniform(0.07, 0.1), 0.45)):
            _add(sound, strength * rng.uniform(0.7, 1.1) * _knock(rng, 0.18, rng.uniform(110, 150), 0.014, 2600), moment + delay)
        moment += pace + rng.normal(0, 0.02)
    return sound


def door(seconds: float, rng: np.random.Generator) -> np.ndarray:
    """Doors that creak and shut, one after another."""
    sound = 0.004 * _noise(seconds, rng)
    for start in np.arange(0.1, seconds - 1.2, 2.2):
        length = 1.0
        times = np.arange(round(length * RATE)) / RATE
        clicks = (np.diff(np.floor(np.cumsum((30 + 70 * times + 10 * _smooth(length, rng, 6)) / RATE)), prepend=0) > 0).astype(float)
        creak = _band(clicks * rng.uniform(0.5, 1, len(clicks)), 500, 2600)
        _add(sound, np.stack([creak, creak]) * 2, start)
        _add(sound, 2.5 * _knock(rng, 0.5, 85, 0.06, 1800), start + 1.02)
    return sound


def shots(seconds: float, rng: np.random.Generator) -> np.ndarray:
    """Gunshots in bursts: a crack, a body and the echo of the street."""
    sound = 0.004 * _noise(seconds, rng)
    moment = 0.15
    while moment < seconds - 0.4:
        for _ in range(rng.integers(1, 5)):
            length = min(1.4, seconds - moment)
            if length <= 0.1:
                break
            times = np.arange(round(length * RATE)) / RATE
            blast = _noise(length, rng) * np.exp(-times / 0.025) + 0.8 * _band(_noise(length, rng), 60, 700) * np.exp(-times / 0.09)
            echo = _band(_noise(length, rng), 150, 2500) * np.exp(-times / 0.35) * 0.14
            _add(sound, rng.uniform(0.7, 1) * (blast + echo), moment)
            moment += rng.uniform(0.12, 0.35)
        moment += rng.uniform(0.4, 1.1)
    return sound


def siren(seconds: float, rng: np.random.Generator) -> np.ndarray:
    """A wailing siren in traffic."""
    times = np.arange(round(seconds * RATE)) / RATE
    pitch = 900 + 450 * scipy.signal.sawtooth(2 * np.pi * times / rng.uniform(3, 5), 0.5)
    wail = np.tanh(2 * np.sin(2 * np.pi * np.cumsum(pitch) / RATE))
    near = 0.35 + 0.65 * np.sin(np.pi * times / seconds)
    return np.stack([wail * near, np.roll(wail, 400) * near]) + 0.5 * engine(seconds, rng)


def machine(seconds: float, rng: np.random.Generator) -> np.ndarray:
    """A printing press: a motor's hum and two strokes a second."""
    times = np.arange(round(seconds * RATE)) / RATE
    hum = 0.08 * np.sign(np.sin(2 * np.pi * 49.7 * times)) + 0.02 * rng.standard_normal(len(times))
    sound = _band(np.stack([hum, hum]), 40, 900)
    period = rng.uniform(0.42, 0.52)
    for start in np.arange(0.05, seconds - 0.3, period):
        _add(sound, _knock(rng, 0.25, 240, 0.03, 4200), start)
        _add(sound, 0.5 * _knock(rng, 0.2, 420, 0.02, 6000), start + 0.42 * period)
    return sound


EFFECTS: dict[str, Callable[[float, np.random.Generator], np.ndarray]] = {
    "rain": rain, "wind": wind, "thunder": thunder, "engine": engine, "crowd": crowd, "footsteps": footsteps, "door": door,
    "shots": shots, "siren": siren, "machine": machine,
}  # fmt: skip


def _noise(seconds: float, rng: np.random.Generator) -> np.ndarray:
    return rng.standard_normal((2, round(seconds * RATE)))


def _band(sound: np.ndarray, low: float, high: float, *, order: int = 2) -> np.ndarray:
    return scipy.signal.sosfilt(scipy.signal.butter(order, (low, high), "bandpass", fs=RATE, output="sos"), sound)


def _smooth(seconds: float, rng: np.random.Generator, rate: float) -> np.ndarray:
    """A random curve around 0, about -2..2, that turns `rate` times a second."""
    knots = max(int(np.ceil(seconds * rate)) + 3, 4)
    places = np.linspace(0, 1, round(seconds * RATE))
    return np.interp(places, np.linspace(0, 1, knots), rng.standard_normal(knots))


def _swell(seconds: float, rng: np.random.Generator, rate: float, depth: float) -> np.ndarray:
    """A positive gain around 1 that wanders, one row for both channels."""
    return np.clip(1 + depth * 0.6 * _smooth(seconds, rng, rate), 0.1, None)[np.newaxis]


def _moments(seconds: float, rate: float, rng: np.random.Generator) -> np.ndarray:
    """Random moments, `rate` a second, the first at once, none in the last second."""
    count = max(int(rate * seconds), 1)
    return np.sort(np.r_[0.1, rng.uniform(0.1, max(seconds - 1, 0.2), count - 1)])


def _knock(rng: np.random.Generator, length: float, pitch: float, decay: float, bright: float) -> np.ndarray:
    """A hard thing struck: a short tone and a click."""
    times = np.arange(round(length * RATE)) / RATE
    body = np.sin(2 * np.pi * pitch * times) * np.exp(-times / (4 * decay))
    click = _band(rng.standard_normal(len(times)), 200, bright) * np.exp(-times / decay)
    knock = body + 1.5 * click
    return np.stack([knock, knock])


def _add(sound: np.ndarray, other: np.ndarray, start: float) -> None:
    """Add `other` to `sound` in place from `start` seconds on, cut at its end."""
    first = round(start * RATE)
    piece = other[:, : max(sound.shape[1] - first, 0)]
    sound[:, first : first + piece.shape[1]] += piece
