"""The Tag page: what may be uploaded, what becomes of it, and how the answers are shown."""

import io
import multiprocessing
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import plotly.io
import pytest
import soundfile
from dash._utils import to_json
from flask.testing import FlaskClient

from analysis import audio
from analysis.library import Library
from dashboard import examining, hearing, reception, scratch, security, uploads
from dashboard.app import create_app
from dashboard.components import shell
from dashboard.figures.recording import heard as heard_figure
from dashboard.hearing import listen_to, spectrogram
from dashboard.reception import BusyError, Desk, UnknownError
from errors import AudioError, InputError
from tests.dashboard import fake_recording
from tests.dashboard.client import page, said
from tests.dashboard.conftest import page_of
from tests.dashboard.fake_recording import NAME
from tests.dashboard.walk import components, text

SOUND = b"some sound" * 100


def nothing(_stage: str, _share: float | None) -> None: ...


def until(true: Callable[[], Any]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture
def desk() -> Desk:
    return Desk(fake_recording.listen)


@pytest.fixture
def browser(empty_library: Library, desk: Desk) -> FlaskClient:
    app = create_app([empty_library.root])
    app.server.config[uploads._DESK] = desk
    return app.server.test_client()


def give(desk: Desk, name: str = "a.wav", content: bytes = SOUND) -> str:
    """Upload a file at once."""
    known = desk.open(name, len(content))
    desk.append(known, 0, io.BytesIO(content))
    return known


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files are kept: nowhere but here."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def files() -> list[Path]:
    """The files that lie on the disk."""
    # Folders may go while they are looked through: os.walk does not mind.
    return [Path(folder) / "upload" for folder, _, names in os.walk(tempfile.gettempdir()) if "upload" in names]


class Slow:
    """Listens until it is let go."""

    def __init__(self) -> None:
        self.go, self.names = threading.Event(), []

    def __call__(self, path: Path, name: str, progress: hearing.Progress) -> hearing.Heard:
        self.names.append(name)
        assert path.read_bytes() == SOUND
        while not self.go.wait(0.01):
            progress("describe", None)
        return fake_recording.heard(name)


@pytest.fixture
def slow() -> Iterator[Slow]:
    slow = Slow()
    yield slow
    slow.go.set()


# --- taking recordings ------------------------------------------------------------------------------------------


def test_a_recording_comes_in_pieces_and_nothing_of_it_stays_on_the_disk(browser: FlaskClient, temporary: Path) -> None:
    made = browser.post(f"{uploads.PATH}?name=a+b.wav&size=1000")
    assert made.status_code == 201
    address = f"{uploads.PATH}/{made.json['id']}"
    assert browser.put(f"{address}?at=0", data=SOUND[:600]).status_code == 204
    assert browser.get(address).json == {"name": "a b.wav", "stage": "upload", "share": 0.6, "waiting": False}
    assert [file.read_bytes() for file in files()] == [SOUND[:600]]
    assert browser.put(f"{address}?at=600", data=SOUND[600:]).status_code == 204
    until(lambda: browser.get(address).json["stage"] == uploads.DONE)
    assert files() == [] and [path.name for path in scratch.folder().iterdir()] == [".locks"]
    answers = browser.get(f"{address}/answers")
    assert answers.json == fake_recording.answers("a b.wav") and answers.text.endswith("}\n") and len(answers.text.splitlines()) == 1
    assert "a b.wav.json" in answers.headers["Content-Disposition"] and "attachment" in answers.headers["Content-Disposition"]
    assert answers.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("name", ["../../etc/passwd", "a\r\nSet-Cookie: x=1.wav", "ночь.wav", "", "x" * 5_000])
def test_a_name_is_only_shown(browser: FlaskClient, desk: Desk, name: str) -> None:
    known = browser.post(uploads.PATH, query_string={"name": name, "size": 1000}).json["id"]
    recording = desk.find(known)
    assert recording.path.name == "upload" and ".." not in recording.path.parts
    assert recording.path.parent.parent == scratch.folder() and scratch.folder().parent == Path(tempfile.gettempdir())
    desk.append(known, 0, io.BytesIO(SOUND))
    until(lambda: recording.found)
    headers = browser.get(f"{uploads.PATH}/{known}/answers").headers
    assert "Set-Cookie" not in headers and "\n" not in headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("name=a&size=0", 400, "a: the file is empty"),
        (f"name=a&size={reception.MAX_BYTES + 1}", 400, "at most 2.0 GB can be uploaded, run `leitmotif tag FILE`"),
        ("name=a&size=-1", 400, "size must be given in bytes"),
        ("name=a", 400, "size must be given in bytes"),
        ("name=a&size=1e9", 400, "size must be given in bytes"),
        ("name=a&size=" + "9" * 4_000, 400, "can be uploaded"),
    ],
)
def test_what_cannot_be_uploaded_is_said_in_one_line(browser: FlaskClient, query: str, status: int, words: str) -> None:
    answer = browser.post(f"{uploads.PATH}?{query}")
    assert answer.status_code == status and words in answer.text and len(answer.text.splitlines()) == 1


def test_a_piece_that_does_not_follow_is_refused(browser: FlaskClient, desk: Desk) -> None:
    known = desk.open("a.wav", 1000)
    address = f"{uploads.PATH}/{known}"
    assert browser.put(f"{address}?at=5", data=b"x").status_code == 400
    assert browser.put(f"{address}?at=-5", data=b"x").status_code == 400
    assert browser.put(f"{address}?at=0", data=SOUND).status_code == 204
    until(lambda: desk.find(known).found)
    assert browser.put(f"{address}?at=1000", data=b"x").status_code == 400
    assert files() == []


def test_more_than_was_announced_ends_it(browser: FlaskClient, desk: Desk) -> None:
    known = desk.open("a.wav", 10)
    answer = browser.put(f"{uploads.PATH}/{known}?at=0", data=SOUND)
    assert answer.status_code == 400 and "longer than was announced" in answer.text
    assert files() == [] and browser.get(f"{uploads.PATH}/{known}").json["problem"] == answer.text.strip().removesuffix(".")


def test_a_piece_is_no_longer_than_any_request(browser: FlaskClient, desk: Desk) -> None:
    assert uploads.PIECE_BYTES < security.MAX_REQUEST_BYTES < reception.MAX_BYTES
    known = desk.open("a.wav", reception.MAX_BYTES)
    answer = browser.put(f"{uploads.PATH}/{known}?at=0", data=b" " * (security.MAX_REQUEST_BYTES + 1))
    assert answer.status_code == 413 and files() == []


def test_a_disk_without_room_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reception.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 10}))
    with pytest.raises(InputError, match="free some space"):
        desk.open("a.wav", 1000)


@pytest.mark.parametrize("known", ["nothing", "~", "secret.json", "a" * 3_000])
def test_unknown_recordings_are_404(browser: FlaskClient, known: str) -> None:
    address = f"{uploads.PATH}/{known}"
    for answer in (
        browser.get(address),
        browser.delete(address),
        browser.put(f"{address}?at=0", data=b"x"),
        browser.get(f"{address}/answers"),
    ):
        assert answer.status_code == 404 and len(answer.text.splitlines()) == 1


def test_one_is_listened_to_at_a_time_and_not_too_many_wait(slow: Slow) -> None:
    desk = Desk(slow)
    first, *others = [give(desk, f"{i}.wav") for i in range(reception.AT_ONCE)]
    until(lambda: desk.find(first).stage == "describe")
    assert slow.names == ["0.wav"] and all(desk.find(known).waiting for known in others)
    with pytest.raises(BusyError, match="try again"):
        desk.open("one more.wav", 1000)
    slow.go.set()
    until(lambda: all(desk.find(known).found for known in [first, *others]))
    assert slow.names == [f"{i}.wav" for i in range(reception.AT_ONCE)]
    assert desk.open("one more.wav", 1000)


def test_busy_is_503(browser: FlaskClient, desk: Desk) -> None:
    for _ in range(reception.AT_ONCE):
        desk.open("a.wav", 1000)
    assert browser.post(f"{uploads.PATH}?name=a&size=10").status_code == 503


def test_what_is_not_wanted_any_more_ends_at_every_stage(slow: Slow) -> None:
    desk = Desk(slow)
    running, waiting, coming = give(desk, "0.wav"), give(desk, "1.wav"), desk.open("2.wav", 1000)
    desk.append(coming, 0, io.BytesIO(b"half"))
    until(lambda: slow.names)
    for known in (running, waiting, coming):
        desk.drop(known)
        with pytest.raises(UnknownError):
            desk.find(known)
    until(lambda: files() == [])
    until(lambda: desk._waiting.empty())
    assert slow.names == ["0.wav"]


def test_an_upload_that_does_not_go_on_is_forgotten(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    known = desk.open("a.wav", 1000)
    desk.append(known, 0, io.BytesIO(b"half"))
    monkeypatch.setattr(reception, "IDLE", -1)
    desk.open("b.wav", 1000)
    with pytest.raises(UnknownError, match="Upload it again"):
        desk.find(known)
    assert files() == []


def test_only_the_last_few_are_kept_those_looked_at_longest(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reception, "KEPT", 2)
    known = []
    for i in range(3):
        known.append(give(desk, f"{i}.wav"))
        until(lambda: desk.find(known[-1]).found)
    desk.find(known[0])
    desk.open("next.wav", 1000)
    assert desk.find(known[0]).found and desk.find(known[2]).found
    with pytest.raises(UnknownError):
        desk.find(known[1])


def test_what_goes_wrong_unexpectedly_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    desk = Desk(lambda *_: 1 / 0)  # type: ignore[arg-type, return-value]
    first = give(desk)
    until(lambda: desk.find(first).problem)
    assert "terminal" in desk.find(first).problem and "ZeroDivisionError" in caplog.text and files() == []
    second = give(desk)
    until(lambda: desk.find(second).problem)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 201),
        ({"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}, 201),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost:9"}, 403),
        ({"Origin": "http://["}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
    ],
)
def test_no_page_of_another_site_uploads(browser: FlaskClient, headers: dict[str, str], status: int) -> None:
    answer = browser.post(f"{uploads.PATH}?name=a&size=10", headers=headers)
    assert answer.status_code == status
    if status == 403:
        assert browser.post(security.CALLBACKS, json={}, headers=headers).status_code == 403
        assert browser.get("/tag", headers=headers).status_code == 200


# --- listening --------------------------------------------------------------------------------------------------


def wav(path: Path, seconds: float) -> Path:
    time = np.arange(round(seconds * 16_000)) / 16_000
    soundfile.write(path, 0.3 * np.sin(2 * np.pi * 1000 * time), 16_000, format="WAV")
    return path


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"hello " * 1000, "a.mp3: not a media file that ffmpeg can read"),
        (b"ffconcat version 1.0\nfile ../other/upload\n", "a.mp3: "),
        (b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:5,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n", "a.mp3: "),
    ],
)
def test_what_is_no_recording_is_named_without_its_place(content: bytes, words: str) -> None:
    desk = Desk(examining.examine)
    known = give(desk, "a.mp3", content)
    until(lambda: desk.find(known).ended)
    problem = desk.find(known).problem
    assert problem.startswith(words) and "/" not in problem and len(problem.splitlines()) == 1


def test_a_process_of_its_own_listens(tmp_path: Path) -> None:
    desk = Desk()
    known = give(desk, "tone.wav", wav(tmp_path / "tone.wav", 4).read_bytes())
    until(lambda: desk.find(known).ended)
    heard = desk.find(known).found
    assert (
        isinstance(heard, hearing.Heard)
        and heard.answers["file"] == "tone.wav"
        and heard.answers["duration"] == len(heard.seconds) == 4
        and files() == []
    )
    assert "examining" in [process.name for process in multiprocessing.active_children()]


def test_a_list_of_files_finds_no_other_recording(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir(), (tmp_path / "other").mkdir()
    wav(tmp_path / "other" / "upload", 4)
    (tmp_path / "one" / "upload").write_text("ffconcat version 1.0\nfile ../other/upload\n")
    with pytest.raises(AudioError):
        listen_to(tmp_path / "one" / "upload", "a.wav", nothing)


def test_what_is_too_long_is_told_before_all_of_it_is_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hearing, "LONGEST", 20)
    shares: list[float | None] = []
    with pytest.raises(AudioError, match="lasts more than"):
        listen_to(wav(tmp_path / "recording", 60), "long.wav", lambda _, share: shares.append(share))
    assert shares == pytest.approx([1 / 6, 1 / 3])


def test_what_is_too_short_is_told(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match=r"short.wav: lasts 2.0 s; 3 s are needed"):
        listen_to(wav(tmp_path / "recording", 2), "short.wav", nothing)


def test_a_spectrogram_is_no_wider_than_it_can_be_drawn_and_shows_a_tone_where_it_is() -> None:
    seconds = 300
    time = np.arange(seconds * audio.SAMPLE_RATE) / audio.SAMPLE_RATE
    tone = np.where(time < 150, np.sin(2 * np.pi * 1000 * time), 0)
    picture = spectrogram((10_000 * tone).astype(np.int16))
    assert picture.levels.dtype == np.uint8 and picture.levels.shape == (128, 1000) and picture.step == pytest.approx(0.3)
    assert abs(picture.frequencies[picture.levels[:, 100].argmax()] - 1000) < 20
    assert picture.levels.max() == 160 and not picture.levels[:, 510:].any()
    assert spectrogram(np.zeros(24_000, np.int16)).levels.shape == (128, 30)


# --- the page ---------------------------------------------------------------------------------------------------


def test_without_a_recording_the_page_says_what_it_is_for(browser: FlaskClient) -> None:
    words = said(browser, "/tag")
    for word in ("Drop a recording or picture here", "from 3 seconds to 4 hours, up to 2 GB", "Film genres", "leitmotif tag FILE"):
        assert word in words
    with browser.application.test_request_context():
        assert "Tag" in [link.label for link in shell.links("/tag", None)]


def test_the_answers_are_told_as_findings(browser: FlaskClient, desk: Desk) -> None:
    known = give(desk, NAME)
    until(lambda: desk.find(known).found)
    words = said(browser, "/tag", f"?result={known}").replace("\u00a0", " ")
    for finding in (
        "Sounds like jazz, 60 %", "As a score: Drama, Romance, Comedy", "As a record: Genre 0, 30 %", "Danceability: high, 70 %",
        "Valence: neutral, 70 %", "Energy: low, 70 %", "What was heard where: music in 76 % of 1:30", "Segments: 2 stretches of music",
        "Genre of a recording, among those of your own clips; together they are 100 %",
        "1:30 · 2 segments of music, 1:08", "and 7 others, none above 5 %", "−18 dB", "speech 13 %, other 11 %",
    ):  # fmt: skip
        assert finding in words, finding
    assert "AllMusic" not in words
    assert uploads.answers_address(known) in words and NAME in words and "/models" in words


Report = Callable[..., Any]


@pytest.fixture
def report(empty_library: Library) -> Iterator[Report]:
    """Makes the report of a recording."""
    with page_of("tag", empty_library) as tag:
        yield lambda **kind: tag.report(fake_recording.heard(**kind), "/models")


def test_a_recording_without_music_says_that_all_of_it_was_described(report: Report) -> None:
    found = report(described="whole recording", duration=5)
    assert "As music: jazz" in text(found) and "described as if it were music" in text(found) and "Segments" not in text(found)
    assert not any(getattr(part, "id", None) == "tag-segments" for part in components(found))


def test_every_bar_is_as_long_as_its_probability_and_says_it(report: Report) -> None:
    lists = [part for part in components(report()) if getattr(part, "className", None) == "ranked"]
    assert [len(one.children) for one in lists] == [10, 4, 10, 3, 3, 3]
    first = lists[0].children[0]
    assert text(first).replace("\u00a0", " ").split() == ["jazz", "60", "%"] and first.children[1].children.style["width"] == "60.0%"
    widths = [float(line.children[1].children.style["width"].removesuffix("%")) for line in lists[1].children]
    assert widths == sorted(widths, reverse=True)


def test_spectrogram_and_timeline_share_their_time() -> None:
    found = fake_recording.heard()
    figure = heard_figure(found.spectrogram, found.seconds, found.segments, NAME)
    (picture,) = [trace for trace in figure.data if trace.type == "heatmap"]
    assert picture.z.dtype == np.uint8 and picture.z.shape == (128, 900) and picture.yaxis == "y2" and not picture.xaxis
    assert figure.layout.yaxis2.domain[0] > figure.layout.yaxis.domain[1] and figure.layout.template.layout.font.family is None
    assert picture.y[0] == "20 Hz" and len(set(picture.y)) == 128
    assert all("<b>&lt;b&gt;Ночь" in trace.hovertemplate for trace in figure.data)
    assert plotly.io.from_json(to_json(figure)).layout.height == figure.layout.height


def test_a_whole_recording_ends_where_it_ends(report: Report) -> None:
    found = report(described="whole recording", duration=5)
    chart = next(part for part in components(found) if "chart" in str(getattr(part, "className", "")).split())
    bars = [trace for trace in plotly.io.from_json(to_json(chart.children[1].data), skip_invalid=True).data if trace.type == "bar"]
    assert {length for bar in bars for length in bar.x} == {5000}


@pytest.mark.parametrize("known", ["nothing", "../../etc/passwd", "%00", "x" * 4_000])
def test_a_recording_that_is_no_longer_known_is_a_sentence(browser: FlaskClient, known: str) -> None:
    words = said(browser, "/tag", f"?result={known}")
    assert "This file is no longer known" in words and "Drop a recording or picture here" in words


def test_a_recording_that_is_not_heard_yet_is_a_sentence(browser: FlaskClient, desk: Desk) -> None:
    known = desk.open("a.wav", 1000)
    assert "a.wav is not examined to its end yet" in said(browser, "/tag", f"?result={known}")
    assert browser.get(f"{uploads.PATH}/{known}/answers").status_code == 404


def test_the_page_of_answers_is_sent_small(browser: FlaskClient, desk: Desk) -> None:
    known = give(desk)
    until(lambda: desk.find(known).found)
    # 128 bands of 900 tenths of a second, a byte each, in base64.
    assert 128 * 900 < len(page(browser, "/tag", f"?result={known}").data) < 250_000
