"""Run a function in a fresh process, or a command, and say how long it took and how much memory it held at its peak."""

import multiprocessing
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LEITMOTIF = Path(sys.executable).with_name("leitmotif")


@dataclass(frozen=True)
class Measured:
    """value: what the function returned; seconds: from the start of the process; cpu_seconds: of all its threads.

    peak_bytes: resident at most, of the process and of those it had at its end, which work for it; pages that they share count for each
    """

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


def seconds(command: Sequence[str | Path]) -> float:
    """How long a command takes from its start to its end. Raises RuntimeError when it fails."""
    begun = time.perf_counter()
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return time.perf_counter() - begun


def _peak_bytes() -> int:
    if Path("/proc/self/status").exists():  # getrusage would count the parent's peak too: a child inherits it until it grows past it
        return sum(_status(process, "VmHWM") * 1024 for process in ["self", *_children()])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _children() -> Iterator[str]:
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, StopIteration):  # one that ends meanwhile
            if _status(process.name, "PPid") == os.getpid():
                yield process.name


def _status(process: str, field: str) -> int:
    lines = Path("/proc", process, "status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(f"{field}:")).split()[1])
