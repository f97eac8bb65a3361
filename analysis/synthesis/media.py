"""Write a soundtrack and its title cards as a media file that any player opens (H.264 or MPEG-4, AAC; mp4 or mkv)."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.video.stream import VideoStream
from PIL import Image, ImageDraw, ImageFont

from analysis.synthesis.render import RATE

SIZE = (640, 360)
FRAMES_PER_SECOND = 1  # the picture is a still
BIT_RATES = {2: 128_000, 6: 320_000}  # of the audio, by number of channels
LAYOUTS = {2: "stereo", 6: "5.1"}


def write_film(path: Path, sound: np.ndarray, cards: Sequence[Image.Image], tags: Mapping[str, str]) -> None:
    """Encode a film.

    Parameters
    ----------
    path : ends with .mp4 or .mkv
    sound : np.ndarray [shape=(2 or 6, n), float32] at RATE
    cards : the picture of each second, of SIZE
    tags : container metadata
    """
    channels = sound.shape[0]
    with av.open(str(path), "w") as container:
        container.metadata.update(tags)
        video = _video_stream(container)
        audio = container.add_stream("aac", rate=RATE, layout=LAYOUTS[channels], bit_rate=BIT_RATES[channels])
        audio.options = {"aac_coder": "fast"}  # half the time of the default coder; at these bit rates nobody hears a difference
        for second, card in enumerate(cards):
            container.mux(video.encode(_picture(card, second)))
            container.mux(audio.encode(_samples(sound, second)))
        for stream in (video, audio):
            container.mux(stream.encode(None))


def title_cards(title: str, director: str, colour: str, captions: Sequence[str]) -> Iterator[Image.Image]:
    """A title card for each second; successive seconds of one caption share the image."""
    card, shown = None, None
    for caption in captions:
        if card is None or caption != shown:
            card, shown = _card(title, director, colour, caption), caption
        yield card


def _card(title: str, director: str, colour: str, caption: str) -> Image.Image:
    card = Image.new("RGB", SIZE, colour)
    draw = ImageDraw.Draw(card)
    middle = SIZE[0] / 2
    for y, size, text, shade in (
        (110, 34, title, "#ffffff"),
        (165, 19, f"a film by {director}", "#d8d8d8"),
        (255, 17, caption, "#f0c674"),
        (330, 14, "synthetic demo film, made by leitmotif", "#b0b0b0"),
    ):
        draw.text((middle, y), text, font=_font(size), fill=shade, anchor="mm")
    return card


def _font(size: int) -> ImageFont.FreeTypeFont:
    """DejaVu Sans as matplotlib brings it: it has Greek and Cyrillic letters, Pillow's own font has not."""
    from matplotlib import get_data_path

    return ImageFont.truetype(str(Path(get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"), size)


def _video_stream(container: av.container.OutputContainer) -> VideoStream:
    codec = "libx264" if "libx264" in av.codecs_available else "mpeg4"
    stream = cast(VideoStream, container.add_stream(codec, rate=FRAMES_PER_SECOND))
    stream.width, stream.height = SIZE
    stream.pix_fmt = "yuv420p"
    if codec == "libx264":
        stream.options = {"preset": "ultrafast", "tune": "stillimage"}
    return stream


def _picture(card: Image.Image, second: int) -> av.VideoFrame:
    frame = av.VideoFrame.from_image(card)
    frame.pts, frame.time_base = second, Fraction(1)
    return frame


def _samples(sound: np.ndarray, second: int) -> av.AudioFrame:
    first = second * RATE
    piece = np.ascontiguousarray(sound[:, first : first + RATE])
    frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout=LAYOUTS[len(sound)])
    frame.sample_rate, frame.pts, frame.time_base = RATE, first, Fraction(1, RATE)
    return frame
