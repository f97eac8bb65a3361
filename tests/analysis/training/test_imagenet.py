"""The published weights are read, and a file that would run code is refused."""

import pickle
from importlib.util import find_spec

import numpy as np
import pytest

from analysis.training import imagenet
from errors import DataError

published = pytest.mark.skipif(find_spec(imagenet.PACKAGE) is None, reason=f"package {imagenet.PACKAGE} is not installed")


@published
def test_every_tensor_is_read():
    tensors = imagenet.read(imagenet._file())
    assert tensors["_fc.weight"].shape == (1000, 1280)
    assert all(np.isfinite(tensor).all() for tensor in tensors.values())
    assert (tensors["_bn0.running_var"] >= 0).all()


@published
def test_the_network_gets_them():
    tensors = imagenet.read(imagenet._file())
    network = imagenet.network(32, 32)
    assert np.array_equal(
        network.get_layer("block5.depthwise").get_weights()[0][..., 0], tensors["_blocks.5._depthwise_conv.weight"][:, 0].transpose(1, 2, 0)
    )
    assert np.array_equal(network.get_layer("head.norm").get_weights()[2], tensors["_bn1.running_mean"])


class Evil:
    def __reduce__(self):
        return print, ("ran",)


def test_code_is_not_run(tmp_path, capsys):
    path = tmp_path / "weights.pth"
    path.write_bytes(pickle.dumps(1) * 3 + pickle.dumps({"a": Evil()}))
    with pytest.raises(DataError, match=r"weights\.pth: no weights .* asks for"):
        imagenet.read(path)
    assert "ran" not in capsys.readouterr().out


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", pickle.dumps(1) * 4])
def test_another_file_is_refused(content, tmp_path):
    path = tmp_path / "weights.pth"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"weights\.pth"):
        imagenet.read(path)
