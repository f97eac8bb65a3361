"""Pictures of the running dashboard for the documentation: `python -m dashboard.screenshots LIBRARY FOLDER`.

Needs playwright (requirements-dev.txt) and an installed Chromium or Chrome.
"""

import os
import shutil
import sys
import threading
from pathlib import Path

from dashboard.server import create_server
from errors import InputError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MACOS = ("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium")
# A container has neither the rights for Chromium's sandbox nor much shared memory.
CHROMIUM_OPTIONS = ("--no-sandbox", "--disable-dev-shm-usage")

# File name -> address, width of the window, colour scheme.
PICTURES = {
    "library.png": ("/library", 1440, "light"),
    "mining.png": ("/mining?view=surface", 1440, "light"),
    "movies.png": ("/movies", 1440, "light"),
    "movies-dark.png": ("/movies", 1440, "dark"),
    "segments.png": ("/movies?layer=segment", 1440, "light"),
    "validation.png": ("/validation", 1440, "light"),
    "movies-phone.png": ("/movies", 390, "light"),
}
_HEIGHT = 900
_SETTLED_MS = 1500  # charts are drawn and their movements over


def find_chromium() -> str | None:
    """Path of the browser named by CHROMIUM, or of one that is installed; None without any."""
    candidates = [os.environ.get("CHROMIUM"), *map(shutil.which, NAMES), *MACOS]
    return next((path for path in candidates if path and Path(path).is_file()), None)


def take(library: Path, folder: Path) -> list[Path]:
    """Photograph the pages over a library into a folder; returns the files written.

    Raises
    ------
    LibraryError : the library is missing
    InputError : there is no browser
    """
    chromium = find_chromium()
    if chromium is None:
        raise InputError("no Chromium or Chrome is installed; install one or set CHROMIUM to its path")
    from playwright.sync_api import sync_playwright

    server = create_server([library], "127.0.0.1", 0)
    threading.Thread(target=server.run, daemon=True).start()  # ends with the process
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=list(CHROMIUM_OPTIONS))
        for name, (address, width, scheme) in PICTURES.items():
            page = browser.new_page(viewport={"width": width, "height": _HEIGHT}, color_scheme=scheme)  # type: ignore[arg-type]
            page.goto(f"http://127.0.0.1:{server.effective_port}{address}")
            page.wait_for_selector(".main-svg, .ag-row")
            page.wait_for_timeout(_SETTLED_MS)
            # A window as high as the page: in a stitched picture what is fixed, such as the navigation, would end half-way.
            height = max(_HEIGHT, page.evaluate("document.documentElement.scrollHeight"))
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_timeout(_SETTLED_MS)
            page.screenshot(path=folder / name)
            page.close()
        browser.close()
    return [folder / name for name in PICTURES]


if __name__ == "__main__":
    for picture in take(Path(sys.argv[1]), Path(sys.argv[2])):
        print(picture)
