"""Pictures of the running dashboard for the documentation: `python -m dashboard.screenshots LIBRARY FOLDER`.

Needs playwright (requirements-dev.txt) and an installed Chromium or Chrome.
"""

import os
import shutil
import sys
import threading
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from analysis.library import Library
from dashboard import data
from dashboard.server import create_server
from errors import InputError
from models import registry

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MACOS = ("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium")
# A container has neither the rights for Chromium's sandbox nor much shared memory.
CHROMIUM_OPTIONS = ("--no-sandbox", "--disable-dev-shm-usage")

TAG = "/tag"  # photographed with what was found in a file that is given to it
# Photographed with what was composed.
COMPOSE = "/compose?source=genre&genres=Horror:60&genres=Thriller:40&length=60&candidates=4&seed=1"
# File name -> address, width of the window, colour scheme.
PICTURES = {
    "library.png": ("/library", 1440, "light"),
    "mining.png": ("/mining?view=surface", 1440, "light"),
    "movies.png": ("/movies", 1440, "light"),
    "movies-dark.png": ("/movies", 1440, "dark"),
    "segments.png": ("/movies?layer=segment", 1440, "light"),
    "validation.png": ("/validation", 1440, "light"),
    "tag.png": (TAG, 1440, "light"),
    "tag-picture.png": (TAG, 1440, "light"),
    "compose.png": (COMPOSE, 1440, "light"),
    "movies-phone.png": ("/movies", 390, "light"),
}
_HEIGHT = 900
_SETTLED_MS = 1500  # charts are drawn and their movements over
_EXAMINING_MS = 300_000


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
            if name in GIVEN:
                _give(page, GIVEN[name](library))
            if address == COMPOSE:
                _compose(page)
            page.wait_for_selector(".main-svg, .ag-row, #compose-roll")
            page.wait_for_timeout(_SETTLED_MS)
            # A window as high as the page: in a stitched picture what is fixed, such as the navigation, would end half-way.
            height = max(_HEIGHT, page.evaluate("document.documentElement.scrollHeight"))
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_timeout(_SETTLED_MS)
            page.wait_for_function("() => [...document.images].every((image) => image.complete && image.naturalWidth)")
            page.screenshot(path=folder / name)
            page.close()
        browser.close()
    return [folder / name for name in PICTURES]


def _recording(root: Path) -> Path:
    """The library's first film whose file is still there."""
    library = Library(root)
    originals = (data.original(library, *film) for film in library.movies())
    found = next((original.path for original in originals if not original.problem), None)
    if found is None:
        raise InputError(f"{root}: none of its films' files is where it was analysed; build the demo again")
    return found


def _picture(_root: Path) -> dict[str, Any]:
    """A cover that the program made: any other picture belongs to somebody."""
    model, content = registry.load("cover"), BytesIO()
    cover = model.generate(np.eye(len(model.classes))[:1], [_SEED])[0]
    Image.fromarray(model.enlarge(cover)).save(content, "PNG")
    return {"name": "A generated cover.png", "mimeType": "image/png", "buffer": content.getvalue()}


# Picture of the page -> the file that is given to it.
GIVEN: dict[str, Callable[[Path], Any]] = {"tag.png": _recording, "tag-picture.png": _picture}
_SEED = 1


def _give(page: Any, file: Any) -> None:
    """Choose a file and wait until it was examined."""
    with page.expect_file_chooser() as chooser:
        page.click("#tag-drop")
    chooser.value.set_files(file)
    page.wait_for_url(f"**{TAG}?result=*", timeout=_EXAMINING_MS)


def _compose(page: Any) -> None:
    """Have a piece composed and wait until it is there."""
    page.click("#compose-go:enabled")
    page.wait_for_selector("#compose-roll", timeout=_EXAMINING_MS)


if __name__ == "__main__":
    for picture in take(Path(sys.argv[1]), Path(sys.argv[2])):
        print(picture)
