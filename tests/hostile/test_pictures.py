"""Damaged pictures, and small ones that swell, are looked at or refused in one line."""

import io
import json
import subprocess
import sys
import textwrap
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from analysis import pictures
from errors import PictureError
from tests.hostile.damage import PATIENCE, damaged, one_line, within

SEEDS = 80  # damaged pictures of each kind
NOISE = np.random.default_rng(0).integers(0, 256, (48, 40, 3), np.uint8)


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    content = io.BytesIO()
    picture.save(content, kind, **options)
    return content.getvalue()


def _kinds() -> dict[str, bytes]:
    picture = Image.fromarray(NOISE)
    smooth = picture.resize((200, 160))
    exif = Image.Exif()
    exif[274], exif[270] = 6, "a poster"
    return {
        "JPEG": saved(smooth, "JPEG", exif=exif),
        "progressive JPEG": saved(smooth, "JPEG", progressive=True),
        "PNG": saved(picture, "PNG"),
        "PNG of 16 bits": saved(Image.fromarray(NOISE[..., 0].astype(np.uint16) * 257), "PNG"),
        "PNG with colours": saved(picture.quantize(16), "PNG", transparency=3),
        "WEBP": saved(smooth, "WEBP"),
        "lossless WEBP": saved(picture.convert("RGBA"), "WEBP", lossless=True),
        "GIF": saved(picture.quantize(16), "GIF", save_all=True, append_images=[smooth.quantize(8).resize((40, 48))]),
        "AVIF": saved(smooth, "AVIF"),
        "BMP": saved(picture, "BMP"),
        "TIFF": saved(smooth, "TIFF", compression="tiff_lzw"),
        "TIFF of JPEG": saved(smooth, "TIFF", compression="jpeg"),
    }


KINDS = _kinds()


def _mended(content: bytes) -> bytes:
    """A PNG whose checksums hold again, so that the damage is not noticed by them."""
    mended, place = bytearray(content), 8
    while place + 12 <= len(content):
        length = int.from_bytes(content[place : place + 4])
        end = place + 8 + length
        if end + 4 > len(content):
            break
        mended[end : end + 4] = zlib.crc32(content[place + 4 : end]).to_bytes(4)
        place = end + 4
    return bytes(mended)


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_picture_is_looked_at_or_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "poster.jpg"
    outcomes = {"seen": 0, "refused": 0}
    for seed in range(SEEDS):
        content = damaged(KINDS[kind], seed)
        path.write_bytes(_mended(content) if kind.startswith("PNG") and seed % 2 else content)
        try:
            with within(PATIENCE):
                found = pictures.read(path)
        except PictureError as error:
            assert str(path) in one_line(error), f"seed {seed}"
            outcomes["refused"] += 1
        else:
            assert found.mode == "RGB" and found.width * found.height <= pictures.MOST_PIXELS, f"seed {seed}"
            outcomes["seen"] += 1
    # The checksums within a PNG leave next to nothing of a damaged one.
    assert outcomes["refused"] and (outcomes["seen"] or kind.startswith("PNG")), outcomes


def test_a_picture_drawn_over_and_over_is_refused() -> None:
    """A JPEG may repeat its last scan any number of times, in a few bytes each."""
    whole = saved(Image.new("RGB", (4000, 4000)), "JPEG", progressive=True)
    table = whole.rfind(b"\xff\xc4")
    with within(PATIENCE), pytest.raises(PictureError, match="bomb: is drawn in more than 100 steps"):
        pictures.decode(whole[:-2] + whole[table:-2] * 100_000 + b"\xff\xd9", "bomb")


BOMBS = """
    import io, json, resource, sys
    import numpy as np
    from PIL import Image
    from analysis import pictures
    from errors import PictureError
    from tests.hostile.test_pictures import saved

    side = int(pictures.MOST_PIXELS ** 0.5)
    small = {kind: saved(Image.new("1", (side + shift, side)), kind) for kind, shift in (("PNG", 0), ("TIFF", 10))}
    small["grey"] = saved(Image.fromarray(np.zeros((side, side), np.uint16)), "PNG", compress_level=1)
    head = bytearray(saved(Image.new("RGB", (64, 64)), "BMP"))
    head[18:26] = (10**5).to_bytes(4, "little") * 2
    small["claim"] = bytes(head)
    found = {}
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")
    for name, content in small.items():
        try:
            found[name] = str(pictures.decode(content, name).size)
        except PictureError as error:
            found[name] = str(error)
    with open("/proc/self/status") as file:
        [peak] = [int(line.split()[1]) >> 10 for line in file if line.startswith("VmHWM")]
    print(json.dumps([found, peak]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the memory a process has taken at most is read from /proc")
def test_a_picture_that_swells_is_refused_before_it_does() -> None:
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(BOMBS)], capture_output=True, text=True, check=True, timeout=120)
    found, peak = json.loads(done.stdout)
    side = int(pictures.MOST_PIXELS**0.5)
    assert found["PNG"] == found["grey"] == str((side, side))
    assert "may have up to 40 million pixels" in found["TIFF"] and "may have up to 40 million pixels" in found["claim"]
    assert peak < 450  # MiB; the largest picture that is taken has 120 as RGB
