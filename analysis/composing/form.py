"""The form of a piece: how fast it goes, its key, and which section follows which, so that it opens, develops, returns and ends."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.composing.piece import Section
from analysis.composing.target import Profile
from models.score import PER_BAR, PER_BEAT

BEATS = PER_BAR // PER_BEAT  # a bar
FEWEST_BARS = 3
LONG_CADENCE = 8  # bars from which the cadence has a bar of its own before the final chord
CYCLE = 40  # bars that one development and one return carry; longer pieces go round again
MINOR = {"happy": 0.05, "tense": 0.95, "sad": 0.9, "calm": 0.15}  # chance of a minor key
STEEPNESS = 3.0  # by which those chances are drawn towards the likelier


@dataclass(frozen=True)
class Plan:
    """What is settled before the first note.

    tempo : beats a minute;  tonic, minor : the key;  sections : of the piece
    motif, theme : bars at the beginning of the opening; developments begin with the motif moved, returns with the theme as it was
    """

    tempo: float
    tonic: int
    minor: bool
    sections: tuple[Section, ...]
    motif: int
    theme: int

    @property
    def bars(self) -> int:
        """How many bars the piece has."""
        return self.sections[-1].first + self.sections[-1].bars


def plan(profile: Profile, seconds: float, rng: np.random.Generator) -> Plan:
    """Draw the form of a piece that lasts `seconds`, its tempo within the profile's wherever whole bars allow it."""
    tempo, bars = _tempo(profile.tempo, seconds, rng)
    tonic, minor = int(rng.integers(12)), bool(rng.random() < minor_chance(profile.moods))
    sections = _sections(bars)
    opening = sections[0].bars
    motif = 2 if opening >= 4 else 1
    returning = [section.bars for section in sections if section.name == "return"]
    return Plan(tempo, tonic, minor, sections, motif, min([2 * motif, opening, *returning]))


def minor_chance(moods: Mapping[str, float]) -> float:
    """How likely a piece of mixed moods is in a minor key [0..1]."""
    share = sum(weight * MINOR[mood] for mood, weight in moods.items())
    odds = (share / (1 - share)) ** STEEPNESS
    return odds / (1 + odds)


def _tempo(wanted: tuple[float, float], seconds: float, rng: np.random.Generator) -> tuple[float, int]:
    """A tempo and as many bars as fill `seconds` at exactly that tempo."""
    drawn = rng.uniform(*wanted)
    bars = max(round(seconds * drawn / 60 / BEATS), FEWEST_BARS)
    return bars * BEATS * 60 / seconds, bars


def _sections(bars: int) -> tuple[Section, ...]:
    """Opening, developments and returns of about the same length, in pairs of bars, and a cadence."""
    cadence = 2 if bars >= LONG_CADENCE else 1
    body = bars - cadence
    names = ["opening"]
    if body >= 6:
        names += ["development", "return"] * max(round(body / CYCLE), 1)
    elif body >= 4:
        names += ["return"]
    edges = [2 * round(edge / 2) for edge in np.linspace(0, body, len(names) + 1)[:-1]] + [body, bars]
    return tuple(Section(name, first, after - first) for name, first, after in zip([*names, "cadence"], edges[:-1], edges[1:], strict=True))
