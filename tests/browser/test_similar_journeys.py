"""From a film to the films like it, in a real browser."""

import re
from typing import Any

import pytest

from tests.browser.test_journeys import PHONE, query

FILM = "/movies?director=Ada+Vorn&movie=The+Quiet+Engine"


def nearest_titles(page: Any) -> list[str]:
    return page.locator(".neighbours a").all_inner_texts()


def test_follow_a_nearest_film_and_come_back(open_page: Any) -> None:
    page = open_page(FILM)
    page.locator(".neighbours li").nth(4).wait_for()
    first, *_ = titles = nearest_titles(page)
    assert "The Quiet Engine" not in titles
    page.locator(".neighbours a").first.click()
    page.wait_for_selector(f"h1:has-text('{first}')")
    assert query(page)["movie"] == first
    page.wait_for_selector(".standing .main-svg")
    page.go_back()
    page.wait_for_selector("h1:has-text('The Quiet Engine')")
    page.locator(".neighbours li").nth(4).wait_for()
    assert nearest_titles(page) == titles


def test_what_films_are_compared_by_is_in_the_address(open_page: Any) -> None:
    page = open_page(FILM)
    title = page.locator("#movies-near-title")
    page.locator(".card-head").get_by_text("Metadata", exact=True).click()
    page.get_by_text(re.compile("^Nearest by metadata")).wait_for()
    assert query(page) == {"director": "Ada Vorn", "movie": "The Quiet Engine", "near": "metadata"}
    assert "same director" in page.locator(".near-why").first.inner_text()
    found = title.inner_text()
    page.reload()
    page.get_by_text(re.compile("^Nearest by metadata")).wait_for()
    assert title.inner_text() == found
    assert page.get_by_role("radio", name="Metadata").is_checked()
    first, *_ = nearest_titles(page)
    page.locator(".neighbours a").first.click()
    page.wait_for_selector(f"h1:has-text('{first}')")
    assert query(page)["near"] == "metadata"
    page.go_back()
    page.wait_for_selector("h1:has-text('The Quiet Engine')")
    page.get_by_text(re.compile("^Nearest by metadata")).wait_for()


def test_the_keyboard_changes_what_films_are_compared_by(open_page: Any) -> None:
    page = open_page(FILM)
    page.get_by_role("radio", name="Music", exact=True).focus()
    page.keyboard.press("ArrowRight")
    page.get_by_text(re.compile("^Nearest by metadata")).wait_for()
    page.keyboard.press("ArrowRight")
    page.get_by_text(re.compile("^Nearest by music and metadata")).wait_for()


@pytest.mark.parametrize("film", ["/movies?movie=No+Music+At+All", FILM])
def test_a_phone_shows_neighbours_and_standing_without_scrolling_sideways(open_page: Any, film: str) -> None:
    page = open_page(film, **PHONE)
    page.wait_for_selector(".standing .main-svg")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    top = [page.locator(f"section:has({part})").first.bounding_box()["y"] for part in ("g.slice", "#movies-near", ".standing")]
    assert top == sorted(top)
