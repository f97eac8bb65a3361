"""What is no film although it is called one: archives, pictures, pages, lists of other files, files of nothing."""

import io
import os
import socket
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from analysis import audio, decoding, pipeline
from analysis.library import Library
from errors import AudioError, InputError
from scrapers.folder import scan
from tests.conftest import WriteMedia, tone
from tests.hostile.damage import one_line


def _zip() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("film.wav", bytes(100_000))
    return content.getvalue()


def _tar() -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        member = tarfile.TarInfo("film.wav")
        member.size = 100_000
        archive.addfile(member, io.BytesIO(bytes(100_000)))
    return content.getvalue()


def _picture(kind: str) -> bytes:
    content = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)).save(content, kind)
    return content.getvalue()


STRANGERS = {
    "zip": _zip(),
    "tar": _tar(),
    "png": _picture("PNG"),
    "jpeg": _picture("JPEG"),
    "gif": _picture("GIF"),
    "text": b"Once upon a time\n" * 1000,
    "page": b"<!DOCTYPE html><html><body>Not found</body></html>" * 100,
    "subtitles": b"1\n00:00:01,000 --> 00:00:02,000\nHello\n\n" * 100,
    "script": b"#!/bin/sh\necho hello\n",
    "program": b"\x7fELF\x02\x01\x01" + bytes(5000),
    "noise": np.random.default_rng(0).bytes(100_000),
    "ones": b"\xff" * 100_000,
}


@pytest.mark.parametrize("ending", [".mp4", ".mkv"])
@pytest.mark.parametrize("kind", STRANGERS)
def test_what_only_calls_itself_a_film_is_refused(tmp_path: Path, kind: str, ending: str) -> None:
    path = tmp_path / f"film{ending}"
    path.write_bytes(STRANGERS[kind])
    with pytest.raises(AudioError) as error:
        audio.decode(path)
    assert one_line(error.value).startswith(f"{path}: ")
    assert audio.promised_length(path) is None or kind in ("gif", "subtitles")


def _hls(target: str) -> str:
    return f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{target}\n#EXT-X-ENDLIST\n"


LISTS: dict[str, Callable[[str], str]] = {
    "film.m3u8": _hls,
    "film.mp4": _hls,
    "film.mkv": lambda target: f"ffconcat version 1.0\nfile {target}\n",
    "film.ffconcat": lambda target: f"ffconcat version 1.0\nfile {target}\n",
    "film.mov": lambda target: (
        f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\na=control:{target}\n"
    ),
    "film.asx": lambda target: f'<asx version="3.0"><entry><ref href="{target}"/></entry></asx>',
    "film.mpd": lambda target: (
        f'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><BaseURL>{target}</BaseURL></MPD>'
    ),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_leads_neither_to_other_files_nor_to_addresses(tmp_path: Path, write_media: WriteMedia, name: str) -> None:
    write_media(tmp_path / "elsewhere" / "other.wav", tone(1))
    path = tmp_path / "films" / name
    path.parent.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        for target in (
            str(tmp_path / "elsewhere" / "other.wav"),
            "../elsewhere/other.wav",
            f"http://127.0.0.1:{port}/a.ts",
            f"tcp://127.0.0.1:{port}",
        ):
            path.write_text(LISTS[name](target))
            with pytest.raises(AudioError) as error:
                audio.decode(path)
            assert path.name in one_line(error.value)
            assert audio.promised_length(path) is None
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mkv")
    (tmp_path / "folder.mkv").mkdir()
    (tmp_path / "nothing.mkv").symlink_to(tmp_path / "nowhere")
    (tmp_path / "zeros.mkv").symlink_to("/dev/zero")
    for name in ("pipe", "folder", "nothing", "zeros"):
        with pytest.raises(InputError, match=rf"{name}\.mkv: no such file"):
            audio.decode(tmp_path / f"{name}.mkv")


def test_a_film_of_which_decoding_takes_no_end_costs_the_others_nothing(
    tmp_path: Path, write_media: WriteMedia, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gigabyte of nothing, in which ffmpeg looks for sound from one end to the other; a terabyte would take it hours."""
    endless = tmp_path / "films" / "A" / "endless.mp3"
    endless.parent.mkdir(parents=True)
    with endless.open("wb") as file:
        file.truncate(1 << 30)
    write_media(tmp_path / "films" / "A" / "film.wav", tone(4, rate=8000), rate=8000)
    decode = decoding.decode
    monkeypatch.setattr(decoding, "decode", lambda path, **rest: decode(path, patience=0.2 if path == endless else 120.0, **rest))
    library = Library(tmp_path / "library")
    library.prepare()
    found = [pipeline.analyse(movie, library.root, pipeline.Options()) for movie in scan(tmp_path / "films")]
    assert [outcome.status for outcome in found] == ["failed", "ok"]
    assert found[0].reason == f"{endless}: decoding made no progress for 0 s and was ended; re-encode the file"
    assert decoding.promised_length(endless, patience=0.2) is None
