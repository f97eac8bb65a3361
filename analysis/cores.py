"""How many cores a process uses: the libraries of numbers take all there are, unless they are told."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

# Read by libraries when they are loaded: OpenMP, OpenBLAS, MKL, Accelerate, TensorFlow.
VARIABLES = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS",
    "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS",
)  # fmt: skip


def count() -> int:
    """Cores this process may use."""
    if os.environ.get(VARIABLES[0]) == "1":
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


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


@contextmanager
def one_for_libraries() -> Iterator[None]:
    """The libraries of numbers that are loaded use one core inside this context."""
    with _libraries().limit(limits=1):
        yield


@cache
def _libraries() -> "ThreadpoolController":
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def one_for_me() -> None:
    """From now on this process uses one core, those of its libraries included that are loaded already."""
    from threadpoolctl import threadpool_limits

    os.environ.update(dict.fromkeys(VARIABLES, "1"))
    threadpool_limits(1)
