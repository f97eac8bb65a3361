"""Labelled recordings of music, speech and other sounds, and examples of single seconds drawn from them.

In the recordings the condition tells the class (music is produced, effects are field recordings), so level, colour,
room and noise are drawn at random for every class, and speech, effects and music are mixed by one policy: speech over
music is speech; effects under music are music; music under loud effects is other.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.audio import SAMPLE_RATE
from analysis.features import FRAMES_PER_SECOND, per_second
from analysis.training import augmentation, crossvalidation, own_clips
from analysis.training.crossvalidation import FOLDS
from analysis.training.datasets import check_disjoint, read_signals, read_table
from errors import DataError
from models.labels import SOUND_CLASSES

MUSIC, SPEECH, OTHER = range(len(SOUND_CLASSES))
MUSIC_GROUPS = {"quadrants": "artist", "emotify": "file", "excerpts": "file", "film_scores": "film_key"}
TEST_SHARE = 0.25  # of the groups of each source
LEAST_GROUPS = 7  # of a class of own clips: two are held out, and FOLDS are left
CLIP_SECONDS = (12, 60, 60)  # kept of each recording, by class: there is more music than is needed
PIECE_SECONDS = 4  # length of one drawn example
FULL_SCALE = 32767.0
QUIETEST_PEAK = -35.0  # dB relative to the film's peak: how far down a scene may be mixed
SPEED = (1.12, 1.12, 1.5)  # fastest, and by its inverse slowest, by class: other sounds are the fewest and the most diverse
ACTIVE_SHARE = 0.4  # of a second's frames must sound for it to take its recording's label

# How examples of a class are made: share of draws, class mixed in (None: alone), range of dB it lies below.
Recipe = tuple[float, int | None, float, float]
RECIPES: dict[int, tuple[Recipe, ...]] = {
    MUSIC: ((0.60, None, 0, 0), (0.15, MUSIC, 0, 10), (0.25, OTHER, 5, 25)),
    SPEECH: ((0.35, None, 0, 0), (0.50, MUSIC, -2, 16), (0.15, OTHER, 3, 20)),
    OTHER: ((0.60, None, 0, 0), (0.25, MUSIC, 5, 20), (0.15, OTHER, 0, 10)),
}


@dataclass(frozen=True)
class Recordings:
    """Labelled recordings.

    table : columns path, label (index into SOUND_CLASSES), source, group, genres (of music, divided by "; "; "" where none are known)
    signals : np.ndarray [shape=(n,), int16] by path, at most CLIP_SECONDS of its class long
    """

    table: pd.DataFrame
    signals: dict[Path, np.ndarray]

    def where(self, mask: np.ndarray) -> "Recordings":
        """The recordings of the rows that `mask` selects."""
        return Recordings(self.table[mask].reset_index(drop=True), self.signals)

    def waveform(self, row: int) -> np.ndarray:
        """One recording as float32, full scale 1."""
        return self.signals[self.table["path"].iloc[row]].astype(np.float32) / 32768

    @property
    def labels(self) -> np.ndarray:
        """Class index of each recording."""
        return self.table["label"].to_numpy()


@dataclass(frozen=True)
class Seconds:
    """Examples of one second each.

    features : np.ndarray [shape=(n, 68)]; labels : np.ndarray [shape=(n,)] of class indices
    recordings : np.ndarray [shape=(n,)] of the rows of the recordings they come from
    """

    features: np.ndarray
    labels: np.ndarray
    recordings: np.ndarray

    def rows(self, index: np.ndarray) -> "Seconds":
        """The examples at these positions."""
        return Seconds(self.features[index], self.labels[index], self.recordings[index])

    @classmethod
    def join(cls, parts: Sequence["Seconds"]) -> "Seconds":
        """The examples of all parts, in their order."""
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("features", "labels", "recordings")))


class Piece(NamedTuple):
    """A piece of one class in random conditions.

    signal : np.ndarray [shape=(n,), int16] to be heard at FULL_SCALE
    sounding : np.ndarray [shape=(seconds,), bool] seconds that are of the class
    label : its class; row : of the recording it was drawn from
    """

    signal: np.ndarray
    sounding: np.ndarray
    label: int
    row: int


def read_recordings(data: Path, rng: np.random.Generator) -> tuple[Recordings, list[str]]:
    """Read one's own clips (see `own_clips`), or speech and other sounds from `audio/sounds.csv`, music from the tables of MUSIC_GROUPS.

    Of a longer recording a random stretch of CLIP_SECONDS is kept. Returns the recordings, and one line for each file
    that cannot be read. Raises DataError when a table is missing, lacks a column or has an unknown label, or a class is too small.
    """
    table = _own(data) if own_clips.given(data) else _tables(data)
    signals: dict[Path, np.ndarray] = {}
    skipped: list[str] = []
    for path, label in zip(table["path"], table["label"], strict=True):  # one at a time: all of them would fill the memory
        found, problems = read_signals([path])
        skipped += problems
        if path in found and len(found[path]) >= SAMPLE_RATE:
            signals[path] = _stretch(found[path], CLIP_SECONDS[label], rng).copy()  # a view would keep the whole recording
        elif path in found:
            skipped.append(f"{path}: shorter than a second")
    return Recordings(table[table["path"].isin(signals.keys())].reset_index(drop=True), signals), skipped


def _own(data: Path) -> pd.DataFrame:
    clips = own_clips.read(data, least_groups=LEAST_GROUPS)
    return clips.assign(label=clips["label"].map(SOUND_CLASSES.index), genres=clips["genre"])


def _tables(data: Path) -> pd.DataFrame:
    sounds = read_table(data, "sounds", ["label", "source", "group"])
    unknown = set(sounds["label"]) - set(SOUND_CLASSES)
    if unknown:
        raise DataError(f"{data / 'audio' / 'sounds.csv'}: unknown label {min(unknown)!r}; use {', '.join(SOUND_CLASSES)}")
    labels, groups = sounds["label"].map(SOUND_CLASSES.index), "sounds/" + sounds["group"].astype(str)
    tables = [sounds.assign(label=labels, group=groups, genres="")]
    for name, column in MUSIC_GROUPS.items():
        music = read_table(data, name, [column])
        genres = music["genres"].fillna("") if "genres" in music else ""
        tables.append(music.assign(label=MUSIC, source=name, group=f"{name}/" + music[column].astype(str), genres=genres))
    return pd.concat([rows[["path", "label", "source", "group", "genres"]] for rows in tables]).drop_duplicates("path")


def hold_out(data: Path, seed: int, report: Callable[[str], None]) -> tuple[Recordings, Recordings]:
    """Read the recordings, and hold out TEST_SHARE of the groups of each source; the same seed holds out the same ones.

    Returns those to train on and those held out. Raises as `read_recordings` does, and DataError for a split that leaks.
    """
    rng = np.random.default_rng(seed)
    recordings, skipped = read_recordings(data, rng)
    for line in skipped:
        report(f"left out: {line}")
    if skipped:
        report(f"{len(skipped)} recordings cannot be used and are left out")
    test = split_groups(recordings.table, TEST_SHARE, rng)
    known, unseen = recordings.where(~test), recordings.where(test)
    check_disjoint(known.table["group"], unseen.table["group"])
    report(f"{len(known.table)} recordings to train on, {len(unseen.table)} held out")
    return known, unseen


def group_folds(recordings: Recordings, seed: int) -> np.ndarray:
    """A fold for each recording, 0 to FOLDS - 1 [shape=(recordings,)]; a group is in one fold only.

    Raises DataError when a class has fewer groups than there are folds.
    """
    for label, name in enumerate(SOUND_CLASSES):
        groups = recordings.table["group"][recordings.labels == label].nunique()
        if groups < FOLDS:
            raise DataError(f"the recordings of {name} to train on come from {groups} groups; add some, {FOLDS} are needed")
    return crossvalidation.group_folds(recordings.labels, recordings.table["group"].to_numpy(), seed)


def split_groups(table: pd.DataFrame, share: float, rng: np.random.Generator) -> np.ndarray:
    """Mark the rows of a random `share` of the groups of each source [bool]."""
    groups = table.drop_duplicates("group")
    chosen: list[str] = []
    for _, members in groups.groupby("source", sort=True):
        count = int(rng.binomial(1, share)) if len(members) == 1 else max(1, round(share * len(members)))
        chosen += list(rng.choice(members["group"], count, replace=False))
    return table["group"].isin(chosen).to_numpy()


def clean_seconds(recordings: Recordings) -> Seconds:
    """The sounding seconds of every recording as it is, normalised by its own peak.

    Raises DataError when a class has none: more could be drawn from it for ever.
    """
    parts = []
    for row, label in enumerate(recordings.labels):
        signal = recordings.waveform(row)
        features = per_second(augmentation.place(signal, 0.0))
        kept = sounding_seconds(signal, ACTIVE_SHARE if label != OTHER else 0.0)
        parts.append(_part(features[kept], label, row))
    seconds = Seconds.join(parts)
    silent = set(recordings.labels) - set(seconds.labels)
    if silent:
        raise DataError(f"the recordings of {SOUND_CLASSES[min(silent)]} to train on are silent; add some that can be heard")
    return seconds


def draw_seconds(recordings: Recordings, per_class: int, rng: np.random.Generator, *, folds: np.ndarray | None = None) -> Seconds:
    """Draw seconds in the conditions of films, `per_class` of each class, as `draw_pieces` does."""
    parts = [
        _part(per_second(piece.signal, peak=FULL_SCALE)[piece.sounding], piece.label, piece.row)
        for piece in draw_pieces(recordings, per_class, rng, folds=folds)
    ]
    return Seconds.join(parts)


def draw_pieces(recordings: Recordings, per_class: int, rng: np.random.Generator, *, folds: np.ndarray | None = None) -> Iterator[Piece]:
    """Draw pieces in the conditions of films with `per_class` sounding seconds of each class; no source of a class drowns the others.

    What is mixed in comes from a recording of the same fold (`folds` [shape=(recordings,)]), so that folds stay apart.
    """
    folds = np.zeros(len(recordings.table), int) if folds is None else folds
    for label in range(len(SOUND_CLASSES)):
        rows = np.flatnonzero(recordings.labels == label)
        chances = even_chances(recordings.table["source"].to_numpy()[rows])
        count = 0
        while count < per_class:
            row = int(rng.choice(rows, p=chances))
            chosen = rng.choice(len(RECIPES[label]), p=[recipe[0] for recipe in RECIPES[label]])
            _, other, low, high = RECIPES[label][chosen]
            partner = None
            if other is not None:
                partner = recordings.waveform(rng.choice(np.flatnonzero((recordings.labels == other) & (folds == folds[row]))))
            signal, sounding = draw_piece(recordings.waveform(row), label, rng, partner=partner, snr=rng.uniform(low, high))
            sounding &= np.cumsum(sounding) <= per_class - count
            yield Piece(signal, sounding, label, row)
            count += int(sounding.sum())


def draw_mixture(recordings: Recordings, label: int, partner: int, snr: float, pieces: int, rng: np.random.Generator) -> list[Piece]:
    """So many pieces of class `label` with one of class `partner` `snr` dB below them."""
    rows = [np.flatnonzero(recordings.labels == wanted) for wanted in (label, partner)]
    drawn = (rng.choice(choices, pieces) for choices in rows)
    return [
        Piece(*draw_piece(recordings.waveform(a), label, rng, partner=recordings.waveform(b), snr=snr), label, int(a))
        for a, b in zip(*drawn, strict=True)
    ]


def draw_piece(
    signal: np.ndarray, label: int, rng: np.random.Generator, *, partner: np.ndarray | None = None, snr: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """A random piece of `signal` in random conditions: int16, to be heard at FULL_SCALE, and which of its seconds sound [bool]."""
    piece = augmentation.change_speed(_stretch(signal, 2 * PIECE_SECONDS, rng), SPEED[label] ** rng.uniform(-1, 1))
    piece = in_some_room(_stretch(piece, PIECE_SECONDS, rng), label, rng)
    alone_other = label == OTHER and partner is None
    kept = sounding_seconds(piece, 0.0 if alone_other else ACTIVE_SHARE)
    if partner is not None:
        piece = augmentation.mix(piece, in_some_room(_stretch(partner, PIECE_SECONDS, rng), None, rng), snr)
    return transferred(piece, rng, faintest_noise=45), kept


def transferred(sound: np.ndarray, rng: np.random.Generator, *, faintest_noise: float, peak_db: float | None = None) -> np.ndarray:
    """A film's sound as it comes from a print, a tape or a disc, int16.

    Parameters
    ----------
    faintest_noise : dB that noise, where there is some, lies below the sound at most
    peak_db : level of its peak; None for a stretch of a longer film, which may be as low as QUIETEST_PEAK
    """
    if rng.random() < 0.3:
        sound = augmentation.colour(sound, rng)
    if rng.random() < 0.15:
        sound = augmentation.overdrive(sound, rng.uniform(0, 18))
    if rng.random() < 0.4:
        sound = augmentation.add_noise(sound, rng.uniform(12, faintest_noise), rng)
    return augmentation.place(sound, rng.uniform(QUIETEST_PEAK, 0.0) if peak_db is None else peak_db)


def in_some_room(signal: np.ndarray, label: int | None, rng: np.random.Generator) -> np.ndarray:
    """The signal at random through another microphone and, unless it is music, in another room."""
    if rng.random() < 0.5:
        signal = augmentation.colour(signal, rng)
    if label != MUSIC and rng.random() < 0.3:
        signal = augmentation.reverberate(signal, rng)
    return signal


def sounding_seconds(signal: np.ndarray, share: float) -> np.ndarray:
    """Which whole seconds have at least this share of active frames, and are not digital silence [bool]."""
    seconds = len(signal) // SAMPLE_RATE
    active = augmentation.active_frames(signal)[: seconds * FRAMES_PER_SECOND].reshape(seconds, FRAMES_PER_SECOND)
    audible = augmentation.frame_levels(signal)[: seconds * FRAMES_PER_SECOND].reshape(seconds, FRAMES_PER_SECOND).max(axis=1) > -70
    return (active.mean(axis=1) >= share) & audible


def _stretch(signal: np.ndarray, seconds: int, rng: np.random.Generator) -> np.ndarray:
    """A random stretch of at most this many seconds."""
    spare = len(signal) - seconds * SAMPLE_RATE
    start = rng.integers(spare + 1) if spare > 0 else 0
    return signal[start : start + seconds * SAMPLE_RATE]


def even_chances(sources: np.ndarray) -> np.ndarray:
    """Chance of each recording: a source's share grows with the root of its size, so that none drowns the others."""
    _, index, counts = np.unique(sources, return_inverse=True, return_counts=True)
    chances = 1 / np.sqrt(counts[index])
    return chances / chances.sum()


def _part(features: np.ndarray, label: int, row: int) -> Seconds:
    return Seconds(features, np.full(len(features), label), np.full(len(features), row))
