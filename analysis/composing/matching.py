"""What a piece turned out to be, and how near that is to what was asked for, from 0 to 100 (docs/composing.md).

The sound is listened to by the models that listen to films, the notes are measured, and each dimension is compared in units of its own:
how far apart two pieces are that were not written for the same thing. A part of 100 is as asked, 50 as far from it as two such pieces
are from each other, 0 twice as far or further.

The film models were trained on recordings. On pieces played with a sound font their values stay within a narrower range, REACH: what is
asked beyond it counts as its end, so that "as lively as it gets" can be met.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import logit, ndtr

from analysis import audio, descriptors, detection, symbolic, tagging
from analysis.composing import sounding
from analysis.composing.piece import Piece
from analysis.composing.target import MARGIN, Profile
from models import registry
from models.labels import GENRES, MOODS, ORDERED_ATTRIBUTES

# The figures of these tables are those of analysis.training.match_scale.
# Of real pieces that were held out from the training of the generator, then arranged and played: the 5 % and 95 % quantiles, and the median
# distance of two of them.
REACH = {"valence": (0.407, 0.693, 0.083), "energy": (0.25, 0.569, 0.096), "danceability": (0.305, 0.717, 0.14)}
# The middle half of the real pieces of each mood that the generator learnt from, arranged.
USUAL = {
    "mode": {"happy": (-0.02, 0.24), "tense": (-0.25, -0.03), "sad": (-0.17, 0.06), "calm": (-0.04, 0.21)},
    "density": {"happy": (3.17, 4.77), "tense": (3.4, 5.92), "sad": (1.53, 3.14), "calm": (1.82, 3.12)},
    "dissonance": {"happy": (0.2, 0.32), "tense": (0.2, 0.33), "sad": (0.21, 0.38), "calm": (0.2, 0.31)},
}
UNITS = {"tempo": 0.3, "mode": 0.2, "density": 1.491, "dissonance": 0.082}  # tempo: octaves
OCTAVE = 0.1  # what a beat twice or half as fast costs, in octaves: which of them is the beat is often open
# Logits of the film genres of the pieces that were played: median and deviation.
GENRE_REACH = {
    "Action": (-2.47, 1.52), "Adventure": (-1.44, 0.65), "Comedy": (-1.24, 1.0), "Crime": (-2.27, 0.52), "Drama": (1.76, 0.39),
    "Fantasy": (-1.71, 0.79), "Musical": (-2.5, 0.83), "Romance": (-1.83, 0.62), "Sci-Fi": (-2.36, 1.0), "Thriller": (-1.99, 0.7),
}  # fmt: skip
WEIGHTS = {
    "moods": 0.35, "energy": 0.18, "valence": 0.07, "danceability": 0.05, "tempo": 0.1, "mode": 0.1, "density": 0.1, "genres": 0.03,
    "dissonance": 0.02,
}  # fmt: skip


@dataclass(frozen=True)
class Measured:
    """What was heard in a piece, and what its notes say.

    moods : probabilities of MOODS, by the notes
    valence, energy, danceability : 0..1, mean over the windows of the sound
    tempo : beats a minute, by the notes
    genres : probability of each film genre that is known by its sound; they need not sum to 1
    mode : -1 (minor) to 1 (major)
    density : how often a second something is struck
    dissonance : 0..1
    music : share of the seconds that the detector takes for music
    music_genres : probability of each genre of music
    """

    moods: Mapping[str, float]
    valence: float
    energy: float
    danceability: float
    tempo: float
    genres: Mapping[str, float]
    mode: float
    density: float
    dissonance: float
    music: float
    music_genres: Mapping[str, float]


@dataclass(frozen=True)
class Match:
    """How near a piece is to a profile.

    score : 0..100, the mean of the parts by WEIGHTS
    asked, got : by dimension: a number, a range (lowest, highest) or weights by name
    parts : 0..100 by dimension; one that was not asked for is not there
    """

    score: float
    asked: Mapping[str, Any]
    got: Mapping[str, Any]
    parts: Mapping[str, float]


def measure(piece: Piece, sound: np.ndarray) -> Measured:
    """Listen to a piece as to a film, and measure its notes.

    Parameters
    ----------
    sound : np.ndarray [shape=(2, n), float32] at sounding.RATE, a second or more; what is shorter than a window is repeated to fill one

    Raises
    ------
    ScoreError : the piece has too few notes
    """
    signal = audio.of_sound(sound, sounding.RATE)
    seconds = detection.seconds(signal)
    table = descriptors.of_recording(signal, step=1)  # as of a film
    heard = registry.load("attributes").predict(table)
    notes = symbolic.measure(piece.notes)
    return Measured(
        moods=registry.load("score_mood").probabilities(notes),
        valence=float(heard["valence"].value.mean()),
        energy=float(heard["energy"].value.mean()),
        danceability=float(heard["danceability"].value.mean()),
        tempo=float(np.exp(notes["tempo"])),
        genres=tagging.genres("film_genre", table, signal),
        mode=float(notes["mode"]),
        density=float(np.exp(notes["onset_rate"])),
        dissonance=float(notes["dissonance"]),
        music=float((seconds["label"] == "music").mean()),
        music_genres=dict(zip(GENRES, map(float, heard["genre"].probabilities.mean(axis=0)), strict=True)),
    )


def match(profile: Profile, measured: Measured) -> Match:
    """Compare what was asked for with what was got, dimension by dimension."""
    asked, got = _asked(profile), _got(measured)
    parts = {name: 100 * float(np.clip(1 - _distance(name, asked[name], got[name]), 0, 1)) for name in WEIGHTS if name in asked}
    total = sum(WEIGHTS[name] for name in parts)
    return Match(sum(WEIGHTS[name] * part for name, part in parts.items()) / total, asked, got, parts)


def profile_of(measured: Measured) -> Profile:
    """The profile of a piece itself: another that matches it is like it."""
    standing = {name: _standing(name, p) for name, p in measured.genres.items()}
    tempo = ((1 - MARGIN) * measured.tempo, (1 + MARGIN) * measured.tempo)
    genres = {max(standing, key=lambda name: standing[name]): 1.0} if standing else {}
    notes = {name: (getattr(measured, name),) * 2 for name in USUAL}
    return Profile(measured.moods, measured.valence, measured.energy, measured.danceability, tempo, genres, notes)


def lines(found: Match) -> Iterator[tuple[str, str, str, str]]:
    """A match as rows of a table: dimension, asked, got, part."""
    for name, part in found.parts.items():
        yield name, _written(found.asked[name]), _written(found.got[name]), f"{part:.0f}"


def _asked(profile: Profile) -> dict[str, Any]:
    """What is asked for in each dimension. What a mood usually has is asked for as far as the mood is."""
    usual = {
        name: tuple(float(sum(weight * by_mood[mood][end] for mood, weight in profile.moods.items())) for end in (0, 1))
        for name, by_mood in USUAL.items()
    }
    genres = {"genres": dict(profile.genres)} if any(name in GENRE_REACH for name in profile.genres) else {}
    values = {name: getattr(profile, name) for name in ORDERED_ATTRIBUTES}
    asked = {"moods": dict(profile.moods), **values, "tempo": profile.tempo, **genres, **usual, **profile.notes}
    return {name: asked[name] for name in WEIGHTS if name in asked}


def _got(measured: Measured) -> dict[str, Any]:
    return {name: getattr(measured, name) for name in WEIGHTS}


def _distance(name: str, asked: Any, got: Any) -> float:
    """0 as asked, 0.5 as far from it as pieces are that were not written for the same, 1 twice as far."""
    if name == "moods":
        return sum(abs(asked[mood] - got[mood]) for mood in MOODS) / 2
    if name == "genres":
        known = {genre: weight for genre, weight in asked.items() if genre in got}
        return 1 - sum(weight * _standing(genre, got[genre]) for genre, weight in known.items()) / sum(known.values())
    if name in REACH:
        low, high, unit = REACH[name]
        return float(abs(np.clip(asked, low, high) - np.clip(got, low, high)) / unit / 2)
    if name == "tempo":
        return _octaves_outside(asked, got) / UNITS[name] / 2
    return _outside(asked, got) / UNITS[name] / 2


def _octaves_outside(asked: tuple[float, float], got: float) -> float:
    slowest, fastest = np.log2(asked)
    return min(_outside((slowest, fastest), np.log2(got) + octave) + OCTAVE * abs(octave) for octave in (-1, 0, 1))


def _outside(asked: tuple[float, float], got: float) -> float:
    return max(asked[0] - got, got - asked[1], 0.0)


def _standing(genre: str, p: float) -> float:
    """The share of pieces that sound less like a film genre than one with this probability."""
    median, deviation = GENRE_REACH[genre]
    return float(ndtr((logit(np.clip(p, 1e-4, 1 - 1e-4)) - median) / deviation))


def _written(value: Any) -> str:
    if isinstance(value, Mapping):
        ranked = sorted(value.items(), key=lambda pair: -pair[1])[:3]
        return ", ".join(f"{name} {weight:.2f}" for name, weight in ranked if weight >= 0.005)
    if isinstance(value, tuple):
        return " to ".join(f"{end:.3g}" for end in value)
    return f"{value:.3g}"
