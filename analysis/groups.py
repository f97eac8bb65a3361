"""Films by who made them, of what kind they are, and when and where: the groups that mining compares."""

from collections.abc import Callable

import pandas as pd

from errors import InputError

OF_NOBODY = ""  # the group of a film of which it is not known


def of(table: pd.DataFrame, by: str) -> pd.Series:
    """The group of each film [index as the table's]; "" where it is not known.

    A film is in one group: of several film genres or countries it is the one named first, directors or composers who work
    together are a group of their own.

    Parameters
    ----------
    table : an enhanced dataset
    by : one of GROUPINGS

    Raises
    ------
    InputError : there is no such grouping
    """
    if by not in GROUPINGS:
        raise InputError(f"films cannot be grouped by {by!r}; choose one of {', '.join(GROUPINGS)}")
    return GROUPINGS[by](table).rename(by)


def sizes(groups: pd.Series) -> pd.Series:
    """How many films each known group has, the largest first, those of one size by name."""
    counts = groups[groups != OF_NOBODY].value_counts()
    return counts.sort_index().sort_values(ascending=False, kind="stable")


def _first(column: str) -> Callable[[pd.DataFrame], pd.Series]:
    return lambda table: table[column].str.partition(",")[0].str.strip()


def _decade(table: pd.DataFrame) -> pd.Series:
    return table["year"].map(lambda year: OF_NOBODY if pd.isna(year) else f"{int(year) // 10 * 10}s").astype("str")


GROUPINGS: dict[str, Callable[[pd.DataFrame], pd.Series]] = {
    "director": lambda table: table["director"],
    "composer": lambda table: table["composer"],
    "genre": _first("movie_genres"),
    "decade": _decade,
    "country": _first("countries"),
}
WORDS = {"director": "director", "composer": "composer", "genre": "film genre", "decade": "decade", "country": "country"}
PLURALS = {"director": "directors", "composer": "composers", "genre": "film genres", "decade": "decades", "country": "countries"}
