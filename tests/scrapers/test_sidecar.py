import json
from pathlib import Path

import pytest

from errors import DataError
from scrapers import sidecar
from scrapers.folder import MovieFile

LINK = "https://www.imdb.com/title/{}/"
KODI = """<?xml version="1.0" encoding="UTF-8" standalone="yes" ?>
<movie>
  <title>All About My Mother</title><originaltitle>Todo sobre mi madre</originaltitle><year>1999</year>
  <ratings><rating name="imdb" max="10"><value>7.8</value></rating></ratings>
  <runtime>101</runtime><uniqueid type="tmdb">99</uniqueid><uniqueid type="imdb" default="true">tt0185125</uniqueid>
  <genre>Drama</genre><country>Spain</country><country>France</country><director>Pedro Almodóvar</director>
  <actor><name>Cecilia Roth</name><role>Manuela</role></actor><actor><name>Marisa Paredes</name></actor>
</movie>
https://www.imdb.com/title/tt9999999/
"""


@pytest.fixture
def movie(tmp_path: Path) -> MovieFile:
    return MovieFile(tmp_path / "Film.1999.mkv", "Director", "Film.1999")


def test_no_sidecar(movie: MovieFile) -> None:
    assert sidecar.read(movie) is None


def test_a_json_of_fields(movie: MovieFile, tmp_path: Path) -> None:
    content = {
        "title": "Film",
        "year": "1999",
        "rating": 7,
        "genres": ["Drama"],
        "cast": [],
        "imdb_id": "tt0000001",
        "synthetic": True,
        "mine": 1,
    }
    (tmp_path / "Film.1999.json").write_text(json.dumps(content))
    assert sidecar.read(movie) == (
        {"title": "Film", "year": 1999, "rating": 7.0, "genres": ["Drama"], "imdb_id": "tt0000001", "imdb_link": LINK.format("tt0000001"),
         "synthetic": True}, "Film.1999.json",
    )  # fmt: skip


def test_an_nfo_of_a_media_centre(movie: MovieFile, tmp_path: Path) -> None:
    (tmp_path / "Film.1999.nfo").write_text(KODI)
    assert sidecar.read(movie) == (
        {
            "title": "All About My Mother", "other_title": "Todo sobre mi madre", "year": 1999, "rating": 7.8, "runtime": 101,
            "imdb_id": "tt0185125", "imdb_link": LINK.format("tt0185125"), "genres": ["Drama"],
            "countries": ["Spain", "France"], "director": ["Pedro Almodóvar"],
            "cast": ["Cecilia Roth", "Marisa Paredes"],
        },
        "Film.1999.nfo",
    )  # fmt: skip


def test_the_json_goes_before_the_nfo(movie: MovieFile, tmp_path: Path) -> None:
    (tmp_path / "Film.1999.nfo").write_text(KODI)
    (tmp_path / "Film.1999.json").write_text('{"year": 2000}')
    found = sidecar.read(movie)
    assert found
    assert (found[0]["year"], found[0]["runtime"], found[1]) == (2000, 101, "Film.1999.json and Film.1999.nfo")


BOMB = '<!DOCTYPE movie [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><movie><title>&b;</title></movie> tt0185125'


@pytest.mark.parametrize(
    "text",
    [
        "see https://www.imdb.com/title/tt0185125/ \x80\xff",
        "<movie><title>broken tt0185125",
        BOMB,
        "<movie><!-- x --><id>tt0185125</id></movie>",
    ],
)
def test_the_id_of_any_other_nfo(movie: MovieFile, tmp_path: Path, text: str) -> None:
    (tmp_path / "Film.1999.nfo").write_bytes(text.encode("latin-1"))
    assert sidecar.read(movie) == ({"imdb_id": "tt0185125", "imdb_link": LINK.format("tt0185125")}, "Film.1999.nfo")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "is not readable JSON"),
        (b"[" * 100_000, "is not readable JSON"),
        (b"[1]", "must hold one JSON object"),
        (b"\xff\xfe", "is not readable"),
        (b'{"year": "long ago"}', "year cannot be 'long ago'"),
        (b'{"rating": 93}', "rating cannot be '93'"),
        (b'{"imdb_id": "185125"}', "imdb_id cannot be"),
        (b'{"cast": {"a": 1}}', "cast cannot be"),
    ],
)
def test_a_damaged_json_is_named(movie: MovieFile, tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "Film.1999.json").write_bytes(content)
    with pytest.raises(DataError, match=message) as raised:
        sidecar.read(movie)
    assert "Film.1999.json" in str(raised.value)
