"""A real browser on a served dashboard. Without Chromium (or playwright) these tests are skipped."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboard.screenshots import CHROMIUM_OPTIONS, find_chromium
from dashboard.server import create_server
from tests.dashboard import fake_library

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright (requirements-dev.txt)")
    chromium = find_chromium()
    if chromium is None:
        pytest.skip("needs Chromium or Chrome: install one or set CHROMIUM to its path")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=list(CHROMIUM_OPTIONS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Address of a dashboard over the fake library."""
    library = fake_library.build(tmp_path_factory.mktemp("library") / "films")
    server = create_server([library.root], "127.0.0.1", 0)
    threading.Thread(target=server.run, daemon=True).start()
    return f"http://127.0.0.1:{server.effective_port}"


@pytest.fixture
def open_page(browser: Any, address: str) -> Iterator[Any]:
    """Opens pages; at the end there must have been no error in the console and no request to another host."""
    faults: list[str] = []
    contexts = []

    def open_page(path: str, **settings: Any) -> Any:
        context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"} | settings)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("dialog", lambda dialog: (faults.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda request: None if request.url.startswith((address, "data:", "blob:")) else faults.append(request.url))
        page.goto(address + path)
        page.wait_for_selector("h1")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser on a machine that does other things as well may miss a deadline: a journey may be walked again."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.flaky(reruns=2))
