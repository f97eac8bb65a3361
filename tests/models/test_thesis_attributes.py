"""The attribute networks: the architecture of the thesis, predictions of the right shape, weights that survive the disk."""

import numpy as np
import pytest

from errors import ModelError
from models import thesis_attributes as attributes

CARD = {"name": "energy", "classes": ["low", "medium", "high"]}


@pytest.fixture(scope="module")
def model():
    import keras

    keras.utils.set_random_seed(0)
    return attributes.build(3)


@pytest.fixture(scope="module")
def network(model):
    return attributes.from_arrays(attributes.to_arrays(model), CARD)


@pytest.fixture(scope="module")
def windows():
    return np.random.default_rng(0).standard_normal((5, 128, 100, 1)).astype(np.float32)


def test_the_architecture_is_that_of_the_thesis(model):
    kinds = [type(layer).__name__ for layer in model.layers]
    assert kinds == ["Conv2D", "MaxPooling2D", "Conv2D", "MaxPooling2D", "Flatten", "Dense", "Dense"]
    first, pool, second, _, _, dense, output = model.layers
    for layer, filters in ((first, 16), (second, 32)):
        assert (layer.filters, layer.kernel_size, layer.strides, layer.padding) == (filters, (3, 3), (1, 1), "same")
        assert layer.activation.__name__ == "relu"
    assert pool.pool_size == (2, 2)
    assert (dense.units, dense.activation.__name__) == (64, "relu")
    assert (output.units, output.activation.__name__) == (3, "softmax")
    assert dense.kernel_regularizer is not None
    assert output.kernel_regularizer is not None


def test_probabilities_have_a_row_for_each_window_and_sum_to_one(network, windows):
    probabilities = network.predict_proba(windows)
    assert network.classes == ("low", "medium", "high")
    assert probabilities.shape == (5, 3)
    assert probabilities.dtype == np.float32
    assert probabilities.sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_a_window_is_predicted_alike_alone_and_among_others(network, windows, monkeypatch):
    together = network.predict_proba(windows)
    monkeypatch.setattr(attributes, "BATCH", 2)
    assert network.predict_proba(windows) == pytest.approx(together, abs=1e-6)


def test_no_windows_give_no_rows(network):
    assert network.predict_proba(np.empty((0, 128, 100, 1), np.float32)).shape == (0, 3)


def test_windows_of_another_shape_are_refused(network):
    with pytest.raises(ValueError, match=r"windows must have shape \(n, 128, 100, 1\), got \(2, 100, 128, 1\)"):
        network.predict_proba(np.zeros((2, 100, 128, 1), np.float32))


def test_half_precision_weights_predict_what_the_trained_ones_do(model, network, windows):
    assert network.predict_proba(windows) == pytest.approx(np.asarray(model(windows)), abs=0.005)


def test_weights_that_do_not_fit_the_card_are_refused(model):
    arrays = attributes.to_arrays(model)
    with pytest.raises(ModelError, match=r"energy: weights of layer output .* 2 classes"):
        attributes.from_arrays(arrays, CARD | {"classes": ["low", "high"]})
    del arrays["conv2.bias"]
    with pytest.raises(ModelError, match="energy: weights of layer conv2"):
        attributes.from_arrays(arrays, CARD)
