"""The arranger writes playable pieces of the right length for any style and mood, the same for the same seed."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.synthesis import theory
from analysis.synthesis.music import ENDING, Mood, arrange, to_score
from analysis.synthesis.styles import STYLES
from models.labels import GENRES, LEVELS, VALENCE_LEVELS

MOODS = [Mood(*levels) for levels in itertools.product(LEVELS, VALENCE_LEVELS, LEVELS)]


def test_there_is_a_style_for_each_genre() -> None:
    assert tuple(STYLES) == GENRES


@pytest.mark.parametrize("genre", GENRES)
def test_patterns_are_bars_of_equal_steps_and_known_marks(genre: str) -> None:
    style = STYLES[genre]
    for part in style.parts:
        marks = "1234567890-." if part.role == "figure" else "xX-."
        assert part.patterns
        for pattern in part.patterns:
            assert len(pattern) == 16
            assert set(pattern) <= set(marks)
    for bars in style.kit.patterns.values() if style.kit else ():
        assert all(len(bar) == 16 and set(bar) <= set("Xxo.") for bar in itertools.chain(*bars.values()))


@pytest.mark.parametrize("genre", GENRES)
@pytest.mark.parametrize("mood", MOODS, ids=lambda mood: f"{mood.danceability}-{mood.valence}-{mood.energy}")
def test_a_piece_can_be_written_in_every_mood(genre: str, mood: Mood) -> None:
    piece = arrange(STYLES[genre], 20, mood, seed=1)
    notes = [note for track in piece.tracks for note in track.notes]
    assert len(notes) > 20
    assert all(start >= 0 and length > 0 and 0 <= pitch <= 127 and 1 <= velocity <= 127 for start, length, pitch, velocity in notes)


@settings(max_examples=40, deadline=None)
@given(genre=st.sampled_from(GENRES), seconds=st.floats(8, 90), mood=st.sampled_from(MOODS), seed=st.integers(0, 2**32 - 1))
def test_the_last_chord_falls_where_it_was_asked_for(genre: str, seconds: float, mood: Mood, seed: int) -> None:
    piece = arrange(STYLES[genre], seconds, mood, seed)
    bars = [4 * 60 / tempo for tempo in piece.tempos[:-1]]
    assert sum(bars) == pytest.approx(seconds - ENDING)
    assert 50 < np.mean(piece.tempos) < 240


def test_the_same_seed_writes_the_same_piece_and_another_another() -> None:
    pieces = [arrange(STYLES["jazz"], 30, Mood(), seed) for seed in (1, 1, 2)]
    assert pieces[0] == pieces[1]
    assert pieces[0] != pieces[2]


def test_mood_acts_on_what_is_played() -> None:
    calm, wild = (arrange(STYLES["rock"], 40, Mood("medium", "neutral", energy), 3) for energy in ("low", "high"))
    assert len(wild.tracks) > len(calm.tracks)
    assert wild.tempos[0] > calm.tempos[0]
    still, dancing = (arrange(STYLES["pop"], 40, Mood(dance, "neutral", "medium"), 3) for dance in ("low", "high"))
    assert not any(track.is_drum for track in still.tracks)
    assert any(track.is_drum for track in dancing.tracks)
    assert len(set(still.tempos)) > 2
    assert np.ptp(dancing.tempos) == 0


def test_a_kick_marks_every_beat_of_music_for_dancing() -> None:
    piece = arrange(STYLES["hiphop"], 30, Mood("high", "neutral", "high"), 3)
    drums = next(track for track in piece.tracks if track.is_drum)
    kicks = np.array([start for start, _, pitch, _ in drums.notes if pitch == 36])
    beats = range((len(piece.tempos) - 1) * 4)
    assert all(np.abs(kicks - beat).min() < 0.1 for beat in beats)


def test_a_score_holds_all_notes_and_can_be_written_as_midi() -> None:
    piece = arrange(STYLES["country"], 20, Mood(), 5)
    score = to_score(piece)
    assert [len(track.notes) for track in score.tracks] == [len(track.notes) for track in piece.tracks]
    assert score.dumps_midi()[:4] == b"MThd"


def test_too_short_a_piece_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 8 s"):
        arrange(STYLES["pop"], 5, Mood(), 0)


@pytest.mark.parametrize(
    ("text", "root", "tones"),
    [("I", 0, (0, 4, 7)), ("vi", 9, (0, 3, 7)), ("bVII", 10, (0, 4, 7)), ("ii7", 2, (0, 3, 7, 10)), ("V7", 7, (0, 4, 7, 10)),
     ("Imaj7", 0, (0, 4, 7, 11)), ("iim7b5", 2, (0, 3, 6, 10)), ("bII5", 1, (0, 7))],
)  # fmt: skip
def test_roman_numerals(text: str, root: int, tones: tuple[int, ...]) -> None:
    assert theory.chord(text, 0) == theory.Chord(root, tones)
    assert theory.chord(text, 5).root == (root + 5) % 12


@pytest.mark.parametrize("text", ["", "H", "I11x", "xii"])
def test_what_is_no_chord_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="chord"):
        theory.chord(text, 0)


@settings(deadline=None)
@given(pitch=st.integers(20, 110), steps=st.integers(-8, 8), scale=st.sampled_from(sorted(theory.SCALES)))
def test_scale_steps_stay_in_the_scale_and_come_back(pitch: int, steps: int, scale: str) -> None:
    classes = theory.SCALES[scale]
    moved = theory.scale_step(pitch, steps, classes)
    assert moved % 12 in classes
    assert theory.scale_step(moved, -steps, classes) == theory.snap(pitch, classes)
