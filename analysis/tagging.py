"""Everything the models say of one recording, in one pass: `leitmotif tag` and the Tag page."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis import aggregation, attributes, decoding, detection, tiles
from analysis.audio import SAMPLE_RATE
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


def tag(path: Path, detector: str = detection.DEFAULT_DETECTOR) -> Tagged:
    """Listen to a recording of 3 s or more, of any format and length; `detector` is one of detection.DETECTORS.

    Raises AudioError if it has no sound that can be decoded, or is too short.
    """
    with decoding.decode(path)[0] as sound:
        signal = sound[:]
    if len(signal) < SHORTEST * SAMPLE_RATE:
        raise AudioError(f"{path}: lasts {len(signal) / SAMPLE_RATE:.1f} s; {SHORTEST} s are needed to describe a recording")
    return describe(signal, path.name, detector)


def describe(
    signal: np.ndarray, name: str, detector: str = detection.DEFAULT_DETECTOR, begins: Callable[[str], None] = lambda stage: None
) -> Tagged:
    """The answers for a signal.

    The stretches of music of 10 s and more are described. Where there is none, as in a clip of a few seconds, the whole recording is
    described as if it were music: `described` says which. What lasts less than a window is repeated until it fills one.

    Parameters
    ----------
    signal : np.ndarray [shape=(n,), int16] at SAMPLE_RATE, at least SHORTEST seconds
    name : of the recording, for `file`
    detector : one of detection.DETECTORS
    begins : is told each stage as it begins: detect, describe, genres
    """
    begins("detect")
    seconds = detection.seconds(signal, detector)
    runs = detection.runs(seconds["label"])
    recording = detection.recording(signal)
    described = "music" if runs else "whole recording"
    if not runs:
        signal = np.resize(signal, max(len(signal), WINDOW_SECONDS * SAMPLE_RATE))
        runs = [(0, len(signal) // SAMPLE_RATE)]
    begins("describe")
    measured = attributes.describe(signal, runs)
    windows = attributes.predict(measured, runs)
    segments = aggregation.segments(windows, runs, seconds)
    segments["end"] = segments["end"].clip(upper=len(seconds))  # a clip was repeated to fill a window
    segments["duration"] = segments["end"] - segments["start"]
    shares = aggregation.percentages([(seconds["label"] == sound).sum() for sound in SOUND_CLASSES])
    figures = aggregation.music_figures(segments)
    begins("genres")
    music = np.concatenate([signal[start * SAMPLE_RATE : end * SAMPLE_RATE] for start, end in runs])
    answers: dict[str, Any] = {
        "file": name,
        "duration": len(seconds),
        **dict(zip(SOUND_CLASSES, (round(share / 100, 4) for share in shares), strict=True)),
        "recording": recording,
        "described": described,
        "genre": _probabilities(windows, "genre"),
        **{answer: genres(model, measured.table, music) for answer, model in GENRE_MODELS.items()},
        "album_genre_task": registry.card(GENRE_MODELS["album_genre"])["task"],  # whose genres they are depends on its training
    }
    for attribute in ORDERED_ATTRIBUTES:
        chances = _probabilities(windows, attribute)
        answers[attribute] = {"level": max(chances, key=lambda level: chances[level]), "p": chances, "value": figures[f"{attribute}_mean"]}
    return Tagged(answers | {name: figures[name] for name in aggregation.MUSIC_FIGURES}, seconds, segments)


def _probabilities(windows: pd.DataFrame, attribute: str) -> dict[str, float]:
    means = windows[aggregation.probability_columns(attribute)].mean()
    return {name: round(float(p), 4) for name, p in zip(ATTRIBUTES[attribute], means, strict=True)}


def genres(name: str, table: np.ndarray, music: np.ndarray) -> dict[str, float]:
    """What a model of genres says, the mean over the windows, the likeliest first.

    Parameters
    ----------
    name : of the model
    table : descriptors of the music's windows (analysis.descriptors)
    music : np.ndarray [shape=(n,), int16] at SAMPLE_RATE
    """
    model = registry.load(name)
    # The ancestors' networks, which can be trained to take these models' places, hear something else.
    heard = table if model.features == "descriptors" else getattr(tiles, model.features)(tiles.listen(music))
    means = model.predict_proba(heard).mean(axis=0)
    return {model.classes[i]: round(float(means[i]), 4) for i in np.argsort(-means, kind="stable")}


SEGMENT_COLUMNS = ("start", "end", *ATTRIBUTES, *aggregation.MUSIC_FIGURES)
_RANKED = 3  # answers of a ranking that are printed


def lines(answers: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """The answers as rows of a table: what, the likeliest answer, its probability, and what else there is to know."""
    for question in ("recording", "genre", "film_genres", "album_genre"):
        ranked = sorted(answers[question].items(), key=lambda pair: -pair[1])
        others = ", ".join(f"{name} {p:.2f}" for name, p in ranked[1:_RANKED])
        whose = f"; {answers['album_genre_task']}" if question == "album_genre" else ""
        yield question.replace("_", " "), ranked[0][0], f"{ranked[0][1]:.2f}", others + whose
    for attribute in ORDERED_ATTRIBUTES:
        found = answers[attribute]
        yield attribute, found["level"], f"{found['p'][found['level']]:.2f}", f"value {found['value']:.2f} of 0 to 1"
    yield "tempo", f"{answers['tempo']:.0f} a minute", "", f"beat {answers['beat']:.2f}, loudness {answers['loudness']:.1f} dB"
    heard = ", ".join(f"{sound} {answers[sound]:.0%}" for sound in SOUND_CLASSES)
    yield "heard", heard, "", f"described: {answers['described']}"


def segment_lines(segments: pd.DataFrame) -> Iterator[tuple[str, ...]]:
    """Rows of a table of segments, in the order of SEGMENT_COLUMNS."""
    for row in segments.to_dict("records"):
        voted = (f"{row[attribute]} {row[f'{attribute}_p']:.2f}" for attribute in ATTRIBUTES)
        yield (f"{row['start']} s", f"{row['end']} s", *voted, f"{row['tempo']:.0f}", f"{row['beat']:.2f}", f"{row['loudness']:.1f} dB")
