"""A picture on the Tag page: what is taken for one, what becomes of it, and how the answers are shown."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import plotly.io
import pytest
import soundfile
from dash._utils import to_json
from flask.testing import FlaskClient
from PIL import Image

from analysis import pictures
from analysis.library import Library
from dashboard import seeing, uploads
from dashboard.app import create_app
from dashboard.components import picture_answers
from dashboard.examining import STAGES, examine
from dashboard.figures.emotion import HEIGHT, plane, quadrant
from dashboard.hearing import Heard
from dashboard.reception import Desk
from dashboard.seeing import Seen, is_picture, look_at
from errors import AudioError, LeitmotifError, PictureError
from tests.dashboard import fake_picture, fake_recording
from tests.dashboard.client import said
from tests.dashboard.conftest import page_of
from tests.dashboard.fake_picture import NAME
from tests.dashboard.test_tag import give, until
from tests.dashboard.walk import components, text


@pytest.fixture
def desk() -> Desk:
    return Desk(lambda path, name, progress: (fake_picture.look if is_picture(path) else fake_recording.listen)(path, name, progress))


@pytest.fixture
def browser(empty_library: Library, desk: Desk) -> FlaskClient:
    app = create_app([empty_library.root])
    app.server.config[uploads._DESK] = desk
    return app.server.test_client()


@pytest.fixture
def known(desk: Desk) -> str:
    """A picture that was looked at."""
    known = give(desk, NAME, fake_picture.drawn())
    until(lambda: desk.find(known).found)
    return known


@pytest.fixture
def stages(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was told of a picture on its way, with models that answer at once."""
    for answers in ("posters", "scenes"):
        monkeypatch.setattr(f"analysis.{answers}.describe", lambda picture, name: {"file": name, "size": picture.size})
    return []


def put(folder: Path, content: bytes) -> Path:
    path = folder / "upload"
    path.write_bytes(content)
    return path


# --- what is taken for a picture --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", pictures.FORMATS)
def test_a_picture_is_known_by_its_content(tmp_path: Path, kind: str) -> None:
    assert is_picture(put(tmp_path, fake_picture.drawn(kind)))


@pytest.mark.parametrize(
    "content", [b"", b"\xff", b"hello", b"RIFF0000WAVEfmt ", b"ID3\x04", b"\xff\xfb\x90d", b"<svg xmlns=", b"ftypisom"]
)
def test_other_files_are_no_pictures(tmp_path: Path, content: bytes) -> None:
    assert not is_picture(put(tmp_path, content))


def test_the_content_and_not_the_name_says_what_becomes_of_a_file(tmp_path: Path, stages: list[str]) -> None:
    path = put(tmp_path, fake_picture.drawn("WEBP"))
    seen = examine(path, "song.mp3", lambda stage, _: stages.append(stage))
    assert isinstance(seen, Seen) and tuple(stages) == STAGES["picture"]
    sound = io.BytesIO()
    soundfile.write(sound, np.sin(np.arange(64_000) / 3), 16_000, format="WAV")
    stages.clear()
    assert isinstance(examine(put(tmp_path, sound.getvalue()), "holiday.jpg", lambda stage, _: stages.append(stage)), Heard)
    assert tuple(dict.fromkeys(stages)) == STAGES["recording"]


def test_a_picture_is_kept_small_upright_and_without_what_else_stood_in_its_file(tmp_path: Path, stages: list[str]) -> None:
    content, exif = io.BytesIO(), Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "taken at home"  # to be turned by a quarter; a description
    Image.new("RGB", (3000, 1500), "teal").save(content, "JPEG", exif=exif)
    seen = look_at(put(tmp_path, content.getvalue()), "a.jpg", lambda *_: None)
    assert (seen.width, seen.height) == (1500, 3000) and seen.answers == {"file": "a.jpg", "size": (1500, 3000)}
    preview = Image.open(io.BytesIO(seen.preview))
    assert preview.size == (400, 800) and preview.format == "JPEG" and not preview.getexif() and b"home" not in seen.preview


def png(width: int, height: int) -> bytes:
    """A picture that claims to be so large, in a few bytes."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(999)))


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("bomb.png", png(50_000, 50_000), "pictures may have up to 40 million pixels"),
        ("wide.png", png(10_000, 5_000), "this one has 10000 x 5000"),
        ("dot.png", png(4, 4), "at least 16 on either side"),
        ("half.jpg", fake_picture.drawn("JPEG")[:900], "damaged"),
        ("half.png", fake_picture.drawn("PNG")[:300], "damaged"),
        ("head.jpg", b"\xff\xd8\xff\xe0", "is not a picture that can be read"),
        ("heavy.bmp", b"BM" + bytes(seeing.MAX_BYTES), "has 30 MB; pictures may have up to 30 MB"),
        ("notes.jpg", b"dear diary " * 99, "is not a picture that can be read; give one of JPEG"),
        ("drawing.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "is not a picture that can be read"),
        ("phone.heic", b"\0\0\0\x18ftypheic" + bytes(99), "is not a picture that can be read"),
        ("page.html", b"<!DOCTYPE html><script>alert(1)</script>" * 9, "not a media file"),
        ("zeros", bytes(999), "not a media file"),
    ],
)
def test_what_is_no_picture_that_can_be_read_is_one_line(tmp_path: Path, stages: list[str], name: str, content: bytes, words: str) -> None:
    path = put(tmp_path, content)
    with pytest.raises((PictureError, AudioError)) as error:
        examine(path, name, lambda stage, _: stages.append(stage))
    said = str(error.value).replace(str(path), name)
    assert said.startswith(f"{name}: ") and words in said and len(said.splitlines()) == 1


@pytest.mark.parametrize("kind", pictures.FORMATS)
def test_damage_anywhere_is_an_answer_or_one_line(tmp_path: Path, stages: list[str], kind: str) -> None:
    whole = fake_picture.drawn(kind, (40, 50))
    random = np.random.default_rng(0)
    for _ in range(40):
        content = bytearray(whole[: random.integers(1, len(whole) + 1)])
        for place in random.integers(0, len(content), 3):
            content[place] = random.integers(256)
        try:
            assert examine(put(tmp_path, bytes(content)), f"a.{kind.lower()}", lambda *_: None)
        except LeitmotifError as error:
            assert len(str(error).splitlines()) == 1


# --- how it is shown --------------------------------------------------------------------------------------------


def test_the_picture_can_be_seen_and_the_answers_taken_away(browser: FlaskClient, desk: Desk, known: str) -> None:
    picture = browser.get(uploads.picture_address(known))
    assert picture.mimetype == "image/jpeg" and picture.headers["X-Content-Type-Options"] == "nosniff"
    assert picture.headers["Cache-Control"] == "no-store" and Image.open(io.BytesIO(picture.data)).size == (240, 360)
    answers = browser.get(uploads.answers_address(known))
    assert answers.json == fake_picture.answers() and "attachment" in answers.headers["Content-Disposition"]
    recording = give(desk)
    until(lambda: desk.find(recording).found)
    for other in (recording, "nothing", "~", "etc.passwd"):
        answer = browser.get(uploads.picture_address(other))
        assert answer.status_code == 404 and len(answer.text.splitlines()) == 1


def test_the_page_tells_what_was_seen(browser: FlaskClient, known: str) -> None:
    words = said(browser, "/tag", f"?result={known}").replace("\u00a0", " ")
    for finding in (
        NAME, "240 × 360 pixels", "As a poster: horror, 62 %", "Its genres: Horror, Thriller, Drama", "As a scene: sad, 71 %",
        "Valence 2.8, arousal 3.3: the sad quarter", "to frighten", "unpleasant and quiet", "Neutral: 12 %",
        "and 11 others, none above 5 %",
        uploads.picture_address(known), uploads.answers_address(known), "/models",
    ):  # fmt: skip
        assert finding in words, finding
    assert "tag-audio" not in words


def test_the_picture_has_its_place_and_its_name_before_it_has_come(empty_library: Library) -> None:
    with page_of("tag", empty_library) as tag:
        page = tag.seen(fake_picture.seen(), "known", "/models")
    (image,) = [part for part in components(page) if part._type == "Img"]
    assert (image.width, image.height, image.alt) == (240, 360, NAME)
    assert "Models" in text(page)
    (chart,) = [part for part in components(page) if "chart" in str(getattr(part, "className", "")).split()]
    assert "arousal 3.3: the sad quarter" in getattr(chart, "aria-label")
    assert to_json(page)


def test_a_picture_that_is_rather_neutral_is_said_to_be() -> None:
    answers = fake_picture.answers() | {"neutral": 0.62}
    assert text(picture_answers.scene(answers)).replace("\u00a0", " ").startswith("As a scene: neutral, 62 %; if not, sad, 71 %")


@pytest.mark.parametrize(
    ("valence", "arousal", "expected"), [(6, 6, "happy"), (2, 6, "tense"), (2, 2, "sad"), (6, 2, "calm"), (4, 4, "happy"), (1, 7, "tense")]
)
def test_a_point_stands_in_its_quadrant(valence: float, arousal: float, expected: str) -> None:
    assert quadrant(valence, arousal) == expected
    figure = plane(valence, arousal, NAME)
    (point,) = figure.data
    (word,) = [word for word in figure.layout.annotations if word.text == expected]
    assert ((word.x > 4) == (valence >= 4)) and ((word.y > 4) == (arousal >= 4)) and (point.x, point.y) == ((valence,), (arousal,))
    assert "&lt;i&gt;" in point.hovertemplate and figure.layout.height == HEIGHT
    assert plotly.io.from_json(to_json(figure)).layout.height == HEIGHT
