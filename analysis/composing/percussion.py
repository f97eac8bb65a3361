"""What percussion plays: styles of a few bars' patterns, from sparse to driving, and what marks the form."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analysis.composing.piece import Section
from analysis.composing.textures import LIVELIER, USUAL, Row, Setting, steps
from models.score import PER_BAR, PER_BEAT

# General MIDI percussion.
DRUMS = {
    "kick": 36, "stick": 37, "snare": 38, "clap": 39, "side": 40, "floor": 41, "closed": 42, "low": 43, "pedal": 44, "tom": 45, "open": 46,
    "middle": 47, "crash": 49, "high": 50, "ride": 51, "bell": 53, "tambourine": 54, "splash": 55, "cowbell": 56, "cymbal": 57,
    "vibraslap": 58, "bongo": 60, "conga": 64, "timbale": 66, "maracas": 70, "guiro": 73, "claves": 75, "block": 76, "low block": 77,
    "triangle": 81,
}  # fmt: skip
MARKS = {"X": 14, "x": -6, "o": -28}  # of velocity
STEADY = 0.55  # chance of a stroke off the downbeat where danceability is 0; 1 from 1 - STEADY on
FILL = ("high", "middle", "tom", "floor")


@dataclass(frozen=True)
class Style:
    """Program of the kit, the bars of each drum from sparse to driving, and what is struck where a section begins."""

    kit: int
    levels: tuple[dict[str, str], ...]
    mark: tuple[str, ...] = ("crash", "kick")
    fills: bool = True


STYLES = {
    "battle": Style(
        0,
        (
            {"kick": "X.........x.....", "floor": "X.............x."},
            {"kick": "X.....x.X.......", "floor": "x..x..x.x..x..x.", "snare": "............o.x."},
            {
                "kick": "X.....x.X.....x.", "floor": "X..x..X.x..x..X.", "low": "..x..x...xx..x.x", "side": "....X.......X...",
                "closed": "x.x.x.x.x.x.x.x.",
            },
        ),
        ("cymbal", "kick", "floor"),
    ),
    "march": Style(
        48,
        (
            {"kick": "X...............", "triangle": "........o......."},
            {"kick": "X.......x.......", "side": "....o.......o.oo"},
            {"kick": "X.......X.......", "side": "x..xx.x.x..xx.xx", "cymbal": "X..............."},
        ),
        ("cymbal", "kick"),
    ),
    "light": Style(
        48,
        (
            {"triangle": "x...............", "block": "........o......."},
            {
                "block": "x.......x.......", "low block": "....x.......x...", "tambourine": "..o...o...o...o.",
                "triangle": "X...............",
            },
            {
                "block": "x..x..x.x..x....", "low block": "............x.x.", "tambourine": "..x...x...x...x.", "kick": "x.......x.......",
                "side": "....o.......o...",
            },
        ),
        ("triangle", "cymbal"),
        fills=False,
    ),
    "dread": Style(
        48,
        (
            {"kick": "X..............."},
            {"kick": "X............o..", "vibraslap": "..........o.....", "floor": "......o........."},
            {"kick": "X..x......X..x..", "floor": "....o.x.......ox", "vibraslap": "........x.......", "bell": "............o..."},
        ),
        ("kick", "cymbal"),
        fills=False,
    ),
    "ticking": Style(
        0,
        (
            {"closed": "o...o...o...o...", "kick": "x.x............."},
            {"closed": "x.o.x.o.x.o.x.o.", "kick": "X.x.....x.......", "stick": "............x..."},
            {"closed": "xoxoxoxoxoxoxoxo", "kick": "X.....x.X.....x.", "stick": "....x.......x...", "floor": "..............xx"},
        ),
        ("kick", "cymbal"),
    ),
    "brush": Style(
        40,
        (
            {"ride": "x.......x.....o.", "pedal": "....o.......o..."},
            {"ride": "X...x.o.X...x.o.", "pedal": "....x.......x...", "snare": "o.......o......."},
            {"ride": "X...x.x.X...x.x.", "pedal": "....x.......x...", "snare": "..o.x..o..o.x...", "kick": "X.....o...x....."},
        ),
        ("ride",),
    ),
    "show": Style(
        0,
        (
            {"ride": "x...x...x...x...", "pedal": "....o.......o..."},
            {"kick": "X.......X.......", "snare": "....x.......x...", "closed": "x.x.x.x.x.x.x.x."},
            {"kick": "X.....x.X.......", "side": "....X.......X..x", "ride": "X.x.x.x.X.x.x.x.", "tambourine": "..x...x...x...x."},
        ),
    ),
    "beat": Style(
        16,
        (
            {"kick": "X.......x.......", "closed": "..o...o...o...o."},
            {"kick": "X.....x.X.......", "side": "....x.......x...", "closed": "x.x.x.x.x.x.x.x."},
            {
                "kick": "X...X...X...X...", "side": "....X.......X...", "clap": "....x.......x...", "closed": "xoxoxoxoxoxoxoxo",
                "open": "..x...x...x...x.",
            },
        ),
    ),
    "swell": Style(
        48,
        (
            {"triangle": "o..............."},
            {"kick": "x...............", "triangle": "........o......."},
            {"kick": "X.......o.......", "cymbal": "x...............", "triangle": "....o.......o..."},
        ),
        ("cymbal", "kick"),
        fills=False,
    ),
}  # fmt: skip


def play(style: Style, setting: Setting, danceability: float) -> np.ndarray:
    """The notes of a style for the whole piece but its last bar, which has the mark alone.

    Parameters
    ----------
    danceability : 0..1; below 1 - STEADY strokes are left out at random, so that no beat settles
    """
    rows: list[Row] = []
    for section in setting.draft.sections:
        if section.first:
            rows += _mark(style, section.first)
        for bar in range(section.first, min(section.first + section.bars, setting.draft.bars - 1)):
            rows += _bar(style, setting, section, bar, danceability)
        if style.fills and section.bars > 1 and setting.energy > 0.5:
            rows += _fill((section.first + section.bars) * PER_BAR - PER_BEAT)
    last = setting.draft.bars - 1
    rows = [row for row in rows if row[0] < last * PER_BAR]
    return np.array([*rows, *_mark(style, last)], int)


def _bar(style: Style, setting: Setting, section: Section, bar: int, danceability: float) -> Iterator[Row]:
    drive = (setting.energy + danceability) / 2 + LIVELIER[section.name]
    patterns = style.levels[0 if drive < 0.3 else 1 if drive < 0.55 else 2]
    for drum, pattern in patterns.items():
        for tick, duration, mark in steps(pattern):
            if tick == 0 or setting.rng.random() < STEADY + danceability:
                yield bar * PER_BAR + tick, duration, DRUMS[drum], USUAL + MARKS[mark] + int(setting.rng.integers(-4, 5))


def _mark(style: Style, bar: int) -> Iterator[Row]:
    yield from ((bar * PER_BAR, PER_BEAT, DRUMS[drum], USUAL + MARKS["X"]) for drum in style.mark)


def _fill(first: int) -> Iterator[Row]:
    yield from ((first + 3 * step, 3, DRUMS[drum], USUAL - 8 + 6 * step) for step, drum in enumerate(FILL))
