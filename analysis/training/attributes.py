"""Train the four attribute networks: danceability, valence, energy and genre of a 10-second window of music.

Sets are balanced as in the 2020 thesis: about 1000 clips in equal numbers per class, 70 % for training and 30 % for testing,
thirds of 0..1 as levels. Where a class has too few clips for its share, its training clips are repeated.
"""

import hashlib
import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.audio import SAMPLE_RATE
from analysis.spectrograms import WINDOW_FRAMES, WINDOW_SECONDS, mel_power, standardise
from analysis.training.attribute_cards import build_card
from analysis.training.attribute_records import danceability_values, genre_classes, levels, recordings
from analysis.training.datasets import check_disjoint, read_signals
from errors import DataError, InputError
from models import attributes as networks
from models import registry
from models.labels import ATTRIBUTES

TRAIN_CLIPS, TEST_CLIPS = 700, 300  # the thesis's sizes; per class they are divided by the number of classes
FOLDS, TEST_FOLDS, VALIDATION_FOLDS = 10, 3, 1  # tenths of the groups: 3 to test, 1 to steer the learning rate, 6 to learn
LEARNING_RATE, MOMENTUM, BATCH = 0.001, 0.9, 32
PATIENCE, RATE_FACTOR, LOWEST_RATE = 3, 0.5, 1e-6

Report = Callable[[str], None]


@dataclass(frozen=True)
class Part:
    """Windows of one part of a split.

    windows : np.ndarray [shape=(n, 128, 100, 1), float32]
    labels : np.ndarray [shape=(n,), int] class indices
    clips : np.ndarray [shape=(n,), int] row of the recording each window is from
    """

    windows: np.ndarray
    labels: np.ndarray
    clips: np.ndarray


def train(
    data: Path,
    *,
    attributes: Sequence[str] = tuple(ATTRIBUTES),
    epochs: int = 120,
    seed: int = 0,
    checkpoints: Path | None = None,
    report: Report = print,
) -> dict[str, dict[str, Any]]:
    """Train networks on the recordings below `data`, and write their weights and cards.

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
    the card of each attribute

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
        rows["danceability"] = danceability_values(rows, signals, data)
    report("computing spectrograms")
    windows = [clip_windows(signals[path]) for path in rows["path"]]
    return {name: _train_one(name, rows, windows, epochs, seed, checkpoints, report) for name in attributes}


def clip_windows(signal: np.ndarray) -> np.ndarray:
    """Network inputs from one recording: as many 10-second windows as it holds side by side, evenly spread.

    A recording of less than 10 s is repeated until it fills a window; one that lacks less than half a second of another window gets
    it, with that much overlap.

    Parameters
    ----------
    signal : np.ndarray [shape=(n,), int16] at SAMPLE_RATE

    Returns
    -------
    np.ndarray [shape=(windows, 128, 100), float32]
    """
    shortest = WINDOW_SECONDS * SAMPLE_RATE
    power = mel_power(signal if len(signal) >= shortest else np.resize(signal, shortest))
    frames = power.shape[1]
    count = max(1, int(frames / WINDOW_FRAMES + 0.05))
    starts = np.linspace(0, frames - WINDOW_FRAMES, count).astype(int) if count > 1 else [0]
    return standardise(np.stack([power[:, start : start + WINDOW_FRAMES] for start in starts]))


def split(labels: np.ndarray, groups: np.ndarray, seed: int) -> np.ndarray:
    """Part of each clip: 0 train, 1 validation, 2 test; -1 for a clip without label. No group is in two parts.

    Raises DataError if a class is missing from a part.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    parts = np.full(len(labels), -1)
    known = np.flatnonzero(labels >= 0)
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed).split(known, labels[known], groups[known])
    for number, (_, chosen) in enumerate(folds):
        parts[known[chosen]] = 2 if number < TEST_FOLDS else 1 if number < TEST_FOLDS + VALIDATION_FOLDS else 0
    for first, second in ((0, 1), (0, 2), (1, 2)):
        check_disjoint(groups[parts == first], groups[parts == second])
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

    Loss is categorical cross-entropy plus the L2 penalty. The state is written to `checkpoint` after every epoch, and training
    that finds one goes on from it; it is removed by nobody but the user, so a finished training is not repeated either.
    """
    import keras

    keras.utils.set_random_seed(seed)
    model = networks.build(classes)
    model.compile(keras.optimizers.SGD(LEARNING_RATE, momentum=MOMENTUM), "categorical_crossentropy", metrics=["accuracy"])
    model.optimizer.build(model.trainable_variables)
    targets, validation_targets = np.eye(classes)[train.labels], np.eye(classes)[validation.labels]
    state = _State(checkpoint, _fingerprint(classes, train, validation, seed))
    curves, best = state.restore(model)
    began, first = time.monotonic(), len(curves["epoch"])
    for epoch in range(first, epochs):
        rate = plateau_rate(curves["val_accuracy"])
        if rate < LOWEST_RATE:
            break
        model.optimizer.learning_rate.assign(rate)
        order = np.random.default_rng([seed, epoch]).permutation(len(train.labels))
        history = model.fit(
            train.windows[order], targets[order], batch_size=BATCH, shuffle=False, verbose=0,
            validation_data=(validation.windows, validation_targets), validation_batch_size=networks.BATCH,
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
    name: str, rows: pd.DataFrame, windows: list[np.ndarray], epochs: int, seed: int, checkpoints: Path | None, report: Report
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
    train, validation, test = (_part(chosen[part], labels, windows) for part in ("train", "validation", "test"))
    report(f"{name}: {len(train.labels)} windows to train on, {len(validation.labels)} to validate, {len(test.labels)} held out")
    checkpoint = checkpoints / f"{name}.npz" if checkpoints else None
    model, curves = fit(
        len(classes), train, validation, epochs=epochs, seed=seed, checkpoint=checkpoint, report=lambda line: report(f"{name} {line}")
    )
    card = build_card(name, rows, chosen, labels, _probabilities(model, name, test), test.clips, curves, notes=_notes(curves))
    registry.save(name, networks.to_arrays(model), card)
    report(f"{name}: accuracy {card['metrics']['accuracy']:.3f}, macro-F1 {card['metrics']['macro_f1']:.3f} on the held-out part")
    return registry.card(name)


def _part(clips: np.ndarray, labels: np.ndarray, windows: list[np.ndarray]) -> Part:
    source = np.repeat(clips, [len(windows[clip]) for clip in clips])
    return Part(np.concatenate([windows[clip] for clip in clips])[..., np.newaxis], labels[source], source)


def _probabilities(model: Any, name: str, part: Part) -> np.ndarray:
    """Predictions of the network as it is shipped: rebuilt from its rounded weights."""
    network = networks.from_arrays(networks.to_arrays(model), {"name": name, "classes": ATTRIBUTES[name]})
    return network.predict_proba(part.windows)


def _notes(curves: dict[str, list]) -> list[str]:
    best = int(np.argmax(curves["val_accuracy"])) + 1
    return [
        f"SGD with momentum {MOMENTUM} and batches of {BATCH} (the thesis names neither), first learning rate {LEARNING_RATE}, times {RATE_FACTOR} "
        f"after {PATIENCE} epochs without a better validation accuracy; weights of epoch {best} of {len(curves['epoch'])}",
        "training clips of classes with too few are repeated until all are equal; the held-out part repeats none",
        "clips shorter than 10 s (the excerpts of 6 s) are repeated to 10 s",
        "weights are kept as float16; the figures are those of the kept weights",
    ]


def _fingerprint(classes: int, train: Part, validation: Part, seed: int) -> str:
    settings = (classes, seed, LEARNING_RATE, MOMENTUM, BATCH, PATIENCE, RATE_FACTOR, networks.FILTERS, networks.UNITS, networks.L2)
    digest = hashlib.sha256(repr(settings).encode())
    for part in (train, validation):
        digest.update(part.windows.tobytes())
        digest.update(part.labels.tobytes())
    return digest.hexdigest()


def _figures(curves: dict[str, list]) -> str:
    return ", ".join(f"{name} {curves[name][-1]:.3f}" for name in ("loss", "accuracy", "val_loss", "val_accuracy"))
