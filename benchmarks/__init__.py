"""What is measured on this machine: speed and memory, and how good composed pieces are, each held against a named baseline in one run.

A benchmark is a function `(data: Path | None) -> Result`; `leitmotif benchmark NAME` runs it.
"""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import TypedDict

from errors import InputError

BENCHMARKS = {
    "features": "benchmarks.features:features",
    "film": "benchmarks.film:film",
    "memory": "benchmarks.memory:memory",
    "inference": "benchmarks.inference:inference",
    "many": "benchmarks.many:many",
    "tag": "benchmarks.tag:tag",
    "pictures": "benchmarks.pictures:pictures",
    "compose": "benchmarks.compose:compose",
    "imdb": "benchmarks.imdb:imdb",
    "dashboard": "benchmarks.dashboard:dashboard",
    "load": "benchmarks.load:load",
}


class Result(TypedDict):
    """What one benchmark measured: numbers by figure name, and what they are held against."""

    name: str
    figures: dict[str, float]
    baseline: str


def run(name: str | None, data: Path | None) -> Iterator[Result]:
    """Run one benchmark, or all of them when no name is given.

    Parameters
    ----------
    name : a key of BENCHMARKS, or None
    data : folder of real recordings (docs/training.md) for those that build their input from it; None: the demo's own
    """
    if name is not None and name not in BENCHMARKS:
        raise InputError(f"unknown benchmark {name!r}: choose one of {', '.join(BENCHMARKS)}")
    for chosen in [name] if name else BENCHMARKS:
        module, function = BENCHMARKS[chosen].split(":")
        yield getattr(import_module(module), function)(data)
