import json

import pytest
from dash._utils import to_json

from analysis import dataset
from analysis.library import Library
from dashboard import data
from dashboard.components import shell
from tests.dashboard import fake_library
from tests.dashboard.conftest import page_of
from tests.dashboard.fake_library import FILMS
from tests.dashboard.walk import by_id, text


def test_the_library_has_a_row_for_each_film_and_its_figures(pristine: Library) -> None:
    with page_of("library", pristine) as library:
        page = library.layout(q="jazz")
    words = text(page)
    for part in ("8 films", "4 directors", "1 film without music", "up to 3 films each", "0.3 hours", "Music: 0"):
        assert part in words.replace("\u00a0", " ")
    grid = by_id(page, "library-films")
    assert {(row["director"], row["movie"]) for row in grid.rowData} == {(d, m) for d, movies in FILMS.items() for m in movies}
    assert {column["field"] for column in grid.columnDefs} == set(grid.rowData[0])
    assert grid.dashGridOptions["context"]["search"] == by_id(page, "library-search").value == "jazz"
    json.loads(to_json(page))


def test_what_is_not_known_of_a_film_stays_empty(pristine: Library) -> None:
    with page_of("library", pristine) as library:
        rows = by_id(library.layout(), "library-films").rowData
    unknown = next(row for row in rows if row["movie"] == FILMS["Zed"][1])
    assert unknown["year"] is None and unknown["rating"] is None
    assert all(isinstance(row["year"], int) for row in rows if row is not unknown)


def test_a_phone_has_one_column_of_cards_and_what_to_sort_them_by(pristine: Library) -> None:
    with page_of("library", pristine) as library:
        page = library.layout()
    grid = by_id(page, "library-films")
    (card,) = (column for column in grid.columnDefs if column.get("colId") == "card")
    assert card["hide"] and set(grid.dashGridOptions["context"]["attributes"]) == {"genre", "danceability", "valence", "energy"}
    fields = {column["field"] for column in grid.columnDefs}
    choices = [option["value"] for option in by_id(page, "library-sort").data]
    assert by_id(page, "library-sort").value == choices[0] == "library"
    assert all(choice.split()[0] in fields and choice.split()[1] in ("asc", "desc") for choice in choices[1:])


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("lukasz", "Łukasz Øster"),
        ("OSTER", "Łukasz Øster"),
        ("night oster", "Ночь 🎬 Night · Łukasz Øster"),
        ("engine vorn", "The Quiet Engine · Ada Vorn"),
    ],
)
def test_the_search_finds_names_however_they_are_written(pristine: Library, words: str, found: str) -> None:
    with page_of("library", pristine):
        groups = shell.search(words, "")
        assert found in [item["label"] for group in groups for item in group["items"]]
        assert shell.search("nothing of the kind", "") == shell.search(" ", "") == shell.search("engine", "?library=other") == []


def test_what_is_found_leads_to_the_film_of_the_library_one_is_in(pristine: Library) -> None:
    with page_of("library", pristine):
        (films,) = shell.search("quiet engine", "?library=films")
    assert films["items"][0]["value"] == "/movies?library=films&director=Ada+Vorn&movie=The+Quiet+Engine"


def test_every_director_has_a_mark_of_their_own(pristine: Library) -> None:
    with page_of("library", pristine) as library:
        grid = by_id(library.layout(), "library-films")
    marks = grid.dashGridOptions["context"]["marks"]
    assert set(marks) == set(FILMS) and len({tuple(mark.values()) for mark in marks.values()}) == len(FILMS)


def test_an_empty_library_names_the_command_that_fills_it(empty_library: Library) -> None:
    with page_of("library", empty_library) as library:
        assert "leitmotif analyse MOVIES --library" in text(library.layout())
        assert "no library is called" in text(library.layout(library="elsewhere"))


def test_a_library_of_one_film(empty_library: Library) -> None:
    fake_library.write_film(empty_library, "Zed", "=1+1")
    dataset.write(empty_library)
    with page_of("library", empty_library) as library:
        words = text(library.layout()).replace("\u00a0", " ")
    assert "1 film" in words and "1 director " in words and "% of the film" in words


@pytest.mark.parametrize("damage", ["truncate", "empty", "other content", "missing", "words for numbers"])
def test_a_damaged_dataset_is_named_with_its_remedy(library: Library, damage: str) -> None:
    path = library.root / "enhanced.csv"
    whole = path.read_text(encoding="utf-8")
    if damage == "missing":
        path.unlink()
    else:
        table = dataset.read(library).assign(music_duration="much").to_csv(index=False)
        cut = "\n".join(whole.splitlines()[:4]) + "\nRain,tt1,0.0"
        changed = {"truncate": cut, "empty": "", "other content": "[]", "words for numbers": table}
        path.write_text(changed[damage], encoding="utf-8")
    with page_of("library", library) as page:
        words = text(page.layout())
    assert "cannot be shown" in words and str(library.root) in words
    assert "run the analysis again" in words or "leitmotif analyse" in words


def test_the_dataset_is_read_again_when_it_has_changed(library: Library) -> None:
    before = data.dataset(library)
    assert data.dataset(library) is before
    fake_library.write_film(library, "Zed", "A New One")
    dataset.write(library)
    assert len(data.dataset(library)) == len(before) + 1
