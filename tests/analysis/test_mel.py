import librosa
import numpy as np
import pytest

from analysis import mel


@pytest.mark.parametrize(("rate", "n_fft", "bands", "low"), [(8000, 2048, 128, 0.0), (8000, 512, 40, 60.0), (22050, 1024, 64, 20.0)])
@pytest.mark.parametrize("same_area", [True, False])
def test_filters_are_librosas(rate: int, n_fft: int, bands: int, low: float, same_area: bool) -> None:
    theirs = librosa.filters.mel(sr=rate, n_fft=n_fft, n_mels=bands, fmin=low, norm="slaney" if same_area else None)
    ours = mel.filters(rate, n_fft, bands, low=low, same_area=same_area)
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6 * theirs.max())


def test_frequencies_are_librosas() -> None:
    np.testing.assert_allclose(mel.frequencies(40, 30, 4000), librosa.mel_frequencies(n_mels=40, fmin=30, fmax=4000))
