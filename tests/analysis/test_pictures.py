"""Pictures of every kind are read as they are meant to be seen; what is none is refused in a line."""

from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from analysis import pictures
from errors import PictureError

NOISE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (60, 40, 3), dtype=np.uint8))


def saved(picture, kind, **options):
    content = BytesIO()
    picture.save(content, kind, **options)
    return content.getvalue()


def colour(picture):
    return tuple(int(value) for value in np.asarray(picture)[0, 0])


@pytest.mark.parametrize("kind", pictures.FORMATS)
def test_every_format_is_read(kind, tmp_path):
    path = tmp_path / "picture"
    path.write_bytes(saved(NOISE, kind))
    found = pictures.read(path)
    assert (found.mode, found.size) == ("RGB", (40, 60))


def test_a_picture_is_turned_upright():
    exif = Image.Exif()
    exif[274] = 6  # orientation: to be turned by 90 degrees
    assert pictures.decode(saved(NOISE, "JPEG", exif=exif), "turned").size == (60, 40)


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        (Image.new("RGBA", (20, 20), (255, 0, 0, 0)), (255, 255, 255)),
        (Image.new("RGBA", (20, 20), (255, 0, 0, 255)), (255, 0, 0)),
        (Image.new("LA", (20, 20), (0, 0)), (255, 255, 255)),
        (Image.new("L", (20, 20), 100), (100, 100, 100)),
        (Image.new("1", (20, 20), 1), (255, 255, 255)),
        (Image.fromarray(np.full((20, 20), 257 * 155, np.uint16)), (155, 155, 155)),
        (Image.new("P", (20, 20), 0), (0, 0, 0)),
    ],
)
def test_grey_and_transparent_pictures(picture, expected):
    assert colour(pictures.decode(saved(picture, "PNG"), "picture")) == expected


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "poster.jpg: the file is empty"),
        (b"no picture at all", "poster.jpg: is not a picture"),
        (saved(NOISE, "JPEG")[:400], "poster.jpg: the picture is damaged"),
        (saved(NOISE, "PNG")[:400], "poster.jpg: the picture is damaged"),
        (saved(Image.new("1", (10_000, 5_000)), "PNG"), "poster.jpg: pictures may have up to 40 million pixels"),
        (saved(Image.new("1", (20_000, 20_000)), "PNG"), "poster.jpg: pictures may have up to 40 million pixels"),
        (saved(Image.new("RGB", (4, 300)), "PNG"), "poster.jpg: is 4 x 300 pixels"),
    ],
)
def test_what_cannot_be_looked_at_is_refused(content, said):
    with pytest.raises(PictureError) as refused:
        pictures.decode(content, "poster.jpg")
    assert str(refused.value).startswith(said)
    assert "\n" not in str(refused.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(PictureError, match=r"none\.jpg: cannot be read"):
        pictures.read(tmp_path / "none.jpg")


@settings(max_examples=60, deadline=None)
@given(kind=st.sampled_from(pictures.FORMATS), at=st.floats(0, 1), value=st.integers(0, 255), cut=st.booleans())
def test_a_damaged_picture_is_read_or_refused(kind, at, value, cut):
    content = bytearray(saved(NOISE, kind))
    place = int(at * (len(content) - 1))
    content[place] = value
    try:
        found = pictures.decode(bytes(content[:place] if cut else content), "picture")
    except PictureError:
        return
    assert found.mode == "RGB"


def test_pixels_have_the_size_asked_for():
    assert pictures.pixels(NOISE, 96, 144).shape == (144, 96, 3)
