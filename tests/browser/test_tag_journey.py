"""A recording is dropped, listened to by the models themselves, and its answers are read: in a real browser."""

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from models.labels import GENRES
from tests.browser.test_journeys import PHONE, query

SLOW = 120_000  # ms: the models are loaded first, and share the processor with the pages


@pytest.fixture(scope="module")
def tune(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve seconds of plucked chords."""
    rate = 16_000
    time = np.arange(rate // 2) / rate
    chords = [(220, 277, 330), (247, 311, 370), (262, 330, 392), (196, 247, 294)]
    notes = [sum(np.sin(2 * np.pi * k * f * time) / k for f in chord for k in (1, 2, 3)) * np.exp(-4 * time) for chord in chords]
    path = tmp_path_factory.mktemp("tune") / "Étude & <i>Night.wav"
    soundfile.write(path, 0.1 * np.tile(np.concatenate(notes), 6), rate)
    return path


def drop(page: Any, path: Path) -> None:
    """Let a file fall on the drop zone."""
    content = base64.b64encode(path.read_bytes()).decode()
    carried = page.evaluate_handle(
        """([content, name]) => {
          const carried = new DataTransfer();
          carried.items.add(new File([Uint8Array.from(atob(content), (c) => c.charCodeAt(0))], name));
          return carried;
        }""",
        [content, path.name],
    )
    page.dispatch_event("#tag-drop", "dragover", {"dataTransfer": carried})
    assert page.locator("#tag-drop[data-over]").count() == 1
    page.dispatch_event("#tag-drop", "drop", {"dataTransfer": carried})


def test_drop_a_recording_and_read_what_was_heard(open_page: Any, tune: Path) -> None:
    page = open_page("/tag")
    page.set_default_timeout(SLOW)
    page.wait_for_selector("#tag-drop")
    drop(page, tune)
    page.wait_for_selector("#tag-working:not([hidden])")
    page.wait_for_url("**/tag?result=*")
    page.wait_for_selector("#tag-title:focus:has-text('Étude & <i>Night.wav')")
    page.wait_for_selector(".chart .main-svg")
    assert page.locator("#tag-working").is_hidden()
    with page.expect_download() as download:
        page.get_by_role("link", name="Answers as JSON").click()
    answers = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert answers["file"] == tune.name and answers["duration"] == 12 and set(answers["genre"]) == set(GENRES)
    likeliest = max(answers["genre"], key=lambda name: answers["genre"][name])
    assert page.locator(".card-title").first.inner_text().startswith(f"Sounds like {likeliest}, ")
    first = page.locator(".ranked").nth(1).locator("li").first.inner_text()
    assert first.startswith(next(iter(answers["film_genres"])))
    # The browser plays its own file.
    page.wait_for_selector("#tag-player:not([hidden])")
    assert page.locator("#tag-audio").evaluate("audio => Math.round(audio.duration)") == 12
    result = query(page)["result"]
    page.go_back()
    page.wait_for_selector("h1:has-text('Tag')")
    page.go_forward()
    page.wait_for_selector("#tag-title:has-text('Étude')")
    assert query(page)["result"] == result


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_no_recording_is_said_in_its_place_and_can_be_followed_by_another(open_page: Any, tmp_path: Path, scheme: str) -> None:
    page = open_page("/tag", **PHONE, color_scheme=scheme)
    page.set_default_timeout(SLOW)
    page.wait_for_selector("#tag-drop")
    (tmp_path / "notes.mp3").write_text("no sound at all " * 100)
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Drop a recording or picture here").focus()
        page.keyboard.press("Enter")
    chooser.value.set_files(tmp_path / "notes.mp3")
    problem = page.locator("#tag-problem:not(:empty)")
    problem.wait_for()
    assert problem.inner_text().startswith("notes.mp3: not a media file")
    assert page.locator(".mantine-Notification-root").count() == 0, "it would lie on the zone for the next one"
    assert page.locator("#tag-working").is_hidden() and page.locator("#tag-drop").is_enabled()
    assert query(page) == {} and page.evaluate("document.documentElement.scrollWidth") <= 390


STATUS = "**/tag/files/*"


def drop_and_hold(page: Any, path: Path) -> None:
    """Drop a recording; as far as the page is told it is listened to until STATUS is unrouted."""
    told = {"name": path.name, "stage": "detect", "share": None, "waiting": False}
    page.route(STATUS, lambda route: route.fulfill(json=told) if route.request.method == "GET" else route.continue_())
    page.wait_for_selector("#tag-drop")
    drop(page, path)
    page.wait_for_selector("#tag-said:has-text('Telling music from speech')")


def test_what_was_heard_meanwhile_is_seen_on_coming_back(open_page: Any, tune: Path) -> None:
    page = open_page("/tag")
    page.set_default_timeout(SLOW)
    drop_and_hold(page, tune)
    page.get_by_role("link", name="Models").click()
    page.wait_for_selector("h1:has-text('Models')")
    page.unroute(STATUS)
    page.wait_for_function("() => sessionStorage.getItem('leitmotif-upload') === null")
    assert page.url.endswith("/models")
    page.get_by_role("link", name="Tag", exact=True).click()
    page.wait_for_url("**/tag?result=*")
    page.wait_for_selector("#tag-title:has-text('Étude')")


def test_what_was_not_heard_meanwhile_is_said_on_any_page(open_page: Any, tune: Path) -> None:
    page = open_page("/tag")
    page.set_default_timeout(SLOW)
    drop_and_hold(page, tune)
    assert page.locator("#tag-drop").is_hidden()
    page.get_by_role("link", name="Models").click()
    page.wait_for_selector("h1:has-text('Models')")
    page.route(STATUS, lambda route: route.fulfill(json={"name": tune.name, "stage": "detect", "share": None, "problem": "It broke."}))
    page.locator(".mantine-Notification-root", has_text="This file was not examined").get_by_text("It broke.").wait_for()
    page.get_by_role("link", name="Tag", exact=True).click()
    page.wait_for_selector("#tag-problem:has-text('It broke.')")
    assert page.locator("#tag-drop").is_enabled()


def test_a_page_that_is_loaded_anew_follows_on(open_page: Any, tune: Path) -> None:
    page = open_page("/tag")
    page.set_default_timeout(SLOW)
    drop_and_hold(page, tune)
    page.reload()
    page.wait_for_selector("#tag-said:has-text('Telling music from speech')")
    assert page.locator("#tag-name").inner_text() == tune.name
    page.unroute(STATUS)
    page.wait_for_url("**/tag?result=*")


def test_an_upload_can_be_cancelled(open_page: Any, tune: Path) -> None:
    page = open_page("/tag")
    page.set_default_timeout(SLOW)
    page.wait_for_selector("#tag-drop")
    held: list[Any] = []
    page.route(STATUS, lambda route: held.append(route) if route.request.method == "PUT" else route.continue_())
    with page.expect_request(lambda request: request.method == "PUT"):
        drop(page, tune)
    page.get_by_role("button", name="Cancel").click()
    assert page.locator("#tag-working").is_hidden() and page.evaluate("document.activeElement.id") == "tag-drop"
    with page.expect_request(lambda request: request.method == "DELETE") as forgotten:
        held[0].continue_()
    assert forgotten.value.response().status == 204
    assert page.locator("#tag-problem").inner_text() == ""
