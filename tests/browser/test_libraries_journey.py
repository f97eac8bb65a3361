"""Two libraries in one dashboard: which one is in, and what it is, can always be seen."""

import threading
from typing import Any

import pytest

from dashboard.server import create_server
from tests.browser.test_journeys import PHONE, choose, query, rows
from tests.dashboard import fake_library
from tests.dashboard.fake_library import REFERENCE_SAYS

TITLE, TEXT = REFERENCE_SAYS


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Address of a dashboard over two libraries, in place of the one over a single library."""
    folder = tmp_path_factory.mktemp("libraries")
    demo, reference = fake_library.build(folder / "demo"), fake_library.build_reference(folder / "reference")
    demo.write_about("Demo: made films", "Every number can be checked.")
    server = create_server([demo.root, reference.root], "127.0.0.1", 0)
    threading.Thread(target=server.run, daemon=True).start()
    return f"http://127.0.0.1:{server.effective_port}"


def test_another_library_says_what_it_is(open_page: Any) -> None:
    page = open_page("/library")
    badge = page.locator(".about-library")
    badge.get_by_text("Demo: made films").wait_for()
    choose(page, "Library", TITLE)
    badge.get_by_text(TITLE).wait_for()
    assert TEXT in badge.inner_text() and query(page) == {"library": "reference"}
    page.get_by_role("link", name="Tag").first.click()
    badge.wait_for(state="detached")
    page.get_by_role("link", name="Validation").first.click()
    page.get_by_role("link", name="Demo: made films").click()
    badge.get_by_text("Demo: made films").wait_for()
    assert query(page) == {"library": "demo"}


def test_a_film_of_results_only_shows_its_excerpts(open_page: Any) -> None:
    page = open_page("/movies?library=reference&layer=segment")
    page.get_by_text("This library holds results only").wait_for()
    page.get_by_text("2: score").wait_for()
    assert page.locator("audio").count() == 0
    page.get_by_text("Movie", exact=True).last.click()
    page.get_by_text("Film genres heard: Drama first").wait_for()


def test_a_composer_is_found_in_the_grid(open_page: Any) -> None:
    page = open_page("/library?library=reference", viewport={"width": 1700, "height": 900})
    page.get_by_role("columnheader", name="Composer").wait_for()
    page.get_by_label("Filter", exact=True).fill("blau")
    page.get_by_text("1 of 2 films").wait_for()
    assert "Hedda Ruud, Ivo Blau" in rows(page).first.inner_text()


def test_on_a_phone_the_note_is_cut_short_until_it_is_touched(open_page: Any) -> None:
    page = open_page("/movies?library=reference", **{**PHONE, "viewport": {"width": 320, "height": 700}})
    badge = page.locator(".about-library")
    badge.wait_for()
    page.evaluate("document.querySelector('.about-library').append(' and more of it'.repeat(20))")
    short = badge.bounding_box()["height"]
    badge.tap()
    assert badge.bounding_box()["height"] > 2 * short
