"""Everything the models say of one recording, in one pass: `leitmotif tag` and the Tag page."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis import aggregation, attributes, detection, tiles
from analysis.audio import SAMPLE_RATE, decode
from analysis.spectrograms import WINDOW_SECONDS
from errors import AudioError
from models import registry
from models.labels import ATTRIBUTES, ORDERED_ATTRIBUTES, SOUND_CLASSES

SHORTEST = 3  # s
GENRE_MODELS = {"film_genres": "film_genre", "album_genre": "track_genre"}


@dataclass(frozen=True)
class Tagged:
    """What was heard in a recording.

    answers : as `leitmotif tag --json` prints it (docs/tagging.md)
    seconds, segments : tables as of a film (docs/data-dictionary.md); segments has a row for each stretch that was described
    """

    answers: dict[str, Any]
    seconds: pd.DataFrame
    segments: pd.DataFrame


def tag(path: Path) -> Tagged:
    """Listen to a recording of 3 s or more, of any format and length.

    Raises AudioError if it has no sound that can be decoded, or is too short.
    """
    signal = decode(path).signal
    if len(signal) < SHORTEST * SAMPLE_RATE:
        raise AudioError(f"{path}: lasts {len(signal) / SAMPLE_RATE:.1f} s; {SHORTEST} s are needed to describe a recording")
    return describe(signal, path.name)


def describe(signal: np.ndarray, name: str, begins: Callable[[str], None] = lambda stage: None) -> Tagged:
    """The answers for a signal.

    The stretches of music of 10 s and more are described. Where there is none, as in a clip of a few seconds, the whole recording is
    described as if it were music: `described` says which. What lasts less than a window is repeated until it fills one.

    Parameters
    ----------
    signal : np.ndarray [shape=(n,), int16] at SAMPLE_RATE, at least SHORTEST seconds
    name : of the recording, for `file`
    begins : is told each stage as it begins: detect, describe, genres
    """
    begins("detect")
    seconds = detection.seconds(signal)
    runs = detection.runs(seconds["label"])
    described = "music" if runs else "whole recording"
    if not runs:
        signal = np.resize(signal, max(len(signal), WINDOW_SECONDS * SAMPLE_RATE))
        runs = [(0, len(signal) // SAMPLE_RATE)]
    begins("describe")
    windows = attributes.windows(signal, runs)
    segments = aggregation.segments(windows, runs, seconds)
    shares = aggregation.percentages([(seconds["label"] == sound).sum() for sound in SOUND_CLASSES])
    figures = aggregation.music_figures(segments)
    begins("genres")
    answers: dict[str, Any] = {
        "file": name,
        "duration": len(seconds),
        **dict(zip(SOUND_CLASSES, (round(share / 100, 4) for share in shares), strict=True)),
        "described": described,
        "genre": _probabilities(windows, "genre"),
        **_genres(np.concatenate([signal[start * SAMPLE_RATE : end * SAMPLE_RATE] for start, end in runs])),
    }
    for attribute in ORDERED_ATTRIBUTES:
        chances = _probabilities(windows, attribute)
        answers[attribute] = {"level": max(chances, key=lambda level: chances[level]), "p": chances, "value": figures[f"{attribute}_mean"]}
    return Tagged(answers | {name: figures[name] for name in aggregation.MUSIC_FIGURES}, seconds, segments)


def _probabilities(windows: pd.DataFrame, attribute: str) -> dict[str, float]:
    means = windows[aggregation.probability_columns(attribute)].mean()
    return {name: round(float(p), 4) for name, p in zip(ATTRIBUTES[attribute], means, strict=True)}


def _genres(music: np.ndarray) -> dict[str, dict[str, float]]:
    """Film genres and album genres, the mean over the recording's tiles, the likeliest first."""
    sound = tiles.listen(music)
    found = {}
    for answer, name in GENRE_MODELS.items():
        model = registry.load(name)
        means = model.predict_proba(getattr(tiles, model.features)(sound)).mean(axis=0)
        ranked = np.argsort(-means, kind="stable")
        found[answer] = {model.classes[i]: round(float(means[i]), 4) for i in ranked}
    return found
