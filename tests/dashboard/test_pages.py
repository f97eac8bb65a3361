import json
from typing import Any

import plotly.io
import pytest
from dash._utils import to_json

from analysis.library import Library
from dashboard.urls import chosen_library, href, single
from tests.dashboard.conftest import page_of
from tests.dashboard.fake_library import FILMS, LONG, SILENT
from tests.dashboard.walk import by_id, components, text

ALL_FILMS = [(director, movie) for director, movies in FILMS.items() for movie in movies]


@pytest.mark.parametrize(("director", "movie"), ALL_FILMS)
@pytest.mark.parametrize("layer", ["movie", "segment"])
def test_every_film_can_be_seen_in_both_layers(pristine: Library, director: str, movie: str, layer: str) -> None:
    with page_of("movies", pristine) as movies:
        page = movies.layout(director=director, movie=movie, layer=layer)
    assert movie in text(page) and "cannot be shown" not in text(page)
    json.loads(to_json(page))
    assert by_id(page, "movies-movie").value == movie


def test_the_cards_say_their_finding(pristine: Library) -> None:
    profile = pristine.profile("Ada Vorn", LONG)
    with page_of("movies", pristine) as movies:
        words = text(movies.layout(director="Ada Vorn", movie=LONG)).replace("\u00a0", " ")
    assert f"Sound: music in {round(profile['music_duration'])} % of the film, mostly {profile['genre']}" in words
    for attribute in ("Danceability", "Valence", "Energy"):
        assert f"{attribute}: {profile[attribute.lower()]} in " in words
    assert "synthetic" in words and "Drama, Mystery" in words


def test_a_film_without_music_says_so(pristine: Library) -> None:
    with page_of("movies", pristine) as movies:
        for layer in ("movie", "segment"):
            assert "no music of 10 seconds or more" in text(movies.layout(director="Łukasz Øster", movie=SILENT, layer=layer))


def test_an_address_without_names_shows_the_first_film(pristine: Library) -> None:
    with page_of("movies", pristine) as movies:
        assert by_id(movies.layout(), "movies-movie").value == "Rain on Platform 9"
        assert by_id(movies.layout(movie=SILENT), "movies-director").value == "Łukasz Øster"
        assert by_id(movies.layout(director=["Zed", "x"]), "movies-director").value == "Zed"


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"director": "Nobody"}, "no director called “Nobody”"),
        ({"director": "Zed", "movie": "Nothing"}, "no film called “Nothing” by Zed"),
        ({"director": "..", "movie": "../../etc"}, "no director called “..”"),
        ({"movie": "Nothing"}, "no film called “Nothing”"),
        ({"library": "elsewhere"}, "no library is called 'elsewhere'"),
    ],
)
def test_unknown_names_in_the_address_give_a_sentence(pristine: Library, query: dict[str, str], sentence: str) -> None:
    with page_of("movies", pristine) as movies:
        assert sentence in text(movies.layout(**query))


def test_an_empty_library_names_the_command_that_fills_it(empty_library: Library) -> None:
    with page_of("movies", empty_library) as movies:
        assert "leitmotif analyse MOVIES --library" in text(movies.layout())
    with page_of("validation", empty_library) as validation:
        assert "leitmotif validate --library" in text(validation.layout())


@pytest.mark.parametrize(("file", "layer"), [("segments.parquet", "segment"), ("seconds.parquet", "segment"), ("profile.json", "movie")])
@pytest.mark.parametrize("damage", ["truncate", "empty", "other content"])
def test_a_damaged_file_is_named_with_its_remedy(library: Library, file: str, layer: str, damage: str) -> None:
    path = library.movie_folder("Ada Vorn", LONG) / file
    spoil(path, damage)
    with page_of("movies", library) as movies:
        page = movies.layout(director="Ada Vorn", movie=LONG, layer=layer)
        assert str(path) in text(page) and "again" in text(page)
        assert by_id(page, "movies-movie").value == LONG
        assert "cannot be shown" not in text(movies.layout(director="Zed"))


def test_metadata_of_another_shape_and_unknown_classes_are_named(library: Library) -> None:
    with page_of("movies", library) as movies:
        folder = library.movie_folder("Zed", "=1+1")
        library.table("Zed", "=1+1", "segments").assign(genre="polka").to_parquet(folder / "segments.parquet")
        assert "genre has the unknown value 'polka'" in text(movies.layout(director="Zed", movie="=1+1", layer="segment"))
        (library.root / "metadata.json").write_text('{"films": 3}', encoding="utf-8")
        assert "metadata.json: is no list of films" in text(movies.layout(director="Zed"))


def spoil(path: Any, damage: str) -> None:
    content = path.read_bytes()
    path.write_bytes({"truncate": content[: len(content) // 2], "empty": b"", "other content": b"[]"}[damage])


def test_another_director_starts_at_the_first_of_their_films(pristine: Library) -> None:
    with page_of("movies", pristine) as movies:
        address = movies.address("Zed", "Rain on Platform 9", "segment", None, new_director=True)
        assert address == href("/movies", director="Zed", movie="<script>alert(1)<img src=x onerror=alert(2)> & Sons", layer="segment")
        assert movies.address("Zed", "=1+1", "movie", None, new_director=False) == "/movies?director=Zed&movie=%3D1%2B1"


def test_every_chart_has_words_and_a_fixed_height(pristine: Library) -> None:
    pages = []
    with page_of("movies", pristine) as movies:
        pages += [movies.layout(layer=layer) for layer in ("movie", "segment")]
    with page_of("validation", pristine) as validation:
        pages.append(validation.layout())
    charts = [c for page in pages for c in components(page) if "chart" in str(getattr(c, "className", "")).split()]
    assert len(charts) == 5 + 1 + 5
    for chart in charts:
        assert len(getattr(chart, "aria-label")) > 20
        graph, store = chart.children
        assert (
            chart.style["minHeight"]
            == graph.style["height"]
            == plotly.io.from_json(to_json(store.data), skip_invalid=True).layout.height
            > 0
        )


def test_addresses() -> None:
    assert href("/movies", director="A & B", movie=None) == "/movies?director=A+%26+B"
    assert href("/movies") == "/movies"
    assert (single(["a", "b"]), single([]), single(""), single("x")) == ("a", None, None, "x")
    assert (chosen_library("?library=a%20b&x=1"), chosen_library(""), chosen_library(None)) == ("a b", None, None)
