"""Play a piece with the sound font that pretty_midi installs: each part by itself, then panned, driven, mixed and put in a room."""

import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import scipy.ndimage
import scipy.signal

from analysis.synthesis.music import Piece, Track, to_score
from errors import LeitmotifError

RATE = 44100  # Hz, the rate of the demo's films
LOUDNESS = {"low": -26.0, "medium": -21.0, "high": -17.0}  # dBFS RMS for each energy level
PART_LEVEL, DRUMS_LEVEL = -20.0, -16.0  # dBFS RMS of a part before its own gain: the font's instruments differ by 15 dB
LOW_CUT = 40  # Hz: the font's basses and drums rumble below it
SHELF, SHELF_GAIN = 1000, 0.6  # Hz, factor: the font is brighter than recordings are
CEILING = 0.89  # peak that `limit` keeps: -1 dBFS
_SILENCE = 1e-9


def render(piece: Piece, seconds: float) -> np.ndarray:
    """Sound of a piece.

    Parameters
    ----------
    piece : what analysis.synthesis.music.arrange wrote
    seconds : length of the result; what rings longer is faded out

    Returns
    -------
    np.ndarray [shape=(2, seconds * RATE), float32], peak below CEILING, RMS by the piece's energy
    """
    length = round(seconds * RATE)
    mixed = np.zeros((2, length), np.float32)
    for track in piece.tracks:
        sound = _play(piece, track, length)
        mixed += _pan(_drive(sound, track.part.drive), track.part.pan) * _gain(track.part.gain)
    mixed = _compress(_master(mixed), piece.style.compression)
    roomy = mixed + piece.style.reverb * reverberate(mixed, piece.style.room, piece.seed)
    return limit(fade(level(roomy, LOUDNESS[piece.mood.energy]), 0.01, 0.8))


def level(sound: np.ndarray, decibels: float) -> np.ndarray:
    """Scale to an RMS in dBFS, measured where it sounds (rests and decay do not count)."""
    power = np.atleast_2d(sound).mean(axis=0) ** 2
    rms = float(np.sqrt(power[power > power.max() * 1e-4].mean())) if power.any() else _SILENCE
    return (sound * (10 ** (decibels / 20) / rms)).astype(np.float32)


def limit(sound: np.ndarray) -> np.ndarray:
    """Bend peaks over 0.6 smoothly under CEILING; softer samples stay as they are."""
    knee, room = 0.6, CEILING - 0.6
    limited = sound.astype(np.float32)
    loud = np.abs(limited) > knee
    peaks = limited[loud]
    limited[loud] = np.sign(peaks) * (knee + room * np.tanh((np.abs(peaks) - knee) / room))
    return limited


def fade(sound: np.ndarray, rise: float, fall: float) -> np.ndarray:
    """Fade in over `rise` and out over `fall` seconds."""
    shaped = sound.copy()
    first, last = round(rise * RATE), round(fall * RATE)
    shaped[..., :first] *= np.linspace(0, 1, first, dtype=np.float32)
    if last:
        shaped[..., -last:] *= np.linspace(1, 0, last, dtype=np.float32) ** 2
    return shaped


def reverberate(sound: np.ndarray, decay: float, seed: int) -> np.ndarray:
    """The sound of a room without the direct sound, in stereo: convolution with noise that decays by 60 dB in `decay` seconds."""
    rng = np.random.default_rng(seed)
    times = np.arange(round(decay * RATE)) / RATE
    response = rng.standard_normal((2, len(times))) * 10 ** (-3 * times / decay)
    response = scipy.signal.lfilter([0.35], [1, -0.65], response)  # walls swallow the highs
    response[:, : round(0.012 * RATE)] = 0
    response /= np.sqrt((response**2).sum(axis=1, keepdims=True))
    return scipy.signal.oaconvolve(sound, response.astype(np.float32), axes=1)[:, : sound.shape[1]].astype(np.float32)


def _play(piece: Piece, track: Track, length: int) -> np.ndarray:
    """A track played by itself, mono, cut or padded to `length` samples, at the same loudness whatever the instrument."""
    if not track.notes:
        return np.zeros(length, np.float32)
    sound = synthesizer().render(to_score(piece, (track,)), True).mean(axis=0)[:length]
    return level(np.pad(sound, (0, length - len(sound))), DRUMS_LEVEL if track.is_drum else PART_LEVEL)


def _master(sound: np.ndarray) -> np.ndarray:
    """Tone of the whole: no rumble, highs a little softer."""
    cut = scipy.signal.sosfilt(scipy.signal.butter(2, LOW_CUT, "highpass", fs=RATE, output="sos"), sound)
    warm = scipy.signal.sosfilt(scipy.signal.butter(1, SHELF, fs=RATE, output="sos"), cut)
    return (SHELF_GAIN * cut + (1 - SHELF_GAIN) * warm).astype(np.float32)


def _compress(sound: np.ndarray, amount: float) -> np.ndarray:
    """Even out the loudness over a tenth of a second."""
    power = scipy.ndimage.uniform_filter1d((sound**2).mean(axis=0), round(0.1 * RATE))
    floor = power.max() * 1e-3 + _SILENCE  # what fades away is not pulled up
    return (sound * (power + floor) ** (-amount / 2)).astype(np.float32)


def _drive(sound: np.ndarray, amount: float) -> np.ndarray:
    """An amplifier that saturates, treble first, mixed with the clean sound; its speaker takes off what is above 5 kHz."""
    rms = np.sqrt((sound**2).mean())
    if amount == 0 or rms < _SILENCE:
        return sound
    treble = scipy.signal.sosfilt(scipy.signal.butter(1, 700, "highpass", fs=RATE, output="sos"), sound)
    driven = np.tanh((0.5 * sound + treble) / rms)
    driven = scipy.signal.sosfilt(scipy.signal.butter(2, (90, 5000), "bandpass", fs=RATE, output="sos"), driven)
    mixed = (1 - amount) * sound + amount * driven * (rms / np.sqrt((driven**2).mean()))
    return (mixed * (rms / np.sqrt((mixed**2).mean()))).astype(np.float32)


def _pan(sound: np.ndarray, position: float) -> np.ndarray:
    """Equal-power panning of a mono sound."""
    angle = (position + 1) * np.pi / 4
    return np.stack([sound * np.cos(angle), sound * np.sin(angle)]).astype(np.float32)


def _gain(decibels: float) -> np.float32:
    return np.float32(10 ** (decibels / 20))


@cache
def synthesizer() -> Any:
    """The sound font's player: it plays samples as they are, whatever velocity, volume and pan say."""
    from symusic import Synthesizer

    return Synthesizer(str(sound_font()), RATE, 1)


def sound_font() -> Path:
    """The General MIDI sound font in the pretty_midi package. Raises LeitmotifError when it is not there."""
    found = importlib.util.find_spec("pretty_midi")  # found, not imported: only its data file is wanted
    path = Path(found.origin).parent / "TimGM6mb.sf2" if found and found.origin else None
    if path is None or not path.is_file():
        raise LeitmotifError("the sound font TimGM6mb.sf2 of the pretty_midi package is missing: pip install --force-reinstall pretty_midi")
    return path
