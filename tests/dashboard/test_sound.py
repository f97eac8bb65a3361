"""The sound of a film over HTTP: whole, in ranges, and what is refused."""

import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from analysis import audio
from analysis.files import write_json
from analysis.library import Library
from dashboard import sound
from dashboard.app import create_app
from tests.dashboard.fake_library import AUDIBLE

RATE = audio.LISTENING_RATE
DIRECTOR, MOVIE = AUDIBLE
SIZE = 44 + 4 * RATE * 12  # of the stretch the tests ask for


@pytest.fixture
def client(library: Library) -> FlaskClient:
    return create_app([library.root]).server.test_client()


def get(client: FlaskClient, method: str = "GET", asked: str | None = None, **query: Any) -> TestResponse:
    query = {"director": DIRECTOR, "movie": MOVIE, "start": 60, "end": 72} | query
    headers = {"Range": asked} if asked else {}
    return client.open(sound.PATH, method=method, query_string=query, headers=headers)


def original(library: Library) -> Path:
    return Path(library.provenance(*AUDIBLE)["input"]["path"])


def record(library: Library, **changes: Any) -> None:
    """Change what the library says of the film's file."""
    provenance = library.provenance(*AUDIBLE)
    write_json(library.movie_folder(*AUDIBLE) / "provenance.json", provenance | {"input": provenance["input"] | changes})


def record_file(library: Library, path: Path) -> None:
    found = path.stat()
    record(library, path=str(path), size=found.st_size, mtime_ns=found.st_mtime_ns)


def assert_refused(response: TestResponse, status: int, *words: str) -> None:
    assert response.status_code == status
    assert response.mimetype == "text/plain" and response.text.count("\n") == 1
    assert all(word in response.text for word in words)
    assert "/" not in response.text.replace("`leitmotif analyse`", "") and "Traceback" not in response.text


def test_the_whole_stretch_is_a_wav_of_the_promised_size(library: Library, client: FlaskClient) -> None:
    response = get(client)
    assert (response.status_code, response.mimetype, response.accept_ranges) == (200, "audio/wav", "bytes")
    assert response.content_length == len(response.data) == SIZE
    heard, rate = soundfile.read(io.BytesIO(response.data), dtype="int16")
    assert (rate, heard.shape) == (RATE, (12 * RATE, 2))
    expected = np.concatenate(list(audio.stretch(original(library), 60, 72)))
    assert np.array_equal(heard, expected)


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-1", 0, 1),
        ("bytes=0-43", 0, 43),
        ("bytes=40-1043", 40, 1043),
        ("bytes=1000001-1000700", 1_000_001, 1_000_700),
        ("bytes=-301", SIZE - 301, SIZE - 1),
        (f"bytes={SIZE - 7}-", SIZE - 7, SIZE - 1),
        (f"bytes={SIZE - 7}-{SIZE + 900}", SIZE - 7, SIZE - 1),
        ("bytes=0-", 0, sound.MOST_BYTES - 1),
        (f"bytes=-{SIZE + 1}", 0, sound.MOST_BYTES - 1),
    ],
)
def test_a_range_is_that_part_of_the_whole(client: FlaskClient, asked: str, first: int, last: int) -> None:
    response = get(client, asked=asked)
    assert response.status_code == 206
    assert response.headers["Content-Range"] == f"bytes {first}-{last}/{SIZE}"
    assert response.content_length == last + 1 - first
    assert response.data == get(client).data[first : last + 1]


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", f"bytes={SIZE + 5}-{SIZE + 9}", "bytes=9-3", "bytes=x-y", "bytes=", "bytes=-0"])
def test_a_range_there_is_not_gets_416_and_the_size(client: FlaskClient, asked: str) -> None:
    response = get(client, asked=asked)
    assert_refused(response, 416)
    assert response.headers["Content-Range"] == f"bytes */{SIZE}"


@pytest.mark.parametrize("asked", ["bytes=0-9,20-29", "seconds=0-9"])
def test_several_ranges_or_other_units_are_answered_with_all(client: FlaskClient, asked: str) -> None:
    response = get(client, asked=asked)
    assert (response.status_code, response.content_length) == (200, SIZE)


def test_a_range_of_another_version_is_answered_with_all(client: FlaskClient) -> None:
    tag = get(client, "HEAD").headers["ETag"]
    query = {"director": DIRECTOR, "movie": MOVIE, "start": 60, "end": 72}
    for condition, status in ((tag, 206), ('"other"', 200)):
        response = client.get(sound.PATH, query_string=query, headers={"Range": "bytes=0-9", "If-Range": condition})
        assert response.status_code == status


def test_head_tells_the_size_without_decoding(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio, "stretch", None)
    response = get(client, "HEAD")
    assert (response.status_code, response.content_length, response.data) == (200, SIZE, b"")
    assert get(client, "HEAD", asked="bytes=0-99").headers["Content-Range"] == f"bytes 0-99/{SIZE}"


def test_the_end_is_limited_to_the_film(client: FlaskClient) -> None:
    assert get(client, "HEAD", start=150, end=900).content_length == 44 + 4 * RATE * 4


def test_only_what_is_asked_for_is_decoded_and_who_goes_away_frees_the_decoder(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks: list[int] = []
    ended: list[bool] = []
    decode = audio.stretch

    def watched(*args: Any, **options: Any) -> Iterator[np.ndarray]:
        try:
            for block in decode(*args, **options):
                blocks.append(len(block))
                yield block
        finally:
            ended.append(True)

    monkeypatch.setattr(audio, "stretch", watched)
    response = client.get(sound.PATH, query_string={"director": DIRECTOR, "movie": MOVIE, "start": 0, "end": 154}, buffered=False)
    assert len(blocks) == 1 and not ended
    response.close()
    assert len(blocks) == 1 and ended == [True]
    get(client, asked="bytes=1000000-1000399")
    assert blocks[1:] == [100]


@pytest.mark.parametrize(
    "query",
    [
        {"movie": "Nothing"},
        {"director": "Nobody"},
        {"director": "", "movie": ""},
        {"library": "elsewhere"},
        {"library": "../films"},
        {"library": "/etc"},
        {"director": "..", "movie": ".."},
        {"director": "../../movies/Ada Vorn"},
        {"director": "Ada Vorn/../Ada Vorn"},
        {"movie": "./The Quiet Engine"},
        {"movie": "/etc/passwd"},
        {"movie": "..%2f..%2fetc%2fpasswd"},
        {"movie": "..\\..\\secret"},
        {"movie": "The Quiet Engine\0"},
        {"movie": "The Quiet Engine/provenance.json"},
        {"director": "Ada%20Vorn"},
        {"movie": "x" * 3000},
    ],
)
def test_names_that_are_no_film_of_the_library_lead_nowhere(client: FlaskClient, query: dict[str, str]) -> None:
    assert_refused(get(client, **query), 404, "no such film")


@pytest.mark.parametrize("escaped", ["%2e%2e", "%2e%2e%2f%2e%2e%2fetc", "%252e%252e", "%00", "%ff%fe"])
def test_encoded_names_lead_nowhere(client: FlaskClient, escaped: str) -> None:
    assert_refused(client.get(f"{sound.PATH}?director=Ada+Vorn&movie={escaped}&start=0&end=9"), 404, "no such film")


@pytest.mark.parametrize(
    "query",
    [
        {"start": ""},
        {"end": "ten"},
        {"start": "nan"},
        {"end": "inf"},
        {"start": -1},
        {"start": 80},
        {"start": 154, "end": 200},
        {"start": "1e999"},
    ],
)
def test_times_that_are_none_of_the_film_get_a_line(client: FlaskClient, query: dict[str, Any]) -> None:
    assert_refused(get(client, **query), 400, "seconds")


def test_missing_parameters_get_a_line(client: FlaskClient) -> None:
    assert_refused(client.get(sound.PATH), 400, "start")
    assert_refused(client.get(f"{sound.PATH}?start=0&end=9"), 404, "no such film")
    assert client.post(sound.PATH).status_code == 405


def test_a_film_longer_than_a_wav_can_be_is_heard_in_parts(library: Library, client: FlaskClient) -> None:
    path = library.movie_folder(*AUDIBLE) / "profile.json"
    write_json(path, library.profile(*AUDIBLE) | {"duration": 30_000})
    assert_refused(get(client, start=0, end=30_000), 400, "21600 seconds")
    assert get(client, "HEAD", start=20_000, end=30_000).status_code == 200


def test_a_file_that_is_gone_or_another_is_not_opened(library: Library, client: FlaskClient, tmp_path: Path) -> None:
    real = original(library)
    copy = tmp_path / "copy.flac"
    copy.write_bytes(real.read_bytes())
    record_file(library, copy)
    assert get(client, "HEAD").status_code == 200
    os.utime(copy, ns=(1, 1))
    assert_refused(get(client), 404, "copy.flac is no longer the file that was analysed")
    copy.unlink()
    assert_refused(get(client), 404, "copy.flac is no longer there.")
    copy.mkdir()
    assert_refused(get(client), 404, "copy.flac is no longer there itself")


def test_links_are_not_followed(library: Library, client: FlaskClient, tmp_path: Path) -> None:
    real = original(library)
    link = tmp_path / "link.flac"
    link.symlink_to(real)
    record(library, path=str(link))
    assert_refused(get(client), 404, "link.flac is no longer there itself")
    folder = tmp_path / "folder"
    folder.symlink_to(real.parent, target_is_directory=True)
    record(library, path=str(folder / real.name))
    assert_refused(get(client), 404, "is no longer there itself")
    record(library, path=f"{real.parent}/../{real.parent.name}/{real.name}")
    assert_refused(get(client), 404, "is no longer there itself")
    record(library, path=os.path.relpath(real))
    assert_refused(get(client), 404, "is not part of this library")
    record(library, path=f"{real}\0")
    assert_refused(get(client), 404, "is no longer there")


def test_a_link_out_of_the_library_tells_of_no_file(library: Library, client: FlaskClient, tmp_path: Path) -> None:
    outside = tmp_path / "outside.json"
    path = library.movie_folder(*AUDIBLE) / "provenance.json"
    path.rename(outside)
    path.symlink_to(outside)
    assert_refused(get(client), 404, "does not say which file")


@pytest.mark.parametrize(
    "content", ["", "[]", '{"input": "none"}', '{"input": {"path": 3}}', json.dumps({"input": {"path": "x", "size": []}})]
)
def test_a_damaged_record_gets_a_line(library: Library, client: FlaskClient, content: str) -> None:
    (library.movie_folder(*AUDIBLE) / "provenance.json").write_text(content, encoding="utf-8")
    assert_refused(get(client), 404, "does not say which file")


def test_a_file_that_cannot_be_decoded_gets_a_line(library: Library, client: FlaskClient, tmp_path: Path) -> None:
    words = tmp_path / "words.mp4"
    words.write_text("no film, just words" * 100)
    record_file(library, words)
    assert_refused(get(client), 404, "words.mp4 cannot be decoded")


def test_the_track_that_was_analysed_is_heard(library: Library, client: FlaskClient) -> None:
    provenance = library.provenance(*AUDIBLE)
    provenance["stages"]["seconds"]["track"] = 3
    write_json(library.movie_folder(*AUDIBLE) / "provenance.json", provenance)
    assert_refused(get(client), 404, "cannot be decoded")
