"""What is done with a file that was given to the Tag page: a recording is listened to, a picture looked at."""

from collections.abc import Callable
from mimetypes import guess_type
from pathlib import Path

from dashboard.hearing import Heard, Progress, listen_to
from dashboard.seeing import Seen, is_picture, look_at, unreadable
from errors import AudioError

Found = Heard | Seen
Examine = Callable[[Path, str, Progress], Found]

DECODE = "decode"
# What becomes of each kind of file, in this order.
STAGES = {"recording": (DECODE, "detect", "describe", "genres"), "picture": (DECODE, "look")}


def examine(path: Path, name: str, progress: Progress) -> Found:
    """Find out what a file is, by its content and not by its name, and what the models say of it.

    Parameters
    ----------
    path : the file; it need not have an ending
    name : what it is called
    progress : is told each stage as it begins, one of STAGES

    Raises
    ------
    AudioError, PictureError : it is neither a recording nor a picture, or one that is too small, too large or damaged
    ModelError : a model's weights are missing or altered
    """
    if is_picture(path):
        return look_at(path, name, progress)
    try:
        return listen_to(path, name, progress)
    except AudioError as error:
        if (guess_type(name)[0] or "").startswith("image/"):  # who gives a picture is not told that it has no sound
            raise unreadable(name) from error
        raise
