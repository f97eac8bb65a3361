"""What a user does, in a real browser."""

import re
from typing import Any
from urllib.parse import parse_qs, urlparse

import pandas as pd
import pytest

from analysis import spreadsheets
from tests.dashboard.fake_library import FILMS, LONG

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


def choose(page: Any, label: str, option: str) -> None:
    """Choose from a select as a user does."""
    page.get_by_role("combobox", name=label).or_(page.get_by_label(label, exact=True)).first.click()
    page.get_by_role("option", name=option, exact=True).click()


def query(page: Any) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlparse(page.url).query).items()}


def test_browse_to_a_movie_and_back(open_page: Any) -> None:
    page = open_page("/movies")
    choose(page, "Director", "Zed")
    page.wait_for_selector("h1:has-text('<script>')")
    choose(page, "Movie", "=1+1")
    page.wait_for_selector("h1:has-text('=1+1')")
    assert query(page) == {"director": "Zed", "movie": "=1+1"}
    page.go_back()
    page.wait_for_selector("h1:has-text('<script>')")
    page.go_back()
    page.wait_for_selector("h1:has-text('Rain on Platform 9')")
    page.go_forward()
    page.wait_for_selector("h1:has-text('<script>')")


def test_an_address_reproduces_its_view(open_page: Any) -> None:
    page = open_page("/movies?director=Ada+Vorn&movie=The+Quiet+Engine&layer=segment")
    page.wait_for_selector(".ag-row")
    assert page.locator("h1").inner_text() == "The Quiet Engine"
    assert page.get_by_role("radio", name="Segments").is_checked()


def test_isolate_music_and_come_back(open_page: Any) -> None:
    page = open_page("/movies?director=Ada+Vorn&movie=The+Quiet+Engine")
    slices = page.locator("g.slice")
    music, speech, jazz = (slices.filter(has_text=re.compile(f"^{name}")) for name in ("music", "speech", "jazz"))
    speech.wait_for()
    assert jazz.count() == 1
    click_on(page, music)
    speech.wait_for(state="detached")
    assert jazz.count() == 1
    page.wait_for_timeout(800)  # until the rings stand still
    click_on(page, music)
    speech.wait_for()


def click_on(page: Any, part: Any) -> None:
    """Click where the words of a slice stand; the slice itself is a ring, whose box has another centre."""
    box = part.locator("text").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def test_the_segment_layer_has_a_row_for_each_segment(open_page: Any) -> None:
    page = open_page("/movies?director=Ada+Vorn&movie=The+Quiet+Engine")
    page.get_by_text("Segments", exact=True).click()
    page.wait_for_selector(".ag-center-cols-container .ag-row")
    assert page.locator(".ag-center-cols-container .ag-row").count() == 3
    assert query(page)["layer"] == "segment"
    assert page.locator(".ag-row").first.inner_text().split()[:4] == ["1", "0:04", "0:34", "0:30"]


def rows(page: Any) -> Any:
    return page.locator(".films-grid .ag-center-cols-container .ag-row")


def test_search_the_library_and_open_a_film(open_page: Any) -> None:
    page = open_page("/")
    assert urlparse(page.url).path == "/library"
    rows(page).first.wait_for()
    assert rows(page).count() == sum(map(len, FILMS.values()))
    page.get_by_label("Filter", exact=True).fill("Quiet")
    page.get_by_text(re.compile("^1 of 8 films$")).wait_for()
    assert query(page) == {"q": "Quiet"}
    rows(page).first.click()
    page.wait_for_selector("h1:has-text('The Quiet Engine')")
    page.go_back()
    page.wait_for_selector("h1:has-text('Library')")
    page.get_by_text(re.compile("^1 of 8 films$")).wait_for()
    assert page.get_by_label("Filter", exact=True).input_value() == "Quiet"


def test_search_in_the_header_leads_to_a_film(open_page: Any) -> None:
    page = open_page("/validation")
    box = page.get_by_role("combobox", name="Search films and directors").or_(page.get_by_label("Search films and directors")).first
    box.click()
    box.press_sequentially("engine")
    page.get_by_role("option", name="The Quiet Engine").wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('The Quiet Engine')")
    assert query(page) == {"director": "Ada Vorn", "movie": "The Quiet Engine"}
    assert box.input_value() == ""


def test_the_keyboard_opens_a_film_of_the_library(open_page: Any) -> None:
    page = open_page("/library?q=Engine")
    page.get_by_text(re.compile("^1 of 8 films$")).wait_for()
    page.get_by_role("gridcell", name="The Quiet Engine").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('The Quiet Engine')")
    assert query(page) == {"director": "Ada Vorn", "movie": "The Quiet Engine"}


def test_tab_leaves_the_grid_of_films(open_page: Any) -> None:
    page = open_page("/library")
    page.get_by_role("gridcell", name="The Quiet Engine").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.textContent") == "Export"
    page.get_by_role("gridcell", name="The Quiet Engine").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("!document.activeElement.closest('.ag-root')")


@pytest.mark.parametrize(
    ("search", "entry", "expected"), [("", "All 8 films as CSV", 8), ("Vorn", "Films shown, as filtered and sorted as CSV", 3)]
)
def test_export_and_read_it_back(open_page: Any, tmp_path: Any, search: str, entry: str, expected: int) -> None:
    page = open_page(f"/library?q={search}")
    rows(page).first.wait_for()
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name=entry).click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    table = pd.read_csv(path, keep_default_na=False)
    assert path.name == "enhanced.csv" and len(table) == expected
    movies = {movie for director, movies in FILMS.items() for movie in movies if search in director}
    assert set(table["movie"].map(spreadsheets.restore)) == movies
    assert not table["movie"].str.startswith(("=", "+", "-", "@")).any()


def test_the_models_lead_from_the_overview_to_a_card(open_page: Any) -> None:
    page = open_page("/models")
    page.get_by_role("link", name="genre", exact=True).click()
    card = page.locator("#models-genre")
    card.locator(".main-svg").first.wait_for()
    assert card.bounding_box()["y"] < 120
    assert card.get_by_role("figure").count() == 4
    card.get_by_text(re.compile("^Data:")).click()
    card.get_by_role("columnheader", name="Licence").wait_for()


def test_dark_is_remembered_and_the_charts_follow(open_page: Any) -> None:
    page = open_page("/movies")
    text = "getComputedStyle(document.querySelector('.annotation-text')).fill"
    page.wait_for_selector(".annotation-text")
    light = page.evaluate(text)
    page.get_by_role("button", name="Switch between light and dark").click()
    page.wait_for_function(f"{text} !== '{light}'")
    dark = page.evaluate(text)
    page.reload()
    page.wait_for_selector(".annotation-text")
    page.wait_for_function(f"{text} === '{dark}'")


def test_the_systems_dark_is_followed_from_the_first_view(open_page: Any) -> None:
    page = open_page("/movies", color_scheme="dark")
    page.wait_for_selector(".annotation-text")
    assert page.evaluate("getComputedStyle(document.querySelector('.annotation-text')).fill") == "rgb(228, 231, 235)"


@pytest.mark.parametrize(
    "path",
    [
        "/movies?director=Ada+Vorn&movie=" + LONG.replace(" ", "+"),
        "/movies?layer=segment",
        "/validation",
        "/makers",
        "/library",
        "/models",
        "/nothing",
    ],
)
def test_a_phone_shows_one_column_without_scrolling_sideways(open_page: Any, path: str) -> None:
    page = open_page(path, **PHONE)
    page.wait_for_selector(".card")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("new Set([...document.querySelectorAll('.grid > .card')].map(c => c.getBoundingClientRect().left)).size") <= 1


def test_the_drawer_leads_to_another_page(open_page: Any) -> None:
    page = open_page("/movies", **PHONE)
    page.get_by_role("button", name="Open the navigation").click()
    page.get_by_role("dialog").get_by_text("Validation").click()
    page.wait_for_selector("h1:has-text('Validation')")
    page.get_by_role("dialog").wait_for(state="hidden")


def test_the_keyboard_reaches_the_controls_and_stays_there(open_page: Any) -> None:
    page = open_page("/movies")
    page.wait_for_load_state("networkidle")  # a page that is still drawn anew would take the focus away
    page.get_by_label("Director", exact=True).first.focus()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("Zed")
    page.get_by_role("option").filter(visible=True, has_text="Zed").wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('<script>')")
    page.wait_for_function("document.activeElement.id === 'movies-director'")
    assert page.get_by_role("option").filter(visible=True).count() == 0
    page.get_by_role("radio", name="Movie").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(".ag-row")
    page.wait_for_function("document.activeElement.value === 'segment'")
