import csv
from dataclasses import replace
from pathlib import Path

import pytest

from data import FOLDER
from scrapers import matching, titles
from scrapers.matching import choose, same_director
from scrapers.sources import Candidate, Query


def film(number: int, title: str, year: int | None = None, director: str = "", **more: object) -> Candidate:
    return Candidate(f"tt{number:07d}", title, year, director, **more)  # type: ignore[arg-type]


# --- the ancestor's collection ----------------------------------------------------------------------------------

CATALOGUE = list(csv.DictReader((FOLDER / "catalogue.csv").open(encoding="utf-8")))
KNOWN = list(csv.DictReader(Path(__file__).with_name("catalogue_titles.csv").open(encoding="utf-8")))
FILMS = [
    film(number, row["title"], int(row["year"]), row["directors"], original=row["original"]) for number, row in enumerate(KNOWN, 1)
]  # the collection's films and others that share their titles


def test_the_catalogue_holds_every_title_of_the_table() -> None:
    """The thesis speaks of 145 movies of 12 directors; its table lists 144."""
    assert len(CATALOGUE) == 144
    assert len({row["director"] for row in CATALOGUE}) == 12
    assert [(row["director"], row["movie"]) for row in CATALOGUE] == [(row["folder"], row["movie"]) for row in KNOWN if row["folder"]]


@pytest.mark.parametrize("place", range(len(CATALOGUE)), ids=lambda place: CATALOGUE[place]["movie"])
def test_every_film_of_the_catalogue_is_found(place: int) -> None:
    row = CATALOGUE[place]
    name = titles.clean(row["movie"])
    query = Query(name.title, name.year, row["director"], other_titles=name.others)
    choice = choose(query, FILMS)
    if row["movie"] == "The Man Who Knew Too Much":  # Hitchcock made it twice
        assert choice.status == "ambiguous"
        assert {candidate.year for candidate in choice.candidates[:2]} == {1934, 1956}
        choice = choose(replace(query, year=1934), FILMS)
    assert choice.status == "ok"
    assert choice.best
    assert choice.best.imdb_id == FILMS[place].imdb_id
    assert matching.THRESHOLD <= choice.best.score <= 1


def test_the_runtime_tells_two_versions_apart() -> None:
    versions = [
        film(1, "The Man Who Knew Too Much", 1934, "Alfred Hitchcock", runtime=75),
        film(2, "The Man Who Knew Too Much", 1956, "Alfred Hitchcock", runtime=120),
    ]
    for runtime, number in ((74.2, 1), (72, 1), (119, 2), (115, 2)):  # PAL runs 4 % fast
        choice = choose(Query("The Man Who Knew Too Much", director="Hitchcock", runtime=runtime), versions)
        assert choice.best
        assert choice.best.imdb_id == f"tt{number:07d}"


# --- never a silent guess -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "candidates"),
    [
        (Query("Suspicion"), [film(1, "Suspicion", 1941), film(2, "Suspicion", 1918)]),
        (Query("Insomnia", director="Nolan"), [film(1, "Insomnia", 1997, "Erik Skjoldbjærg")]),
        (Query("Fargo", 1952), [film(1, "Fargo", 1996)]),
        (Query("Aliens", director="James Cameron"), [film(1, "Alien", 1979, "Ridley Scott")]),
        (Query("Aliens"), [film(1, "Alien", 1979)]),
        (Query("Kill Bill 3", director="Quentin Tarantino"), [film(1, "Kill Bill: Vol. 1", 2003, "Quentin Tarantino")]),
        (Query("Rocky", director="Avildsen"), [film(1, "Rocky V", 1990, "John G. Avildsen")]),
        (Query("The Hobbit", director="Peter Jackson"), [film(n, f"The Hobbit: {n}", 2011 + n, "Peter Jackson") for n in (1, 2, 3)]),
        (Query("Batman", director="Tim Burton"), [film(1, "Batman Returns", 1992, "Tim Burton")]),
    ],
)
def test_a_close_call_is_left_to_a_person(query: Query, candidates: list[Candidate]) -> None:
    choice = choose(query, candidates)
    assert choice.status in ("ambiguous", "not_found")
    assert choice.best is None
    assert choice.reason


@pytest.mark.parametrize(
    ("query", "candidate"),
    [
        (Query("Inglorious Basterds", director="Tarantino"), film(1, "Inglourious Basterds", 2009, "Quentin Tarantino")),
        (Query("Birdman", director="Inarritu"), film(1, "Birdman or (The Unexpected Virtue of Ignorance)", 2014, "Alejandro G. Iñárritu")),
        (Query("Wonder Woman", 1984, other_titles=("Wonder Woman 1984",)), film(1, "Wonder Woman 1984", 2020)),
        (Query("The Prestige"), film(1, "The Prestige", 2006)),
        (Query("Rope", 1949, "Hitchcock"), film(1, "Rope", 1948, "Alfred Hitchcock")),
        (Query("Átame", director="Almodovar"), film(1, "Tie Me Up!", 1989, "Pedro Almodóvar", other_titles=("¡Átame!",))),
    ],
)
def test_a_clear_winner_is_taken(query: Query, candidate: Candidate) -> None:
    others = [film(9, "Something Else", 1980, "Nobody")]
    choice = choose(query, [*others, candidate])
    assert choice.status == "ok"
    assert choice.best
    assert choice.best.imdb_id == candidate.imdb_id


def test_the_exact_title_goes_before_one_that_only_has_no_article() -> None:
    choice = choose(Query("The Prestige"), [film(1, "Prestige", 1931), film(2, "The Prestige", 2006)])
    assert choice.best
    assert choice.best.imdb_id == "tt0000002"


def test_nothing_alike_is_not_found() -> None:
    choice = choose(Query("Zelig"), [film(1, "Manhattan", 1979)])
    assert (choice.status, choice.candidates) == ("not_found", ())
    assert choose(Query("Zelig"), []).status == "not_found"


# --- directors ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("folder", "directors"),
    [
        ("Coen Brothers", "Joel Coen, Ethan Coen"),
        ("The Coen Brothers", "Joel Coen"),
        ("Joel & Ethan Coen", "Joel Coen"),
        ("Polanski", "Roman Polanski"),
        ("Pedro Almodovar", "Pedro Almodóvar"),
        ("Hitchcock, Alfred", "Alfred Hitchcock"),
        ("A. Hitchcock", "Alfred Hitchcock"),
        ("The Wachowskis", "Lana Wachowski, Lilly Wachowski"),
        ("Tim Burton", "Mike Johnson, Tim Burton"),
        ("Andrei Tarkovskij", "Andrei Tarkovsky"),
        ("黒澤 明", "黒澤 明"),
    ],
)
def test_folders_that_name_the_director(folder: str, directors: str) -> None:
    assert same_director(folder, directors) is True


@pytest.mark.parametrize(
    ("folder", "directors"),
    [
        ("Ron Howard", "James Newton Howard"),
        ("Tim Burton", "Richard Burton, Tim Robbins"),
        ("Scott", "Wes Anderson"),
        ("Comedies", "Woody Allen"),
    ],
)
def test_folders_that_name_somebody_else(folder: str, directors: str) -> None:
    assert same_director(folder, directors) is False


def test_an_unknown_director_is_no_evidence() -> None:
    assert same_director("", "Woody Allen") is None
    assert same_director("Woody Allen", "") is None
