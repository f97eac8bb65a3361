"""Labelled MIDI files as notes on a grid of beats, from which a generator of scores learns."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from analysis import symbolic
from analysis.symbolic import Notes
from errors import DataError, ScoreError
from models.labels import MOODS
from models.score import PER_BEAT

UNKNOWN = -1
DIVISIONS = (4, 3)  # of a beat that are tried: sixteenths, triplets
FRAMES = 50  # a second of the envelope in which beats are looked for
USUAL_TEMPO = 100.0  # beats a minute, from which the search for beats begins
TIGHTNESS = 400.0  # how steady a tempo is expected (librosa.beat.beat_track)
BASS = 52  # MIDI pitch below which a note tells more of the beat
FEWEST_BEATS = 8
FEWEST_SONGS = 10  # of which some are learnt from, some watched, some held out
LOOSEST = 0.17  # mean distance from the grid, in its steps; 0.25 is chance

Report = Callable[[str], None]


@dataclass(frozen=True)
class Piece:
    """A piece on its grid, the bar beginning at tick 0.

    notes : np.ndarray [shape=(n, 4), int] tick, duration in ticks (at least 1), pitch, velocity; by tick, then from low to high
    tempo : beats a minute
    mood : index into MOODS, or UNKNOWN
    song : pieces of one song never part
    """

    notes: np.ndarray
    tempo: float
    mood: int
    song: str


def load(data: Path, report: Report) -> list[Piece]:
    """The pieces of `data`/midi/midi.csv (file, source, song, mood) that can be read and have a beat that can be followed.

    The others are counted, and those that cannot be read named.

    Raises DataError when the table is missing, lacks a column or names an unknown mood, or there are fewer than FEWEST_SONGS.
    """
    table = read_table(data / "midi" / "midi.csv")
    pieces: list[Piece] = []
    unread = 0
    for row in table.itertuples():
        try:
            piece = on_grid(symbolic.read(data / "midi" / str(row.file)))
        except ScoreError as error:
            report(f"left out: {error}")
            unread += 1
            continue
        if piece is not None:
            mood = MOODS.index(str(row.mood)) if row.mood else UNKNOWN
            pieces.append(Piece(*piece, mood, f"{row.source}/{row.song}"))
    loose = len(table) - len(pieces) - unread
    report(f"{len(pieces)} pieces; {unread} of {len(table)} cannot be read, {loose} have no beat that can be followed")
    if len({piece.song for piece in pieces}) < FEWEST_SONGS:
        raise DataError(f"{data / 'midi'}: {len(pieces)} MIDI files can be learnt from; at least {FEWEST_SONGS} songs are needed, add some")
    return pieces


def on_grid(notes: Notes) -> tuple[np.ndarray, float] | None:
    """The notes of a Piece and its tempo; None where no beat can be followed.

    Recorded playing has no beats written down: they are tracked in what is struck (Ellis, "Beat tracking by dynamic programming", 2007),
    and each note goes to the nearest tick. The bar begins at the beat, of every four, on which most of the bass falls.
    """
    beats = _beats(notes)
    if beats is None:
        return None
    places = np.interp(notes.start, beats, np.arange(len(beats)))
    distance, shift = min(_looseness(places, division) for division in DIVISIONS)
    if distance > LOOSEST:
        return None
    ends = np.interp(notes.start + notes.duration, beats, np.arange(len(beats)))
    ticks = np.round((np.stack([places, ends]) - shift) * PER_BEAT).astype(int)
    ticks -= _first_bar(ticks[0], notes)
    rows = np.stack([ticks[0], np.maximum(ticks[1] - ticks[0], 1), notes.pitch, notes.velocity], axis=1)
    return rows[np.lexsort((rows[:, 2], rows[:, 0]))], 60 / float(np.median(np.diff(beats)))


def _beats(notes: Notes) -> np.ndarray | None:
    """Seconds of the beats from before the first note to after the last one ended; None where there are too few."""
    from librosa.beat import beat_track

    struck = np.zeros(int(notes.length * FRAMES) + 3)
    np.add.at(struck, (notes.start * FRAMES).round().astype(int), notes.velocity / 64 * (1 + (notes.pitch < BASS)))
    struck = np.convolve(struck, (0.25, 0.5, 1, 0.5, 0.25), "same")
    _, found = beat_track(
        onset_envelope=struck, sr=FRAMES * 64, hop_length=64, units="time", tightness=TIGHTNESS, start_bpm=USUAL_TEMPO, trim=False
    )
    if len(found) < FEWEST_BEATS:
        return None
    beat = float(np.median(np.diff(found)))
    before, after = np.ceil(found[0] / beat), np.ceil((notes.length - found[-1]) / beat) + 1
    return np.concatenate([found[0] - beat * np.arange(before, 0, -1), found, found[-1] + beat * np.arange(1, max(after, 1) + 1)])


def _looseness(places: np.ndarray, division: int) -> tuple[float, float]:
    """Mean distance from a grid, in its steps, and the shift in beats at which that is least."""
    shifts = np.linspace(-0.5, 0.5, 21) / division
    steps = (places - shifts[:, np.newaxis]) * division
    distances = np.abs(steps - np.round(steps)).mean(axis=1)
    best = int(distances.argmin())
    return float(distances[best]), float(shifts[best])


def _first_bar(starts: np.ndarray, notes: Notes) -> int:
    """The tick at which the bar of the first note begins: of every four beats, the one on which the most weight of the bass falls."""
    beat, off = np.divmod(starts, PER_BEAT)
    weight = notes.velocity * (1 + 2.0 * (notes.pitch < BASS)) * np.minimum(notes.duration, 2) * (off == 0)
    downbeat = int(np.bincount(beat % 4, weights=weight, minlength=4).argmax())
    return PER_BEAT * (downbeat + 4 * int((beat[0] - downbeat) // 4))


def packed_pieces(pieces: Sequence[Piece]) -> dict[str, np.ndarray]:
    """Pieces as arrays that can be kept."""
    return {
        "notes": np.concatenate([piece.notes for piece in pieces]),
        "count": np.array([len(piece.notes) for piece in pieces]),
        "tempo": np.array([piece.tempo for piece in pieces]),
        "mood": np.array([piece.mood for piece in pieces]),
        "song": np.array([piece.song for piece in pieces]),
    }


def unpacked_pieces(arrays: Mapping[str, np.ndarray]) -> list[Piece]:
    """The pieces of `packed_pieces`."""
    notes = np.split(arrays["notes"], np.cumsum(arrays["count"])[:-1])
    rows = zip(notes, arrays["tempo"].tolist(), arrays["mood"].tolist(), arrays["song"].tolist(), strict=True)
    return [Piece(*row) for row in rows]


def read_table(path: Path) -> pd.DataFrame:
    """The table of MIDI files. Raises DataError when it is missing, lacks a column or names an unknown mood."""
    if not path.is_file():
        raise DataError(f"{path}: no such table; point --data at a folder in the layout docs/training.md describes")
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    missing = [column for column in ("file", "source", "song", "mood") if column not in table]
    if missing:
        raise DataError(f"{path}: has no column {', '.join(missing)}; it has {', '.join(table.columns)}")
    unknown = sorted(set(table["mood"]) - {"", *MOODS})
    if unknown:
        raise DataError(f"{path}: unknown mood {unknown[0]!r}; moods are {', '.join(MOODS)}, or nothing")
    return table
