"""Films whose heads claim what no film has are refused in one line, early and in little memory."""

import struct
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from analysis import audio, decoding
from errors import AudioError
from tests.hostile.conftest import peak_memory
from tests.hostile.damage import one_line

PATIENCE = 60.0  # s
MOST_MEMORY = 300 << 20  # bytes of the decoding process


def refused(decoder: decoding.Decoder, path: Path) -> str:
    """Why a file is refused: the reason, in one line that names it."""
    process = decoder._process.pid
    with pytest.raises(AudioError) as error:
        if not sum(map(len, decoder.blocks(path, 0, PATIENCE, []))):
            raise audio.nothing_heard(path)
    assert decoder._process.alive and decoder._process.pid == process, f"it ended the decoder: {error.value}"
    return one_line(error.value).split(f"{path}: ")[1]


# --- heads --------------------------------------------------------------------------------------------------------


def wav(channels: int = 2, rate: int = 48_000, bits: int = 16, data: int = 4000, align: int = 4) -> bytes:
    head = struct.pack("<HHIIHH", 1, channels, rate, 2**32 - 1, align, bits)
    return b"RIFF\xff\xff\xff\xffWAVEfmt " + struct.pack("<I", 16) + head + b"data" + struct.pack("<I", data) + bytes(4000)


def box(kind: bytes, *content: bytes) -> bytes:
    inside = b"".join(content)
    return struct.pack(">I", 8 + len(inside)) + kind + inside


def mp4(*, duration: int = 1000, channels: int = 2, rate: int = 48_000, samples: int = 1, size: int = 4, lasting: int = 1000) -> bytes:
    """A sound track of `samples` samples of `size` bytes, each lasting `lasting` thousandths of a second."""
    entry = box(b"sowt", bytes(6), struct.pack(">HHIHHHHI", 1, 0, 0, channels, 16, 0, 0, (rate & 0xFFFF) << 16))
    table = box(
        b"stbl",
        box(b"stsd", struct.pack(">II", 0, 1), entry),
        box(b"stts", struct.pack(">IIII", 0, 1, samples, lasting)),
        box(b"stsc", struct.pack(">IIIII", 0, 1, 1, samples, 1)),
        box(b"stsz", struct.pack(">III", 0, size, samples)),
        box(b"stco", struct.pack(">III", 0, 1, 32)),
    )
    media = box(
        b"mdia",
        box(b"mdhd", struct.pack(">IIIIIHH", 0, 0, 0, 1000, duration, 0, 0)),
        box(b"hdlr", struct.pack(">II4s", 0, 0, b"soun"), bytes(13)),
        box(b"minf", box(b"smhd", bytes(8)), table),
    )
    header = box(b"tkhd", struct.pack(">IIIIII", 7, 0, 0, 1, 0, duration), bytes(60))
    film = box(b"moov", box(b"mvhd", struct.pack(">IIIII", 0, 0, 0, 1000, duration), bytes(80)), box(b"trak", header, media))
    return box(b"ftyp", b"isom", bytes(4)) + box(b"mdat", bytes(4000)) + film


def element(number: str, content: bytes, size: int | None = None) -> bytes:
    """Of Matroska; its size may lie."""
    return bytes.fromhex(number) + (1 << 56 | (len(content) if size is None else size)).to_bytes(8, "big") + content


def mkv(*, channels: int = 2, rate: float = 48_000, duration: float = 1000, behind: bytes = b"", codec: bytes = b"A_PCM/INT/LIT") -> bytes:
    sound = element("e1", element("b5", struct.pack(">d", rate)) + element("9f", struct.pack(">Q", channels)) + element("6264", b"\x10"))
    track = element("ae", element("d7", b"\1") + element("73c5", b"\1") + element("83", b"\2") + element("86", codec) + sound)
    info = element("1549a966", element("2ad7b1", struct.pack(">I", 1_000_000)) + element("4489", struct.pack(">d", duration)))
    head = element("1a45dfa3", element("4282", b"matroska"))
    return head + element("18538067", info + element("1654ae6b", track) + behind, size=2**56 - 2)


def cluster(block: bytes) -> bytes:
    return element("1f43b675", element("e7", b"\0") + element("a3", b"\x81\0\0" + block))


def avi(channels: int = 2, rate: int = 48_000, length: int = 1000, scale: int = 1) -> bytes:
    def chunk(name: bytes, content: bytes) -> bytes:
        return name + struct.pack("<I", len(content)) + content

    format_ = chunk(b"strf", struct.pack("<HHIIHH", 1, channels, rate, rate * 4 & 0xFFFFFFFF, 4, 16))
    header = chunk(b"strh", b"auds" + struct.pack("<IIIIIIIIIII", 0, 0, 0, 0, scale, 8, 0, length, 0, 0, 4) + bytes(8))
    main = chunk(b"avih", struct.pack("<14I", 125_000, 0, 0, 16, length, 0, 1, 0, 0, 0, 0, 0, 0, 0))
    lists = chunk(b"LIST", b"hdrl" + main + chunk(b"LIST", b"strl" + header + format_))
    return chunk(b"RIFF", b"AVI " + lists + chunk(b"LIST", b"movi" + chunk(b"00wb", bytes(4000))))


HOURS = 3600 * 1000  # of thousandths
SOUND = cluster(bytes(4000))
PLAIN = {"a.wav": wav(), "a.mp4": mp4(samples=900, lasting=1), "a.mkv": mkv(behind=SOUND), "a.avi": avi()}
CLAIMS = {
    "channels.wav": (wav(channels=60_000, align=65_535), "no sound"),
    "rate.wav": (wav(rate=10**9), "claims 1000000000 samples a second, as no film has"),
    "slow.wav": (wav(rate=1), "claims 1 samples a second"),
    "many-channels.wav": (wav(channels=255, align=510), "claims 255 channels"),
    "channels.mp4": (mp4(channels=65_535), "no sound"),
    "hours.mp4": (mp4(duration=100 * HOURS, lasting=100 * HOURS), "claims a length of 100 hours"),
    "channels.mkv": (mkv(channels=10**9, behind=SOUND), "no sound"),
    "rate.mkv": (mkv(rate=1e9, behind=SOUND), "claims 1000000000 samples a second"),
    "hours.mkv": (mkv(duration=100.0 * HOURS, behind=SOUND), "claims a length of 100 hours"),
    "element.mkv": (mkv(behind=element("1f43b675", b"\xa3", size=2**56 - 3)), "no sound"),
    "lacing.mkv": (mkv(behind=cluster(b"\x06\xff" + b"\xff" * 300)), "no sound"),
    "private.mkv": (mkv(behind=element("63a2", b"", size=2**40)), "not a media file"),
    "rate.avi": (avi(rate=10**9), "claims 1000000000 samples a second"),
    "deep.mp4": (box(b"ftyp", b"isom") + b"".join(struct.pack(">I", 80_000 - 8 * n) + b"moov" for n in range(9_999)), "not a media file"),
    "large-box.mp4": (box(b"ftyp", b"isom") + struct.pack(">I4sQ", 1, b"moov", 2**62) + bytes(100), ""),
    "table.mp4": (mp4(samples=2**32 - 1, size=0, lasting=0), "not a media file"),
    # A few hundred bytes that ask for tables of gigabytes.
    "samples.mp4": (mp4(samples=10**9, size=1, lasting=2, duration=1000).replace(b"sowt", b".mp3"), ""),
    "fewer-samples.mp4": (mp4(samples=30_000_000, size=1, lasting=2, duration=1000).replace(b"sowt", b".mp3"), ""),
}


def test_plain_heads_are_heard(tmp_path: Path, decoder: decoding.Decoder) -> None:
    """So that it is the claims for which the others are refused."""
    for name, content in PLAIN.items():
        (tmp_path / name).write_bytes(content)
        assert len(b"".join(decoder.blocks(tmp_path / name, 0, PATIENCE, []))) > 300


@pytest.mark.parametrize("name", CLAIMS)
def test_absurd_claims_are_refused(tmp_path: Path, decoder: decoding.Decoder, name: str) -> None:
    content, reason = CLAIMS[name]
    path = tmp_path / name
    path.write_bytes(content)
    assert (decoder.promised_length(path, PATIENCE) or 0) <= audio.LONGEST
    assert reason in refused(decoder, path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("samples.mp4", mp4(samples=100 * 3600, lasting=1000)),
        ("no-rate.mkv", mkv(rate=float("nan"), behind=SOUND)),
        ("eternity.mkv", mkv(duration=float("inf"), behind=SOUND)),
        ("hours.avi", avi(length=8 * 3600 * 100, scale=8)),
    ],
)
def test_of_claims_that_are_no_claims_no_more_is_heard_than_is_there(
    tmp_path: Path, decoder: decoding.Decoder, name: str, content: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert 300 < len(b"".join(decoder.blocks(path, 0, PATIENCE, []))) < 4000


@pytest.mark.skipif(sys.platform != "linux", reason="the memory another process has taken at most is read from /proc")
def test_no_claim_took_much_memory(decoder: decoding.Decoder) -> None:
    """Of all files before: a decoder may take no more, and what asks for gigabytes gets none."""
    assert peak_memory(decoder) < decoding.MOST_MEMORY


def test_sound_of_more_hours_than_a_film_has_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio, "LONGEST", 20)
    path = tmp_path / "film.flac"
    soundfile.write(path, np.zeros(60 * 8000, np.int16), 8000)
    content = bytearray(path.read_bytes())
    content[21] &= 0xF0
    content[22:26] = bytes(4)  # its number of samples is unknown
    path.write_bytes(content)
    coming = audio.blocks(path)
    assert sum(len(next(coming)) for _ in range(2)) == 20 * 8000
    with pytest.raises(AudioError, match=r"film\.flac: has more than 0 hours of sound; cut it into parts"):
        next(coming)
