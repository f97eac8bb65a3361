"""A picture is dropped and looked at, covers are drawn, chosen and taken away: in a real browser, by the models themselves."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from PIL import Image

from dashboard.security import CALLBACKS
from tests.browser.test_journeys import PHONE, query
from tests.browser.test_tag_journey import SLOW, drop
from tests.dashboard import fake_picture

FILM = "/movies?" + urlencode({"director": "Ada Vorn", "movie": "The Quiet Engine"})
PAGES = f"**{CALLBACKS}*"
SIZES = pytest.mark.parametrize("settings", [{}, PHONE | {"color_scheme": "dark"}], ids=["wide", "phone in the dark"])


@pytest.fixture
def poster(tmp_path: Path) -> Path:
    path = tmp_path / "Dusk & <i>Water.png"
    path.write_bytes(fake_picture.drawn(size=(600, 900)))
    return path


@SIZES
def test_drop_a_picture_and_read_what_was_seen(open_page: Any, poster: Path, settings: dict[str, Any]) -> None:
    page = open_page("/tag", **settings)
    page.set_default_timeout(SLOW)
    page.wait_for_selector("#tag-drop")
    held: list[Any] = []
    page.route(PAGES, lambda route: held.append(route) if "result=" in route.request.post_data else route.continue_())
    drop(page, poster)
    page.wait_for_url("**/tag?result=*")
    page.wait_for_selector(".skeleton")  # the page takes long, and is hidden when it comes
    for route in held:
        route.continue_()
    page.unroute(PAGES)
    page.wait_for_selector("#tag-title:focus:has-text('Dusk & <i>Water.png')")
    page.wait_for_selector(".chart .main-svg")
    assert page.locator("#tag-working").is_hidden() and page.locator("audio").count() == 0
    image = page.locator(".seen-picture img")
    page.wait_for_function("() => document.querySelector('.seen-picture img').naturalWidth === 533")
    box = image.bounding_box()
    assert box["height"] / box["width"] == pytest.approx(1.5, abs=0.02)
    with page.expect_download() as download:
        page.get_by_role("link", name="Answers as JSON").click()
    answers = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    likeliest = next(iter(answers["genres"]))
    assert answers["file"] == poster.name and answers["genres"][likeliest] == max(answers["genres"].values())
    titles = page.locator(".card-title").all_inner_texts()
    assert any(title.startswith(f"As a poster: {likeliest}, ") for title in titles)
    assert any(title.startswith("As a scene: ") and f"{next(iter(answers['emotions']))}, " in title for title in titles)
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    page.reload()
    page.wait_for_selector("#tag-title:has-text('Dusk')")
    assert page.locator(".seen-picture img").count() == 1


def test_a_picture_that_cannot_be_read_is_said_in_its_place(open_page: Any, tmp_path: Path) -> None:
    page = open_page("/tag")
    page.set_default_timeout(SLOW)
    page.wait_for_selector("#tag-drop")
    (tmp_path / "notes.jpg").write_text("no picture at all " * 100)
    drop(page, tmp_path / "notes.jpg")
    problem = page.locator("#tag-problem:not(:empty)")
    problem.wait_for()
    assert problem.inner_text().startswith("notes.jpg: is not a picture that can be read")
    assert query(page) == {} and page.locator("#tag-drop").is_enabled()


def drawn(page: Any, seed: int) -> None:
    """Wait until the cover of this seed is seen, and those beside it."""
    page.wait_for_function(
        """seed => {
          const shown = document.getElementById("cover-shown");
          const all = [...document.querySelectorAll(".cover .cover-frame img")];
          return shown.src.includes(`seed=${seed}&`) && all.every((image) => image.complete && image.naturalWidth) &&
            !document.querySelector(".cover [data-busy], .cover [data-failed]");
        }""",
        arg=seed,
    )


@SIZES
def test_choose_a_cover_and_take_it_away(open_page: Any, settings: dict[str, Any]) -> None:
    page = open_page(FILM, **settings)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/cover?" in request.url else None)
    frame = page.locator(".cover > .cover-frame")
    frame.wait_for()
    before = frame.bounding_box()
    frame.scroll_into_view_if_needed()
    drawn(page, 0)
    page.get_by_role("button", name="Cover 3 of 4").click()
    drawn(page, 2)
    assert query(page)["cover"] == "2" and page.locator(".cover-choices [aria-pressed=true] img[src*='seed=2&']").count() == 1
    page.get_by_role("button", name="Another four").click()
    drawn(page, 4)
    after = frame.bounding_box()
    assert (after["width"], after["height"]) == (before["width"], before["height"]), "nothing jumps while it is drawn"
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    with page.expect_download() as download:
        page.get_by_role("link", name="PNG, 800 × 800").click()
    assert download.value.suggested_filename == "The Quiet Engine - cover.png"
    assert Image.open(BytesIO(Path(download.value.path()).read_bytes())).size == (800, 800)
    page.reload()
    page.locator(".cover > .cover-frame").scroll_into_view_if_needed()
    drawn(page, 4)
    assert all("http" not in url.partition("/cover?")[2] for url in asked)


def test_no_cover_is_drawn_before_it_is_seen(open_page: Any) -> None:
    asked: list[str] = []
    page = open_page("/library")
    page.on("request", lambda request: asked.append(request.url) if "/cover?" in request.url else None)
    page.goto(page.url.replace("/library", FILM))
    page.wait_for_selector("#movies-energy .main-svg, .cover-frame img[data-src]", state="attached")
    page.wait_for_load_state("networkidle")
    assert asked == []
    page.locator(".cover > .cover-frame").scroll_into_view_if_needed()
    drawn(page, 0)
    assert len(asked) == 5


def test_another_film_begins_with_its_own_cover(open_page: Any) -> None:
    page = open_page(FILM + "&cover=6")
    page.locator(".cover > .cover-frame").scroll_into_view_if_needed()
    drawn(page, 6)
    page.get_by_role("button", name="Cover 1 of 4").click()
    drawn(page, 4)
    page.locator(".neighbours a").first.click()
    page.wait_for_function("() => !document.querySelector('h1').textContent.includes('Quiet Engine')")
    page.locator(".cover > .cover-frame").scroll_into_view_if_needed()
    drawn(page, 0)
    assert page.locator(".cover-choices [aria-pressed=true]").get_attribute("aria-label") == "Cover 1 of 4"
