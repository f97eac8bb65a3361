"""Sound whose class is known second by second, on which detectors are calibrated and measured.

Recordings as they are, pieces in the conditions of films, mixtures, and composed films: always drawn from recordings of groups that the
detector was not trained on.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from analysis.training import augmentation
from analysis.training.sequences import Composer
from analysis.training.sounds import (
    ACTIVE_SHARE,
    FULL_SCALE,
    MUSIC,
    OTHER,
    SPEECH,
    Piece,
    Recordings,
    draw_mixture,
    draw_pieces,
    sounding_seconds,
)

Hear = Callable[[np.ndarray, float | None], np.ndarray]  # signal and its film's peak -> numbers of each second [shape=(seconds, k)]

CLEAN, CONDITIONS, FILM = "recordings as they are", "conditions of films", "composed films"  # kinds; the others are MIXTURES
MIXTURES = {
    **{f"speech over music at {snr} dB": (SPEECH, MUSIC, snr) for snr in (0, 6, 12)},
    **{f"effects over music at {snr} dB": (OTHER, MUSIC, snr) for snr in (6, 12)},
    **{f"music over effects at {snr} dB": (MUSIC, OTHER, snr) for snr in (6, 12)},
}
FILM_CUES = {MUSIC: (12.0, 30.0), SPEECH: (4.0, 15.0), OTHER: (4.0, 15.0)}  # s; music long enough to be described


class Amounts(NamedTuple):
    """How much to draw: composed films of so many seconds, seconds of each class in the conditions of films, pieces of each mixture."""

    films: int
    film_seconds: int
    per_class: int
    pieces: int


class Passage(NamedTuple):
    """A recording, a piece or a composed film.

    kind : CLEAN, CONDITIONS, FILM or one of MIXTURES
    signal : np.ndarray [shape=(n,), int16]; peak : its full scale, None for its own
    labels : np.ndarray [shape=(seconds,)] of class indices
    said : np.ndarray [shape=(seconds,), bool] which seconds are sure to be of their class
    group : what it belongs to; row : of the recording it was drawn from, -1 for a film
    """

    kind: str
    signal: np.ndarray
    peak: float | None
    labels: np.ndarray
    said: np.ndarray
    group: str
    row: int


def passages(recordings: Recordings, amounts: Amounts, rng: np.random.Generator) -> Iterator[Passage]:
    """Every recording as it is, and as much of the rest as asked for; the same generator gives the same passages."""
    composer = Composer(recordings)
    for number in range(amounts.films):
        film = composer.compose(amounts.film_seconds, rng, cues=FILM_CUES, peak_db=0.0)
        yield Passage(FILM, film.signal, None, film.labels, film.said, f"film {number}", -1)
    groups = recordings.table["group"].to_numpy()
    for row, label in enumerate(recordings.labels):
        signal = recordings.waveform(row)
        said = sounding_seconds(signal, 0.0 if label == OTHER else ACTIVE_SHARE)
        if said.any():
            yield Passage(CLEAN, augmentation.place(signal, 0.0), None, np.full(len(said), label), said, groups[row], row)
    for piece in draw_pieces(recordings, amounts.per_class, rng):
        yield _passage(CONDITIONS, piece, groups)
    for name, recipe in MIXTURES.items():
        for piece in draw_mixture(recordings, *recipe, amounts.pieces, rng):
            yield _passage(name, piece, groups)


def _passage(kind: str, piece: Piece, groups: np.ndarray) -> Passage:
    labels = np.full(len(piece.sounding), piece.label)
    return Passage(kind, piece.signal, FULL_SCALE, labels, piece.sounding, groups[piece.row], piece.row)
