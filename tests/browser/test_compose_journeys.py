"""A target is set, a piece is composed, heard, seen and kept: in a real browser."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import waitress
from flask import Flask
from PIL import Image

from dashboard import compose_route
from dashboard.app import create_app
from dashboard.composing import Composition
from dashboard.hearing import Progress
from dashboard.studio import Studio
from dashboard.wishes import Wish
from errors import ModelError
from models import registry
from tests.browser.test_journeys import PHONE, query
from tests.browser.test_states import WHERE
from tests.dashboard import fake_composition, fake_library

SLOW = 120_000  # ms: the models are loaded first, and share the processor with the pages


class Stub:
    """Composes at once, unless it is held."""

    def __init__(self) -> None:
        self.free = threading.Event()
        self.free.set()

    def compose(self, wish: Wish, name: str, progress: Progress) -> Composition:
        while not self.free.wait(0.05):
            progress("listen", 0.5)
        return fake_composition.compose(wish, name, progress)


@pytest.fixture(scope="module")
def stub() -> Stub:
    return Stub()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, stub: Stub) -> Flask:
    """A dashboard over the fake library that composes with the stub."""
    library = fake_library.build(tmp_path_factory.mktemp("composing") / "films")
    server = create_app([library.root]).server
    server.config[compose_route._STUDIO] = Studio(stub.compose)
    return server


@pytest.fixture(scope="module")
def address(app: Flask) -> str:
    """Where it is."""
    server = waitress.create_server(app, host="127.0.0.1", port=0, threads=8)
    threading.Thread(target=server.run, daemon=True).start()
    return f"http://127.0.0.1:{server.effective_port}"


@pytest.fixture
def held(stub: Stub) -> Iterator[threading.Event]:
    """Nothing is composed until this is set."""
    stub.free.clear()
    yield stub.free
    stub.free.set()


def values(page: Any) -> list[str]:
    """What the target's sliders say."""
    return [output.inner_text().replace("\u00a0", " ") for output in page.locator(".compose-tuning output").all()]


def test_from_a_genre_to_a_piece_that_is_kept(open_page: Any) -> None:
    page = open_page("/compose?source=genre&genres=Horror:60&length=20&candidates=2")
    page.set_default_timeout(SLOW)
    page.get_by_role("slider", name="Happy").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => new URLSearchParams(location.search).get('happy') === '3'")
    moods = [int(value.split()[0]) for value in values(page)[:4]]
    assert moods[0] == 3 and sum(moods) == 100, "the others give way"
    page.click("#compose-go")
    page.wait_for_selector("#compose-results-title:focus:has-text('2 candidates, the best matches 86 of 100')")
    assert query(page)["happy"] == "3"
    page.wait_for_function("() => document.querySelector('#compose-roll-notes').width > 300")
    # The second one is played, and the line follows.
    page.click("[data-candidate-play='1']")
    page.wait_for_selector(".card-title:has-text('Match 79 of 100')")
    page.wait_for_function("() => document.querySelector('#compose-audio').currentTime > 0.2")
    page.wait_for_selector("#compose-roll-now:not([hidden])")
    assert query(page)["piece"] == "2"
    page.click("[data-candidate-play='1']")
    page.wait_for_function("() => document.querySelector('#compose-audio').paused")
    page.locator("#compose-roll").focus()
    page.keyboard.press("End")
    page.wait_for_function("() => document.querySelector('#compose-audio').currentTime > 15")
    page.click("#compose-keep")
    kept = page.locator("#compose-kept .score", has_text="for films of Horror")
    kept.wait_for()
    remove = kept.get_by_role("button", name="Remove")
    remove.click()
    remove.click()
    kept.wait_for(state="hidden")


def test_what_is_composed_meanwhile_is_found_on_coming_back(open_page: Any, held: threading.Event) -> None:
    page = open_page("/compose?source=mood&moods=sad&length=10&candidates=1")
    page.set_default_timeout(SLOW)
    page.wait_for_selector("#compose-go:enabled")
    page.click("#compose-go")
    page.wait_for_selector("#compose-said:has-text('Listening to what was played')")
    page.get_by_role("link", name="Validation").click()
    page.wait_for_selector("h1:has-text('Validation')")
    page.get_by_role("link", name="Compose", exact=True).click()
    page.wait_for_selector("#compose-name:has-text('sad')")
    page.reload()
    page.wait_for_selector("#compose-said:has-text('Listening to what was played')")
    held.set()
    page.wait_for_url("**/compose?*result=*")
    page.wait_for_selector("h2:has-text('Match 86 of 100')")


def test_a_piece_can_be_cancelled(open_page: Any, held: threading.Event) -> None:
    page = open_page("/compose?source=mood&moods=sad&length=10&candidates=1", **PHONE, color_scheme="dark")
    page.set_default_timeout(SLOW)
    page.wait_for_selector("#compose-go:enabled")
    page.click("#compose-go")
    page.wait_for_selector("#compose-said:has-text('Listening to what was played')")
    assert page.locator("#compose-go").is_disabled()
    page.click("#compose-cancel")
    assert page.locator("#compose-working").is_hidden() and page.evaluate("document.activeElement.id") == "compose-go"
    page.click("#compose-go")  # at once another one
    page.wait_for_selector("#compose-said:has-text('Listening to what was played')")
    page.click("#compose-cancel")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_sources_follow_each_other_and_a_picture_is_looked_at(open_page: Any, tmp_path: Path) -> None:
    page = open_page("/compose?source=mood")
    page.set_default_timeout(SLOW)
    page.wait_for_selector("#compose-go:disabled")
    page.click("[data-mood=calm]")
    page.wait_for_selector("#compose-go:enabled")
    assert values(page)[:4] == ["0 %", "0 %", "0 %", "100 %"]
    page.get_by_role("slider", name="Energy").focus()
    page.keyboard.press("End")
    page.wait_for_function("() => new URLSearchParams(location.search).get('energy') === '100'")
    page.get_by_role("button", name="As the source has it").click()
    page.wait_for_function("() => !new URLSearchParams(location.search).has('energy')")
    page.get_by_text("Poster", exact=True).click()
    page.wait_for_selector("#compose-drop")
    (tmp_path / "notes.txt").write_text("no picture")
    for name in ("notes.txt", "blue.png"):
        Image.new("RGB", (300, 400), (20, 30, 90)).save(tmp_path / "blue.png")
        with page.expect_file_chooser() as chooser:
            page.click("#compose-drop")
        chooser.value.set_files(tmp_path / name)
        if name == "notes.txt":
            page.wait_for_selector("#compose-picture-problem:has-text('notes.txt: is no picture')")
    page.wait_for_selector(".compose-picture img")
    page.wait_for_selector(".compose-target h2:has-text('Like blue.png')")
    assert query(page)["source"] == "poster" and query(page)["picture"]


def test_the_tab_key_reaches_all_that_can_be_used_and_shows_where_it_is(open_page: Any) -> None:
    page = open_page("/compose?source=genre&genres=Horror:60&genres=Drama:40&length=10&candidates=1")
    page.set_default_timeout(SLOW)
    page.wait_for_selector("#compose-go:enabled")
    page.click("#compose-go")
    page.wait_for_selector("#compose-roll")
    page.wait_for_load_state("networkidle")
    page.evaluate("document.activeElement.blur(); document.querySelector('.skip-link').focus()")
    reached = []
    for _ in range(70):
        page.keyboard.press("Tab")
        stop = page.evaluate(WHERE)
        if stop is None:
            break
        reached.append(stop)
    assert [stop for stop in reached if not stop["name"] or not stop["shown"]] == []
    names = "\n".join(stop["name"] for stop in reached)
    for name in (
        "Film genres",
        "Horror",
        "Tense",
        "Energy",
        "Slowest tempo",
        "Genre colours",
        "Length",
        "Seed",
        "Another seed",
        "Compose",
        "Candidate 1: match 86",
        "Play or pause candidate 1",
        "The piece",
        "Piano roll: opening from 0:00",
        "WAV",
        "Keep in the library",
    ):
        assert name in names, name  # fmt: skip


def test_the_weights_themselves_compose_a_short_piece(open_page: Any, app: Flask) -> None:
    for name in ("score", "score_mood"):
        try:
            registry.card(name)
        except ModelError:
            pytest.skip(f"model {name!r} has no weights here yet")
    stubbed = app.config[compose_route._STUDIO]
    app.config[compose_route._STUDIO] = Studio()
    try:
        page = open_page("/compose?source=genre&genres=Comedy&length=10&candidates=1&seed=1")
        page.set_default_timeout(SLOW)
        page.wait_for_selector("#compose-go:enabled")
        page.click("#compose-go")
        page.wait_for_selector("#compose-results-title:has-text('of 100')")
        page.wait_for_function("() => document.querySelector('#compose-audio').duration > 8")
        assert page.locator("#compose-problem").inner_text() == ""
    finally:
        app.config[compose_route._STUDIO] = stubbed
