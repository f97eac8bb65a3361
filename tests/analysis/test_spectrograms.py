import librosa
import numpy as np
import pytest

from analysis import spectrograms
from analysis.audio import SAMPLE_RATE


def noise(seconds: float, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 3000, int(seconds * SAMPLE_RATE)).astype(np.int16)


def test_mel_equals_librosa() -> None:
    signal = noise(70)
    padded = np.pad(signal.astype(np.float32) / 32768, (spectrograms.N_FFT - spectrograms.HOP) // 2)
    expected = librosa.feature.melspectrogram(
        y=padded, sr=SAMPLE_RATE, n_fft=spectrograms.N_FFT, hop_length=spectrograms.HOP, n_mels=spectrograms.N_MELS, center=False
    )
    np.testing.assert_allclose(spectrograms.mel_power(signal), expected, rtol=1e-3, atol=1e-6)


def test_blocks_leave_no_seams() -> None:
    signal = noise(130)
    whole = spectrograms.mel_power(signal)
    later = spectrograms.mel_power(signal[60 * SAMPLE_RATE :])
    np.testing.assert_allclose(whole[:, 610:1290], later[:, 10:690], rtol=1e-4)


@pytest.mark.parametrize("gain", [0.5, 2.0])
def test_the_mixing_level_does_not_matter(gain: float) -> None:
    quiet = spectrograms.mel_power(noise(10))
    np.testing.assert_allclose(spectrograms.standardise(quiet * gain**2), spectrograms.standardise(quiet), atol=1e-4)


def test_silence_is_finite() -> None:
    assert not spectrograms.standardise(spectrograms.mel_power(np.zeros(80_000, np.int16))).any()
