"""Who plays: the instruments of General MIDI, the orchestras of film genres, and the seats that several genres share.

data/instruments.csv has for each instrument its General MIDI program, the lowest and the highest pitch that lie well on it (as they
sound) and that the synthesizer can play (it hangs on a few at the top of celesta, xylophone and piccolo), the pitch around which it
accompanies, where it sits (0 left .. 127 right), and how many notes it plays at once.
data/orchestras.csv has for each film genre its players, the most characteristic first: role (a texture of analysis.composing.textures),
sections in which it plays (the first letters of opening, development, return, cadence), the energies between which it plays, volume, and
patterns: `|` parts those for higher energies, `/` variants. The pattern of percussion is a style of analysis.composing.percussion.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from data import FOLDER

SEATS = 12  # players at most
LEAST_SHARE = 0.1  # of a genre that has a seat
FIRM = 4  # players of each genre, from the first on, that no seed leaves out
LEFT_OUT = 0.2  # chance of each of the others to be left out
# Of each of these somebody plays one.
NEEDED = (("melody",), ("bass", "root", "figure", "accompaniment"), ("pad", "chords", "accompaniment", "cluster"))


@dataclass(frozen=True)
class Instrument:
    """A row of data/instruments.csv; pitches as in MIDI."""

    name: str
    program: int
    lowest: int
    highest: int
    centre: int
    pan: int
    voices: int


@dataclass(frozen=True)
class Player:
    """A row of data/orchestras.csv; `instrument` is None for percussion, whose pattern names a style."""

    name: str
    instrument: Instrument | None
    role: str
    sections: str
    least: float
    most: float
    volume: int
    pattern: str


def seated(genres: Mapping[str, float], energy: float, rng: np.random.Generator) -> list[Player]:
    """The players of a mix of genres at an energy: each genre has seats in proportion to its weight, its most characteristic players first.

    Parameters
    ----------
    genres : weights of film genres of data/genre_moods.csv
    energy : 0..1
    rng : draws who is left out
    """
    ranked = sorted(genres, key=lambda genre: -genres[genre])
    heard = [genre for genre in ranked if genres[genre] >= LEAST_SHARE] or ranked[:1]
    offers = {genre: [player for player in _orchestras()[genre] if player.least <= energy <= player.most] for genre in heard}
    total = sum(genres[genre] for genre in heard)
    chosen: list[Player] = []
    for genre in heard:
        present = [player for number, player in enumerate(offers[genre]) if number < FIRM or rng.random() >= LEFT_OUT]
        free = [player for player in present if not any(_alike(player, other) for other in chosen)]
        chosen += free[: max(round(SEATS * genres[genre] / total), 1)]
    for roles in NEEDED:
        if not any(player.role in roles for player in chosen):
            chosen += [player for genre in heard for player in offers[genre] if player.role in roles][:1]
    return chosen


def _alike(player: Player, other: Player) -> bool:
    """Whether two would play the same on the same instrument; one drummer is enough."""
    return (player.name, player.role) == (other.name, other.role)


@cache
def _instruments() -> dict[str, Instrument]:
    rows = [list(row.values()) for row in _rows("instruments.csv")]
    return {name: Instrument(name, *(int(number) for number in numbers)) for name, *numbers in rows}


@cache
def _orchestras() -> dict[str, list[Player]]:
    found: dict[str, list[Player]] = {}
    for row in _rows("orchestras.csv"):
        instrument = None if row["role"] == "percussion" else _instruments()[row["instrument"]]
        energies = float(row["least"]), float(row["most"])
        player = Player(row["instrument"], instrument, row["role"], row["sections"], *energies, int(row["volume"]), row["pattern"])
        found.setdefault(row["genre"], []).append(player)
    return found


def _rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))
