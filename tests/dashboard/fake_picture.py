"""What might be seen in a picture, without looking at any; and pictures drawn by the program."""

from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from dashboard.hearing import Progress
from dashboard.seeing import Seen

NAME = "<i>Плакат</i> & Co 🎬.png"


def drawn(kind: str = "PNG", size: tuple[int, int] = (240, 360)) -> bytes:
    """A picture's file: a dusk over dark water."""
    picture = Image.linear_gradient("L").resize(size)
    content = BytesIO()
    Image.merge("RGB", (picture, picture.point(lambda v: v // 2), picture.point(lambda v: 90 - v // 4))).save(content, kind)
    return content.getvalue()


def answers(name: str = NAME) -> dict[str, Any]:
    """Answers in the shape of analysis.posters' and analysis.scenes'."""
    return {
        "file": name,
        "genres": {"horror": 0.62, "drama": 0.2, "action": 0.1, "comedy": 0.05, "animation": 0.03},
        "all_genres": {"Horror": 0.7, "Thriller": 0.55, "Drama": 0.4, "Mystery": 0.3} | {f"Genre {i}": 0.05 for i in range(16)},
        "emotions": {"sad": 0.71, "angry": 0.25, "happy": 0.04},
        "neutral": 0.12,
        "valence": 2.8,
        "arousal": 3.3,
    }


def seen(name: str = NAME) -> Seen:
    """A poster."""
    return Seen(answers(name), 240, 360, drawn("JPEG"))


def look(_path: Path, name: str, progress: Progress) -> Seen:
    """Looks at once."""
    for stage in ("decode", "look"):
        progress(stage, None)
    return seen(name)
