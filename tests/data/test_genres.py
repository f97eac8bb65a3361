"""The map from sub-genres to the ten music genres."""

import csv

import pytest

from data import FOLDER, hyper_genre
from models.labels import GENRES


@pytest.mark.parametrize(
    ("sub_genre", "genre"),
    [
        ("Delta Blues", "blues"), ("rap", "hiphop"), ("R&B", "hiphop"), ("folk", "country"), ("soul", "jazz"), ("funk", "jazz"),
        ("disco", "dance"), ("Latin", "dance"), ("reggae", "electronic"), ("hiphop", "hiphop"), (" Jazz ", "jazz"), ("Pop/Rock", ""),
    ],
)  # fmt: skip
def test_sub_genres_have_their_genre(sub_genre, genre):
    assert hyper_genre(sub_genre) == genre


def test_every_row_names_one_of_the_ten_and_none_is_twice():
    with (FOLDER / "genres.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["genre"] for row in rows} == set(GENRES)
    names = [row["sub_genre"] for row in rows]
    assert len(names) == len(set(names)) > 350
    assert all(name == name.strip().lower() for name in names)
