"""The ancestor's networks for posters are what they are called."""

import numpy as np
import pytest

from models.poster_networks import NETWORKS, resnet20

pytest.importorskip("keras")


@pytest.mark.parametrize("name", ["LeNet", "ResNet20", "custom"])
def test_each_tells_five_classes_of_square_posters(name):
    network = NETWORKS[name](32, 5)
    found = network.predict_on_batch(np.random.default_rng(0).uniform(-1, 1, (2, 32, 32, 3)).astype(np.float32))
    assert found.shape == (2, 5)
    assert found.sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_resnet20_has_as_many_layers_and_weights_as_published():
    network = resnet20(32, 10)
    convolutions = [layer for layer in network.layers if layer.__class__.__name__ == "Conv2D" and layer.kernel_size == (3, 3)]
    assert len(convolutions) + 1 == 20
    assert network.count_params() == pytest.approx(0.27e6, rel=0.02)  # He et al. 2016, table 6
