"""What might be heard in a recording, without listening to any."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis import aggregation
from dashboard.hearing import Heard, Progress, Spectrogram
from models.labels import ATTRIBUTES, GENRES, SOUND_CLASSES

NAME = "<b>Ночь</b> & Sons 🎬.flac"
RUNS = ((0, 40), (52, 80))


def answers(name: str = NAME, described: str = "music") -> dict[str, Any]:
    """Answers in the shape of analysis.tagging's."""
    levels = {"danceability": "high", "valence": "neutral", "energy": "low"}
    genre = dict.fromkeys(GENRES, 0.04) | {"jazz": 0.6, "classical": 0.08}
    found: dict[str, Any] = {
        "file": name, "duration": 90, "music": 0.7556, "speech": 0.1333, "other": 0.1111, "described": described, "genre": genre,
        "recording": {"music": 0.9, "speech": 0.07, "other": 0.03},
        "film_genres": {"Drama": 0.8, "Romance": 0.5, "Comedy": 0.4, "Action": 0.1},
        "album_genre": {f"Genre {i}": 0.3 if i == 0 else 0.7 / 15 for i in range(16)},
        "album_genre_task": "genre of a recording, among those of your own clips",
        "tempo": 118.4, "beat": 0.64, "loudness": -18.25,
    }  # fmt: skip
    for attribute, level in levels.items():
        chances = dict.fromkeys(ATTRIBUTES[attribute], 0.15) | {level: 0.7}
        found[attribute] = {"level": level, "p": chances, "value": 0.42}
    return found


def heard(name: str = NAME, described: str = "music", duration: int = 90) -> Heard:
    """A recording with two stretches of music, or one that was described as a whole."""
    runs = RUNS if described == "music" else ((0, max(duration, 10)),)
    label = np.full(duration, "other", dtype=object)
    if described == "music":
        for start, end in runs:
            label[start:end] = "music"
    seconds = pd.DataFrame({"second": np.arange(duration, dtype="int32"), "label": label})
    seconds[[f"p_{sound}" for sound in SOUND_CLASSES]] = np.float32(1 / 3)
    said = {"genre": "jazz", "danceability": "high", "valence": "neutral", "energy": "low"}
    rows = [{"segment": i, "start": start, "end": end, "duration": end - start, **said} for i, (start, end) in enumerate(runs)]
    segments = pd.DataFrame(rows).reindex(columns=aggregation.segment_columns(), fill_value=0.5)
    levels = np.random.default_rng(0).integers(0, 160, (128, duration * 10)).astype(np.uint8)
    return Heard(
        answers(name, described) | {"duration": duration}, seconds, segments, Spectrogram(levels, np.geomspace(20, 3900, 128), 0.1)
    )


def listen(_path: Path, name: str, progress: Progress) -> Heard:
    """Listens at once."""
    for stage in ("decode", "detect", "describe", "genres"):
        progress(stage, None)
    return heard(name)
