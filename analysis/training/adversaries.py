"""Train two networks against each other for a number of steps: resumable, with curves and grids of samples."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from PIL import Image

from analysis.training.crossvalidation import Report, timed

LOGGED = 25  # steps whose mean losses are a point of the curves
KEPT = 100  # steps after which the state is written, and a grid of samples


class Adversaries(Protocol):
    """What is trained: `variables` is everything a step changes, and a step depends on them and its number alone."""

    @property
    def variables(self) -> Sequence[Any]: ...

    @property
    def shipped(self) -> Any:
        """The generator that is measured and saved."""

    def step(self, number: int) -> dict[str, float]: ...

    def samples(self) -> np.ndarray:
        """Pictures to look at, a genre a row [shape=(genres, n, h, w, 3), uint8]."""


def train(networks: Adversaries, steps: int, folder: Path, what: str, report: Report) -> dict[str, list[float]]:
    """Train up to a number of steps, on from where an earlier call stopped.

    Parameters
    ----------
    networks : just made; where the folder holds a state they take it
    steps : in all; where more than that were made before, nothing is done
    folder : receives state.npz, losses.csv and samples-<step>.png every KEPT steps

    Returns
    -------
    the curves: `step`, and the mean of each loss over the LOGGED steps before it (a loss that was not taken is NaN)
    """
    done, curves = _resume(networks, folder)
    recent: list[dict[str, float]] = []
    for number in timed(range(done, steps), f"steps of {what}", report, every=KEPT):
        recent.append(networks.step(number))
        if (number + 1) % LOGGED == 0 or number + 1 == steps:
            _log(curves, number + 1, recent)
            recent = []
        if (number + 1) % KEPT == 0 or number + 1 == steps:
            _keep(networks, folder, number + 1, curves)
    return curves


def steps_made(folder: Path) -> int:
    """How many steps the state in a folder has had."""
    path = folder / "state.npz"
    if not path.is_file():
        return 0
    with np.load(path, allow_pickle=False) as state:
        return int(state["step"])


def _log(curves: dict[str, list[float]], step: int, recent: Sequence[dict[str, float]]) -> None:
    names = {name for losses in recent for name in losses}
    for name in sorted(names - set(curves)):
        curves[name] = [float("nan")] * len(curves["step"])
    curves["step"].append(step)
    for name in set(curves) - {"step"}:
        taken = [losses[name] for losses in recent if name in losses]
        curves[name].append(float(np.mean(taken)) if taken else float("nan"))


def _keep(networks: Adversaries, folder: Path, step: int, curves: dict[str, list[float]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    state = {f"variable.{k}": np.asarray(variable) for k, variable in enumerate(networks.variables)}
    state |= {f"curve.{name}": np.array(values) for name, values in curves.items()}
    np.savez(folder / "state.partial.npz", step=step, **state)  # type: ignore[arg-type]
    os.replace(folder / "state.partial.npz", folder / "state.npz")
    rows = [",".join(curves), *(",".join(f"{value:g}" for value in row) for row in zip(*curves.values(), strict=True))]
    (folder / "losses.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    Image.fromarray(grid(networks.samples())).save(folder / f"samples-{step:06}.png")


def _resume(networks: Adversaries, folder: Path) -> tuple[int, dict[str, list[float]]]:
    path = folder / "state.npz"
    if not path.is_file():
        return 0, {"step": []}
    with np.load(path, allow_pickle=False) as state:
        for k, variable in enumerate(networks.variables):
            variable.assign(state[f"variable.{k}"])
        curves = {name.removeprefix("curve."): state[name].tolist() for name in state.files if name.startswith("curve.")}
        return int(state["step"]), curves


def grid(rows: np.ndarray) -> np.ndarray:
    """Rows of pictures [shape=(rows, n, h, w, 3)] as one picture [shape=(rows * h, n * w, 3)]."""
    count, across, height, width, _ = rows.shape
    return rows.transpose(0, 2, 1, 3, 4).reshape(count * height, across * width, 3)
