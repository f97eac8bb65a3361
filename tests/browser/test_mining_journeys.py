"""Mining in a real browser."""

from typing import Any

import pandas as pd
import pytest

from analysis import spreadsheets
from tests.browser.test_journeys import PHONE, query
from tests.dashboard.fake_library import FILMS, SILENT


def drawn(page: Any) -> dict[str, float]:
    """Where the first chart's points are drawn."""
    page.wait_for_selector(".draglayer .nsewdrag")
    page.wait_for_timeout(500)
    return page.locator(".draglayer .nsewdrag").first.bounding_box()


def test_a_click_on_a_cell_shows_its_two_columns_and_back_leads_back(open_page: Any) -> None:
    page = open_page("/mining?columns=year&columns=jazz&columns=rock", viewport={"width": 1440, "height": 1200})
    box = drawn(page)
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] * 5 / 6)
    page.wait_for_selector(".card-title:has-text('Jazz and rock, film by film')")
    page.go_back()
    page.wait_for_url(lambda address: "pair" not in address)


def test_a_lasso_lists_films_and_exports_them(open_page: Any, tmp_path: Any) -> None:
    page = open_page("/mining?view=projection&features=music", viewport={"width": 1440, "height": 1200})
    page.wait_for_selector(".ag-row")
    box = drawn(page)
    page.mouse.move(box["x"] + 2, box["y"] + 2)
    page.mouse.down()
    for across, down in ((0.99, 0.01), (0.99, 0.99), (0.01, 0.99), (0.01, 0.01)):
        page.mouse.move(box["x"] + box["width"] * across, box["y"] + box["height"] * down, steps=6)
    with page.expect_response(lambda answer: "mining-films" in (answer.request.post_data or "")):
        page.mouse.up()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export these films").click()
    download.value.save_as(tmp_path / "films.csv")
    films = pd.read_csv(tmp_path / "films.csv", keep_default_na=False)
    expected = {movie for movies in FILMS.values() for movie in movies} - {SILENT}
    assert set(films["movie"].map(spreadsheets.restore)) == expected and {"music_1", "music_2"} <= set(films)


def test_build_a_surface_for_three_directors(open_page: Any) -> None:
    page = open_page("/mining?view=surface&features=music&directors=Ada+Vorn&directors=Zed")
    page.wait_for_selector(".card-title:has-text('above chance')")
    box = page.locator(".control.whole input:not([type=hidden])").first
    box.click()
    page.get_by_role("option", name="מרים כהן").click()
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.wait_for_selector(".card-title:has-text('6 films of 3 directors')")
    page.wait_for_selector("text=Only one film here by מרים כהן")
    page.get_by_text("Linear", exact=True).click()
    page.wait_for_url("**kernel=linear**")
    assert query(page)["kernel"] == "linear"


def test_profiles_of_other_groups_and_back(open_page: Any) -> None:
    page = open_page("/mining?view=profiles&features=music")
    page.wait_for_selector(".card-title:has-text('Profiles: ')")
    page.get_by_role("textbox", name="Group by").click()
    page.get_by_role("option", name="Film genre").click()
    page.wait_for_url("**by=genre**")
    page.wait_for_selector("text=In brackets: films of the library")
    page.get_by_text("Decision surface", exact=True).click()
    page.wait_for_url("**view=surface**")
    assert query(page) == {"view": "surface", "features": "music", "by": "genre"}
    page.wait_for_selector("text=1 of 1 chosen film genres have films on this map")
    page.go_back()
    page.wait_for_selector(".card-title:has-text('Profiles: ')")


@pytest.mark.parametrize("view", ["correlation", "projection", "surface", "profiles"])
def test_a_phone_shows_mining_without_scrolling_sideways(open_page: Any, view: str) -> None:
    page = open_page(f"/mining?view={view}&encoding=sound", **PHONE)
    page.wait_for_selector(".card .main-svg")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
