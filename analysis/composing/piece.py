"""A piece of music on a grid: as a draft for piano, and arranged for instruments. Ticks and bars are those of models.score."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from analysis import symbolic
from analysis.files import whole_file
from analysis.symbolic import Notes
from models.score import PER_BAR, PER_BEAT

if TYPE_CHECKING:
    from symusic.core import ScoreTick

SECTIONS = ("opening", "development", "return", "cadence")
DRUMS = 9  # MIDI channel of percussion, counted from 0


@dataclass(frozen=True)
class Section:
    """A stretch of the form: one of SECTIONS, its first bar and how many it has."""

    name: str
    first: int
    bars: int


@dataclass(frozen=True)
class Draft:
    """A piece for piano.

    notes : np.ndarray [shape=(n, 4), int] tick, duration in ticks, MIDI pitch, velocity; by tick, then from low to high
    tempo : beats a minute
    tonic : pitch class of the key, 0 (C) to 11
    minor : whether the key is minor
    sections : one after the other, without gaps, from bar 0 on; the last one is a cadence, whose last bar holds the final chord
    """

    notes: np.ndarray
    tempo: float
    tonic: int
    minor: bool
    sections: tuple[Section, ...]

    @property
    def bars(self) -> int:
        """How many bars it has."""
        return self.sections[-1].first + self.sections[-1].bars

    @property
    def seconds(self) -> float:
        """How long its bars last."""
        return self.bars * PER_BAR / PER_BEAT * 60 / self.tempo


@dataclass(frozen=True)
class Part:
    """What one instrument plays.

    name : of the instrument or its role, as it is to stand in a MIDI file
    program : General MIDI program, 0..127 (of percussion: the kit)
    notes : as of a Draft; pitches of percussion name its instruments
    is_drum : percussion
    volume : 0..127 (controller 7);  pan : 0 left .. 127 right (controller 10)
    """

    name: str
    program: int
    notes: np.ndarray
    is_drum: bool = False
    volume: int = 100
    pan: int = 64


@dataclass(frozen=True)
class Piece:
    """An arranged piece: the draft it was made of, and its parts."""

    draft: Draft
    parts: tuple[Part, ...]

    @cached_property
    def notes(self) -> Notes:
        """All notes but percussion in seconds. Raises ScoreError when there are too few to be measured."""
        rows = np.concatenate([part.notes for part in self.parts if not part.is_drum])
        times = rows[:, :2] / PER_BEAT * 60 / self.draft.tempo
        return symbolic.notes(np.concatenate([times, rows[:, 2:]], axis=1))

    def to_score(self) -> "ScoreTick":
        """As a symusic score, to be rendered or saved."""
        from symusic.core import ControlChangeTick, NoteTick, ScoreTick, TempoTick, TimeSignatureTick, TrackTick

        score = ScoreTick(PER_BEAT)
        score.tempos.append(TempoTick(0, self.draft.tempo))
        score.time_signatures.append(TimeSignatureTick(0, PER_BAR // PER_BEAT, 4))
        for part in self.parts:
            track = TrackTick(part.name, part.program, part.is_drum)
            for controller, value in ((7, part.volume), (10, part.pan)):
                track.controls.append(ControlChangeTick(0, controller, value))
            for tick, duration, pitch, velocity in _apart(part.notes):
                track.notes.append(NoteTick(tick, duration, pitch, velocity))
            score.tracks.append(track)
        return score

    def save(self, path: Path) -> None:
        """Write a MIDI file, whole or not at all."""
        with whole_file(path) as partial:
            self.to_score().dump_midi(str(partial))


def _apart(notes: np.ndarray) -> Iterator[tuple[int, int, int, int]]:
    """Notes cut where the same pitch is struck again: the end of the first would silence the second."""
    ordered = notes[np.lexsort((notes[:, 1], notes[:, 0], notes[:, 2]))]
    until = np.where(np.diff(ordered[:, 2], append=-1) == 0, np.diff(ordered[:, 0], append=0), ordered[:, 1])
    for row, longest in zip(ordered.tolist(), until.tolist(), strict=True):
        tick, duration, pitch, velocity = row
        if longest > 0:  # struck twice at once: the longer one is it
            yield tick, max(min(duration, longest), 1), pitch, velocity
