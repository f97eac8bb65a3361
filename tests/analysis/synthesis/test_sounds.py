"""Rendered music, effects and speech: their length, loudness, and that they are the same each time."""

import subprocess
from pathlib import Path

import numpy as np
import pytest

from analysis.synthesis import effects, render, speech
from analysis.synthesis.music import Mood, arrange
from analysis.synthesis.render import CEILING, LOUDNESS, RATE
from analysis.synthesis.scenes import SPEECH_LEVEL, join_lines, music
from analysis.synthesis.speech import Line, say
from analysis.synthesis.styles import STYLES
from errors import LeitmotifError
from models.labels import GENRES


def decibels(sound: np.ndarray) -> float:
    return float(10 * np.log10((sound**2).mean()))


@pytest.mark.parametrize("genre", GENRES)
def test_music_has_the_length_and_loudness_of_its_energy_and_does_not_clip(genre: str) -> None:
    for energy, expected in (("low", LOUDNESS["low"]), ("high", LOUDNESS["high"])):
        sound = music(genre, 12, Mood("medium", "neutral", energy), 7)
        assert sound.shape == (2, 12 * RATE)
        assert sound.dtype == np.float32
        assert np.abs(sound).max() < CEILING
        assert decibels(sound) == pytest.approx(expected, abs=3)
        assert decibels(sound[:, -200:]) < -50  # faded out


def test_distortion_adds_treble_and_keeps_the_loudness() -> None:
    bass = 0.1 * np.sin(2 * np.pi * 110 * np.arange(RATE) / RATE).astype(np.float32)
    driven = render._drive(bass, 0.8)
    treble = np.abs(np.fft.rfft(driven))[1000:4000]
    assert decibels(driven) == pytest.approx(decibels(bass), abs=0.1)
    assert (treble**2).sum() > 100 * (np.abs(np.fft.rfft(bass))[1000:4000] ** 2).sum()
    assert render._drive(bass, 0.0) is bass


def test_the_same_piece_sounds_the_same() -> None:
    piece = arrange(STYLES["blues"], 10, Mood(), 4)
    assert np.array_equal(render.render(piece, 10), render.render(piece, 10))


def test_limit_bends_only_what_is_loud() -> None:
    sound = np.linspace(-3, 3, 601, dtype=np.float32)
    limited = render.limit(sound)
    assert np.abs(limited).max() <= CEILING
    assert np.array_equal(limited[np.abs(sound) <= 0.6], sound[np.abs(sound) <= 0.6])
    assert (np.diff(limited) >= 0).all()


def test_level_of_silence_is_silence() -> None:
    assert not render.level(np.zeros((2, 100), np.float32), -20).any()


def test_a_missing_sound_font_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(LeitmotifError, match="TimGM6mb"):
        render.sound_font()


@pytest.mark.parametrize("name", effects.EFFECTS)
def test_effects_are_seeded_audible_and_do_not_clip(name: str) -> None:
    sound = effects.effect(name, 5, seed=3)
    assert sound.shape == (2, 5 * RATE)
    assert np.isfinite(sound).all()
    assert np.abs(sound).max() < CEILING
    assert -36 < decibels(sound) < -18
    assert np.array_equal(sound, effects.effect(name, 5, seed=3))
    assert not np.array_equal(sound, effects.effect(name, 5, seed=4))


def test_an_unknown_effect_is_refused() -> None:
    with pytest.raises(ValueError, match="choose one of rain"):
        effects.effect("applause", 5, 0)


def test_lines_are_spoken_alike_each_time_by_voices_that_differ() -> None:
    lines = [Line("en-us+m3", "The rain has not stopped."), Line("en-us+f4", "The rain has not stopped."), Line("ru+f2", "Снег перестал.")]
    first, again = say(lines, RATE), say(lines, RATE)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert all(0.5 * RATE < len(line) < 5 * RATE and 0.1 < np.abs(line).max() <= 1.1 for line in first)
    assert len(first[0]) != len(first[1])
    assert say([], RATE) == []


def test_speech_is_resampled_to_the_rate_asked_for() -> None:
    line = [Line("en-us+m3", "One two three four.")]
    assert len(say(line, 8000)[0]) / 8000 == pytest.approx(len(say(line, RATE)[0]) / RATE, abs=0.01)


def test_an_unknown_voice_and_a_library_that_fails_are_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LeitmotifError, match="no voice 'xx'"):
        say([Line("xx", "Hello.")], RATE)
    failed = subprocess.CompletedProcess([], 1, b"", b"Traceback\nOSError: libespeak-ng.so: cannot open shared object file\n")
    monkeypatch.setattr(speech.subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(LeitmotifError, match=r"cannot open shared object file.*pip install --force-reinstall espeakng-loader"):
        say([Line("en", "Hello.")], RATE)


def test_joined_lines_have_speech_level() -> None:
    spoken = say([Line("en-us+m3", "They told me in the village that nobody lives up here.")] * 2, RATE)
    joined = join_lines(spoken, 1)
    assert joined.shape[0] == 2
    assert decibels(joined) == pytest.approx(SPEECH_LEVEL, abs=4)
    assert join_lines([], 1).shape == (2, 0)
