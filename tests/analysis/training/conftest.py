"""What the tests of training share."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from analysis import descriptors, tiles
from models.quiet import quiet_import


@pytest.fixture(scope="module")
def eagerly() -> Iterator[None]:
    """Networks are computed operation by operation: for so few steps, tracing a graph of each network takes several times as long."""
    config = quiet_import("tensorflow").config
    config.run_functions_eagerly(True)
    yield
    config.run_functions_eagerly(False)


@pytest.fixture(scope="module")
def described_once() -> Iterator[None]:
    """A recording that is trained on in several tests is described in the first of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(descriptors, "of_recording", remembered(descriptors.of_recording))
        patch.setattr(tiles, "listen", remembered(tiles.listen))
        yield


def remembered(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of a signal that is computed once for each."""
    known: dict[tuple[bytes, tuple[object, ...]], Any] = {}

    def once(signal: np.ndarray, *settings: object) -> Any:
        key = signal.tobytes(), settings
        if key not in known:
            known[key] = function(signal, *settings)
        return known[key]

    return once
