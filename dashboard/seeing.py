"""What is done with a picture that was given to the Tag page, from its file to its answers and a small copy to be shown."""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from dashboard.hearing import Progress
from errors import PictureError

MAX_BYTES = 30 * 2**20
PREVIEW = 800  # pixels of the copy's longer side at most
_QUALITY = 85
_HEAD = 32  # bytes that tell a format


@dataclass(frozen=True)
class Seen:
    """What was seen in a picture.

    answers : those of analysis.posters and analysis.scenes together
    width, height : of the picture in pixels, upright
    preview : the picture as JPEG, no larger than it is shown; without what else stood in its file, such as a place
    """

    answers: dict
    width: int
    height: int
    preview: bytes


def is_picture(path: Path) -> bool:
    """Whether a file begins as a picture of a kind that analysis.pictures reads."""
    from PIL import Image

    from analysis.pictures import FORMATS

    with path.open("rb") as file:
        head = file.read(_HEAD)
    Image.init()  # makes the formats known
    known = (accept for name in FORMATS if name in Image.OPEN for _, accept in [Image.OPEN[name]])
    return any(accept is not None and accept(head) is True for accept in known)  # a format that is not built in answers with words


def unreadable(name: str) -> PictureError:
    """What is said of a picture of another kind."""
    from analysis.pictures import FORMATS

    return PictureError(f"{name}: is not a picture that can be read; give one of {', '.join(FORMATS)}")


def look_at(path: Path, name: str, progress: Progress) -> Seen:
    """Look at a picture, as a poster and as a scene.

    Parameters
    ----------
    path : the file; it need not have an ending
    name : what it is called
    progress : is told each stage as it begins

    Raises
    ------
    PictureError : it is too large, too small or damaged
    ModelError : a model's weights are missing or altered
    """
    from analysis import pictures, posters, scenes  # the models behind them: only where they are used

    progress("decode", None)
    if (size := path.stat().st_size) > MAX_BYTES:
        raise PictureError(f"{name}: has {size / 2**20:.0f} MB; pictures may have up to {MAX_BYTES // 2**20} MB, save it smaller")
    picture = pictures.decode(path.read_bytes(), name)
    progress("look", None)
    answers = posters.describe(picture, name) | scenes.describe(picture, name)
    width, height = picture.size
    picture.thumbnail((PREVIEW, PREVIEW))
    preview = BytesIO()
    picture.save(preview, "JPEG", quality=_QUALITY)
    return Seen(answers, width, height, preview.getvalue())
