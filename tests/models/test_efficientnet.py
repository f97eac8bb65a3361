"""The network in numpy is the network in Keras."""

import numpy as np
import pytest

from models import efficientnet
from models.efficientnet import Features

pytest.importorskip("keras")


@pytest.fixture(scope="module")
def network():
    import keras

    keras.utils.set_random_seed(0)
    model = efficientnet.build(64, 48)
    rng = np.random.default_rng(0)
    for layer in model.layers:  # statistics as of a trained network
        if layer.name.endswith(".norm"):
            gamma, beta, mean, variance = layer.get_weights()
            layer.set_weights([gamma + 0.1, beta + 0.2 * rng.random(len(beta)), mean, variance * rng.uniform(0.05, 0.2, len(beta))])
    return model


def test_both_see_the_same(network):
    pictures = np.random.default_rng(1).integers(0, 256, (3, 64, 48, 3), np.uint8)
    expected = network.predict(efficientnet.scaled(pictures), verbose=0).mean(axis=(1, 2))
    found = Features(efficientnet.to_arrays(network))(pictures)
    assert found.shape == (3, efficientnet.HEAD)
    assert expected.std() > 0.1
    assert found == pytest.approx(expected, abs=0.02 * float(np.abs(expected).max()))  # half precision


def test_it_can_be_asked_after_a_block(network):
    import keras

    pictures = np.random.default_rng(1).integers(0, 256, (2, 64, 48, 3), np.uint8)
    until = keras.Model(network.input, network.get_layer("block14.out").output)
    expected = until.predict(efficientnet.scaled(pictures), verbose=0).mean(axis=(1, 2))
    arrays = efficientnet.to_arrays(network, "block14")
    found = Features(arrays, last="block14")(pictures)
    assert "head.kernel" not in arrays
    assert "block15.expand.kernel" not in arrays
    assert found.shape == (2, 192)
    assert found == pytest.approx(expected, abs=0.02 * float(np.abs(expected).max()))


def test_no_pictures_give_no_features(network):
    assert Features(efficientnet.to_arrays(network))(np.empty((0, 64, 48, 3), np.uint8)).shape == (0, efficientnet.HEAD)


def test_a_missing_array_is_named(network):
    arrays = efficientnet.to_arrays(network)
    del arrays["block3.expand.kernel"]
    with pytest.raises(KeyError, match="block3"):
        Features(arrays)
