"""Layers of convolutional networks in plain numpy, to look at a picture without waiting for TensorFlow.

Pictures are [shape=(n, height, width, channels), float32]. Padding is TensorFlow's "same": the output has the input's size
divided by the stride, rounded up, and where the padding is odd the bottom and the right get the larger part.
"""

from collections.abc import Iterator

import numpy as np


def convolve(pictures: np.ndarray, kernel: np.ndarray, bias: np.ndarray, stride: int = 1) -> np.ndarray:
    """Convolution of all channels with each filter.

    Parameters
    ----------
    pictures : np.ndarray [shape=(n, h, w, c), float32]
    kernel : np.ndarray [shape=(k, k, c, filters)]
    bias : np.ndarray [shape=(filters,)]
    stride : pixels between outputs

    Returns
    -------
    np.ndarray [shape=(n, ceil(h / stride), ceil(w / stride), filters)]
    """
    size = kernel.shape[0]
    if size == 1 and stride == 1:
        return pictures @ kernel[0, 0] + bias
    shifted = np.concatenate(list(_shifts(pictures, size, stride)), axis=-1)
    return shifted @ kernel.reshape(-1, kernel.shape[-1]) + bias


def convolve_depthwise(pictures: np.ndarray, kernel: np.ndarray, bias: np.ndarray, stride: int = 1) -> np.ndarray:
    """Convolution of each channel by itself.

    Parameters
    ----------
    pictures : np.ndarray [shape=(n, h, w, c), float32]
    kernel : np.ndarray [shape=(k, k, c)]
    bias : np.ndarray [shape=(c,)]
    stride : pixels between outputs

    Returns
    -------
    np.ndarray [shape=(n, ceil(h / stride), ceil(w / stride), c)]
    """
    total = np.zeros((), np.float32)
    for shifted, weights in zip(_shifts(pictures, kernel.shape[0], stride), kernel.reshape(-1, kernel.shape[-1]), strict=True):
        total = total + shifted * weights
    return total + bias


def convolve_transposed(pictures: np.ndarray, kernel: np.ndarray, bias: np.ndarray, stride: int = 2) -> np.ndarray:
    """Transposed convolution, which enlarges: each pixel is spread over the cells of each filter, and what overlaps is added.

    Parameters
    ----------
    pictures : np.ndarray [shape=(n, h, w, c), float32]
    kernel : np.ndarray [shape=(k, k, filters, c)], k at least the stride
    bias : np.ndarray [shape=(filters,)]
    stride : pixels for each pixel

    Returns
    -------
    np.ndarray [shape=(n, h * stride, w * stride, filters)]
    """
    count, height, width, channels = pictures.shape
    size, _, filters, _ = kernel.shape
    spread = (pictures @ kernel.reshape(-1, channels).T).reshape(count, height, width, size, size, filters)
    beyond = size - stride
    whole = np.zeros((count, height * stride + beyond, width * stride + beyond, filters), np.float32)
    for top in range(size):
        for left in range(size):
            whole[:, top : top + height * stride : stride, left : left + width * stride : stride] += spread[:, :, :, top, left]
    before = beyond // 2
    return whole[:, before : before + height * stride, before : before + width * stride] + bias


def leaky(values: np.ndarray, slope: float) -> np.ndarray:
    """Leaky ReLU: what is below zero is multiplied by the slope."""
    return np.maximum(values, slope * values)


def relu6(values: np.ndarray) -> np.ndarray:
    """Values held between 0 and 6, in place."""
    return np.clip(values, 0, 6, out=values)


def softmax(scores: np.ndarray) -> np.ndarray:
    """Probabilities along the last axis."""
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def _shifts(pictures: np.ndarray, size: int, stride: int) -> Iterator[np.ndarray]:
    """What each cell of a kernel sees, row by row [each shape=(n, ceil(h / stride), ceil(w / stride), c)]."""
    height, width = pictures.shape[1:3]
    rows, columns = -(-height // stride), -(-width // stride)
    paddings = [max((count - 1) * stride + size - length, 0) for count, length in ((rows, height), (columns, width))]
    around = [(0, 0), *((padding // 2, padding - padding // 2) for padding in paddings), (0, 0)]
    padded = np.pad(pictures, around)
    for top in range(size):
        for left in range(size):
            yield padded[:, top : top + (rows - 1) * stride + 1 : stride, left : left + (columns - 1) * stride + 1 : stride]
