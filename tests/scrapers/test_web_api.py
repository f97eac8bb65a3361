"""Replies have the shape the services document and give; the films in them do not exist."""

import gzip
import json
import logging
from pathlib import Path
from typing import Any

import pytest

from scrapers.fetch import Fetcher, Manners
from scrapers.sources import Query
from scrapers.web_api import Omdb, Tmdb, from_environment
from tests.scrapers.server import Server, answer

KEY, TOKEN = "0123456789abcdef", "eyJhbGciOiJIUzI1NiJ9.eyJhdWQi.c2lnbmF0dXJl"
HURRIED = Manners(pause=0, jitter=0, backoff=0, attempts=2, timeout=2)

OMDB_FILM = {
    "Title": "The Keeper's Waltz", "Year": "1971", "Rated": "PG", "Released": "20 Jan 1972", "Runtime": "107 min", "Genre": "Drama, Music",
    "Director": "Inès Marchand", "Writer": "N/A", "Actors": "Ana Torres, Ben Ode", "Plot": "<script>", "Language": "French",
    "Country": "France, Spain", "Awards": "N/A", "Poster": "https://pictures.example/waltz.jpg",
    "Ratings": [{"Source": "Internet Movie Database", "Value": "7.4/10"}], "Metascore": "81", "imdbRating": "7.4", "imdbVotes": "90",
    "imdbID": "tt9900001", "Type": "movie", "DVD": "N/A", "BoxOffice": "N/A", "Website": "N/A", "Response": "True",
}  # fmt: skip
OMDB_KNOWN = {
    "title": "The Keeper's Waltz", "imdb_id": "tt9900001", "imdb_link": "https://www.imdb.com/title/tt9900001/", "year": 1971,
    "rating": 7.4, "metascore": 81, "countries": ["France", "Spain"], "genres": ["Drama", "Music"], "cast": ["Ana Torres", "Ben Ode"],
    "director": ["Inès Marchand"], "runtime": 107, "poster": "https://pictures.example/waltz.jpg",
}  # fmt: skip
TMDB_FOUND = {
    "id": 77, "title": "The Keeper's Waltz", "original_title": "La valse du gardien", "release_date": "1971-05-14",
    "vote_average": 6.1, "poster_path": "/waltz.jpg", "genre_ids": [18],
}  # fmt: skip
TMDB_FILM = TMDB_FOUND | {
    "imdb_id": "tt9900001", "runtime": 107, "genres": [{"id": 18, "name": "Drama"}], "overview": "x", "adult": False,
    "production_countries": [{"iso_3166_1": "FR", "name": "France"}],
    "credits": {
        "cast": [{"name": "Ana Torres", "order": 0}, {"name": "Ben Ode", "order": 1}],
        "crew": [
            {"name": "Luz Vidal", "job": "Editor"}, {"name": "Inès Marchand", "job": "Director"},
            {"name": "Olga Brandt", "job": "Original Music Composer"},
        ],
    },
}  # fmt: skip
TMDB_KNOWN = {
    "title": "The Keeper's Waltz", "other_title": "La valse du gardien", "imdb_id": "tt9900001",
    "imdb_link": "https://www.imdb.com/title/tt9900001/", "year": 1971, "countries": ["France"], "genres": ["Drama"],
    "cast": ["Ana Torres", "Ben Ode"], "director": ["Inès Marchand"], "composer": ["Olga Brandt"], "runtime": 107,
    "poster": "https://image.tmdb.org/t/p/w500/waltz.jpg",
}  # fmt: skip


@pytest.fixture
def fetcher(tmp_path: Path) -> Fetcher:
    return Fetcher(tmp_path / "cache", manners=HURRIED)


@pytest.fixture
def omdb(server: Server, fetcher: Fetcher) -> Omdb:
    return Omdb(fetcher, KEY, server.base)


@pytest.fixture
def tmdb(server: Server, fetcher: Fetcher) -> Tmdb:
    return Tmdb(fetcher, KEY, server.base)


def reply(content: Any) -> Any:
    return answer(200, json.dumps(content), Content_Type="application/json; charset=utf-8")


# -- OMDb ---------------------------------------------------------------------------------------------------------------------


def test_omdb_by_id(server: Server, omdb: Omdb):
    server.on("/", reply(OMDB_FILM))
    found = omdb.lookup(Query("x", imdb_id="tt9900001"))
    assert (found.status, found.known, found.source) == ("ok", OMDB_KNOWN, "OMDb tt9900001")
    assert server.asked == [f"/?i=tt9900001&apikey={KEY}"]


def test_omdb_by_title(server: Server, omdb: Omdb):
    search = {"Search": [{"Title": "The Keeper's Waltz", "Year": "1971", "imdbID": "tt9900001", "Type": "movie", "Poster": "N/A"},
                         {"Title": "Waltz of Fools", "Year": "1971", "imdbID": "tt9900005", "Type": "movie", "Poster": "N/A"}],
              "totalResults": "2", "Response": "True"}  # fmt: skip
    server.on("/", reply(search), reply(OMDB_FILM))
    found = omdb.lookup(Query("The Keepers Waltz", 1971, "Marchand", 107))
    assert (found.status, found.known["imdb_id"]) == ("ok", "tt9900001")
    assert found.candidates[0].score > 0.9
    assert server.asked[0] == f"/?s=The+Keepers+Waltz&type=movie&y=1971&apikey={KEY}"


def test_films_of_one_title_are_told_apart_by_their_directors(server: Server, omdb: Omdb):
    one, two = (
        {"Title": "Waltz", "Year": year, "imdbID": imdb_id, "Type": "movie"}
        for year, imdb_id in (("1971", "tt9900001"), ("1999", "tt9900002"))
    )
    films = [reply(OMDB_FILM | one), reply(OMDB_FILM | two | {"Director": "Luz Vidal"})]
    server.on("/", reply({"Search": [one, two], "Response": "True"}), *films)
    assert omdb.lookup(Query("Waltz", director="Vidal")).known["imdb_id"] == "tt9900002"
    unclear = omdb.lookup(Query("Waltz"))  # all in the cache by now
    assert (unclear.status, unclear.known) == ("ambiguous", {})
    assert {candidate.director for candidate in unclear.candidates} == {"Inès Marchand", "Luz Vidal"}
    assert len(server.asked) == 3


def test_a_year_that_is_off_by_one_is_searched_for_without_it(server: Server, omdb: Omdb):
    search = {"Search": [{"Title": "The Keeper's Waltz", "Year": "1971", "imdbID": "tt9900001", "Type": "movie"}], "Response": "True"}
    server.on("/", reply({"Response": "False", "Error": "Movie not found!"}), reply(search), reply(OMDB_FILM))
    assert omdb.lookup(Query("The Keeper's Waltz", 1972, "Marchand")).status == "ok"


def test_omdb_does_not_know_it(server: Server, omdb: Omdb):
    server.on("/", reply({"Response": "False", "Error": "Incorrect IMDb ID."}))
    assert omdb.lookup(Query("x", imdb_id="tt9900009")).status == "not_found"
    assert omdb.lookup(Query("Nowhere Film", 1971)).status == "not_found"


def test_omdb_does_not_know_all(server: Server, omdb: Omdb):
    server.on("/", reply(dict.fromkeys(OMDB_FILM, "N/A") | {"Title": "The Keeper's Waltz", "imdbID": "tt9900001", "Type": "movie"}))
    found = omdb.lookup(Query("x", imdb_id="tt9900001"))
    assert found.known == {key: OMDB_KNOWN[key] for key in ("title", "imdb_id", "imdb_link")}


def test_a_series_is_refused_by_name(server: Server, omdb: Omdb, tmdb: Tmdb):
    server.on("/", reply(OMDB_FILM | {"Type": "series"}))
    server.on("/find/tt9900001", reply({"movie_results": [], "tv_results": [{"id": 5, "name": "Waltz"}]}))
    for source, kind in ((omdb, "series"), (tmdb, "tv")):
        found = source.lookup(Query("x", imdb_id="tt9900001"))
        assert (found.status, found.known) == ("failed", {})
        assert kind in found.reason


# -- TMDb ---------------------------------------------------------------------------------------------------------------------


def test_tmdb_by_id(server: Server, tmdb: Tmdb):
    server.on("/find/tt9900001", reply({"movie_results": [TMDB_FOUND], "tv_results": []}))
    server.on("/movie/77", reply(TMDB_FILM))
    found = tmdb.lookup(Query("x", imdb_id="tt9900001"))
    assert (found.status, found.known, found.source) == ("ok", TMDB_KNOWN, "TMDb movie 77")
    assert all(f"api_key={KEY}" in path for path in server.asked)


def test_tmdb_by_title_in_either_language(server: Server, tmdb: Tmdb):
    server.on("/search/movie", reply({"page": 1, "results": [TMDB_FOUND, {"id": 78, "title": "Other"}], "total_results": 2}))
    server.on("/movie/77", reply(TMDB_FILM))
    assert tmdb.lookup(Query("La valse du gardien", 1971, "Marchand")).known == TMDB_KNOWN


def test_tmdb_does_not_know_it(server: Server, tmdb: Tmdb):
    server.on("/find/tt9900001", reply({"movie_results": [], "tv_results": []}))
    server.on("/search/movie", reply({"page": 1, "results": []}))
    assert tmdb.lookup(Query("x", imdb_id="tt9900001")).status == "not_found"
    assert tmdb.lookup(Query("Nowhere Film")).status == "not_found"


def test_a_token_is_sent_as_a_header(server: Server, fetcher: Fetcher):
    server.on("/find/tt9900001", reply({"movie_results": [TMDB_FOUND]}))
    server.on("/movie/77", reply(TMDB_FILM))
    assert Tmdb(fetcher, TOKEN, server.base).lookup(Query("x", imdb_id="tt9900001")).status == "ok"
    assert {headers["Authorization"] for headers in server.headers} == {f"Bearer {TOKEN}"}
    assert TOKEN not in "".join(server.asked)


# -- both ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["omdb", "tmdb"])
@pytest.mark.parametrize(
    ("play", "status"),
    [
        (answer(403), "blocked"),
        (answer(429), "blocked"),
        (answer(500), "failed"),
        (answer(404), "not_found"),
        (answer(200, "<html>"), "changed"),
        (reply([]), "changed"),
        (reply({"movie_results": 3}), None),
    ],
)
def test_outcomes_have_their_names(server: Server, request: pytest.FixtureRequest, source: str, play: Any, status: str | None):
    for path in ("/", "/find/tt9900001"):
        server.on(path, play)
    found = request.getfixturevalue(source).lookup(Query("x", imdb_id="tt9900001"))
    assert (found.status, found.known) == (status or found.status, {})
    assert found.reason


@pytest.mark.parametrize(("source", "variable"), [("omdb", "OMDB_API_KEY"), ("tmdb", "TMDB_API_KEY")])
def test_a_wrong_key_is_tried_once(server: Server, request: pytest.FixtureRequest, source: str, variable: str):
    for path in ("/", "/find/tt9900001", "/search/movie"):
        server.on(path, answer(401, '{"Response":"False","Error":"Invalid API key!"}'))
    found = [request.getfixturevalue(source).lookup(query) for query in (Query("x", imdb_id="tt9900001"), Query("Waltz"))]
    assert [one.status for one in found] == ["failed", "failed"]
    assert all(variable in one.reason for one in found)
    assert len(server.asked) == 1


@pytest.mark.parametrize("broken", [{}, {"Title": 3, "title": []}, dict.fromkeys(OMDB_FILM | TMDB_FILM, 7) | {"id": 77, "Type": "movie"}])
def test_replies_of_another_shape(server: Server, omdb: Omdb, tmdb: Tmdb, broken: dict[str, Any]):
    server.on("/", reply(broken))
    server.on("/find/tt9900001", reply({"movie_results": [TMDB_FOUND]}))
    server.on("/movie/77", reply(broken))
    server.on("/search/movie", reply({"results": [broken, None, 7]}))
    for source in (omdb, tmdb):
        assert source.lookup(Query("x", imdb_id="tt9900001")).status == "changed"
        assert source.lookup(Query("Waltz")).status in {"changed", "not_found"}


def test_sources_are_those_with_a_key(fetcher: Fetcher):
    assert from_environment(fetcher, {}) == []
    assert from_environment(fetcher, {"TMDB_API_KEY": " "}) == []
    assert [source.name for source in from_environment(fetcher, {"TMDB_API_KEY": KEY})] == ["TMDb"]
    assert [source.name for source in from_environment(fetcher, {"TMDB_API_KEY": KEY, "OMDB_API_KEY": KEY})] == ["OMDb", "TMDb"]


def test_offline_touches_no_network(tmp_path: Path, no_network: None):
    environment = {"TMDB_API_KEY": KEY, "OMDB_API_KEY": KEY}
    for source in from_environment(Fetcher(tmp_path, offline=True), environment):
        for query in (Query("x", imdb_id="tt9900001"), Query("Waltz", 1971)):
            assert source.lookup(query).status == "offline"


@pytest.mark.parametrize("key", [KEY, TOKEN])
def test_keys_are_nowhere(server: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture, key: str):
    server.on("/find/tt9900001", reply({"movie_results": [TMDB_FOUND]}))
    server.on("/movie/77", reply(TMDB_FILM))
    server.on("/", reply(OMDB_FILM), answer(500), answer(401))
    fetcher = Fetcher(tmp_path / "cache", manners=HURRIED)
    with caplog.at_level(logging.DEBUG):
        sources = from_environment(fetcher, {"TMDB_API_KEY": key, "OMDB_API_KEY": key}, tmdb=server.base, omdb=server.base)
        answers = [source.lookup(query) for source in sources for query in (Query("x", imdb_id="tt9900001"), Query("Waltz"))]
    assert key in "".join(server.asked) + repr(server.headers)
    assert len(caplog.text) > 100
    kept = b"".join(path.name.encode() + gzip.decompress(path.read_bytes()) for path in (tmp_path / "cache").glob("*.gz"))
    assert b"Waltz" in kept
    assert key not in caplog.text + repr(answers) + kept.decode("latin-1")
