"""Films by maker, kind, decade and country."""

import pandas as pd
import pytest

from analysis import groups
from errors import InputError

TABLE = pd.DataFrame(
    {
        "director": ["Varda", "Coen", "Varda"],
        "composer": ["Legrand", "Burwell, Coen", ""],
        "movie_genres": ["Drama, Music", "Comedy", ""],
        "year": pd.array([1962, 2000, None], dtype="Int64"),
        "countries": ["France, Italy", "", "France"],
    },
    index=[7, 8, 9],
)


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("director", ["Varda", "Coen", "Varda"]),
        ("composer", ["Legrand", "Burwell, Coen", ""]),
        ("genre", ["Drama", "Comedy", ""]),
        ("decade", ["1960s", "2000s", ""]),
        ("country", ["France", "", "France"]),
    ],
)
def test_a_film_is_in_one_group(by: str, expected: list[str]) -> None:
    found = groups.of(TABLE, by)
    assert (list(found), list(found.index), found.name) == (expected, [7, 8, 9], by)


def test_sizes_leave_out_what_is_not_known() -> None:
    found = groups.sizes(pd.Series(["b", "", "a", "c", "c", ""]))
    assert list(found.items()) == [("c", 2), ("a", 1), ("b", 1)]


def test_an_unknown_grouping_is_named() -> None:
    with pytest.raises(InputError, match="grouped by 'colour'; choose one of director, composer, genre, decade, country"):
        groups.of(TABLE, "colour")


def test_every_grouping_has_words() -> None:
    assert list(groups.WORDS) == list(groups.PLURALS) == list(groups.GROUPINGS)
