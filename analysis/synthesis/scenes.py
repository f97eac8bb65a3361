"""From a film's recipe to cues: writes and plays its music, speaks its lines, makes its effects.

A scene of the recipe (data/demo.json) is one of
  {"music": genre, "name", "seconds", "danceability", "valence", "energy", "with": effect, "dialogue": {"at": second, "lines": [...]}}
  {"speech": [[character, line], ...], "with": effect}
  {"effect": name, "seconds"}     {"silence": seconds}
where "with" (a sound underneath) and "dialogue" (spoken while the music goes on, more quietly) may be left out.
"""

import math
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from analysis.synthesis.effects import effect
from analysis.synthesis.mix import Cue, Layer, duck
from analysis.synthesis.music import Mood, arrange
from analysis.synthesis.render import RATE, level, limit, render, reverberate
from analysis.synthesis.speech import Line, say
from analysis.synthesis.styles import STYLES

SPEECH_LEVEL = -20.0  # dBFS RMS
UNDER_SPEECH = -16.0  # dB: music ducked under dialogue
EFFECT_UNDER = -13.0  # dB: an effect under speech or music
PAUSE = 0.35  # s between lines
LEAD_IN = 0.12  # s before the first line


def film_cues(film: dict[str, Any]) -> list[Cue]:
    """All cues of a film's recipe."""
    spoken = iter(say([_line(film, said) for scene in film["scenes"] for said in lines_of(scene)], RATE))
    cues: list[Cue] = []
    for place, scene in enumerate(film["scenes"]):
        seed = zlib.crc32(f"{film['title']}/{place}".encode())
        dialogue = join_lines([next(spoken) for _ in lines_of(scene)], seed)
        cues += scene_cues(scene, dialogue, seed)
    return cues


def lines_of(scene: dict[str, Any]) -> list[list[str]]:
    """The [character, line] pairs of a scene, if any."""
    return scene.get("speech") or scene.get("dialogue", {}).get("lines", [])


def scene_cues(scene: dict[str, Any], dialogue: np.ndarray, seed: int) -> list[Cue]:
    """Cues of one scene, whose lines are already spoken."""
    if "silence" in scene:
        return [Cue(scene["silence"], "other", "silence")]
    if "effect" in scene:
        name = scene["effect"]
        return [Cue(scene["seconds"], "other", name, (Layer("effects", effect(name, scene["seconds"], seed)),))]
    if "speech" in scene:
        seconds = math.ceil(dialogue.shape[1] / RATE)
        return [Cue(seconds, "speech", "dialogue", (Layer("speech", dialogue), *_underneath(scene, seconds, seed)))]
    return _music_cues(scene, dialogue, seed)


def dialogue_of(film: dict[str, Any], seconds: int) -> np.ndarray:
    """`seconds` of a film's dialogue, all its lines over and over, as np.ndarray [shape=(2, seconds * RATE), float32]."""
    spoken = say([_line(film, said) for scene in film["scenes"] for said in lines_of(scene)], RATE)
    joined = join_lines(spoken, zlib.crc32(film["title"].encode()))
    return np.tile(joined, math.ceil(seconds * RATE / joined.shape[1]))[:, : seconds * RATE]


def music(genre: str, seconds: float, mood: Mood, seed: int) -> np.ndarray:
    """A piece of `genre` as np.ndarray [shape=(2, seconds * RATE), float32]."""
    return render(arrange(STYLES[genre], seconds, mood, seed), seconds)


def join_lines(lines: Sequence[np.ndarray], seed: int) -> np.ndarray:
    """Lines one after the other in a small room, at SPEECH_LEVEL; np.ndarray [shape=(2, n), float32]."""
    if not lines:
        return np.zeros((2, 0), np.float32)
    pause = np.zeros(round(PAUSE * RATE), np.float32)
    pieces = [np.zeros(round(LEAD_IN * RATE), np.float32)]
    for line in lines:
        pieces += [level(_trim(line), SPEECH_LEVEL), pause]
    joined = np.concatenate(pieces)
    both = np.stack([joined, joined])
    return limit(both + 0.12 * reverberate(both, 0.35, seed))


def _trim(line: np.ndarray) -> np.ndarray:
    """Without the silence espeak-ng leaves at both ends."""
    loud = np.flatnonzero(np.abs(line) > 0.01)
    return line[loud[0] : loud[-1] + 1] if len(loud) else line


def _line(film: dict[str, Any], said: list[str]) -> Line:
    character, text = said
    voice, words_per_minute, pitch = film["voices"][character]
    return Line(voice, text, words_per_minute, pitch)


def _music_cues(scene: dict[str, Any], dialogue: np.ndarray, seed: int) -> list[Cue]:
    seconds, genre, name = scene["seconds"], scene["music"], scene["name"]
    levels = {attribute: scene[attribute] for attribute in ("danceability", "valence", "energy")}
    sound = music(genre, seconds, Mood(**levels), seed)
    attributes = {"genre": genre, **levels}
    if not dialogue.shape[1]:
        return [Cue(seconds, "music", name, (Layer("music", sound), *_underneath(scene, seconds, seed)), attributes)]
    start = scene["dialogue"]["at"]
    length = math.ceil(dialogue.shape[1] / RATE)
    layers = (Layer("music", duck(sound, start, start + length, UNDER_SPEECH)), *_underneath(scene, seconds, seed))
    return [
        Cue(start, "music", name, layers, attributes),
        Cue(length, "speech", f"dialogue over {name}", (Layer("speech", dialogue),)),
        Cue(seconds - start - length, "music", name, (), attributes),
    ]


def _underneath(scene: dict[str, Any], seconds: int, seed: int) -> tuple[Layer, ...]:
    if "with" not in scene:
        return ()
    return (Layer("effects", effect(scene["with"], seconds, seed + 1), EFFECT_UNDER),)
