"""What the notes of a piece say without being heard: key, mode, tempo, density, dissonance and more, each a number."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from analysis import midi
from errors import ScoreError

# How well each pitch class fits a key on C: Krumhansl & Kessler, "Tracing the dynamic changes in perceived tonal organization" (1982).
MAJOR = np.array([6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88])
MINOR = np.array([6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17])
# Dissonance of two notes 0..11 semitones apart, 0..1, by the consonances of Huron's "Interval-class content in equally tempered
# pitch-class sets" (1994), octaves apart counting the same.
DISSONANCE = np.array([0.0, 1.0, 0.72, 0.2, 0.13, 0.09, 0.83, 0.09, 0.13, 0.2, 0.72, 1.0])
TRIADS = {"major": (4, 7), "minor": (3, 7), "diminished": (3, 6), "augmented": (4, 8)}  # semitones above the root
TOGETHER = 0.05  # s: notes that begin closer than this are struck together
LONGEST = 2.0  # s of a note that count for the key
PHRASE = 8.0  # s over which a key is looked for
LOW, HIGH = 48, 76  # MIDI pitches below and above which a note is low or high
FASTEST, USUAL, SLOWEST = 240.0, 100.0, 30.0  # beats a minute
TICK = 0.025  # s, the grid on which a beat is looked for
PAUSE = 4.0  # s without a note that are no longer rhythm
FEWEST_NOTES = 8
MOST_HOURS = 6  # a piece of more is a damaged file, whose beats would be looked for among millions


class Key(NamedTuple):
    """A key: its tonic, 0 (C) to 11; whether it is minor; and how well it fits, -1..1, in major and in minor at their best tonics."""

    tonic: int
    minor: bool
    as_major: float
    as_minor: float


@dataclass(frozen=True)
class Notes:
    """The notes of a piece in the order in which they begin, percussion left out.

    start, duration : np.ndarray [shape=(n,), float] seconds, the first beginning at 0
    pitch, velocity : np.ndarray [shape=(n,), int] 0..127 as in MIDI
    """

    start: np.ndarray
    duration: np.ndarray
    pitch: np.ndarray
    velocity: np.ndarray

    @property
    def length(self) -> float:
        """Seconds until the last note ends."""
        return float((self.start + self.duration).max())

    @cached_property
    def onsets(self) -> np.ndarray:
        """Seconds at which something is struck."""
        return np.unique(np.round(self.start / TOGETHER)) * TOGETHER

    @cached_property
    def sounding(self) -> np.ndarray:
        """Which notes sound just after each onset [shape=(onsets, n), bool]."""
        after = self.onsets[:, np.newaxis] + TOGETHER
        return (self.start <= after) & (self.start + self.duration > after)


def read(path: Path) -> Notes:
    """The notes of a MIDI file.

    Raises ScoreError when it cannot be read, has fewer than FEWEST_NOTES notes, or lasts more than MOST_HOURS.
    """
    return notes(midi.rows(path), str(path))


def notes(rows: np.ndarray, name: str = "the piece") -> Notes:
    """Notes from rows of start, duration (seconds), pitch, velocity [shape=(n, 4)]; `name` stands in the error.

    Raises ScoreError when there are fewer than FEWEST_NOTES, or they last more than MOST_HOURS.
    """
    if len(rows) < FEWEST_NOTES:
        raise ScoreError(f"{name}: has {len(rows)} notes besides percussion; {FEWEST_NOTES} are needed")
    rows = rows[np.lexsort((rows[:, 2], rows[:, 0]))]
    if not np.isfinite(rows).all() or (rows[:, 0] + rows[:, 1]).max() - rows[0, 0] > MOST_HOURS * 3600:
        raise ScoreError(f"{name}: lasts more than {MOST_HOURS} hours; check the file")
    start, duration, pitch, velocity = rows.T
    return Notes(start - start[0], duration, pitch.astype(int), velocity.astype(int))


def key(pitch_classes: np.ndarray) -> Key:
    """The key whose profile correlates best with how long each pitch class sounds.

    Parameters
    ----------
    pitch_classes : np.ndarray [shape=(12,)] from C, any unit
    """
    fits = [[_correlation(np.roll(profile, tonic), pitch_classes) for tonic in range(12)] for profile in (MAJOR, MINOR)]
    as_major, as_minor = (max(fit) for fit in fits)
    minor = as_minor > as_major
    return Key(int(np.argmax(fits[minor])), minor, as_major, as_minor)


def durations_by_pitch_class(piece: Notes, chosen: np.ndarray | slice = slice(None)) -> np.ndarray:
    """Share of the time of sounding of each pitch class, from C [shape=(12,)]; each note counts for a tenth of a second at least."""
    weights = np.minimum(piece.duration[chosen], LONGEST) + 0.1
    total = np.bincount(piece.pitch[chosen] % 12, weights=weights, minlength=12)
    return total / total.sum()


def measure(piece: Notes) -> dict[str, float]:
    """All that is measured of a piece, by name. Rates and times are natural logarithms; shares and correlations are as they are."""
    return {**_rhythm(piece), **_dynamics(piece), **_register(piece), **_tonality(piece), **_harmony(piece), **_melody(piece)}


def _rhythm(piece: Notes) -> dict[str, float]:
    gaps = np.diff(piece.onsets)
    gaps = gaps[gaps < PAUSE]
    gaps = gaps if len(gaps) else np.array([PAUSE])
    quantiles = np.quantile(np.log(gaps), (0.1, 0.25, 0.5, 0.75, 0.9))
    tempo, beat = _tempo(piece)
    return {
        "note_rate": np.log(len(piece.start) / piece.length),
        "onset_rate": np.log(len(piece.onsets) / piece.length),
        **{f"gap_{percent}": value for percent, value in zip((10, 25, 50, 75, 90), quantiles, strict=True)},
        "gap_variation": gaps.std() / gaps.mean(),
        "duration_median": np.log(np.median(piece.duration) + 0.01),
        "duration_mean": np.log(piece.duration.mean() + 0.01),
        "voices": piece.duration.sum() / piece.length,
        "tempo": np.log(tempo),
        "beat": beat,
    }


def _tempo(piece: Notes) -> tuple[float, float]:
    """Beats a minute, and how strongly the piece repeats itself after a beat, 0..1: the highest autocorrelation of what is struck."""
    struck = np.zeros(int(piece.length / TICK) + 2)
    np.add.at(struck, (piece.start / TICK).round().astype(int), piece.velocity / 64)
    struck = np.convolve(struck - struck.mean(), np.hanning(5), "same")  # players are not exact
    lags = np.arange(round(60 / FASTEST / TICK), round(60 / SLOWEST / TICK) + 1)
    lags = lags[lags < len(struck)]
    if not len(lags) or not struck.any():
        return USUAL, 0.0
    correlations = np.array([struck[:-lag] @ struck[lag:] for lag in lags]) / (struck @ struck)
    octaves = np.log2(60 / (lags * TICK) / USUAL)
    best = int(np.argmax(correlations * np.exp(-(octaves**2) / 2)))  # among multiples, the one that one would tap
    return 60 / (lags[best] * TICK), float(np.clip(correlations[best], 0, 1))


def _dynamics(piece: Notes) -> dict[str, float]:
    velocity = piece.velocity / 127
    low, high = np.quantile(velocity, (0.1, 0.9))
    return {
        "velocity_mean": velocity.mean(), "velocity_deviation": velocity.std(), "velocity_10": low, "velocity_90": high,
        "force": np.log(velocity.sum() / piece.length + 0.01),
    }  # fmt: skip


def _register(piece: Notes) -> dict[str, float]:
    low, high = np.quantile(piece.pitch, (0.1, 0.9))
    return {
        "pitch_mean": piece.pitch.mean(), "pitch_deviation": piece.pitch.std(), "pitch_10": low, "pitch_90": high,
        "low": (piece.pitch < LOW).mean(), "high": (piece.pitch > HIGH).mean(),
    }  # fmt: skip


def _tonality(piece: Notes) -> dict[str, float]:
    shares = durations_by_pitch_class(piece)
    found = key(shares)
    modes = [key(durations_by_pitch_class(piece, chosen)) for chosen in _phrases(piece)] or [found]
    differences = [each.as_major - each.as_minor for each in modes]
    present = shares[shares > 0]
    return {
        "as_major": found.as_major, "as_minor": found.as_minor, "mode": found.as_major - found.as_minor,
        "mode_of_phrases": np.mean(differences), "mode_deviation": np.std(differences),
        **{f"degree_{semitones}": share for semitones, share in enumerate(np.roll(shares, -found.tonic))},
        "pitch_entropy": -(present * np.log(present)).sum(),
    }  # fmt: skip


def _phrases(piece: Notes) -> list[np.ndarray]:
    """Which notes begin in each stretch of PHRASE seconds, where there are enough of them."""
    stretch = (piece.start / PHRASE).astype(int)
    found = [stretch == number for number in range(stretch.max() + 1)]
    return [chosen for chosen in found if chosen.sum() >= FEWEST_NOTES]


def _harmony(piece: Notes) -> dict[str, float]:
    classes = np.zeros((len(piece.onsets), 12), bool)
    onset, note = np.nonzero(piece.sounding)
    classes[onset, piece.pitch[note] % 12] = True
    chords = classes[classes.sum(axis=1) >= 3]
    found = {
        f"{name}_triads": float(np.mean((chords & np.roll(chords, -third, 1) & np.roll(chords, -fifth, 1)).any(axis=1)))
        if len(chords)
        else 0.0
        for name, (third, fifth) in TRIADS.items()
    }
    lowest = np.where(piece.sounding, piece.pitch, 128).min(axis=1)
    bass = lowest[lowest < 128]
    return {
        "dissonance": _dissonance(classes),
        **found,
        "major_over_minor": found["major_triads"] - found["minor_triads"],
        "sounding": piece.sounding.sum(axis=1).mean(),
        "bass_motion": np.abs(np.diff(bass)).mean() if len(bass) > 1 else 0.0,
    }


def _dissonance(classes: np.ndarray) -> float:
    """Mean over the onsets at which two pitch classes or more sound of the mean dissonance of their pairs."""
    several = classes[classes.sum(axis=1) >= 2].astype(float)
    if not len(several):
        return 0.0
    roughness = DISSONANCE[(np.arange(12)[:, np.newaxis] - np.arange(12)) % 12]
    counts = several.sum(axis=1)
    return float((np.einsum("oi,ij,oj->o", several, roughness, several) / (counts * (counts - 1))).mean())


def _melody(piece: Notes) -> dict[str, float]:
    """Of the highest note struck at each onset."""
    onset = np.searchsorted(piece.onsets, np.round(piece.start / TOGETHER) * TOGETHER - TOGETHER / 2)
    top = np.zeros(len(piece.onsets), int)
    np.maximum.at(top, onset, piece.pitch)
    steps = np.abs(np.diff(top))
    if not len(steps):
        return {"leap": 0.0, "stepwise": 0.0, "repeated": 0.0}
    return {"leap": steps.mean(), "stepwise": (steps <= 2).mean(), "repeated": (steps == 0).mean()}


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    one, other = one - one.mean(), other - other.mean()
    size = np.sqrt((one @ one) * (other @ other))
    return float(one @ other / size) if size > 0 else 0.0
