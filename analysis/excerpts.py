"""Labelled excerpts of music, speech and other sound for the validation run: from the demo's own makers or from a folder of clips."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.audio import SAMPLE_RATE, decode
from errors import AudioError, DataError, InputError
from models.labels import ATTRIBUTES, ORDERED_ATTRIBUTES

MUSIC_SECONDS = 22
SPEECH_SECONDS = 15
OTHER_SECONDS = 11
SHORTEST_MUSIC = 10  # s: shorter music makes no segment
COUNT = 4  # excerpts of speech, and of other sound

# What the demo's arranger is asked to play: the seven genres of the thesis's test, each in a mood that becomes it.
DEMO_MUSIC = {
    "blues": {"danceability": "medium", "valence": "negative", "energy": "medium"},
    "classical": {"danceability": "low", "valence": "negative", "energy": "low"},
    "country": {"danceability": "high", "valence": "positive", "energy": "medium"},
    "hiphop": {"danceability": "high", "valence": "neutral", "energy": "high"},
    "jazz": {"danceability": "medium", "valence": "neutral", "energy": "low"},
    "pop": {"danceability": "high", "valence": "positive", "energy": "high"},
    "rock": {"danceability": "medium", "valence": "positive", "energy": "high"},
}


@dataclass(frozen=True)
class Excerpt:
    """A stretch of one kind of sound.

    signal : np.ndarray [shape=(n,), int16] at SAMPLE_RATE, whole seconds
    label : one of SOUND_CLASSES
    attributes : for music, the genre and those levels that are known
    """

    signal: np.ndarray
    label: str
    name: str
    attributes: dict[str, str] = field(default_factory=dict)

    @property
    def seconds(self) -> int:
        """Length in whole seconds."""
        return len(self.signal) // SAMPLE_RATE


def from_demo(rng: np.random.Generator) -> list[Excerpt]:
    """Music of the seven genres of DEMO_MUSIC, dialogue of the demo's films, and effects, made anew for each seed."""
    from analysis.synthesis import films, scenes
    from analysis.synthesis.effects import EFFECTS, effect
    from analysis.synthesis.music import Mood

    excerpts = []
    for genre, levels in DEMO_MUSIC.items():
        sound = scenes.music(genre, MUSIC_SECONDS, Mood(**levels), int(rng.integers(2**31)))
        excerpts.append(Excerpt(_narrow(sound), "music", genre, {"genre": genre, **levels}))
    recipe = list(films.recipe())
    for film in rng.choice(np.array(recipe, dtype=object), COUNT, replace=False):
        excerpts.append(Excerpt(_narrow(scenes.dialogue_of(film, SPEECH_SECONDS)), "speech", film["title"]))
    for name in rng.choice(list(EFFECTS), COUNT, replace=False):
        excerpts.append(Excerpt(_narrow(effect(str(name), OTHER_SECONDS, int(rng.integers(2**31)))), "other", str(name)))
    return excerpts


def from_clips(folder: Path, rng: np.random.Generator) -> list[Excerpt]:
    """Excerpts of one's own clips: one of each genre present, and up to COUNT of speech and of other sound.

    Parameters
    ----------
    folder : holds music/<genre>/, speech/ and other/ with clips in any audio format, and perhaps labels.csv with the columns
        file (below the folder), danceability, valence and energy; music without a row there is graded by genre alone
    rng : draws the clips

    Raises
    ------
    InputError : the folder or a needed part of it is missing or empty, or a genre is unknown
    AudioError : a drawn clip cannot be decoded, or a genre has too little music
    DataError : labels.csv does not follow its layout
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; --clips needs one with music/<genre>/, speech/ and other/")
    labels = _labels(folder)
    excerpts = []
    for genre in _genres(folder / "music"):
        excerpts.append(_music(folder, genre, labels, rng))
    for label, seconds in (("speech", SPEECH_SECONDS), ("other", OTHER_SECONDS)):
        clips = _draw(folder / label, COUNT * seconds, rng)  # short clips are strung together, so more may be needed
        excerpts += _strung(clips, label, seconds)
    return excerpts


def _narrow(sound: np.ndarray) -> np.ndarray:
    """Film sound (2, n) float at 44.1 kHz to mono int16 at SAMPLE_RATE, as decoding a film would."""
    import scipy.signal

    from analysis.synthesis.render import RATE

    common = int(np.gcd(RATE, SAMPLE_RATE))
    mono = scipy.signal.resample_poly(sound.mean(axis=0), SAMPLE_RATE // common, RATE // common)
    return (np.clip(mono, -1, 1) * 32767).astype(np.int16)


def _labels(folder: Path) -> dict[str, dict[str, str]]:
    """Levels by clip from labels.csv; empty when there is none."""
    path = folder / "labels.csv"
    if not path.is_file():
        return {}
    try:
        rows = pd.read_csv(path, keep_default_na=False, dtype=str)
    except (ValueError, OSError) as error:
        raise DataError(f"{path}: cannot be read as CSV ({error}); its columns are file, {', '.join(ORDERED_ATTRIBUTES)}") from error
    missing = [column for column in ("file", *ORDERED_ATTRIBUTES) if column not in rows]
    if missing:
        raise DataError(f"{path}: has no column {', '.join(missing)}; its columns are file, {', '.join(ORDERED_ATTRIBUTES)}")
    for attribute in ORDERED_ATTRIBUTES:
        unknown = set(rows[attribute]) - {"", *ATTRIBUTES[attribute]}
        if unknown:
            raise DataError(f"{path}: {attribute} {sorted(unknown)[0]!r} is none of {', '.join(ATTRIBUTES[attribute])}; correct it")
    absent = [name for name in rows["file"] if not (folder / name).is_file()]
    if absent:
        raise DataError(f"{path}: names {absent[0]}, which is not in {folder}; correct it")
    return {row["file"]: {a: row[a] for a in ORDERED_ATTRIBUTES if row[a]} for row in rows.to_dict("records")}


def _genres(folder: Path) -> list[str]:
    """Names of the genre folders, which must be genres that the models know."""
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; put music clips into {folder}/<genre>/")
    names = sorted(p.name for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
    if not names:
        raise InputError(f"{folder}: holds no genre folder; name some after {', '.join(ATTRIBUTES['genre'])}")
    unknown = [name for name in names if name not in ATTRIBUTES["genre"]]
    if unknown:
        raise InputError(f"{folder / unknown[0]}: unknown genre; rename the folder to one of {', '.join(ATTRIBUTES['genre'])}")
    return names


def _draw(folder: Path, count: int, rng: np.random.Generator) -> list[Path]:
    """Up to `count` files of a folder (and its subfolders), in random order."""
    clips = sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.startswith(".")) if folder.is_dir() else []
    if not clips:
        raise InputError(f"{folder}: holds no clips; put audio files there")
    return [clips[index] for index in rng.permutation(len(clips))[:count]]


def _music(folder: Path, genre: str, labels: dict[str, dict[str, str]], rng: np.random.Generator) -> Excerpt:
    """A clip of a genre that is long enough for a segment; where none is, several strung together, graded by genre alone."""
    short: list[np.ndarray] = []
    for path in (clips := _draw(folder / "music" / genre, MUSIC_SECONDS, rng)):
        signal = _middle(decode(path).signal, MUSIC_SECONDS)
        if len(signal) >= SHORTEST_MUSIC * SAMPLE_RATE:
            return Excerpt(signal, "music", path.stem, {"genre": genre, **labels.get(path.relative_to(folder).as_posix(), {})})
        short.append(signal)
    strung = np.concatenate(short)[: MUSIC_SECONDS * SAMPLE_RATE]
    if len(strung) < SHORTEST_MUSIC * SAMPLE_RATE:
        raise AudioError(f"{clips[0].parent}: holds {len(strung) / SAMPLE_RATE:.0f} s of music; {SHORTEST_MUSIC} s or more are needed")
    whole = len(strung) // SAMPLE_RATE * SAMPLE_RATE
    return Excerpt(strung[:whole], "music", clips[0].stem, {"genre": genre})


def _strung(clips: Iterable[Path], label: str, seconds: int) -> list[Excerpt]:
    """Up to COUNT excerpts of `seconds`, each strung together from as many clips as it takes."""
    excerpts: list[Excerpt] = []
    signal, first = np.empty(0, np.int16), ""
    for path in clips:
        signal, first = np.concatenate([signal, _middle(decode(path).signal, seconds)]), first or path.stem
        if len(signal) >= seconds * SAMPLE_RATE:
            excerpts.append(Excerpt(signal[: seconds * SAMPLE_RATE], label, first))
            signal, first = np.empty(0, np.int16), ""
        if len(excerpts) == COUNT:
            return excerpts
    whole = len(signal) // SAMPLE_RATE * SAMPLE_RATE
    return [*excerpts, Excerpt(signal[:whole], label, first)] if whole else excerpts


def _middle(signal: np.ndarray, seconds: int) -> np.ndarray:
    """The middle of a signal, `seconds` long; a shorter one as it is, cut to whole seconds where it lasts at least one."""
    wanted = seconds * SAMPLE_RATE
    if len(signal) > wanted:
        start = (len(signal) - wanted) // 2
        return signal[start : start + wanted]
    return signal[: len(signal) // SAMPLE_RATE * SAMPLE_RATE] if len(signal) >= SAMPLE_RATE else signal
