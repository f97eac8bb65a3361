"""Every page over libraries in every state, and films with names of every kind: content or a sentence, never an error."""

import json
import shutil
from pathlib import Path
from urllib.parse import parse_qsl, urlparse

import pytest
from flask.testing import FlaskClient

from analysis import dataset
from analysis.library import Library
from dashboard import data
from dashboard.app import create_app
from dashboard.security import CALLBACKS
from dashboard.urls import href
from models import registry
from tests.dashboard import fake_library
from tests.dashboard.client import request_of, said
from tests.dashboard.fake_library import LONG, RUNS, SILENT

BAD, GOOD = ("Ada Vorn", LONG), ("Zed", "=1+1")  # the film that is damaged, and another
BAD_RUN, GOOD_RUN = RUNS
# Name -> path and query of every page, and of what belongs to the damaged film and run.
PAGES = {
    "library": href("/library"),
    "bad film": href("/movies", director=BAD[0], movie=BAD[1]),
    "bad segments": href("/movies", director=BAD[0], movie=BAD[1], layer="segment"),
    "good film": href("/movies", director=GOOD[0], movie=GOOD[1]),
    "good segments": href("/movies", director=GOOD[0], movie=GOOD[1], layer="segment"),
    "bad run": href("/validation", run=BAD_RUN),
    "good run": href("/validation", run=GOOD_RUN),
    "correlation": href("/mining"),
    "projection": href("/mining", view="projection"),
    "surface": href("/mining", view="surface", features="music"),
    "models": href("/models"),
}
_FILM, _RUN = f"movies/{BAD[0]}/{BAD[1]}", f"validation/{BAD_RUN}"
# File -> the pages that cannot be shown without it, and some that have nothing to do with it and must stay.
FILES: dict[str, tuple[list[str], list[str]]] = {
    "enhanced.csv": (["library", "correlation", "surface"], ["bad film", "bad segments"]),
    "metadata.json": ([], ["library", "bad film", "bad segments", "correlation"]),
    "manifest.json": ([], ["library", "bad film"]),
    f"{_FILM}/profile.json": (["bad film", "bad segments"], ["library", "good film", "correlation"]),
    f"{_FILM}/segments.parquet": (["bad segments"], ["library", "bad film", "good segments"]),
    f"{_FILM}/seconds.parquet": (["bad segments"], ["library", "bad film", "good segments"]),
    f"{_FILM}/windows.parquet": ([], ["library", "bad film", "bad segments"]),
    f"{_FILM}/provenance.json": ([], ["library", "bad film", "bad segments"]),
    f"{_RUN}/summary.json": (["bad run"], ["good run"]),
    f"{_RUN}/seconds.parquet": (["bad run"], ["good run"]),
    f"{_RUN}/segments.parquet": (["bad run"], ["good run"]),
    f"{_RUN}/truth.json": (["bad run"], ["good run"]),
}
DAMAGES = ("cut short", "end missing", "garbage", "empty", "another content", "a number", "missing", "a folder")
# What stands on a page that has its content.
CONTENT = {
    "library": "library-films", "bad film": "movies-sunburst", "bad segments": "movies-timeline", "good film": "movies-sunburst",
    "good segments": "movies-timeline", "bad run": "validation-steps", "good run": "validation-steps", "correlation": "mining-heatmap",
    "projection": "mining-loadings", "surface": "mining-surface", "models": "models-detector",
}  # fmt: skip
REMEDIES = ("again", "leitmotif ", "restore", "Choose", "choose")


def spoil(path: Path, damage: str) -> None:
    """Damage a file."""
    whole = path.read_bytes() if path.is_file() else b'{"movies": []}'
    contents = {
        "cut short": whole[: len(whole) // 2], "end missing": whole[:-2], "garbage": bytes(range(256)) * 8, "empty": b"",
        "another content": b'{"a": {"b": null}}', "a number": b"3",
    }  # fmt: skip
    if damage in contents:
        path.write_bytes(contents[damage])
        return
    path.unlink(missing_ok=True)
    if damage == "a folder":
        path.mkdir()


def client_of(library: Library) -> FlaskClient:
    return create_app([library.root]).server.test_client()


def words_of(client: FlaskClient, address: str) -> str:
    parts = urlparse(address)
    return said(client, parts.path, f"?{parts.query}")


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("file", FILES)
def test_a_damaged_file_takes_nothing_down_but_what_needs_it(library: Library, file: str, damage: str) -> None:
    spoil(library.root / file, damage)
    client = client_of(library)
    needing, others = FILES[file]
    for name in needing:
        words = words_of(client, PAGES[name])
        if CONTENT[name] not in words:  # what is missing at the end of a text may be of no weight
            assert any(remedy in words for remedy in REMEDIES), f"{name} names no remedy: {words[-500:]}"
            assert Path(file).name in words or damage in ("missing", "a folder")
    for name in others:
        assert CONTENT[name] in words_of(client, PAGES[name]), f"{name} is gone because of {file}"


@pytest.mark.parametrize("damage", [d for d in DAMAGES if d != "a folder"])
def test_a_damaged_card_leaves_the_other_models_alone(
    pristine: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    weights = tmp_path / "weights"
    shutil.copytree(registry.WEIGHTS, weights, ignore=shutil.ignore_patterns("*.npz"))
    monkeypatch.setattr(registry, "WEIGHTS", weights)
    spoil(registry.folder("track_genre") / "card.json", damage)
    words = words_of(client_of(pristine), "/models")
    assert "models-detector" in words and "models-track_genre-figures" not in words and "track_genre" in words
    assert any(remedy in words for remedy in REMEDIES)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_of_a_library_without_films_says_what_to_do(empty_library: Library, name: str) -> None:
    words = words_of(client_of(empty_library), PAGES[name])
    assert name == "models" or f"--library {empty_library.root}" in words


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("film", [GOOD, ("Łukasz Øster", SILENT)])
def test_every_page_of_a_library_of_one_film(empty_library: Library, film: tuple[str, str], name: str) -> None:
    fake_library.write_film(empty_library, *film)
    dataset.write(empty_library)
    words = words_of(client_of(empty_library), PAGES[name])
    assert "cannot be shown" not in words
    if name == "library":
        assert CONTENT[name] in words
    address = href("/movies", director=film[0], movie=film[1], layer="segment" if "segments" in name else "")
    assert json.dumps(film[1], ensure_ascii=False)[1:-1] in words_of(client_of(empty_library), address)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_of_a_whole_library(pristine: Library, name: str) -> None:
    assert CONTENT[name] in words_of(client_of(pristine), PAGES[name])


def test_an_error_nobody_expected_stands_in_the_pages_place(pristine: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_of(pristine)
    client.get("/library")
    monkeypatch.setattr(data, "film", lambda *_: 1 / 0)
    words = words_of(client, PAGES["good film"])
    assert "This cannot be shown" in words and "ZeroDivisionError" in words and "terminal" in words and "Traceback" not in words


def test_an_error_nobody_expected_in_a_callback_is_a_toast(pristine: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_of(pristine)
    export = next(c for c in client.get("/_dash-dependencies").json if "mining-download.data" in c["output"])
    monkeypatch.setattr(data, "dataset", lambda *_: 1 / 0)
    answer = client.post(CALLBACKS, json=request_of(export, [1, None, ""]))
    (note,) = answer.json["sideUpdate"]["shell-notes"]["sendNotifications"]
    assert "ZeroDivisionError" in note["message"] and "terminal" in note["message"] and note["autoClose"] is False


# --- names of every kind ----------------------------------------------------------------------------------------

NAMES = [
    "x" * 250,  # a folder's name has no more than 255 bytes
    "Ein " + "sehr " * 38 + "langer Titel", "فيلم عن البحر والريح", "סרט על הים", "千と千尋の神隠し", "기생충", "🎬🎥🍿" * 20,
    "Z̸̡̛a̷l̵g̶o̵ é̂̃", "<script>alert('x')<img src=x onerror=alert(1)>", "\"quoted\" 'twice' `thrice`", "100 % & more?#x=1;y+z",
    "line\nbreak\tand tab",
    "\u202eright to left\u202c", "%2e%2e%2f", "{braces} $math$ %(name)s", "=HYPERLINK(\"x\")", "a" + "\u0301" * 60, "...", "-rf", "NULL",
    "NaN", "0",
]  # fmt: skip


@pytest.fixture(scope="module")
def odd_library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """A film for each name, each by a director of the same name."""
    library = Library(tmp_path_factory.mktemp("odd") / "films")
    for number, name in enumerate(NAMES):
        fake_library.write_film(library, name, name, number % 3)
    dataset.write(library)
    return library


@pytest.fixture(scope="module")
def odd(odd_library: Library) -> FlaskClient:
    return client_of(odd_library)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("layer", ["", "segment"])
def test_a_film_of_any_name_can_be_seen_and_its_address_leads_back_to_it(odd: FlaskClient, name: str, layer: str) -> None:
    address = href("/movies", director=name, movie=name, layer=layer)
    assert dict(parse_qsl(urlparse(address).query))["movie"] == name
    words = words_of(odd, address)
    assert CONTENT["good segments" if layer else "good film"] in words
    assert words.count(json.dumps(name, ensure_ascii=False)[1:-1]) >= 3


@pytest.mark.parametrize(
    "address", ["/library", "/mining", "/mining?view=projection&features=music", "/mining?view=surface&features=music"]
)
def test_films_of_any_name_stand_in_every_list(odd: FlaskClient, address: str) -> None:
    words = words_of(odd, address)
    assert "cannot be shown" not in words and "cannot be drawn" not in words
    if address != "/mining":
        assert all(json.dumps(name, ensure_ascii=False)[1:-1] in words for name in NAMES)


def test_films_of_any_name_can_be_exported_and_read_back(odd: FlaskClient, odd_library: Library) -> None:
    assert set(dataset.read(odd_library)["movie"]) == set(NAMES)
