"""Composed stretches of film: cues of music, speech and other sound in turn, with the truth of each second.

Cues follow the policy of `analysis.training.sounds`, in the conditions of films: music goes on under speech that enters over it, cues
fade and cross-fade, begin and end within seconds, and differ in level. Nobody can label so exactly a film that was recorded.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.audio import SAMPLE_RATE
from analysis.features import FRAMES_PER_SECOND
from analysis.training import augmentation
from analysis.training.sounds import ACTIVE_SHARE, MUSIC, OTHER, SPEECH, Recipe, Recordings, even_chances, in_some_room, transferred

# How cues of a class are made: share, class under it (None: alone), range of dB it lies below.
CUES: dict[int, tuple[Recipe, ...]] = {
    MUSIC: ((0.65, None, 0, 0), (0.10, MUSIC, 0, 10), (0.25, OTHER, 5, 25)),
    SPEECH: ((0.30, None, 0, 0), (0.60, MUSIC, -2, 14), (0.10, OTHER, 3, 20)),
    OTHER: ((0.65, None, 0, 0), (0.25, MUSIC, 5, 18), (0.10, OTHER, 0, 10)),
}
CUE_SECONDS = {MUSIC: (1.5, 15.0), SPEECH: (1.0, 10.0), OTHER: (1.0, 10.0)}  # of each length as many: a line may be short
QUIETEST_CUE = -20.0  # dB below the loudest
PURE = 0.8  # of a second's frames must be of one class for the second to be said to be of it
_SPEED = {MUSIC: 1.15, SPEECH: 1.2, OTHER: 1.5}  # fastest, and by its inverse slowest
_GAP_CHANCE, _GAP_SECONDS = 0.1, (0.5, 2.5)  # near silence between two cues
_SAME_MUSIC = 0.6  # chance that speech enters over the music that was heard before it, and that this music comes back after it


@dataclass(frozen=True)
class Composed:
    """A composed stretch of film.

    signal : np.ndarray [shape=(n,), int16] mono at SAMPLE_RATE, whole seconds
    labels : np.ndarray [shape=(seconds,), int] class that fills most of each second
    said : np.ndarray [shape=(seconds,), bool] whether the second is of that class alone, and it sounds: pauses and borders are not
    """

    signal: np.ndarray
    labels: np.ndarray
    said: np.ndarray


class Composer:
    """Composes stretches of film from recordings; no source of a class drowns the others."""

    def __init__(self, recordings: Recordings) -> None:
        self._recordings = recordings
        self._rows = {label: np.flatnonzero(recordings.labels == label) for label in CUES}
        sources = recordings.table["source"].to_numpy()
        self._chances = {label: even_chances(sources[rows]) for label, rows in self._rows.items()}
        self._alike = recordings.table.groupby(["label", "group"]).indices

    def compose(
        self, seconds: int, rng: np.random.Generator, *, cues: Mapping[int, tuple[float, float]] = CUE_SECONDS, peak_db: float | None = None
    ) -> Composed:
        """Compose a stretch.

        Parameters
        ----------
        seconds : its length
        rng : everything random
        cues : shortest and longest cue of each class, in seconds
        peak_db : level of its peak; None for a stretch of a longer film, which may be as low as QUIETEST_PEAK
        """
        length = seconds * SAMPLE_RATE
        film = np.zeros(length + SAMPLE_RATE)  # the last cue may fade out beyond the end
        classes = np.full(seconds * FRAMES_PER_SECOND, OTHER)
        active = np.ones(len(classes), bool)
        start, label, music = 0, int(rng.integers(len(CUES))), None
        while start < length:
            wanted = _whole_frames(np.exp(rng.uniform(*np.log(cues[label]))))
            fade = int(SAMPLE_RATE * (rng.uniform(0.2, 1.5) if rng.random() < 0.4 else 0.02))
            sound, sounding, music = self._cue(label, wanted + fade, music, rng)
            first = max(start - fade // 2, 0)  # two cues meet in the middle of their fades
            part = film[first : first + len(sound)]
            part += _faded(sound, fade)[: len(part)]
            frames = slice(start // augmentation.FRAME, (start + wanted) // augmentation.FRAME)
            offset = (start - first) // augmentation.FRAME
            classes[frames] = label
            active[frames] = sounding[offset:][: len(active[frames])]
            start += wanted
            if rng.random() < _GAP_CHANCE:
                start += _whole_frames(rng.uniform(*_GAP_SECONDS))
            label = int(rng.choice([other for other in CUES if other != label]))
        by_second = classes.reshape(seconds, FRAMES_PER_SECOND)
        counts = np.stack([(by_second == label).sum(axis=1) for label in CUES], axis=1)
        labels = counts.argmax(axis=1)
        fitting = active.reshape(by_second.shape) & (by_second == labels[:, np.newaxis])
        said = (counts.max(axis=1) >= PURE * FRAMES_PER_SECOND) & (fitting.mean(axis=1) >= ACTIVE_SHARE)
        return Composed(transferred(film[:length], rng, faintest_noise=50, peak_db=peak_db), labels, said)

    def _cue(self, label: int, samples: int, music: int | None, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, int | None]:
        """The sound of a cue, which of its frames sound, and the recording of the music in it, if any."""
        goes_on = music is not None and rng.random() < _SAME_MUSIC
        row = music if label == MUSIC and music is not None and goes_on else self._draw(label, rng)
        sound = in_some_room(self._fill(row, samples, rng), label, rng)
        sounding = augmentation.active_frames(sound) if label != OTHER else np.ones(samples // augmentation.FRAME, bool)
        heard = row if label == MUSIC else None
        _, under, low, high = CUES[label][rng.choice(len(CUES[label]), p=[recipe[0] for recipe in CUES[label]])]
        if under is not None:
            other = music if under == MUSIC and music is not None and goes_on and label != MUSIC else self._draw(under, rng)
            sound = augmentation.mix(sound, in_some_room(self._fill(other, samples, rng), None, rng), rng.uniform(low, high))
            heard = other if under == MUSIC and heard is None else heard
        gain = 10 ** (rng.uniform(QUIETEST_CUE, 0) / 20) / max(float(np.abs(sound).max()), 1e-9)
        return sound * gain, sounding, heard

    def _draw(self, label: int, rng: np.random.Generator) -> int:
        return int(rng.choice(self._rows[label], p=self._chances[label]))

    def _fill(self, row: int, samples: int, rng: np.random.Generator) -> np.ndarray:
        """So many samples of a recording; where it is too short, of more recordings of its group, one after the other."""
        label, group = int(self._recordings.labels[row]), self._recordings.table["group"].iloc[row]
        speed = _SPEED[label] ** rng.uniform(-1, 1)
        parts: list[np.ndarray] = []
        missing = samples
        while missing > 0:
            sound = augmentation.change_speed(self._sound(row), speed)
            if len(sound) > missing:
                begin = int(rng.integers(len(sound) - missing + 1))
                sound = sound[begin : begin + missing]
            parts.append(sound)
            missing -= len(sound)
            row = int(rng.choice(self._alike[label, group]))
        return np.concatenate(parts)

    def _sound(self, row: int) -> np.ndarray:
        """A recording at a level of its own group's, without the pauses at its ends (they are no speech, and no music)."""
        sound = self._recordings.waveform(row)
        sound = sound / max(float(np.abs(sound).max()), 1e-6)
        if self._recordings.labels[row] == OTHER:
            return sound
        frames = np.flatnonzero(augmentation.active_frames(sound))
        return sound[frames[0] * augmentation.FRAME : (frames[-1] + 1) * augmentation.FRAME] if len(frames) else sound


def _whole_frames(seconds: float) -> int:
    return round(seconds * FRAMES_PER_SECOND) * augmentation.FRAME


def _faded(sound: np.ndarray, samples: int) -> np.ndarray:
    ramp = np.linspace(0, 1, min(samples, len(sound) // 2))
    sound[: len(ramp)] *= ramp
    sound[len(sound) - len(ramp) :] *= ramp[::-1]
    return sound
