import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from dash._utils import to_json

from analysis import dataset
from analysis.library import Library
from analysis.similarity import nearest
from analysis.standing import MEASURES, Place, Standing, measured
from dashboard.components import standing
from dashboard.figures.standing import MOST_DRAWN, NAMES, strips
from dashboard.theme import Mark, director_marks
from tests.dashboard import fake_library
from tests.dashboard.conftest import page_of
from tests.dashboard.fake_library import LONG, SILENT
from tests.dashboard.walk import by_id, components, text

MARK = Mark("#0072B2", "square")


def words(layout: Any) -> str:
    """The words of a layout with plain spaces and without the marks around names."""
    return text(layout).replace("\u00a0", " ").replace("\u2068", "").replace("\u2069", "")


def many(count: int, director_of: Any = lambda i: f"Director {i % 7}") -> pd.DataFrame:
    rng = np.random.default_rng(0)
    table = pd.DataFrame(0, range(count), dataset.COLUMNS, dtype=object).assign(jazz=100.0, year=pd.NA, rating=np.nan)
    table = table.assign(movie=[f"film {i}" for i in range(count)], director=[director_of(i) for i in range(count)])
    table[["countries", "movie_genres", "genre", "danceability", "valence", "energy"]] = ""
    return table.assign(**{name: rng.uniform(0, 100, count) for name in MEASURES})


def test_the_film_stands_in_every_strip_with_its_value() -> None:
    table = many(12)
    figure = strips(measured(table), table[["movie", "director"]], 3, MARK)
    this = figure.data[-1]
    assert (this.name, this.marker.symbol, this.marker.color) == ("this film", "square", "#0072B2")
    assert list(this.y) == list(NAMES.values())
    assert list(this.x) == table.loc[3, list(MEASURES)].tolist()
    assert [label.replace("\u00a0", " ") for label in this.text] == [f"<b>{round(x)} %</b>" for x in this.x]
    others, own, _ = figure.data
    assert (len(others.x), len(own.x)) == (5 * 10, 5 * 1)
    assert set(own.customdata) == {"<b>film 10</b>"}


def test_films_without_music_have_no_point_in_the_musics_strips() -> None:
    table = many(4).assign(jazz=[0, 100, 100, 100])
    figure = strips(measured(table), table[["movie", "director"]], 0, MARK)
    assert list(figure.data[-1].y) == ["music", "speech"]


def test_names_stay_names_in_hover_cards_and_legend() -> None:
    table = many(3, lambda _: "<b>Zed & Sons</b>").assign(movie=["<script>", "=1+1", "x" * 200])
    figure = strips(measured(table), table[["movie", "director"]], 1, MARK)
    assert "<b>&lt;script&gt;</b>" in figure.data[0].customdata
    assert figure.data[0].name == "others by &lt;b&gt;Zed &amp; Sons&lt;/b&gt;"


def test_a_large_library_is_sent_as_a_density() -> None:
    table = many(10_000)
    figure = strips(measured(table), table[["movie", "director"]], 5, MARK)
    density = figure.data[0]
    assert density.type == "heatmap"
    assert np.array(density.customdata).sum() == 5 * (table["director"] != "Director 5").sum()
    own = figure.data[2]
    assert len(own.x) == 5 * MOST_DRAWN and f"{MOST_DRAWN} of " in own.name
    assert len(to_json(figure)) < 60_000


@pytest.mark.parametrize(
    ("place", "own", "expected"),
    [
        (Place(71, 0, 29), Place(7, 0, 1), "38 % of the film: more than 71 % of the other 100 films; 2nd most of Ada’s 9"),
        (Place(100, 0, 0), Place(8, 0, 0), "38 % of the film: the most of all 101; the most of Ada’s 9"),
        (Place(0, 2, 3), Place(0, 1, 1), "38 % of the film: the least of all 6, with 2 others; the least, shared, of Ada’s 3"),
        (Place(1, 0, 11), Place(1, 0, 11), "38 % of the film: more than 8 % of the other 12 films; 12th most of Ada’s 13"),
        (Place(0, 1, 0), Place(0, 1, 0), "38 % of the film: as in the other film; as in Ada’s other film"),
        (Place(2, 0, 1), Place(0, 0, 0), "38 % of the film: more than 67 % of the other 3 films; no other by Ada to compare with"),
    ],
)
def test_a_place_in_words(place: Place, own: Place, expected: str) -> None:
    assert words(standing.standing_words(Standing("music_duration", 38.2, place, own), "Ada")) == expected


def test_the_finding_is_what_stands_out_most() -> None:
    one = Standing("music_duration", 50, Place(5, 0, 5), Place(0, 0, 0))
    two = Standing("energy_high", 3, Place(1, 0, 9), Place(0, 0, 0))
    assert words(standing.standing_finding([one, two])) == "Standing: less energetic music than 90 % of the other 10 films"
    assert standing.standing_finding([Standing("speech_duration", 3, Place(0, 0, 0), Place(0, 0, 0))]).endswith(
        "no other film to compare with"
    )
    assert standing.standing_finding([Standing("speech_duration", 3, Place(0, 1, 0), Place(0, 0, 0))]).endswith("speech as the other film")


def test_the_movie_layer_names_the_nearest_films_and_why(pristine: Library) -> None:
    expected = nearest(dataset.read(pristine), "Ada Vorn", LONG, "mix").neighbours
    with page_of("movies", pristine) as movies:
        page = movies.layout(director="Ada Vorn", movie=LONG, near="mix")
    links = [c for c in components(by_id(page, "movies-near-found")) if getattr(c, "href", None)]
    assert [words(link) for link in links] == [neighbour.movie for neighbour in expected]
    assert all("near=mix" in link.href and "director=" in link.href for link in links)
    said = words(by_id(page, "movies-near-found"))
    assert all(", ".join(neighbour.reasons) in said and f"{neighbour.similarity:.2f}" in said for neighbour in expected)
    assert "n = 5 films compared. 2 films without music or of which too little is known left out." in said
    assert words(by_id(page, "movies-near-title")) == f"Nearest by music and metadata: {expected[0].movie} by {expected[0].director}"
    assert by_id(page, "movies-near").value == "mix"


def test_the_choice_changes_the_list_and_not_the_toggle(pristine: Library) -> None:
    with page_of("movies", pristine) as movies:
        title, body = movies.compare("metadata", "Ada Vorn", LONG, "")
        assert title.startswith("Nearest by metadata: ") and "same director" in words(body)
        assert "is not in the enhanced dataset" in words(movies.compare("music", "Ada Vorn", "../etc", "")[1])
        assert "no library is called" in words(movies.compare("music", "Ada Vorn", LONG, "?library=x")[1])


def test_a_film_without_music_is_compared_by_metadata_and_says_why_not_by_music(pristine: Library) -> None:
    with page_of("movies", pristine) as movies:
        page = movies.layout(director="Łukasz Øster", movie=SILENT)
        assert by_id(page, "movies-near").value == "metadata" and "Nearest by metadata" in words(page)
        assert "no music of 10 seconds or more to compare" in words(movies.layout(director="Łukasz Øster", movie=SILENT, near="music"))
        assert "no music, so nothing to compare" in words(page)


def test_a_film_without_metadata_says_so(pristine: Library) -> None:
    with page_of("movies", pristine) as movies:
        assert "too little is known to compare it by metadata" in words(movies.layout(director="Zed", movie="=1+1", near="metadata"))
        assert by_id(movies.layout(director="Zed", movie="=1+1", near="nonsense"), "movies-near").value == "music"


def test_a_library_of_one_film_has_nothing_to_compare(empty_library: Library) -> None:
    fake_library.write_film(empty_library, "Ada Vorn", "Alone")
    dataset.write(empty_library)
    with page_of("movies", empty_library) as movies:
        page = movies.layout()
    said = words(page)
    assert "Nearest films by music: no other film to compare with" in said
    assert "Standing: no other film to compare with" in said and "This library has no other film." in said
    json.loads(to_json(page))


def test_a_director_of_one_film_is_said_once(pristine: Library) -> None:
    with page_of("movies", pristine) as movies:
        said = words(movies.layout(director="מרים כהן"))
    assert "n = 8 films, the only one by מרים כהן." in said and "to compare with" not in said


@pytest.mark.parametrize("content", [None, b"", b"movie,director\n1,2\n"])
def test_the_film_is_shown_without_a_readable_dataset(library: Library, content: bytes | None) -> None:
    path = library.root / "enhanced.csv"
    path.unlink() if content is None else path.write_bytes(content)
    with page_of("movies", library) as movies:
        said = words(movies.layout(director="Ada Vorn", movie=LONG))
    assert "Sound: music in" in said and "cannot be shown" in said and str(library.root) in said


def test_a_film_that_the_dataset_does_not_have_is_shown_with_the_remedy(library: Library) -> None:
    fake_library.write_film(library, "Zed", "Newcomer")
    with page_of("movies", library) as movies:
        said = words(movies.layout(director="Zed", movie="Newcomer"))
    assert "Sound: music in" in said and "'Newcomer' by 'Zed' is not in the enhanced dataset" in said and "leitmotif export" in said


def test_a_director_keeps_the_mark_of_the_whole_library(pristine: Library) -> None:
    table = dataset.read(pristine)
    with page_of("movies", pristine) as movies:
        page = movies.layout(director="Zed", movie="=1+1")
    store = by_id(page, {"type": "chart-figure", "index": "movies-standing"})
    this = next(trace for trace in store.data.data if trace.name == "this film")
    assert (this.marker.color, this.marker.symbol) == director_marks(table["director"])["Zed"]
