"""Soundtracks from cues: a timeline of labelled spans, each with its sounds, mixed to stereo or 5.1 together with its truth.

Policy of the labels: speech over music is speech; singing is music; silence is other; music with rain under it is music.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.signal

from analysis.synthesis.render import RATE, limit

STEMS = ("music", "speech", "effects")
SURROUND_CHANNELS = ("FL", "FR", "FC", "LFE", "BL", "BR")  # ffmpeg's order for "5.1"


@dataclass(frozen=True)
class Layer:
    """A sound that begins with its cue and may outlast it.

    stem : one of STEMS
    sound : np.ndarray [shape=(2, n), float32] at RATE
    gain : dB
    """

    stem: str
    sound: np.ndarray
    gain: float = 0.0


@dataclass(frozen=True)
class Cue:
    """A span of the timeline: whole seconds, the label that is true of it, and what begins to sound in it.

    attributes : for music its genre, danceability, valence and energy
    """

    seconds: int
    label: str
    name: str
    layers: tuple[Layer, ...] = ()
    attributes: dict[str, str] = field(default_factory=dict)


def truth(cues: Sequence[Cue]) -> dict[str, Any]:
    """The truth timeline: {"duration", "synthetic", "items": [{"start", "end", "label", "name", ...}]}, in seconds."""
    items, start = [], 0
    for cue in cues:
        items.append({"start": start, "end": start + cue.seconds, "label": cue.label, "name": cue.name, **cue.attributes})
        start += cue.seconds
    return {"duration": start, "synthetic": True, "items": items}


def stems(cues: Sequence[Cue]) -> dict[str, np.ndarray]:
    """Sum the layers stem by stem: np.ndarray [shape=(2, n), float32] for each of STEMS."""
    length = sum(cue.seconds for cue in cues) * RATE
    mixed = {stem: np.zeros((2, length), np.float32) for stem in STEMS}
    start = 0
    for cue in cues:
        for layer in cue.layers:
            sound = layer.sound[:, : length - start]
            mixed[layer.stem][:, start : start + sound.shape[1]] += sound * np.float32(10 ** (layer.gain / 20))
        start += cue.seconds * RATE
    return mixed


def stereo(mixed: dict[str, np.ndarray]) -> np.ndarray:
    """Stems to np.ndarray [shape=(2, n), float32], peaks bent under -1 dBFS."""
    return limit(mixed["music"] + mixed["speech"] + mixed["effects"])


def surround(mixed: dict[str, np.ndarray]) -> np.ndarray:
    """Stems to 5.1 [shape=(6, n), float32]: dialogue in the centre, effects all round, music in front and a little behind."""
    sound = np.empty((len(SURROUND_CHANNELS), mixed["music"].shape[1]), np.float32)
    sound[:2] = mixed["music"] + 0.8 * mixed["effects"]
    sound[2] = mixed["speech"].mean(axis=0) * np.sqrt(2)
    low_pass = scipy.signal.butter(4, 120, fs=RATE, output="sos")
    sound[3] = scipy.signal.sosfilt(low_pass, sound[:2].mean(axis=0))
    sound[4:] = 0.3 * mixed["music"] + 0.5 * mixed["effects"]
    return limit(sound)


def duck(sound: np.ndarray, start: float, end: float, decibels: float) -> np.ndarray:
    """Lower a sound from `start` to `end` seconds, gliding half a second outside of them."""
    glide = 0.5
    times = np.arange(sound.shape[1]) / RATE
    gain = np.interp(times, [start - glide, start, end, end + glide], [0, decibels, decibels, 0])
    return (sound * 10 ** (gain / 20)).astype(np.float32)
