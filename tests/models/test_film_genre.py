"""Film genres of a score: both designs predict, are rebuilt from their arrays, and refuse what does not fit."""

import numpy as np
import pytest
from scipy.special import expit

from errors import ModelError
from models import film_genre

RNG = np.random.default_rng(0)
CLASSES = ("Action", "Drama")


def logistic_arrays(descriptors: int = 5) -> dict[str, np.ndarray]:
    return {
        "mean": RNG.normal(size=descriptors), "scale": np.full(descriptors, 2.0),
        "coefficients": RNG.normal(size=(descriptors, 2)).astype(np.float16), "intercepts": np.array([0.5, -1.0]),
    }  # fmt: skip


def test_a_logistic_regression_is_what_it_says():
    arrays = logistic_arrays()
    model = film_genre.from_arrays(arrays, {"name": "film_genre", "classes": CLASSES})
    inputs = RNG.normal(size=(4, 5)).astype(np.float32)
    expected = expit((inputs - arrays["mean"]) / 2 @ arrays["coefficients"].astype(float) + arrays["intercepts"])
    assert model.predict_proba(inputs) == pytest.approx(expected, abs=1e-5)
    assert model.features == "descriptors"
    assert model.predict_proba(np.full((1, 5), 1e9, np.float32)) == pytest.approx(  # what was never heard is cut off, not followed
        expit(4 * arrays["coefficients"].astype(float).sum(axis=0) + arrays["intercepts"])[np.newaxis], abs=1e-4
    )
    with pytest.raises(ValueError, match=r"shape \(n, 5\)"):
        model.predict_proba(np.zeros((1, 4)))


def test_arrays_that_do_not_fit_are_refused():
    for damage in ({"coefficients": np.zeros((5, 3))}, {"intercepts": np.zeros(3)}):
        with pytest.raises(ModelError, match="film_genre: weights are missing or do not fit 2 classes"):
            film_genre.from_arrays(logistic_arrays() | damage, {"name": "film_genre", "classes": CLASSES})
    without_mean = {name: array for name, array in logistic_arrays().items() if name != "mean"}
    with pytest.raises(ModelError, match="weights are missing"):
        film_genre.from_arrays(without_mean, {"name": "film_genre", "classes": CLASSES})
    with pytest.raises(ModelError, match=r"layer Action\.0 are missing"):
        film_genre.from_arrays({}, {"name": "film_genre", "classes": CLASSES})


def test_the_network_is_the_ancestors():
    single = film_genre.build(10)
    kinds = [
        (type(layer).__name__, getattr(layer, "filters", getattr(layer, "rate", getattr(layer, "units", None)))) for layer in single.layers
    ]
    convolutions = [(32, 0.1), (64, 0.2), (128, 0.3), (256, 0.4)]
    expected = [kind for filters, rate in convolutions for kind in (("Conv2D", filters), ("MaxPooling2D", None), ("Dropout", rate))]
    assert kinds == [*expected, ("Flatten", None), ("Dense", 50), ("Dropout", 0.5), ("Dense", 50), ("Dense", 10)]
    assert [layer.kernel_size[0] for layer in single.layers if hasattr(layer, "kernel_size")] == [5, 3, 2, 2]
    assert single.layers[-1].activation.__name__ == "softmax"
    assert film_genre.build(1).layers[-1].activation.__name__ == "sigmoid"


def test_an_ensemble_is_rebuilt_from_its_arrays():
    networks = {genre: film_genre.build(1) for genre in CLASSES}
    model = film_genre.from_arrays(film_genre.to_arrays(networks), {"name": "film_genre", "classes": CLASSES})
    tiles = RNG.normal(size=(3, 40, 100, 1)).astype(np.float32)
    expected = np.hstack([networks[genre].predict(tiles, verbose=0) for genre in CLASSES])
    assert model.predict_proba(tiles) == pytest.approx(expected, abs=1e-3)
    assert model.predict_proba(tiles[:0]).shape == (0, 2)
    with pytest.raises(ValueError, match=r"shape \(n, 40, 100, 1\)"):
        model.predict_proba(tiles[:, :39])
