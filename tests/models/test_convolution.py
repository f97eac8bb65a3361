"""The layers in numpy give what Keras' layers give."""

import numpy as np
import pytest

from models import convolution


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize(("size", "stride"), [(1, 1), (3, 1), (3, 2), (5, 1), (5, 2)])
@pytest.mark.parametrize("shape", [(2, 12, 9, 4), (1, 7, 16, 4)])
def test_convolutions_are_those_of_keras(size, stride, shape, rng):
    from keras import ops

    pictures = rng.standard_normal(shape, np.float32)
    kernel, bias = rng.standard_normal((size, size, 4, 6), np.float32), rng.standard_normal(6, np.float32)
    expected = np.asarray(ops.conv(pictures, kernel, stride, "same")) + bias
    assert convolution.convolve(pictures, kernel, bias, stride) == pytest.approx(expected, abs=1e-4)
    expected = np.asarray(ops.depthwise_conv(pictures, kernel[..., :1], stride, "same"))
    assert convolution.convolve_depthwise(pictures, kernel[..., 0], np.zeros(4), stride) == pytest.approx(expected, abs=1e-4)


def test_probabilities_sum_to_one_however_large_the_scores(rng):
    found = convolution.softmax(1000 * rng.standard_normal((5, 3)))
    assert np.isfinite(found).all()
    assert found.sum(axis=-1) == pytest.approx(1)


@pytest.mark.parametrize(("size", "stride"), [(4, 2), (5, 2), (3, 1)])
def test_transposed_convolutions_are_those_of_keras(size, stride, rng):
    from keras import ops

    pictures = rng.standard_normal((2, 5, 7, 4), np.float32)
    kernel, bias = rng.standard_normal((size, size, 6, 4), np.float32), rng.standard_normal(6, np.float32)
    expected = np.asarray(ops.conv_transpose(pictures, kernel, stride, "same")) + bias
    assert convolution.convolve_transposed(pictures, kernel, bias, stride) == pytest.approx(expected, abs=1e-4)
