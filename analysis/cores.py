"""How many cores a process uses: the libraries of numbers take all there are, unless they are told."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

# Read by libraries when they are loaded: OpenMP, OpenBLAS, MKL, Accelerate, TensorFlow.
VARIABLES = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS",
    "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS",
)  # fmt: skip


@contextmanager
def one_for_children() -> Iterator[None]:
    """Processes started inside this context use one core each."""
    before = {name: os.environ.get(name) for name in VARIABLES}
    os.environ.update(dict.fromkeys(VARIABLES, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def one_for_me() -> None:
    """From now on this process uses one core, those of its libraries included that are loaded already."""
    from threadpoolctl import threadpool_limits

    os.environ.update(dict.fromkeys(VARIABLES, "1"))
    threadpool_limits(1)
