"""EfficientNet-Lite0, the network that looks at posters, scenes and covers.

Tan & Le, "EfficientNet: Rethinking model scaling for convolutional neural networks" (2019), in Google's Lite version:
no squeeze-and-excitation, ReLU6. `build` makes it in Keras, for training; `Features` runs it in plain numpy.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from models.convolution import convolve, convolve_depthwise, relu6
from models.quiet import quiet_import

STEM, HEAD = 32, 1280  # channels of the first and of the last convolution
STAGES = (  # repeats, kernel, stride, expansion, channels
    (1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192), (1, 3, 1, 6, 320),
)  # fmt: skip
EPSILON = 1e-3  # of batch normalisation
BATCH = 16  # pictures at once: bounds the memory


class Block(NamedTuple):
    """An inverted residual: expand with 1 x 1, filter each channel, project back with 1 x 1."""

    name: str
    kernel: int
    stride: int
    expansion: int
    channels: int
    skip: bool  # the input is added to the output


def blocks() -> Iterator[Block]:
    """The sixteen blocks between stem and head."""
    number, before = 0, STEM
    for repeats, kernel, stride, expansion, channels in STAGES:
        for repeat in range(repeats):
            first = stride if repeat == 0 else 1
            yield Block(f"block{number}", kernel, first, expansion, channels, first == 1 and before == channels)
            number, before = number + 1, channels


def scaled(pictures: np.ndarray) -> np.ndarray:
    """What the network was made for: RGB of 0..255 about zero [same shape, float32, -1..1]."""
    return (pictures.astype(np.float32) - 127.0) / 128.0


def build(height: int | None = None, width: int | None = None) -> Any:
    """An untrained Keras network: pictures scaled by `scaled` -> maps of HEAD channels, 1/32 the size, not yet averaged.

    Layers are named as the arrays of `Features`, with `.norm` for their batch normalisation; the outputs of blocks are layers
    named `block<n>.out`.
    """
    layers = quiet_import("keras").layers

    def normal(tensor: Any, name: str, active: bool = True) -> Any:
        tensor = layers.BatchNormalization(epsilon=EPSILON, momentum=0.99, name=f"{name}.norm")(tensor)
        return layers.ReLU(6.0, name=f"{name}.relu")(tensor) if active else tensor

    given = layers.Input((height, width, 3))
    tensor = normal(layers.Conv2D(STEM, 3, 2, "same", use_bias=False, name="stem")(given), "stem")
    for block in blocks():
        kept = tensor
        if block.expansion > 1:
            wide = tensor.shape[-1] * block.expansion
            name = f"{block.name}.expand"
            tensor = normal(layers.Conv2D(wide, 1, use_bias=False, name=name)(tensor), name)
        name = f"{block.name}.depthwise"
        tensor = normal(layers.DepthwiseConv2D(block.kernel, block.stride, "same", use_bias=False, name=name)(tensor), name)
        name = f"{block.name}.project"
        tensor = normal(layers.Conv2D(block.channels, 1, use_bias=False, name=name)(tensor), name, active=False)
        out = f"{block.name}.out"
        tensor = layers.Add(name=out)([tensor, kept]) if block.skip else layers.Activation("linear", name=out)(tensor)
    tensor = normal(layers.Conv2D(HEAD, 1, use_bias=False, name="head")(tensor), "head")
    return quiet_import("keras").Model(given, tensor, name="efficientnet_lite0")


def to_arrays(network: Any, last: str = "head") -> dict[str, np.ndarray]:
    """Arrays of `Features` from a trained Keras network of `build`: batch normalisation folded into kernel and bias, float16.

    last : the last layer that is wanted: the head, or a block such as "block14"
    """
    arrays = {}
    for name in layer_names(last):
        kernel = network.get_layer(name).get_weights()[0]
        gamma, beta, mean, variance = network.get_layer(f"{name}.norm").get_weights()
        gain = gamma / np.sqrt(variance + EPSILON)
        kernel = kernel[..., 0] * gain if name.endswith("depthwise") else kernel * gain
        arrays[f"{name}.kernel"], arrays[f"{name}.bias"] = kernel.astype(np.float16), (beta - mean * gain).astype(np.float16)
    return arrays


def layer_names(last: str = "head") -> list[str]:
    """Convolutions in the order in which a picture passes them, to the head or to the end of a block."""
    names = ["stem"]
    for block in blocks():
        parts = ("expand", "depthwise", "project") if block.expansion > 1 else ("depthwise", "project")
        names += [f"{block.name}.{part}" for part in parts]
        if block.name == last:
            return names
    return [*names, "head"]


class Features:
    """The trained network in plain numpy: pictures -> HEAD numbers each, or as many as the `last` block has channels."""

    def __init__(self, arrays: Mapping[str, np.ndarray], prefix: str = "", last: str = "head") -> None:
        """Raises KeyError when an array of `to_arrays` is missing."""
        self._last = last
        self._layers = {
            name: (_single(arrays, f"{prefix}{name}.kernel"), _single(arrays, f"{prefix}{name}.bias")) for name in layer_names(last)
        }
        self.count = len(self._layers[layer_names(last)[-1]][1])

    def __call__(self, pictures: np.ndarray) -> np.ndarray:
        """The mean over the last map of each picture.

        Parameters
        ----------
        pictures : np.ndarray [shape=(n, h, w, 3)], RGB 0..255

        Returns
        -------
        np.ndarray [shape=(n, count), float32]
        """
        batches = [self._look(scaled(pictures[start : start + BATCH])) for start in range(0, len(pictures), BATCH)]
        return np.concatenate([np.empty((0, self.count), np.float32), *batches])

    def _look(self, tensor: np.ndarray) -> np.ndarray:
        tensor = relu6(convolve(tensor, *self._layers["stem"], stride=2))
        for block in blocks():
            kept = tensor
            if block.expansion > 1:
                tensor = relu6(convolve(tensor, *self._layers[f"{block.name}.expand"]))
            tensor = relu6(convolve_depthwise(tensor, *self._layers[f"{block.name}.depthwise"], stride=block.stride))
            tensor = convolve(tensor, *self._layers[f"{block.name}.project"])
            if block.skip:
                tensor += kept
            if block.name == self._last:
                return tensor.mean(axis=(1, 2))
        return relu6(convolve(tensor, *self._layers["head"])).mean(axis=(1, 2))


def _single(arrays: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    return arrays[name].astype(np.float32)
