"""What might be composed, without any model: the piece written by hand, as long as it is wanted, for four instruments."""

from io import BytesIO

import numpy as np
import soundfile

from analysis.composing.matching import Match, Measured
from analysis.composing.piece import Draft, Part, Piece, Section
from dashboard.composing import STAGES, TONICS, Composed, Composition, roll
from dashboard.hearing import Progress
from dashboard.wishes import Wish
from models.labels import GENRES, MOODS
from models.score import PER_BAR, PER_BEAT
from tests.analysis.composing.conftest import write

RATE = 8_000
PARTS = (("Violins", 48, 60, 128), ("Piano", 0, 55, 60), ("Cello", 42, 0, 55))  # name, program, from and to which pitch


def compose(wish: Wish, _name: str, progress: Progress) -> Composition:
    """Composes at once."""
    for stage in STAGES:
        progress(stage, STAGES.index(stage) / len(STAGES))
    candidates = [composed(wish, wish.seed + place, 86 - 7 * place) for place in range(wish.count)]
    return Composition(wish, tuple(candidates))


def composed(wish: Wish, seed: int, score: float) -> Composed:
    """A candidate in the key and at the tempo of its seed."""
    piece = arranged(drafted(wish.seconds, seed, minor=wish.profile.valence < 0.5), np.random.default_rng(seed))
    seconds = piece.draft.seconds + 1
    draft = piece.draft
    key = f"{TONICS[draft.tonic]} {'minor' if draft.minor else 'major'}"
    measured, match = matched(wish, np.random.default_rng(seed), score)
    return Composed(seed, measured, match, roll(piece, seconds), key, draft.tempo, seconds, b"MThd" + bytes([seed % 256]), tone(seconds))


def drafted(seconds: float, seed: int, minor: bool) -> Draft:
    tempo = 84.0 + 6 * (seed % 8)
    once = write(seed % 12, minor, tempo)
    bars = max(round(seconds / (PER_BAR / PER_BEAT * 60 / tempo)), 4)
    times = -(-bars // once.bars)
    notes = np.concatenate([once.notes + np.array([place * once.bars * PER_BAR, 0, 0, 0]) for place in range(times)])
    parts = [round(bars * share) for share in (0, 0.2, 0.6, 0.85, 1)]
    named = zip(("opening", "development", "return", "cadence"), parts[:-1], parts[1:], strict=True)
    sections = tuple(Section(name, first, end - first) for name, first, end in named)
    return Draft(notes[notes[:, 0] < bars * PER_BAR], tempo, once.tonic, minor, sections)


def arranged(draft: Draft, rng: np.random.Generator) -> Piece:
    parts = []
    for name, program, low, high in PARTS:
        notes = draft.notes[(draft.notes[:, 2] >= low) & (draft.notes[:, 2] < high)].copy()
        notes[:, 3] = np.clip(notes[:, 3] + rng.integers(-18, 18, len(notes)), 1, 127)
        parts.append(Part(name, program, notes))
    beats = np.arange(0, draft.bars * PER_BAR, PER_BEAT)
    drums = np.stack([beats, np.full_like(beats, 6), np.where(beats % PER_BAR, 42, 36), np.full_like(beats, 80)], axis=1)
    return Piece(draft, (*parts, Part("Drums", 0, drums, is_drum=True)))


def matched(wish: Wish, rng: np.random.Generator, score: float) -> tuple[Measured, Match]:
    profile = wish.profile
    moods = np.array([profile.moods[mood] for mood in MOODS]) * 0.7 + rng.dirichlet(np.ones(4)) * 0.3
    levels = {name: float(np.clip(getattr(profile, name) + rng.normal(0, 0.1), 0, 1)) for name in ("valence", "energy", "danceability")}
    measured = Measured(
        moods=dict(zip(MOODS, moods.tolist(), strict=True)), **levels, tempo=profile.tempo[0] + 6, genres={"Drama": 0.7, "Comedy": 0.1},
        mode=-0.12, density=3.4, dissonance=0.29, music=1.0,
        music_genres=dict(zip(GENRES, rng.dirichlet(np.ones(len(GENRES))).tolist(), strict=True)),
    )  # fmt: skip
    asked = {
        "moods": dict(profile.moods), **{name: getattr(profile, name) for name in levels}, "tempo": profile.tempo,
        **({"genres": dict(profile.genres)} if profile.genres else {}),
        "mode": (-0.2, 0.1), "density": (2.8, 4.1), "dissonance": (0.25, 0.34),
    }  # fmt: skip
    got = {name: getattr(measured, name) for name in ("moods", *levels, "tempo", "genres", "mode", "density", "dissonance")}
    parts = {name: float(np.clip(score + rng.normal(0, 12), 0, 100)) for name in asked}
    return measured, Match(score, asked, got, parts)


def tone(seconds: float) -> bytes:
    """A tone as OGG."""
    content = BytesIO()
    time = np.arange(round(seconds * RATE)) / RATE
    soundfile.write(content, 0.2 * np.sin(2 * np.pi * 220 * time), RATE, format="OGG", subtype="VORBIS")
    return content.getvalue()
