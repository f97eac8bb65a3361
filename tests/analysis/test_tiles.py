"""What the genre models hear: shapes, that it does not depend on level or blocks, and the same numbers as librosa's."""

import numpy as np
import pytest

from analysis import tiles
from analysis.audio import SAMPLE_RATE

RNG = np.random.default_rng(0)


def music(seconds: float, beats: float = 2.0) -> np.ndarray:
    """A chord struck so many times a second, with a little noise, int16."""
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    struck = np.exp(-6 * (time * beats % 1) / beats)
    sound = sum(np.sin(2 * np.pi * f * time) for f in (220, 277, 330)) * struck / 4 + 0.005 * RNG.standard_normal(len(time))
    return (12000 * sound).astype(np.int16)


@pytest.mark.parametrize(("seconds", "count", "slices"), [(1, 1, 1), (10, 1, 1), (15, 2, 1), (30, 5, 3)])
def test_tiles_every_five_seconds_and_slices_every_six(seconds, count, slices):
    sound = tiles.listen(music(seconds))
    assert tiles.mfcc_tiles(sound).shape == (count, 40, 100, 1)
    assert tiles.slices(sound).shape == (slices, *tiles.SLICE_SHAPE)


def test_silence_and_the_shortest_sound_are_finite():
    for signal in (np.zeros(20 * SAMPLE_RATE, np.int16), np.ones(1, np.int16)):
        sound = tiles.listen(signal)
        for features in (tiles.mfcc_tiles(sound), tiles.slices(sound)):
            assert np.isfinite(features).all()


def test_the_level_of_a_recording_does_not_matter():
    loud = music(20)
    quiet = (loud / 4).astype(np.int16)
    a, b = tiles.listen(loud), tiles.listen(quiet)
    assert tiles.mfcc_tiles(a) == pytest.approx(tiles.mfcc_tiles(b), abs=0.1)
    assert tiles.slices(a) == pytest.approx(tiles.slices(b), abs=0.3)


def test_blocks_leave_no_seam(monkeypatch):
    signal = music(30)
    whole = tiles.spectrum_and_onsets(signal)
    columns = tiles.tempogram(whole[1])
    monkeypatch.setattr(tiles, "_BLOCK", 70)
    parts = tiles.spectrum_and_onsets(signal)
    assert parts[0] == pytest.approx(whole[0], rel=1e-5)
    assert parts[1] == pytest.approx(whole[1], abs=1e-4)
    assert tiles.tempogram(whole[1]) == pytest.approx(columns, abs=1e-5)


def test_the_tempogram_is_librosas():
    import librosa

    _, onsets = tiles.spectrum_and_onsets(music(20))
    theirs = librosa.feature.tempogram(onset_envelope=onsets, sr=SAMPLE_RATE, hop_length=160, win_length=256)
    assert tiles.tempogram(onsets) == pytest.approx(theirs[: tiles.LAGS, ::5].T, abs=1e-5)


@pytest.mark.parametrize("beats", [1.0, 2.0, 2.5])
def test_the_tempogram_shows_the_beat(beats):
    columns = tiles.listen(music(20, beats)).tempogram[50:-50].mean(axis=0)
    period = round(50 / beats)  # lags are of 20 ms
    assert columns[period] > columns[[period - 3, period + 3]].max() + 0.04


def test_the_spectrum_shows_the_pitch():
    time = np.arange(15 * SAMPLE_RATE) / SAMPLE_RATE
    spectrum = tiles.listen((9000 * np.sin(2 * np.pi * 1000 * time)).astype(np.int16)).spectrum
    assert set(spectrum.argmax(axis=1)) == {1000 * 256 // SAMPLE_RATE}


def test_mfcc_are_those_of_the_mel_window():
    from scipy.fft import idct

    sound = tiles.listen(music(15))
    coefficients = np.zeros((128, 100))
    coefficients[:40] = tiles.mfcc_tiles(sound)[0, :, :, 0] * tiles.MFCC_SCALE
    rebuilt, exact = idct(coefficients, axis=0, norm="ortho"), tiles.standardise(sound.mel[:, :100])
    assert np.corrcoef(rebuilt.ravel(), exact.ravel())[0, 1] > 0.9
