"""A folder of labelled synthetic clips, made as the demo's films are: to try out a training before one's own clips are in order.

    python -m analysis.synthesis.clips my-clips

writes `my-clips/music/<genre>/<piece>.flac`, `speech/<voice>/<line>.flac` and `other/<effect>/<take>.flac`.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from analysis.files import whole_file
from analysis.synthesis import films, scenes
from analysis.synthesis.effects import EFFECTS, effect
from analysis.synthesis.music import Mood
from analysis.synthesis.render import RATE
from analysis.synthesis.speech import VOICES, Line, say
from models.labels import ATTRIBUTES

GENRES = ("classical", "country", "metal")  # they are told apart at once
PIECES = 8  # of each genre
TAKES = 2  # of each voice and effect
MUSIC_SECONDS, OTHER_SECONDS = 14, 8
LINES = 3  # of dialogue in a clip

Clip = tuple[str, np.ndarray]  # path below the folder; sound [shape=(2, n), float32] at RATE


def write(folder: Path) -> int:
    """Write the clips, the same ones each time, and return how many they are; files of other names are left alone.

    Raises LeitmotifError when the sound font or espeak-ng is missing.
    """
    import soundfile

    count = 0
    for name, sound in (*_music(), *_speech(), *_other()):
        with whole_file(folder / name) as partial:
            soundfile.write(partial, sound.mean(axis=0), RATE, format="FLAC")
        count += 1
    return count


def _music() -> Iterator[Clip]:
    levels = {attribute: ATTRIBUTES[attribute] for attribute in ("danceability", "valence", "energy")}
    for genre in GENRES:
        for piece in range(PIECES):
            mood = Mood(**{attribute: names[piece % len(names)] for attribute, names in levels.items()})
            yield f"music/{genre}/piece {piece + 1}.flac", scenes.music(genre, MUSIC_SECONDS, mood, piece)


def _speech() -> Iterator[Clip]:
    """Lines of the demo's films in each voice, spoken all at once: a voice's own process takes longer than its lines."""
    texts = [text for film in films.recipe() for scene in film["scenes"] for _, text in scenes.lines_of(scene)]
    count = len(VOICES) * TAKES * LINES
    said = [Line(VOICES[number % len(VOICES)], texts[number % len(texts)]) for number in range(count)]
    spoken = say(said, RATE)
    for number, voice in enumerate(VOICES):
        lines = spoken[number :: len(VOICES)]
        for take in range(TAKES):
            yield f"speech/{voice}/take {take + 1}.flac", scenes.join_lines(lines[take * LINES : (take + 1) * LINES], number)


def _other() -> Iterator[Clip]:
    for name in EFFECTS:
        for take in range(TAKES):
            yield f"other/{name}/take {take + 1}.flac", effect(name, OTHER_SECONDS, take)


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit("usage: python -m analysis.synthesis.clips DIR")
    print(f"{write(Path(sys.argv[1]))} clips written to {sys.argv[1]}")
