"""Run a function in a fresh process and say how long it took and how much memory it held at its peak."""

import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Measured:
    """value: what the function returned; seconds: from the start of the process; cpu_seconds: of all its threads; peak_bytes: resident."""

    value: Any
    seconds: float
    cpu_seconds: float
    peak_bytes: int


def measure(function: Callable[..., Any], *arguments: Any) -> Measured:
    """Call `function(*arguments)` in a spawned process; start-up and imports count, as they do for a user."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    begun = time.perf_counter()
    process = context.Process(target=_call, args=(theirs, function, arguments))
    process.start()
    theirs.close()
    try:
        value, computing, peak = ours.recv()
    except EOFError:
        raise RuntimeError(f"{function.__name__} ended without a result; its own message stands above") from None
    finally:
        process.join()
    return Measured(value, time.perf_counter() - begun, computing, peak)


def _call(pipe: Any, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    pipe.send((function(*arguments), time.process_time(), _peak_bytes()))


def _peak_bytes() -> int:
    status = Path("/proc/self/status")
    if status.exists():  # getrusage would count the parent's peak too: a child inherits it until it grows past it
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
