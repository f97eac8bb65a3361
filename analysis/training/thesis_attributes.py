"""Train the thesis' four networks, to measure its design beside ours: danceability, valence, energy and genre of a window.

Sets are balanced as in the 2020 thesis: about 1000 clips in equal numbers per class, 70 % for training and 30 % for testing,
thirds of 0..1 as levels. Where a class has too few clips for its share, its training clips are repeated.
"""

import hashlib
import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.audio import SAMPLE_RATE
from analysis.files import write_json
from analysis.spectrograms import WINDOW_FRAMES, WINDOW_SECONDS, mel_power, standardise
from analysis.training.attribute_cards import THESIS_FIGURES, measure, thesis_figures
from analysis.training.attribute_records import danceability_values, genre_classes, levels, raw_danceability, recordings
from analysis.training.datasets import check_disjoint, read_signals
from errors import DataError, InputError
from models import registry
from models import thesis_attributes as networks
from models.labels import ATTRIBUTES
from models.quiet import quiet_import

TRAIN_CLIPS, TEST_CLIPS = 700, 300  # the thesis's sizes; per class they are divided by the number of classes
FOLDS, TEST_FOLDS, VALIDATION_FOLDS = 10, 3, 1  # tenths of the groups: 3 to test, 1 to steer the learning rate, 6 to learn
LEARNING_RATE, MOMENTUM, BATCH = 0.001, 0.9, 32
PATIENCE, RATE_FACTOR, LOWEST_RATE = 3, 0.5, 1e-6

Report = Callable[[str], None]


@dataclass(frozen=True)
class Part:
    """Clips of one part of a split.

    powers : np.ndarray [shape=(128, frames), float32] for each clip, see `clip_power`
    labels : np.ndarray [shape=(n,), int] class index of each clip
    """

    powers: list[np.ndarray]
    labels: np.ndarray

    def windows(self, rng: np.random.Generator | None = None) -> tuple[np.ndarray, np.ndarray]:
        """As many 10-second windows of each clip as it holds side by side: evenly spread, or at random places with `rng`.

        A clip that lacks less than half a second of another window gets it, with that much overlap.

        Returns
        -------
        np.ndarray [shape=(windows, 128, 100, 1), float32], and the clip of each window as an index into `labels`
        """
        places = [(clip, start) for clip, power in enumerate(self.powers) for start in _starts(power.shape[1], rng)]
        cut = np.stack([self.powers[clip][:, start : start + WINDOW_FRAMES] for clip, start in places])
        return standardise(cut)[..., np.newaxis], np.array([clip for clip, _ in places])


def train(
    data: Path,
    *,
    attributes: Sequence[str] = tuple(ATTRIBUTES),
    epochs: int = 120,
    seed: int = 0,
    checkpoints: Path | None = None,
    report: Report = print,
) -> dict[str, dict[str, Any]]:
    """Train networks on the recordings below `data`, and write down what they reach on those held out.

    The figures go to weights/attributes/thesis.json, from where the cards of the shipped model quote them. The networks themselves
    stay in `checkpoints`: what ships is what measured better.

    Parameters
    ----------
    data : folder in the layout docs/training.md describes
    attributes : which of models.labels.ATTRIBUTES
    epochs : at most so many; training ends before when the learning rate has fallen below LOWEST_RATE
    seed : of the split, the first weights and the order of windows
    checkpoints : folder to keep the state of unfinished training in; a second call with it goes on where the first was ended
    report : receives one line of progress at a time

    Returns
    -------
    the figures of each attribute, see attribute_cards.measure

    Raises
    ------
    InputError : an attribute or a number of epochs that does not exist
    DataError : a table is missing or damaged, or holds too few recordings of a class
    """
    unknown = [name for name in attributes if name not in ATTRIBUTES]
    if unknown:
        raise InputError(f"attribute {unknown[0]!r} does not exist: choose from {', '.join(ATTRIBUTES)}")
    if epochs < 1:
        raise InputError(f"epochs must be at least 1, got {epochs}")
    rows = recordings(data)
    signals, skipped = read_signals(rows["path"])
    for line in skipped:
        report(f"left out: {line}")
    rows = rows[rows["path"].isin(signals.keys())].reset_index(drop=True)
    if "danceability" in attributes:
        report("measuring danceability")
        rows["danceability"] = danceability_values(rows, raw_danceability(rows, signals), data)
    report("computing spectrograms")
    powers = [clip_power(signals[path]) for path in rows["path"]]
    found = {name: _train_one(name, rows, powers, epochs, seed, checkpoints, report) for name in attributes}
    write_json(registry.WEIGHTS / "attributes" / THESIS_FIGURES, thesis_figures() | found)
    return found


def clip_power(signal: np.ndarray) -> np.ndarray:
    """Mel power of a clip (128, frames); one of less than 10 s is repeated until it fills a window."""
    shortest = WINDOW_SECONDS * SAMPLE_RATE
    return mel_power(signal if len(signal) >= shortest else np.resize(signal, shortest))


def _starts(frames: int, rng: np.random.Generator | None) -> np.ndarray:
    count = max(1, int(frames / WINDOW_FRAMES + 0.05))
    if rng is not None:
        return rng.integers(0, frames - WINDOW_FRAMES, size=count, endpoint=True)
    return np.linspace(0, frames - WINDOW_FRAMES, count).astype(int) if count > 1 else np.zeros(1, int)


def split(labels: np.ndarray, groups: np.ndarray, seed: int) -> np.ndarray:
    """Part of each clip: 0 train, 1 validation, 2 test; -1 for a clip without label. No group is in two parts.

    Raises DataError if there are too few groups to give every part every class.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    parts = np.full(len(labels), -1)
    known = np.flatnonzero(labels >= 0)
    if len(np.unique(groups[known])) < FOLDS:
        raise DataError(f"recordings of at least {FOLDS} artists, films or files must have a label to be split, add some")
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed).split(known, labels[known], groups[known])
    for number, (_, chosen) in enumerate(folds):
        parts[known[chosen]] = 2 if number < TEST_FOLDS else 1 if number < TEST_FOLDS + VALIDATION_FOLDS else 0
    for first, second in ((0, 1), (0, 2), (1, 2)):
        check_disjoint(groups[parts == first], groups[parts == second])
        if set(labels[parts == first]) != set(labels[parts == second]):
            raise DataError("a class has too few artists, films or files to be in every part of the split, add recordings of it")
    return parts


def balanced(labels: np.ndarray, size: int, rng: np.random.Generator, *, repeat: bool) -> np.ndarray:
    """Indices of about `size` clips, equally many of each class, in random order.

    With `repeat` a class that has too few is repeated, the classes staying equal; without, it contributes what it has.
    """
    classes = np.unique(labels)
    each = size // len(classes)
    if repeat:
        each = min(each, int(np.bincount(labels).max()))
    chosen = []
    for label in classes:
        members = rng.permutation(np.flatnonzero(labels == label))
        chosen.append(np.resize(members, each) if repeat else members[:each])
    return rng.permutation(np.concatenate(chosen))


def plateau_rate(scores: Sequence[float], *, rate: float = LEARNING_RATE, factor: float = RATE_FACTOR, patience: int = PATIENCE) -> float:
    """Learning rate after epochs with these validation accuracies: times `factor` whenever `patience` epochs brought no better one.

    A function of the scores alone, so a training that is taken up again goes on with the rate it had.
    """
    best, waited = -np.inf, 0
    for score in scores:
        best, waited = (score, 0) if score > best else (best, waited + 1)
        if waited == patience:
            rate, waited = rate * factor, 0
    return rate


def fit(
    classes: int, train: Part, validation: Part, *, epochs: int, seed: int, checkpoint: Path | None, report: Report
) -> tuple[Any, dict]:
    """Train one network; return it with the weights of its best validation epoch, and its curves by name.

    Loss is categorical cross-entropy plus the L2 penalty. Each epoch sees other windows of the same clips. The state is written to
    `checkpoint` after every epoch, and training that finds one goes on from it; nobody but the user removes it, so a finished
    training is not repeated either.
    """
    keras = quiet_import("keras")

    keras.utils.set_random_seed(seed)
    model = networks.build(classes)
    model.compile(keras.optimizers.SGD(LEARNING_RATE, momentum=MOMENTUM), "categorical_crossentropy", metrics=["accuracy"])
    model.optimizer.build(model.trainable_variables)
    one_hot = np.eye(classes, dtype=np.float32)
    validation_windows, clips = validation.windows()
    validation_targets = one_hot[validation.labels[clips]]
    state = _State(checkpoint, _fingerprint(classes, train, validation, seed))
    curves, best = state.restore(model)
    began, first = time.monotonic(), len(curves["epoch"])
    for epoch in range(first, epochs):
        rate = plateau_rate(curves["val_accuracy"])
        if rate < LOWEST_RATE:
            break
        model.optimizer.learning_rate.assign(rate)
        rng = np.random.default_rng([seed, epoch])
        windows, clips = train.windows(rng)
        order = rng.permutation(len(windows))
        history = model.fit(
            windows[order], one_hot[train.labels[clips[order]]], batch_size=BATCH, shuffle=False, verbose=0,
            validation_data=(validation_windows, validation_targets), validation_batch_size=networks.BATCH,
        ).history  # fmt: skip
        improved = history["val_accuracy"][0] > max(curves["val_accuracy"], default=-1)
        for name, values in history.items():
            curves[name].append(round(float(values[0]), 4))
        curves["epoch"].append(epoch + 1)
        if improved:
            best = model.get_weights()
        state.keep(model, curves, best)
        left = (time.monotonic() - began) / (epoch + 1 - first) * (epochs - epoch - 1)
        report(f"epoch {epoch + 1}/{epochs}: {_figures(curves)}, rate {rate:.2g}, at most {left / 60:.0f} min left")
    model.set_weights(best)
    return model, curves


class _State:
    """Everything an unfinished training needs to go on, in one file that is replaced whole."""

    def __init__(self, path: Path | None, fingerprint: str) -> None:
        self.path, self.fingerprint = path, fingerprint

    def restore(self, model: Any) -> tuple[dict[str, list], list[np.ndarray]]:
        """Put weights and momentum back; return curves and best weights, empty and the model's own where there is no state.

        A state of other data or settings is not used.
        """
        fresh: dict[str, list] = {name: [] for name in ("epoch", "loss", "accuracy", "val_loss", "val_accuracy")}
        if self.path is None or not self.path.is_file():
            return fresh, model.get_weights()
        with np.load(self.path, allow_pickle=False) as kept:
            if str(kept["fingerprint"]) != self.fingerprint:
                return fresh, model.get_weights()
            model.set_weights([kept[f"weights{i}"] for i in range(len(model.weights))])
            for i, variable in enumerate(model.optimizer.variables):
                variable.assign(kept[f"optimizer{i}"])
            return json.loads(str(kept["curves"])), [kept[f"best{i}"] for i in range(len(model.weights))]

    def keep(self, model: Any, curves: dict[str, list], best: list[np.ndarray]) -> None:
        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        optimizer = [variable.numpy() for variable in model.optimizer.variables]
        named = {"weights": model.get_weights(), "optimizer": optimizer, "best": best}
        arrays = {f"{name}{i}": array for name, group in named.items() for i, array in enumerate(group)}
        partial = self.path.with_suffix(".partial.npz")
        np.savez(partial, fingerprint=self.fingerprint, curves=json.dumps(curves), **arrays)
        os.replace(partial, self.path)


def _train_one(
    name: str, rows: pd.DataFrame, powers: list[np.ndarray], epochs: int, seed: int, checkpoints: Path | None, report: Report
) -> dict[str, Any]:
    classes = ATTRIBUTES[name]
    labels = genre_classes(rows["genre"].tolist()) if name == "genre" else levels(rows[name].to_numpy())
    missing = [label for index, label in enumerate(classes) if (labels == index).sum() < FOLDS]
    if missing:
        raise DataError(f"{name}: fewer than {FOLDS} recordings are {missing[0]}; add some to train on")
    parts = split(labels, rows["group"].to_numpy(), seed)
    rng = np.random.default_rng(seed)
    chosen = {
        part: np.flatnonzero(parts == number)[balanced(labels[parts == number], size, rng, repeat=part != "test")]
        for number, (part, size) in enumerate({"train": TRAIN_CLIPS, "validation": TEST_CLIPS, "test": TEST_CLIPS}.items())
    }
    train, validation, test = (Part([powers[clip] for clip in clips], labels[clips]) for clips in chosen.values())
    report(f"{name}: {len(train.labels)} clips to train on, {len(validation.labels)} to validate, {len(test.labels)} held out")
    checkpoint = checkpoints / f"{name}.npz" if checkpoints else None
    model, curves = fit(
        len(classes), train, validation, epochs=epochs, seed=seed, checkpoint=checkpoint, report=lambda line: report(f"{name} {line}")
    )
    windows, clips = test.windows()
    # The figures are those of the network as it would be shipped: rebuilt from its rounded weights.
    weights = networks.to_arrays(model)
    probabilities = networks.from_arrays(weights, {"name": name, "classes": classes}).predict_proba(windows)
    figures, _ = measure(labels[chosen["test"][clips]], probabilities, chosen["test"][clips], rows["source"].to_numpy())
    report(f"{name}: accuracy {figures['accuracy']:.3f}, macro-F1 {figures['macro_f1']:.3f} on the held-out part")
    counts = {part: len(np.unique(clips)) for part, clips in chosen.items()}
    return figures | {"clips": counts, "epochs": len(curves["epoch"]), "date": date.today().isoformat()}


def _fingerprint(classes: int, train: Part, validation: Part, seed: int) -> str:
    settings = (classes, seed, LEARNING_RATE, MOMENTUM, BATCH, PATIENCE, RATE_FACTOR, networks.FILTERS, networks.UNITS, networks.L2)
    digest = hashlib.sha256(repr(settings).encode())
    for part in (train, validation):
        digest.update(part.labels.tobytes())
        for power in part.powers:
            digest.update(power.tobytes())
    return digest.hexdigest()


def _figures(curves: dict[str, list]) -> str:
    return ", ".join(f"{name} {curves[name][-1]:.3f}" for name in ("loss", "accuracy", "val_loss", "val_accuracy"))
