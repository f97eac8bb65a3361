"""What an arranger reads in a draft: its melody, its bass, what lies between them, and a chord for each half bar."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analysis.composing.piece import Draft
from analysis.synthesis.theory import SCALES, Chord
from models.score import PER_BAR, PER_BEAT

HALF = PER_BAR // 2
TRIADS = ((0, 4, 7), (0, 3, 7), (0, 3, 6))
CHORDS = tuple(Chord(root, tones) for root in range(12) for tones in TRIADS)
ROOTS = np.array([chord.root for chord in CHORDS])
CONTAINED = np.array([[pitch_class in chord.pitch_classes for pitch_class in range(12)] for chord in CHORDS], float)
# What speaks for a chord, in shares of all that sounds: each tone of another chord speaks against it.
OUTSIDE, ROOT_IN_BASS, IN_KEY, STAYS, DIMINISHED = 0.6, 0.3, 0.15, 0.1, -0.2
GAP = PER_BEAT // 2  # ticks: shorter rests are bridged when a melody is sung


@dataclass(frozen=True)
class Voices:
    """A draft taken apart; all notes are rows as in a Draft."""

    draft: Draft

    @cached_property
    def melody(self) -> np.ndarray:
        """The top voice: what is struck above all that sounds, and not in the lower half of what its bar holds."""
        return self.draft.notes[self._melodic]

    @cached_property
    def bass(self) -> np.ndarray:
        """What is struck below all that sounds, in the lower half of its bar."""
        return self.draft.notes[self._extreme(-1) & ~self._melodic]

    @cached_property
    def accompaniment(self) -> np.ndarray:
        """All but the melody."""
        return self.draft.notes[~self._melodic]

    @cached_property
    def scale(self) -> tuple[int, ...]:
        """Pitch classes of the key."""
        steps = SCALES["minor" if self.draft.minor else "major"]
        return tuple((self.draft.tonic + step) % 12 for step in steps)

    @cached_property
    def chords(self) -> tuple[Chord, ...]:
        """The triad of each half bar that fits what sounds in it best; the last bar has one chord."""
        found: list[Chord] = []
        last = Chord(self.draft.tonic, TRIADS[self.draft.minor])
        for half in range(2 * self.draft.bars - 2):
            last = self._chord(half * HALF, (half + 1) * HALF, last)
            found.append(last)
        final = self._chord((self.draft.bars - 1) * PER_BAR, self.draft.bars * PER_BAR, last)
        return (*found, final, final)

    def sung(self) -> np.ndarray:
        """The melody as one voice: a note ends where the next one begins, and short rests are bridged."""
        notes = self.melody.copy()
        until = np.diff(notes[:, 0], append=self.draft.bars * PER_BAR)
        bridged = (notes[:, 1] > until) | (until - notes[:, 1] <= GAP)
        notes[:, 1] = np.where(bridged, until, notes[:, 1])
        return notes

    @cached_property
    def _melodic(self) -> np.ndarray:
        return self._extreme(1)

    def _extreme(self, side: int) -> np.ndarray:
        """Which notes are above (1) or below (-1) all others that sound when they are struck, on their side of the bar's mean pitch."""
        tick, duration, pitch, _ = self.draft.notes.T
        bars = tick // PER_BAR
        counts = np.maximum(np.bincount(bars), 1)
        middle = (np.bincount(bars, weights=pitch) / counts)[bars]
        chosen = np.zeros(len(pitch), bool)
        for number in np.flatnonzero(side * (pitch - middle) >= 0).tolist():
            sounds = (tick <= tick[number]) & (tick + duration > tick[number])
            sounds[number] = False
            others = side * pitch[sounds]
            chosen[number] = not len(others) or side * pitch[number] > others.max()
        return chosen

    def _chord(self, start: int, end: int, last: Chord) -> Chord:
        tick, duration, pitch, _ = self.draft.notes.T
        weights = np.clip(np.minimum(tick + duration, end) - np.maximum(tick, start), 0, None).astype(float)
        if not weights.any():
            return last
        bass = pitch[weights > 0].min() % 12
        inside = CONTAINED @ np.bincount(pitch % 12, weights=weights, minlength=12) / weights.sum()
        fit = inside - OUTSIDE * (1 - inside) + ROOT_IN_BASS * (bass == ROOTS) + IN_KEY * (CONTAINED[:, self.scale].sum(axis=1) == 3)
        fit += [STAYS * (chord == last) + DIMINISHED * (chord.tones == TRIADS[2]) for chord in CHORDS]
        return CHORDS[int(fit.argmax())]
