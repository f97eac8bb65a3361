"""One piece being written by the network: what is played as given, what is drawn, and what may not be drawn."""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from analysis import symbolic
from analysis.composing.harmony import pitch_classes
from models.score import CHOICES, DURATIONS, HIGHEST, LOWEST, PER_BAR, VELOCITIES, chances

TEMPERATURE = {"advance": 0.95, "pitch": 0.9, "duration": 0.9, "velocity": 0.9}
NUCLEUS = 0.95
OUTSIDE_KEY = 1.5  # taken off the score of a pitch that is not of the key
CENTRED = 0.3  # how much the tones that a key rests on are drawn more; without it minor keys drift into their relative major
RANGE = (33, 96)  # MIDI pitches that are written
TOGETHER = 6  # notes that begin at once, at most
LONGEST_REST = 3 * PER_BAR // 4  # ticks between two beginnings, at most
PATTERN = 5  # pitches: what would follow the same ones for the third time is drawn less
LOOP = 1.5  # taken off its score for every time
NEVER = -1e9


@dataclass(frozen=True)
class Write:
    """Draw notes that begin in these ticks."""

    first: int
    until: int


@dataclass(frozen=True)
class Play:
    """Play these notes [shape=(n, 4), int], as of a Draft."""

    notes: np.ndarray


class Sheet:
    """The notes of a piece so far, and what is to come. For each note `choose` is asked for each choice in the order of CHOICES."""

    def __init__(self, tonic: int, minor: bool, rng: np.random.Generator) -> None:
        self.rows: list[tuple[int, int, int, int]] = []
        self._rng = rng
        degrees = (np.arange(LOWEST, HIGHEST + 1) - tonic) % 12
        weights = symbolic.MINOR if minor else symbolic.MAJOR
        outside = ~np.isin(degrees, list(pitch_classes(0, minor)))
        self._pitch_scores = CENTRED * (weights[degrees] - weights.mean()) - OUTSIDE_KEY * outside
        self._pitch_scores[: RANGE[0] - LOWEST] = self._pitch_scores[RANGE[1] - LOWEST + 1 :] = NEVER
        self._after: defaultdict[tuple[int, ...], Counter[int]] = defaultdict(Counter)
        self._last: deque[int] = deque(maxlen=PATTERN)
        self._task: Write | None = None
        self._given: deque[tuple[int, int, int, int]] = deque()
        self._choices = {"advance": 0, "pitch": 0, "duration": 0, "velocity": 0}
        self._finished = True

    def begin(self, task: Write | Play) -> None:
        """Take up the next task."""
        self._finished = False
        if isinstance(task, Play):
            self._task, self._given = None, deque(map(tuple, task.notes.tolist()))
            self._finished = not self._given
        else:
            self._task = task

    @property
    def finished(self) -> bool:
        """Whether the task is done."""
        return self._finished

    @property
    def tick(self) -> int:
        """At which the last note began."""
        return self.rows[-1][0] if self.rows else 0

    def advance(self, scores: np.ndarray) -> int | None:
        """Ticks from the last note to the next, from the network's scores; None where the next note would be beyond the task."""
        if self._task is None:
            return min(self._given[0][0] - self.tick, PER_BAR)
        possible = self.tick + np.arange(CHOICES["advance"])
        allowed = (possible >= self._task.first) & (np.arange(len(possible)) <= max(LONGEST_REST, self._task.first - self.tick))
        if sum(row[0] == self.tick for row in self.rows[-TOGETHER:]) >= TOGETHER:
            allowed[0] = False
        if not self.rows and self._task.first == 0:
            allowed[1:] = False  # music begins at once
        if not allowed.any():  # longer than a bar since the last note
            allowed[-1] = True
        drawn = self._draw("advance", np.where(allowed, scores, NEVER))
        if self.tick + drawn >= self._task.until:
            self._finished = True
            return None
        return drawn

    def pitch(self, scores: np.ndarray, advance: int) -> int:
        """The choice of a pitch, from the network's scores."""
        if self._task is None:
            return int(np.clip(self._given[0][2], LOWEST, HIGHEST)) - LOWEST
        scores = scores + self._pitch_scores
        if advance == 0 and self.rows:
            scores[: self.rows[-1][2] - LOWEST + 1] = NEVER  # from low to high, and none twice
        for following, times in self._after[tuple(self._last)].items():
            scores[following] -= LOOP * (times - 1)
        if scores.max() <= NEVER / 2:  # nothing higher is left: the same again, an octave apart
            return max(self.rows[-1][2] - 12 - LOWEST, RANGE[0] - LOWEST)
        return self._draw("pitch", scores)

    def duration(self, scores: np.ndarray) -> int:
        """The choice of a duration, from the network's scores."""
        if self._task is None:
            return int(np.abs(np.log(DURATIONS) - np.log(max(self._given[0][1], 1))).argmin())
        return self._draw("duration", scores)

    def velocity(self, scores: np.ndarray) -> int:
        """The choice of a velocity, from the network's scores."""
        if self._task is None:
            return int(np.clip(self._given[0][3] // 16, 0, VELOCITIES - 1))
        return self._draw("velocity", scores)

    def put(self, advance: int, pitch: int, duration: int, velocity: int) -> None:
        """Write the note that was chosen down."""
        if self._task is None:
            self.rows.append(self._given.popleft())
            self._finished = not self._given
        else:
            touch = int(velocity * 16 + self._rng.integers(3, 13))  # a player is never quite even
            self.rows.append((self.tick + advance, int(DURATIONS[duration]), pitch + LOWEST, touch))
        if len(self._last) == PATTERN:
            self._after[tuple(self._last)][pitch] += 1
        self._last.append(pitch)

    def between(self, first: int, until: int) -> np.ndarray:
        """The notes that begin in these ticks, none of which sounds beyond them [shape=(n, 4)]."""
        rows = [row for row in self.rows if first <= row[0] < until]
        return cut(rows, until)

    def _draw(self, choice: str, scores: np.ndarray) -> int:
        likely = chances(scores, temperature=TEMPERATURE[choice], nucleus=NUCLEUS)
        return int(np.searchsorted(np.cumsum(likely), self._rng.random() * likely.sum(), "right").clip(max=len(likely) - 1))


def cut(rows: Iterable[tuple[int, int, int, int]], until: int) -> np.ndarray:
    """Notes of which none sounds beyond a tick [shape=(n, 4), int]."""
    notes = np.array(list(rows), int).reshape(-1, 4)
    notes[:, 1] = np.minimum(notes[:, 1], until - notes[:, 0])
    return notes
