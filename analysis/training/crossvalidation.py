"""What the genre models' trainings share: recordings heard once, folds that keep groups together, results kept while it runs."""

import hashlib
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.audio import SAMPLE_RATE
from analysis.training.datasets import check_disjoint, read_signals
from errors import DataError

FOLDS = 5
LONGEST_SECONDS = 60  # of a recording that are heard; a longer one would outweigh the others

Report = Callable[[str], None]
Heard = dict[str, np.ndarray]


def hear(paths: Sequence[Path], wanted: Mapping[str, Callable[[np.ndarray], np.ndarray]], report: Report) -> dict[Path, Heard]:
    """Features of each recording that can be read, by path; the others are reported by name and counted.

    Parameters
    ----------
    paths : recordings
    wanted : functions of the signal (int16 at 8 kHz) by the name their result gets
    report : receives one line of progress at a time
    """
    heard: dict[Path, Heard] = {}
    skipped: list[str] = []
    for path in timed(paths, "recordings heard", report, every=100):
        signals, problems = read_signals([path])
        skipped += problems
        if path in signals:
            signal = signals[path][: LONGEST_SECONDS * SAMPLE_RATE]
            heard[path] = {name: function(signal) for name, function in wanted.items()}
    for line in skipped:
        report(f"left out: {line}")
    if skipped:
        report(f"{len(skipped)} of {len(paths)} recordings cannot be read and are left out")
    return heard


def timed(items: Sequence[Any], what: str, report: Report, *, every: int = 1) -> Iterator[Any]:
    """Hand on the items, and report after every so many how many are done and how long the rest will take."""
    began = time.monotonic()
    for done, item in enumerate(items, start=1):
        yield item
        if done % every == 0 or done == len(items):
            left = (time.monotonic() - began) / done * (len(items) - done)
            report(f"{done} of {len(items)} {what}, {left / 60:.1f} min left")


def group_folds(labels: np.ndarray, groups: np.ndarray, seed: int) -> np.ndarray:
    """Fold of each row, 0 to FOLDS - 1 [shape=(rows,)]: every group in one fold, the labels spread as evenly as that allows.

    Raises DataError when there are fewer groups than folds.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    if len(np.unique(groups)) < FOLDS:
        raise DataError(f"the recordings come from {len(np.unique(groups))} artists or films, at least {FOLDS} are needed; add some")
    folds = np.empty(len(labels), int)
    for number, (_, rows) in enumerate(StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed).split(labels, labels, groups)):
        folds[rows] = number
    for number in range(FOLDS):
        check_disjoint(groups[folds != number], groups[folds == number])
    return folds


def standardisation(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation of each column; a column that does not vary has deviation 1."""
    scale = features.std(axis=0)
    return features.mean(axis=0), np.where(scale > 1e-6, scale, 1.0)


def group_weights(groups: np.ndarray) -> np.ndarray:
    """A weight for each row, with mean 1, so that every group counts the same [shape=(rows,)]."""
    _, index, counts = np.unique(groups, return_inverse=True, return_counts=True)
    return len(groups) / len(counts) / counts[index]


def mean_by(names: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Mean of the rows of each name, in the order of the sorted names."""
    return pd.DataFrame(values.astype(float)).groupby(names).mean().to_numpy()


def files(paths: Iterable[Path]) -> list[tuple[str, int]]:
    """What tells one set of recordings from another: their names and sizes."""
    return [(path.name, path.stat().st_size) for path in paths]


class Kept:
    """Results of a long training, one file each, so that one that is cut off goes on with the network it was at.

    The folder's name is a digest of data and settings: results of others are never taken for these.
    """

    def __init__(self, folder: Path | None, *made_of: Any) -> None:
        digest = hashlib.sha256()
        for part in made_of:
            digest.update(part.tobytes() if isinstance(part, np.ndarray) else repr(part).encode())
        self.folder = folder / digest.hexdigest()[:16] if folder else None

    def get(self, name: str) -> Heard | None:
        """The arrays kept under this name, None where there are none."""
        path = self.folder / f"{name}.npz" if self.folder else None
        if path is None or not path.is_file():
            return None
        with np.load(path, allow_pickle=False) as arrays:
            return dict(arrays)

    def compute(self, name: str, function: Callable[[], Heard]) -> Heard:
        """The arrays kept under this name; where there are none they are computed and kept."""
        found = self.get(name)
        if found is None:
            found = function()
            self.put(name, found)
        return found

    def put(self, name: str, arrays: Heard) -> None:
        """Keep the arrays under this name, in place of those that were."""
        if self.folder:
            self.folder.mkdir(parents=True, exist_ok=True)
            partial = self.folder / f"{name}.partial.npz"
            np.savez(partial, **arrays)  # type: ignore[arg-type]
            os.replace(partial, self.folder / f"{name}.npz")

    def all(self, names: Iterable[str]) -> dict[str, Heard] | None:
        """The arrays of each name; None unless all are there."""
        found = {name: self.get(name) for name in names}
        return None if any(arrays is None for arrays in found.values()) else found  # type: ignore[return-value]
