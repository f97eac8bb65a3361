"""Read any picture as RGB pixels: posters, photographs of scenes, album covers."""

import warnings
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from errors import PictureError

FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP", "TIFF")
MOST_PIXELS = 40_000_000  # decoded, this is 120 MB; a small file can claim far more
MOST_SCANS = 100  # of a JPEG, which may go over the whole picture any number of times; usual are 1 to 12
SMALLEST = 16  # pixels on either side: of less nothing can be said
_SCAN = b"\xff\xda"
BACKGROUND = (255, 255, 255)  # behind what is transparent


def read(path: Path) -> Image.Image:
    """A picture as RGB, upright as its EXIF says, the first of an animation, transparency over white.

    Raises PictureError when the file is missing, empty, no picture, damaged, smaller than SMALLEST or larger than MOST_PIXELS.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise PictureError(f"{path}: cannot be read ({error.strerror}); give a picture file") from error
    return decode(content, str(path))


def decode(content: bytes, name: str) -> Image.Image:
    """As `read`, from a file's content; `name` stands in the errors."""
    if not content:
        raise PictureError(f"{name}: the file is empty; give a picture")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the size is checked below, other warnings are about metadata
            picture = Image.open(BytesIO(content), formats=FORMATS)
            _check_size(picture, name)
            if picture.format == "JPEG" and content.count(_SCAN) > MOST_SCANS:
                raise PictureError(f"{name}: is drawn in more than {MOST_SCANS} steps; save it again")
            return _rgb(ImageOps.exif_transpose(picture))
    except Image.DecompressionBombError as error:
        raise PictureError(f"{name}: {_too_large()}") from error
    except Image.UnidentifiedImageError as error:
        raise PictureError(f"{name}: is not a picture that can be read; give one of {', '.join(FORMATS)}") from error
    except (
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
        OverflowError,
        RuntimeError,
        MemoryError,
    ) as error:  # what Pillow raises for damaged files
        raise PictureError(f"{name}: the picture is damaged ({error}); save it again") from error


def pixels(picture: Image.Image, width: int, height: int) -> np.ndarray:
    """A picture squeezed into a size [shape=(height, width, 3), uint8]."""
    return np.asarray(picture.resize((width, height), Image.Resampling.BICUBIC, reducing_gap=3.0))


def _check_size(picture: Image.Image, name: str) -> None:
    width, height = picture.size
    if width * height > MOST_PIXELS:
        raise PictureError(f"{name}: {_too_large()}, this one has {width} x {height}")
    if min(width, height) < SMALLEST:
        raise PictureError(f"{name}: is {width} x {height} pixels; at least {SMALLEST} on either side are needed")


def _too_large() -> str:
    return f"pictures may have up to {MOST_PIXELS // 10**6} million pixels; give a smaller one"


def _rgb(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I"):  # 16 bits of grey, which Pillow would cut off at 255
        picture = Image.fromarray((np.asarray(picture) // 257).clip(0, 255).astype(np.uint8))
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        front = picture.convert("RGBA")
        picture = Image.new("RGB", front.size, BACKGROUND)
        picture.paste(front, mask=front)
    return picture.convert("RGB")
