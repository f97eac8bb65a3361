"""Genre of a recording: both designs predict, are rebuilt from their arrays, and refuse what does not fit."""

import numpy as np
import pytest

from errors import ModelError
from models import layers, track_genre

RNG = np.random.default_rng(0)
CARD = {"name": "track_genre", "classes": ("Blues", "Jazz", "Rap")}


def kernel_arrays() -> dict[str, np.ndarray]:
    return {
        "mean": np.zeros(4), "scale": np.ones(4), "support": RNG.normal(size=(6, 4)).astype(np.float16),
        "coefficients": RNG.normal(size=(6, 3)).astype(np.float16), "shares": np.array([0.2, 0.3, 0.5]),
        "gamma": np.array(0.5), "sharpness": np.array(2.0),
    }  # fmt: skip


def test_kernel_regression_is_scikit_learns():
    from sklearn.metrics.pairwise import rbf_kernel

    arrays = kernel_arrays()
    model = track_genre.from_arrays(arrays, CARD)
    inputs = RNG.normal(size=(1000, 4)).clip(-4, 4)
    expected = rbf_kernel(inputs, arrays["support"].astype(float), gamma=0.5) @ arrays["coefficients"].astype(float) + arrays["shares"]
    assert model.decide(inputs) == pytest.approx(expected, abs=1e-4)
    probabilities = model.predict_proba(inputs)
    assert probabilities.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert (probabilities.argmax(axis=1) == expected.argmax(axis=1)).all()
    assert model.predict_proba(inputs[:0]).shape == (0, 3)
    with pytest.raises(ValueError, match=r"shape \(n, 4\)"):
        model.predict_proba(np.zeros((1, 3)))


def test_arrays_that_do_not_fit_are_refused():
    for damage in ({"coefficients": np.zeros((6, 2))}, {"support": np.zeros((6, 3))}):
        with pytest.raises(ModelError, match="track_genre: weights are missing or do not fit 3 classes"):
            track_genre.from_arrays(kernel_arrays() | damage, CARD)


@pytest.mark.parametrize("convolutions", [3, 4])
def test_the_ancestors_network_is_rebuilt_from_its_arrays(convolutions):
    network = track_genre.build(3, convolutions=convolutions)
    assert [type(layer).__name__ for layer in network.layers].count("Conv2D") == convolutions
    assert [layer.rate for layer in network.layers if hasattr(layer, "rate")] == [0.8]
    model = track_genre.from_arrays(layers.to_arrays(network), CARD)
    slices = RNG.normal(size=(2, 128, 258, 1)).astype(np.float32)
    assert model.predict_proba(slices) == pytest.approx(network.predict(slices, verbose=0), abs=1e-3)
    assert model.predict_proba(slices[:0]).shape == (0, 3)
    with pytest.raises(ValueError, match=r"shape \(n, 128, 258, 1\)"):
        model.predict_proba(slices[:, :100])


def test_the_penalty_is_the_one_asked_for():
    penalties = [type(track_genre.build(3, regulariser=name).layers[-2].kernel_regularizer).__name__ for name in ("l1", "l2")]
    assert penalties == ["L1", "L2"]
