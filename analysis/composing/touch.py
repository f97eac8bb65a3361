"""How notes begin, decay and end on each General MIDI instrument, which the sound font's samples leave open."""

from dataclasses import dataclass

import numpy as np

from analysis.synthesis.render import RATE

HELD = float("inf")


@dataclass(frozen=True)
class Touch:
    """Seconds in which a note rises, in which it decays by 60 dB while it is held, and in which it dies away after it.

    rings : a note sounds at least so long, whatever is written (struck bells, plucked harps)
    level : amplitude beside other instruments
    """

    rise: float
    decay: float
    release: float
    rings: float = 0.0
    level: float = 1.0

    def sounding(self, seconds: float) -> float:
        """How long a note of a written duration is heard."""
        return max(seconds, self.rings) + self.released(seconds)

    def released(self, seconds: float) -> float:
        """In what time a note of a written duration dies away: short notes stay short."""
        return min(self.release, max(seconds, self.rings) / 2 + 0.05)

    def envelope(self, seconds: float) -> np.ndarray:
        """Amplitude over a time [shape=(n,), float32], without the release."""
        times = np.arange(round(seconds * RATE), dtype=np.float32) / RATE
        amplitude = np.exp(times * np.float32(-6.9 / self.decay))
        rising = min(round(self.rise * RATE), len(amplitude))
        amplitude[:rising] *= np.linspace(0, 1, rising, dtype=np.float32)
        return amplitude * np.float32(self.level)


# General MIDI programs, up to and including the first number.
PROGRAMS = (
    (7, Touch(0, 7.0, 0.25)),  # pianos
    (8, Touch(0, 2.5, 0.4, 1.2)),  # celesta
    (10, Touch(0, 3.0, 0.4, 1.5)),  # glockenspiel, music box
    (11, Touch(0, 5.0, 0.4, 1.0)),  # vibraphone
    (13, Touch(0, 0.9, 0.1, 0.4)),  # marimba, xylophone
    (15, Touch(0, 5.0, 0.6, 3.0)),  # tubular bells, dulcimer
    (23, Touch(0.01, HELD, 0.12)),  # organs
    (31, Touch(0, 4.0, 0.2)),  # guitars
    (37, Touch(0, 4.0, 0.1)),  # basses
    (39, Touch(0, 6.0, 0.08)),  # synthetic basses
    (43, Touch(0.02, HELD, 0.2)),  # solo strings
    (44, Touch(0.02, HELD, 0.25)),  # tremolo
    (45, Touch(0, 1.6, 0.2, 0.3)),  # pizzicato
    (46, Touch(0, 4.0, 0.5, 1.2)),  # harp
    (47, Touch(0, 3.0, 0.5, 0.8)),  # timpani
    (48, Touch(0.015, HELD, 0.3)),  # strings
    (51, Touch(0.08, HELD, 0.4)),  # slow and synthetic strings
    (54, Touch(0.06, HELD, 0.35)),  # choirs
    (55, Touch(0, 2.0, 0.3)),  # orchestra hit
    (63, Touch(0.02, HELD, 0.15)),  # brass
    (87, Touch(0.02, HELD, 0.12)),  # woodwinds, leads
    (103, Touch(0.25, HELD, 0.8)),  # pads and effects
    (108, Touch(0, 3.0, 0.2)),  # sitar to kalimba
    (111, Touch(0.03, HELD, 0.12)),  # bagpipe, fiddle, shanai
    (119, Touch(0, 3.0, 0.4, 1.0)),  # struck
    (127, Touch(0.05, HELD, 0.5)),  # noises
)
CYMBALS = {46: 1.2, 49: 3.5, 51: 2.5, 52: 3.0, 53: 2.5, 55: 2.0, 57: 4.0, 59: 3.0, 80: 0.3, 81: 2.5}  # percussion that rings, s to decay
HISSING = {*CYMBALS, 42, 44, 54, 70}  # would drown all else if they were as loud
LOW_DRUMS = {35: 1.2, 36: 1.6, 41: 1.6, 43: 1.5, 45: 1.3, 47: 1.2, 48: 1.1, 50: 1.0}


def touch_of(program: int, pitch: int, is_drum: bool) -> Touch:
    """The touch of a note: low strings and drums ring longer than high ones."""
    if is_drum:
        decay = CYMBALS.get(pitch) or LOW_DRUMS.get(pitch) or 0.5
        return Touch(0, decay, 0.1, decay / 2, 0.45 if pitch in HISSING else 1.0)
    touch = next(touch for last, touch in PROGRAMS if program <= last)
    if touch.decay == HELD:
        return touch
    return Touch(touch.rise, touch.decay * 2 ** ((60 - pitch) / 24), touch.release, touch.rings)
