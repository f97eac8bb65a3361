"""The little harmony the arranger needs: roman numerals to chords, and scales, as MIDI pitch classes and pitches."""

import re
from dataclasses import dataclass

SCALES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "harmonic minor": (0, 2, 3, 5, 7, 8, 11),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "major pentatonic": (0, 2, 4, 7, 9),
    "minor pentatonic": (0, 3, 5, 7, 10),
    "blues": (0, 3, 5, 6, 7, 10),
}

# Chord quality -> semitones above the root. A lower-case numeral without a suffix is "m".
QUALITIES = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "5": (0, 7),
    "dim": (0, 3, 6),
    "sus4": (0, 5, 7),
    "6": (0, 4, 7, 9),
    "m6": (0, 3, 7, 9),
    "7": (0, 4, 7, 10),
    "9": (0, 4, 10, 14),
    "13": (0, 4, 10, 21),
    "maj7": (0, 4, 7, 11),
    "maj9": (0, 4, 11, 14),
    "m7": (0, 3, 7, 10),
    "m9": (0, 3, 10, 14),
    "m7b5": (0, 3, 6, 10),
}

_NUMERALS = {"i": 0, "ii": 2, "iii": 4, "iv": 5, "v": 7, "vi": 9, "vii": 11}
_CHORD = re.compile(r"(?P<flat>b?)(?P<numeral>vii|vi|v|iv|iii|ii|i)(?P<quality>.*)", re.IGNORECASE)


@dataclass(frozen=True)
class Chord:
    """A chord in a key.

    root : pitch class of the root, 0..11
    tones : semitones above the root, the first is 0
    """

    root: int
    tones: tuple[int, ...]

    @property
    def pitch_classes(self) -> tuple[int, ...]:
        """Pitch classes of all tones, root first."""
        return tuple((self.root + tone) % 12 for tone in self.tones)

    def degree(self, digit: str) -> int:
        """Semitones above the root of the tone a figure's digit names: 1 root, 2 ninth's step, 3 third, 4 fourth, 5 fifth, 6 sixth,
        7 seventh, 8 octave, 9 ninth, 0 tenth."""
        third = 3 if 3 in self.tones else 4
        fifth = 6 if 6 in self.tones else 7
        seventh = 11 if 11 in self.tones else 10
        return {"1": 0, "2": 2, "3": third, "4": 5, "5": fifth, "6": 9, "7": seventh, "8": 12, "9": 14, "0": 12 + third}[digit]


def chord(text: str, key: int) -> Chord:
    """Parse a roman numeral such as `ii7`, `bVII` or `Imaj7` in the key of pitch class `key`.

    Degrees are those of the major scale, `b` lowers them; upper case is a major and lower case a minor third.
    """
    match = _CHORD.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a chord in roman numerals")
    numeral, quality = match["numeral"], match["quality"]
    if numeral.islower() and not quality.startswith(("m", "dim", "5", "sus")):
        quality = "m" + quality
    if quality not in QUALITIES:
        raise ValueError(f"{text!r}: unknown chord quality {quality!r}; known are {', '.join(filter(None, QUALITIES))}")
    root = key + _NUMERALS[numeral.lower()] - (1 if match["flat"] else 0)
    return Chord(root % 12, QUALITIES[quality])


def nearest(pitch_class: int, centre: float) -> int:
    """The MIDI pitch of a pitch class that is nearest to `centre`."""
    return round((centre - pitch_class) / 12) * 12 + pitch_class


def voicing(harmony: Chord, centre: float) -> list[int]:
    """Close position around `centre`: each tone in its nearest octave, so that successive chords share or step."""
    return sorted({nearest(pitch_class, centre) for pitch_class in harmony.pitch_classes})


def snap(pitch: int, pitch_classes: tuple[int, ...]) -> int:
    """The pitch nearest to `pitch` (the lower one of two) whose class is among `pitch_classes`."""
    return min((nearest(pitch_class, pitch) for pitch_class in pitch_classes), key=lambda found: (abs(found - pitch), found))


def scale_step(pitch: int, steps: int, scale: tuple[int, ...]) -> int:
    """Move `steps` up (or down) the scale, given as pitch classes, from `pitch` or the scale tone nearest to it."""
    pitch = snap(pitch, scale)
    classes = set(scale)
    direction = 1 if steps > 0 else -1
    for _ in range(abs(steps)):
        pitch += direction
        while pitch % 12 not in classes:
            pitch += direction
    return pitch
