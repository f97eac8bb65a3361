"""Where a film stands among others: how many have less of something, as much, and more."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from errors import InputError
from models.labels import GENRES

# Shares that tell films apart, in percent: of the film, and of its music.
OF_FILM = ("music_duration", "speech_duration")
OF_MUSIC = ("dance_high", "valence_positive", "energy_high")
MEASURES = (*OF_FILM, *OF_MUSIC)


@dataclass(frozen=True)
class Place:
    """How many other films have less, as much, and more."""

    less: int
    same: int
    more: int

    @property
    def others(self) -> int:
        """Number of the other films."""
        return self.less + self.same + self.more

    @property
    def rank(self) -> int:
        """1 for the film with the most; films with as much share a rank."""
        return self.more + 1

    @property
    def percentile(self) -> float | None:
        """Percent of the other films that have less, 0..100; None without others. Films with as much are not less."""
        return 100 * self.less / self.others if self.others else None


@dataclass(frozen=True)
class Standing:
    """A film's value of a measure (percent; None if it has no music to measure), and its place in its library and among its director's."""

    measure: str
    value: float | None
    library: Place
    director: Place


def measured(table: pd.DataFrame) -> pd.DataFrame:
    """The measures of each film: percent, NaN for what is a share of the music in a film without music."""
    values = table[list(MEASURES)].astype(float)
    heard = (table[list(GENRES)] > 0).any(axis=1)
    return values.assign(**{name: values[name].where(heard) for name in OF_MUSIC})


def standings(table: pd.DataFrame, director: str, movie: str) -> list[Standing]:
    """Where a film of an enhanced dataset stands in each measure. Raises InputError if it is not in the dataset."""
    own = (table["director"] == director).to_numpy()
    rows = np.flatnonzero(own & (table["movie"] == movie))
    if len(rows) == 0:
        raise InputError(f"{movie!r} by {director!r} is not in the enhanced dataset; write it anew with `leitmotif export`")
    found = []
    for measure, column in measured(table).items():
        values = column.to_numpy()
        value = float(values[rows[0]])
        places = place(values, value), place(values[own], value)
        found.append(Standing(str(measure), None if np.isnan(value) else value, *places))
    return found


def place(values: np.ndarray, value: float) -> Place:
    """Place of a value among values of which it is one; what is NaN does not count, and without a value all counts are 0."""
    if np.isnan(value):
        return Place(0, 0, 0)
    return Place(int((values < value).sum()), int((values == value).sum()) - 1, int((values > value).sum()))
