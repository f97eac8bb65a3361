"""Covers: what they are drawn from, how they are served, and how the card shows them."""

import io
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import numpy as np
import pytest
from dash._utils import to_json
from flask.testing import FlaskClient
from PIL import Image

from analysis import covers as drawing
from analysis.library import Library
from dashboard import cover_route, uploads
from dashboard.app import create_app
from dashboard.components import covers
from dashboard.cover_route import LARGE, MOST_SEED, PATH, SHOWN, SMALL
from dashboard.reception import Desk
from dashboard.seeing import is_picture
from dashboard.urls import href
from errors import ModelError
from models import registry
from models.cover import GENRES as COVER_GENRES
from tests.dashboard import fake_picture, fake_recording
from tests.dashboard.client import said
from tests.dashboard.conftest import page_of
from tests.dashboard.fake_library import FILMS, SILENT
from tests.dashboard.test_security import SECRET, WAYS_OUT
from tests.dashboard.test_tag import give, until
from tests.dashboard.walk import by_id, components, text

FILM = {"director": "Zed", "movie": FILMS["Zed"][0]}


class Painter:
    """Paints at once, and remembers genres and seeds, these without what tells films apart."""

    def __init__(self) -> None:
        self.painted: list[tuple[list[float], int]] = []

    def generate(self, weights: np.ndarray, seeds: Sequence[int]) -> np.ndarray:
        self.painted += [(row.round(3).tolist(), int(seed) % 2**32) for row, seed in zip(np.asarray(weights), seeds, strict=True)]
        return np.array([np.random.default_rng(int(seed)).integers(60, 200, (100, 100, 3), np.uint8) for seed in seeds])

    def enlarge(self, picture: np.ndarray, side: int) -> np.ndarray:
        return np.kron(picture, np.ones((side // 100, side // 100, 1), np.uint8))


@pytest.fixture
def painter(monkeypatch: pytest.MonkeyPatch) -> Painter:
    painter, load = Painter(), registry.load
    monkeypatch.setattr(registry, "load", lambda name: painter if name == "cover" else load(name))
    cover_route._picture.cache_clear()
    return painter


@pytest.fixture
def desk() -> Desk:
    return Desk(lambda path, name, progress: (fake_picture.look if is_picture(path) else fake_recording.listen)(path, name, progress))


@pytest.fixture
def browser(pristine: Library, desk: Desk, painter: Painter) -> FlaskClient:
    app = create_app([pristine.root])
    app.server.config[uploads._DESK] = desk
    return app.server.test_client()


def film(**query: Any) -> str:
    return href(PATH, **FILM, **{"seed": "3", "size": str(SMALL)} | query)


def size_of(content: bytes) -> tuple[int, int]:
    picture = Image.open(io.BytesIO(content))
    assert picture.format == "PNG"
    return picture.size


# --- served -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [SMALL, SHOWN, LARGE])
def test_a_film_has_covers_of_every_size(browser: FlaskClient, size: int) -> None:
    answer = browser.get(film(size=str(size)))
    assert answer.status_code == 200 and answer.mimetype == "image/png" and size_of(answer.data) == (size, size)
    assert answer.headers["X-Content-Type-Options"] == "nosniff" and "Content-Security-Policy" in answer.headers
    assert answer.headers["Cache-Control"] == "private, no-cache", "without its version it may change"


def test_the_same_seed_is_the_same_cover_drawn_once(browser: FlaskClient, painter: Painter) -> None:
    first, again, other = (browser.get(film(seed=seed)).data for seed in ("3", "3", "4"))
    assert first == again != other
    browser.get(film(size=str(LARGE)))
    assert [seed for _, seed in painter.painted] == [3, 4]


def test_what_the_browser_has_is_not_drawn_again(browser: FlaskClient, painter: Painter, pristine: Library) -> None:
    profile = pristine.profile(FILM["director"], FILM["movie"])
    with browser.application.test_request_context():
        subject = cover_route.of_film(None, FILM["director"], FILM["movie"], profile)
    answer = browser.get(cover_route.address(subject, 7, SMALL))
    assert "immutable" in answer.headers["Cache-Control"] and "private" in answer.headers["Cache-Control"]
    painter.painted.clear()
    cover_route._picture.cache_clear()
    for address in (cover_route.address(subject, 7, SMALL), film(seed="7")):
        unchanged = browser.get(address, headers={"If-None-Match": answer.headers["ETag"]})
        assert unchanged.status_code == 304 and not unchanged.data
    assert browser.head(film(seed="7")).status_code == 200
    assert painter.painted == []
    other = browser.get(film(seed="8"), headers={"If-None-Match": answer.headers["ETag"]})
    assert other.status_code == 200 and painter.painted


def test_another_profile_or_model_is_another_version(pristine: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    profile = pristine.profile(FILM["director"], FILM["movie"])

    def version(profile: dict[str, Any]) -> str:
        return parse_qs(urlsplit(cover_route.of_film(None, "Zed", "x", profile)).query)["version"][0]

    found = {version(profile), version(profile | {"energy_mean": 0.123})}
    card = registry.card("cover")
    monkeypatch.setattr(registry, "card", lambda name: card | {"sha256": "other"})
    assert len(found | {version(profile)}) == 3


def test_a_cover_is_drawn_from_the_films_own_music(browser: FlaskClient, painter: Painter, pristine: Library) -> None:
    browser.get(film())
    profile = pristine.profile(FILM["director"], FILM["movie"])
    assert painter.painted == [(drawing.weights(profile).round(3).tolist(), 3)]


@pytest.mark.parametrize("genre", COVER_GENRES)
def test_a_genre_has_covers(browser: FlaskClient, painter: Painter, genre: str) -> None:
    assert size_of(browser.get(f"{PATH}?genre={genre}&seed=1&size={SMALL}").data) == (SMALL, SMALL)
    assert painter.painted == [([float(genre == name) for name in COVER_GENRES], 1)]


def test_a_recording_has_covers_and_a_picture_has_none(browser: FlaskClient, desk: Desk) -> None:
    recording, picture = give(desk), give(desk, "a.png", fake_picture.drawn())
    until(lambda: desk.find(recording).found and desk.find(picture).found)
    answer = browser.get(f"{PATH}?result={recording}&seed=0&size={SHOWN}")
    assert answer.status_code == 200 and size_of(answer.data) == (SHOWN, SHOWN)
    for other in (picture, "unknown"):
        refused = browser.get(f"{PATH}?result={other}&seed=0&size={SHOWN}")
        assert refused.status_code == 404 and len(refused.text.splitlines()) == 1


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ({"seed": ""}, 400, "seed must be a whole number"),
        ({"seed": "-1"}, 400, "seed must be a whole number"),
        ({"seed": "1.5"}, 400, "seed must be a whole number"),
        ({"seed": "٣"}, 400, "seed must be a whole number"),
        ({"seed": str(MOST_SEED + 1)}, 400, f"from 0 to {MOST_SEED}"),
        ({"seed": "9" * 4_000}, 400, "seed must be a whole number"),
        ({"size": "801"}, 400, "size must be a whole number"),
        ({"size": "100000"}, 400, "size must be a whole number"),
        ({"size": "300"}, 400, "size is one of 200, 400 and 800"),
        ({"movie": "Nothing"}, 404, "no such film"),
        ({"director": "Ada Vorn"}, 404, "no such film"),
        ({"director": "Łukasz Øster", "movie": SILENT}, 404, "no music"),
        ({"library": "elsewhere"}, 404, "no library is called"),
        ({"genre": "polka"}, 404, "Covers are drawn of country, electronic"),
    ],
)
def test_what_is_not_there_is_one_line(browser: FlaskClient, painter: Painter, query: dict[str, str], status: int, words: str) -> None:
    answer = browser.get(PATH + "?" + urlencode({**FILM, "seed": "1", "size": str(SMALL)} | query))
    assert answer.status_code == status and words in answer.text and len(answer.text.splitlines()) == 1
    assert painter.painted == []


@pytest.mark.parametrize("name", ["director", "movie", "library", "genre", "result", "seed", "size", "version"])
def test_no_name_leads_out_of_the_library(browser: FlaskClient, name: str) -> None:
    for way in WAYS_OUT:
        given = urlencode({key: value for key, value in {**FILM, "seed": 1, "size": SMALL}.items() if key != name})
        for written in (quote(way, safe=""), quote(way, safe="/")):
            answer = browser.get(f"{PATH}?{given}&{name}={written}")
            assert answer.status_code == (200 if name == "version" else 404 if name not in ("seed", "size") else 400), (name, way)
            assert SECRET.encode() not in answer.data and b"Traceback" not in answer.data


def test_a_link_out_of_the_library_is_refused(library: Library, painter: Painter, tmp_path: Any) -> None:
    folder = library.movie_folder(FILM["director"], FILM["movie"])
    outside = tmp_path / "outside"
    folder.rename(outside)
    folder.symlink_to(outside)
    answer = create_app([library.root]).server.test_client().get(film())
    assert answer.status_code == 404 and "leads out of the library" in answer.text and painter.painted == []


def test_the_model_itself_draws_and_enlarges(pristine: Library) -> None:
    client = create_app([pristine.root]).server.test_client()
    pictures = [np.asarray(Image.open(io.BytesIO(client.get(film(size=str(size))).data))) for size in (SMALL, LARGE)]
    assert [picture.shape for picture in pictures] == [(SMALL, SMALL, 3), (LARGE, LARGE, 3)]
    assert all(picture.std() > 5 for picture in pictures)
    # Both are the same cover.
    shrunk = np.asarray(Image.fromarray(pictures[1]).resize((SMALL, SMALL), Image.Resampling.BOX), float)
    assert np.abs(shrunk - pictures[0]).mean() < 12


# --- shown ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "seed"),
    [
        (None, 0),
        ("", 0),
        ("7", 7),
        ("-7", 0),
        ("x", 0),
        ("1e3", 0),
        ("٣", 0),
        ("9" * 40, 0),
        ("0" * 20 + "9" * 5_000, 0),
        (str(MOST_SEED), 0),
    ],
)
def test_a_seed_in_the_address(asked: str | None, seed: int) -> None:
    assert covers.seed_of(asked) == seed


def test_the_genres_of_a_cover_are_all_of_it_the_largest_first() -> None:
    found = covers.mixture({"jazz": 50, "rock": 20, "metal": 5})
    assert set(found) == set(COVER_GENRES) and sum(found.values()) == pytest.approx(1)
    assert list(found.values()) == sorted(found.values(), reverse=True)
    assert next(iter(covers.mixture({"metal": 0.9, "pop": 0.1}))) == "metal"


def test_the_card_shows_one_of_four_and_draws_none(painter: Painter) -> None:
    card = covers.card({"metal": 1.0}, "/cover?genre=metal", "A & <b>B</b>", "6", "its music")
    assert text(card).startswith("A cover for it: metal") and "its music" in text(card)
    pictures = [part for part in components(card) if part._type == "Img"]
    asked = [parse_qs(urlsplit(getattr(picture, "data-src")).query) for picture in pictures]
    assert [(query["seed"], query["size"]) for query in asked] == [
        (["6"], [str(SHOWN)]), *[([str(seed)], [str(SMALL)]) for seed in (4, 5, 6, 7)]
    ]  # fmt: skip
    assert not any(hasattr(picture, "src") for picture in pictures), "a picture is asked for when it comes into view"
    assert all(picture.width == picture.height for picture in pictures) and pictures[0].alt == "Generated cover for A & <b>B</b>"
    pressed = [getattr(part, "aria-pressed") for part in components(card) if hasattr(part, "aria-pressed")]
    assert pressed == ["false", "false", "true", "false"]
    save = by_id(card, "cover-save")
    assert save.href == f"/cover?genre=metal&seed=6&size={LARGE}" and save.download == "A & <b>B</b> - cover.png"
    assert painter.painted == [] and json.loads(to_json(card))


def test_a_film_with_music_has_a_cover(pristine: Library, painter: Painter) -> None:
    with page_of("movies", pristine) as movies:
        page = movies.layout(**FILM, cover="5")
        assert "it is not the film's artwork" in text(page)
        assert "seed=5" in by_id(page, "cover-save").href and "Zed" in by_id(page, "cover-save").href
        silent = movies.layout(director="Łukasz Øster", movie=SILENT)
        segments = movies.layout(**FILM, layer="segment")
    assert not any(getattr(part, "id", None) == "cover-save" for page in (silent, segments) for part in components(page))
    assert painter.painted == [], "the page does not wait for a drawing"


def test_a_recording_has_a_cover(browser: FlaskClient, desk: Desk) -> None:
    known = give(desk)
    until(lambda: desk.find(known).found)
    words = said(browser, "/tag", f"?result={known}&cover=9")
    assert "A cover for it: " in words and f"result={known}" in words and "&seed=9&size=800" in words


def test_without_the_model_the_rest_is_shown(pristine: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    def card(name: str) -> Any:
        raise ModelError("model 'cover' has no weights here: run `leitmotif train`")

    monkeypatch.setattr(registry, "card", card)
    with page_of("movies", pristine) as movies:
        words = text(movies.layout(**FILM))
    assert "has no weights here" in words and "Standing:" in words and "Nearest by music" in words


def test_the_models_page_shows_covers_of_each_genre(painter: Painter) -> None:
    gallery = covers.gallery(COVER_GENRES)
    pictures = [part for part in components(gallery) if part._type == "Img"]
    assert len(pictures) == len(COVER_GENRES) * covers.OF_A_GENRE and all(genre in text(gallery) for genre in COVER_GENRES)
    assert len({getattr(picture, "data-src") for picture in pictures}) == len(pictures)
    assert painter.painted == []
