"""The sound of a piece: every note played by the sound font, shaped by its touch, panned, put in a room and levelled.

symusic's synthesizer plays the samples of the font as they are: it knows neither velocity, volume and pan, nor how a note decays and
dies away. So it is asked for each pitch of a part only once, and what is done to its notes is done here.
"""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np
import scipy.ndimage
import scipy.signal

from analysis.composing.piece import Part, Piece
from analysis.composing.touch import Touch, touch_of
from analysis.files import whole_file
from analysis.synthesis.render import RATE, fade, limit, reverberate, synthesizer
from models.score import PER_BAR, PER_BEAT

SOFTEST, LOUDEST = -27.0, -16.0  # dBFS RMS of a whole piece
USUAL = -21.0  # dBFS RMS at which a piece is set whose parts add up to MIXED
MIXED = -29.0  # dB RMS of the parts before the whole is levelled, in the middle of what arrangements have
KEPT = 0.5  # of the dB by which pieces differ
ROOM, REVERB = 1.9, 0.16  # s until the room is silent, share of it in the mix
BRIGHT = 1200  # Hz above which soft notes are duller
LONGEST = 12.0  # s of a note: longer ones have died away or are struck again
BLOCK = 10 * RATE  # samples written at once: libsndfile's Vorbis encoder fails on minutes at a time
# The synthesizer can read past the end of a sample into other memory; the loudest notes of the font have a peak of 3.
ABSURD = 8.0
_SILENCE = 1e-9


def render(piece: Piece) -> np.ndarray:
    """The sound of a piece.

    Returns
    -------
    np.ndarray [shape=(2, n), float32] at RATE, n = draft.seconds * RATE: the last chord fades within the last bar. Peak below 0.89
    (analysis.synthesis.render.CEILING); RMS between SOFTEST and LOUDEST dBFS, higher the more is played and the harder
    """
    length = round(piece.draft.seconds * RATE)
    mixed = np.zeros((2, length), np.float32)
    for part in piece.parts:
        sound = _play(part, piece.draft.tempo, length) * _loudness(part.volume)
        for channel, gain in zip(mixed, _panned(part.pan), strict=True):
            channel += gain * sound
    mixed += REVERB * reverberate(mixed.mean(axis=0, keepdims=True), ROOM, seed=0)  # a room answers on both sides
    bar = PER_BAR / PER_BEAT * 60 / piece.draft.tempo
    return fade(limit(_levelled(mixed)), 0.005, min(0.7 * bar, 2.5))


def save_wav(sound: np.ndarray, path: Path) -> None:
    """Write a sound [shape=(2, n)] as 16-bit WAV, whole or not at all. Raises LibraryError when it cannot be written."""
    _save(sound, path, "WAV", "PCM_16")


def save_ogg(sound: np.ndarray, path: Path) -> None:
    """Write a sound [shape=(2, n)] as Ogg Vorbis, whole or not at all. Raises LibraryError when it cannot be written."""
    _save(sound, path, "OGG", "VORBIS")


def _save(sound: np.ndarray, path: Path, container: str, coding: str) -> None:
    import soundfile  # here, because pages that only show what was made do not wait for it

    with whole_file(path) as partial, soundfile.SoundFile(partial, "w", RATE, len(sound), coding, format=container) as file:
        for start in range(0, sound.shape[1], BLOCK):
            file.write(sound[:, start : start + BLOCK].T)


def _play(part: Part, tempo: float, length: int) -> np.ndarray:
    """A part played by itself, mono, at full volume."""
    played = np.zeros(length, np.float32)
    second = 60 / tempo / PER_BEAT
    for pitch in np.unique(part.notes[:, 2]).tolist():
        notes = part.notes[part.notes[:, 2] == pitch]
        touch = touch_of(part.program, pitch, part.is_drum)
        longest = min(max(touch.sounding(notes[:, 1].max() * second), 0.05), LONGEST)
        bright = _struck(part, pitch, longest) * touch.envelope(longest)
        dull = scipy.signal.lfilter(*_dulled(), bright).astype(np.float32)
        for tick, duration, _, velocity in notes.tolist():
            start = round(tick * second * RATE)
            sound = _note(bright, dull, velocity, touch, duration * second)[: length - start]
            played[start : start + len(sound)] += sound
    return played


def _struck(part: Part, pitch: int, seconds: float) -> np.ndarray:
    """What the font has for a pitch, mono, as loud as any other."""
    from symusic.core import NoteSecond, ScoreSecond, TrackSecond

    score = ScoreSecond(PER_BEAT)
    track = TrackSecond(part.name, part.program, part.is_drum)
    track.notes.append(NoteSecond(0.0, seconds, pitch, 100))
    score.tracks.append(track)
    sound = np.zeros(round(seconds * RATE), np.float32)
    found = synthesizer().render(score, False)[0][: len(sound)]
    sound[: len(found)] = np.where(np.abs(found) < ABSURD, found, 0)
    loudest = np.sqrt(scipy.ndimage.uniform_filter1d(sound[: RATE // 2] ** 2, round(0.05 * RATE)).max())
    return sound * np.float32(0.1 / max(loudest, _SILENCE))


def _note(bright: np.ndarray, dull: np.ndarray, velocity: int, touch: Touch, seconds: float) -> np.ndarray:
    """A note of a velocity, released when its time is over."""
    ends = round(touch.sounding(seconds) * RATE)
    brightness = np.float32(velocity / 127)
    sound = _loudness(velocity) * (brightness * bright[:ends] + (1 - brightness) * dull[:ends])
    falling = min(round(touch.released(seconds) * RATE), len(sound))
    sound[len(sound) - falling :] *= _falling(falling)
    return sound


@lru_cache(64)
def _falling(samples: int) -> np.ndarray:
    return np.linspace(1, 0, samples, dtype=np.float32) ** 2


def _dulled() -> tuple[np.ndarray, np.ndarray]:
    numerator, denominator = scipy.signal.butter(1, BRIGHT, fs=RATE)
    return numerator, denominator


def _loudness(value: int) -> np.float32:
    """Amplitude of a velocity or volume of 0..127, as General MIDI recommends."""
    return np.float32((value / 127) ** 2)


def _panned(pan: int) -> Iterator[np.float32]:
    """Equal power, left and right."""
    angle = pan / 127 * np.pi / 2
    yield np.float32(np.cos(angle))
    yield np.float32(np.sin(angle))


def _levelled(sound: np.ndarray) -> np.ndarray:
    """Set to an RMS that keeps some of what makes a piece louder than another."""
    rms = 20 * np.log10(max(float(np.sqrt(np.mean(sound**2))), _SILENCE))
    wanted = np.clip(USUAL + KEPT * (rms - MIXED), SOFTEST, LOUDEST)
    return sound * np.float32(10 ** ((wanted - rms) / 20))
