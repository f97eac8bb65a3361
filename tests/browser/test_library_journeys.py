"""The library's films in a real browser: names however they are written, cards on a phone, export in every format."""

import io
import json
import threading
import unicodedata
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

from analysis import dataset, forms, spreadsheets
from analysis.library import Library
from dashboard.components.films import _CARDS
from dashboard.server import create_server
from dashboard.text import folded
from tests.browser.test_journeys import PHONE, choose, query, rows
from tests.dashboard import fake_library
from tests.dashboard.fake_library import FILMS

READERS = {
    "CSV": lambda path: pd.read_csv(path, keep_default_na=False),
    "JSON": lambda path: pd.DataFrame(json.loads(path.read_text(encoding="utf-8"))),
    "Parquet": lambda path: pd.read_parquet(io.BytesIO(path.read_bytes())),
}


def shown(page: Any, words: str) -> None:
    page.get_by_text(words, exact=True).first.wait_for()


@pytest.mark.parametrize(("typed", "count"), [("lukasz", 2), ("OSTER night", 1), ("ночь", 1), ("CAFÉ", 0)])
def test_the_filter_finds_names_however_they_are_written(open_page: Any, typed: str, count: int) -> None:
    page = open_page("/library")
    rows(page).first.wait_for()
    page.get_by_label("Filter", exact=True).fill(typed)
    shown(page, f"{count} of 8 films")
    assert query(page) == {"q": typed}


def test_a_columns_own_filter_folds_too(open_page: Any) -> None:
    page = open_page("/library")
    rows(page).first.wait_for()
    header = page.get_by_role("columnheader", name="Director")
    header.hover()
    header.locator(".ag-header-cell-filter-button").click()
    page.get_by_label("Filter Value").first.fill("lukasz oster")
    shown(page, "2 of 8 films")


def test_the_browser_folds_as_the_server_does(open_page: Any) -> None:
    page = open_page("/library")
    rows(page).first.wait_for()
    # Latin, Greek, Cyrillic, Armenian, Hebrew, Arabic, Indic, Thai, punctuation, letter-like signs and full-width forms, letter by letter.
    blocks = [(0x20, 0x590), (0x590, 0x1000), (0x1E00, 0x2070), (0x2100, 0x2190), (0xFB00, 0xFB50), (0xFF01, 0xFF5F)]
    letters = [chr(code) for low, high in blocks for code in range(low, high) if unicodedata.name(chr(code), "")]
    in_browser = page.evaluate("letters => letters.map(window.dashAgGridFunctions.folded)", letters)
    assert [(a, b) for a, b in zip(letters, in_browser, strict=True) if folded(a) != b] == []
    assert page.evaluate("text => window.dashAgGridFunctions.folded(text)", "ΟΔΥΣΣΕΥΣ") == folded("ΟΔΥΣΣΕΥΣ")


def test_the_selects_and_the_header_fold_too(open_page: Any) -> None:
    page = open_page("/movies")
    page.wait_for_load_state("networkidle")
    page.get_by_label("Director", exact=True).first.focus()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("oster")
    page.get_by_role("option").filter(visible=True, has_text="Łukasz Øster").wait_for()
    page.keyboard.press("Escape")
    box = page.get_by_label("Search films and directors").first
    box.click()
    box.press_sequentially("lukasz")
    page.get_by_role("option", name="Łukasz Øster", exact=True).click()
    page.wait_for_url("**director=%C5%81ukasz**")


def cards(page: Any) -> Any:
    return page.locator(".film-card")


def test_a_phone_shows_cards_that_lead_to_films(open_page: Any) -> None:
    page = open_page("/library", **PHONE)
    page.wait_for_function("() => document.querySelectorAll('.film-card').length === 8")
    page.wait_for_load_state("networkidle")
    assert page.locator(".ag-header-cell:visible").count() == 0
    page.get_by_label("Filter", exact=True).fill("engine")
    shown(page, "1 of 8 films")
    card = cards(page).filter(has_text="The Quiet Engine")
    assert "Ada Vorn" in card.inner_text() and "music" in card.inner_text() and "dance" in card.inner_text()
    card.get_by_text("Ada Vorn").tap()
    page.wait_for_selector("h1:has-text('The Quiet Engine')")
    page.go_back()
    shown(page, "1 of 8 films")


def test_cards_are_sorted_by_what_one_chooses_and_opened_by_enter(open_page: Any) -> None:
    page = open_page("/library", **PHONE)
    page.wait_for_load_state("networkidle")
    cards(page).first.wait_for()
    choose(page, "Sort by", "Film")
    page.wait_for_function("() => document.querySelector('.film-card')?.innerText.startsWith('<script>')")
    choose(page, "Sort by", "Director, then film")
    page.wait_for_function("() => document.querySelector('.film-card')?.innerText.startsWith('Rain on')")
    page.get_by_role("gridcell").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('Rain on Platform 9')")


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a dashboard over more films than a page of cards has."""
    library = Library(tmp_path_factory.mktemp("many") / "films")
    for number in range(_CARDS + 5):
        fake_library.write_film(library, "Ada Vorn", f"Film {number:02}", number % 3)
    dataset.write(library)
    server = create_server([library.root], "127.0.0.1", 0)
    threading.Thread(target=server.run, daemon=True).start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()


def test_a_phone_draws_only_a_page_of_cards(browser: Any, many: str) -> None:
    page = browser.new_context(**PHONE).new_page()
    page.goto(f"{many}/library")
    cards(page).first.wait_for()
    page.wait_for_function(f"() => document.querySelectorAll('.film-card').length === {_CARDS}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Next Page").click()
    cards(page).filter(has_text=f"Film {_CARDS:02}").wait_for()
    page.wait_for_function("() => document.querySelectorAll('.film-card').length === 5")
    page.get_by_label("Filter", exact=True).fill("film 03")
    shown(page, f"1 of {_CARDS + 5} films")
    page.context.close()


@pytest.mark.parametrize("word", READERS)
@pytest.mark.parametrize(("search", "entry", "expected"), [("", "All 8 films", 8), ("oster", "Films shown, as filtered and sorted", 2)])
def test_every_format_can_be_read_back(open_page: Any, tmp_path: Any, word: str, search: str, entry: str, expected: int) -> None:
    page = open_page(f"/library?q={search}")
    rows(page).first.wait_for()
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name=f"{entry} as {word}").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    table = READERS[word](path)
    assert len(table) == expected and list(table.columns) == list(dataset.COLUMNS)
    movies = {movie for director, movies in FILMS.items() for movie in movies if search in folded(director)}
    assert set(table["movie"].map(spreadsheets.restore)) == movies


@pytest.mark.parametrize(
    ("entry", "name", "expected"),
    [
        ("All 8 films, one row a value, as CSV", "long.csv", forms.long),
        ("Films shown, as filtered and sorted, numbers for recommenders, as Parquet", "items.parquet", forms.FORMS["items"]),
    ],
)
def test_every_form_can_be_taken_away(open_page: Any, tmp_path: Any, entry: str, name: str, expected: Any) -> None:
    page = open_page("/library?q=Vorn")
    rows(page).first.wait_for()
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name=entry).click()
    assert download.value.suggested_filename == name
    download.value.save_as(tmp_path / name)
    table = READERS["CSV" if name.endswith("csv") else "Parquet"](tmp_path / name)
    films = {"Ada Vorn"} if entry.startswith("Films shown") else set(FILMS)
    made = dataset.read(fake_library.build(tmp_path / "films"))
    assert set(table["director"]) == films
    assert list(table) == list(expected(made[made["director"].isin(films)])) and len(table) == len(
        expected(made[made["director"].isin(films)])
    )


def test_the_menu_of_exports_says_what_the_columns_mean(open_page: Any, tmp_path: Any) -> None:
    page = open_page("/library", **PHONE)
    page.get_by_role("button", name="Export").click()
    groups = page.locator("[role=menu] [role=group]")
    groups.last.wait_for()
    assert groups.evaluate_all("all => all.map(one => one.ariaLabel)") == ["One row a film", "One row a value", "Numbers for recommenders"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="What every column means, as CSV").click()
    download.value.save_as(tmp_path / "dictionary.csv")
    assert {"loudness", "music:genre:jazz"} <= set(READERS["CSV"](tmp_path / "dictionary.csv")["name"])
