"""The published networks of the genre models: trained on most of the groups, stopped by others, judged on those held out."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.training.crossvalidation import FOLDS, Heard
from analysis.training.intervals import rounded
from models.quiet import quiet_import

BATCH, MOMENTUM = 8, 0.9  # small batches, for few recordings give few steps an epoch
PREDICTED = 64  # inputs at once

Curves = dict[str, list[float]]  # of each epoch: epoch, loss, accuracy, val_loss


@dataclass(frozen=True)
class Examples:
    """What a training is watched with: inputs, targets and weights [shape=(n, ...), (n, outputs), (n,)]."""

    inputs: np.ndarray
    targets: np.ndarray
    weights: np.ndarray


def on_folds(held_out: Sequence[int]) -> str:
    """For the titles of tables."""
    return f"{len(held_out)} of the {FOLDS} folds"


def learnt_and_watched(folds: np.ndarray, held_out: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows to learn from, and rows that say when to stop: those of the fold after the one `held_out` (-1: none is)."""
    watched = (held_out + 1) % FOLDS
    return np.flatnonzero((folds != held_out) & (folds != watched)), np.flatnonzero(folds == watched)


def fit(
    model: Any,
    draw: Callable[[np.random.Generator], tuple[np.ndarray, np.ndarray]],
    watched: Examples,
    *,
    rate: float,
    epochs: int,
    patience: int,
    seed: int,
    fewest: int = 1,
) -> Curves:
    """Train with SGD until `patience` epochs brought no lower loss on the watched examples; the best epoch's weights stay.

    Parameters
    ----------
    model : network with softmax outputs, or with one logistic output
    draw : gives the inputs and targets of an epoch
    watched : examples of groups the network does not learn from
    rate : of learning, at first; it falls linearly to nothing over `epochs`
    fewest : epochs that are run in any case

    Returns
    -------
    number, loss (with penalties), accuracy and loss on the watched examples (without) of each epoch that was run
    """
    keras = quiet_import("keras")

    loss = "categorical_crossentropy" if model.output_shape[1] > 1 else "binary_crossentropy"
    model.compile(keras.optimizers.SGD(rate, momentum=MOMENTUM, nesterov=True), loss, metrics=["accuracy"])
    curves: Curves = {name: [] for name in ("epoch", "loss", "accuracy", "val_loss")}
    best = model.get_weights()
    for epoch in range(epochs):
        model.optimizer.learning_rate.assign(rate * (1 - epoch / epochs))
        learnt = _one_epoch(model, *draw(np.random.default_rng([seed, epoch])))
        found = cross_entropy(watched, predict(model, watched.inputs))
        if found < min(curves["val_loss"], default=np.inf):
            best = model.get_weights()
        for name, value in zip(curves, (epoch + 1, *learnt, found), strict=True):
            curves[name].append(value)
        if epoch + 1 >= max(fewest, best_epoch(curves) + patience):
            break
    model.set_weights(best)
    return curves


def _one_epoch(model: Any, inputs: np.ndarray, targets: np.ndarray) -> tuple[float, float]:
    """Mean loss and accuracy. Keras' `fit` costs a quarter more on so short an epoch."""
    inputs = inputs.astype(np.float32)
    batches = [slice(first, first + BATCH) for first in range(0, len(inputs), BATCH)]
    found = [model.train_on_batch(inputs[batch], targets[batch]) for batch in batches]
    loss, accuracy = np.average(found, axis=0, weights=[len(targets[batch]) for batch in batches])
    return float(loss), float(accuracy)


def predict(model: Any, inputs: np.ndarray) -> np.ndarray:
    """Outputs of a network [shape=(n, outputs), float32] for inputs of any precision."""
    starts = range(0, len(inputs), PREDICTED)
    return np.concatenate([model.predict_on_batch(inputs[first : first + PREDICTED].astype(np.float32)) for first in starts])


def cross_entropy(watched: Examples, predicted: np.ndarray) -> float:
    """Weighted mean for softmax outputs and one-hot targets, or for one logistic output and targets of 0 and 1."""
    likelihood = watched.targets * predicted
    if predicted.shape[1] == 1:
        likelihood = likelihood + (1 - watched.targets) * (1 - predicted)
    return float(np.average(-np.log(np.maximum(likelihood.sum(axis=1), 1e-7)), weights=watched.weights))


def best_epoch(curves: Curves) -> int:
    """The epoch whose weights were kept, from 1; the earliest of equals."""
    return int(np.argmin(curves["val_loss"])) + 1


def packed(curves: Curves) -> Heard:
    """Curves as arrays that can be kept beside others."""
    return {f"curve.{name}": np.array(values) for name, values in curves.items()}


def unpacked(arrays: Mapping[str, np.ndarray]) -> Curves:
    """The curves among arrays that were kept."""
    return {name.removeprefix("curve."): array.tolist() for name, array in arrays.items() if name.startswith("curve.")}


def training_table(networks: Mapping[str, tuple[int, Sequence[Curves]]], held_out: Sequence[int]) -> dict[str, Any]:
    """A card's table of when the training of each network ended and what it had learnt by then, as means.

    networks : its number of classes, and its curves for each fold, by name
    held_out : those folds
    """
    columns = [
        "Network", "Best epoch", "Epochs run", "Loss of knowing nothing", "Watched loss, best epoch", "Watched loss, last epoch",
        "Training loss, last epoch", "Right in training, last epoch",
    ]  # fmt: skip
    rows = []
    for name, (classes, folds) in networks.items():
        ends = [(min(c["val_loss"]), c["val_loss"][-1], c["loss"][-1], c["accuracy"][-1]) for c in folds]
        means = [rounded(float(mean), 2) for mean in (np.log(classes), *np.mean(ends, axis=0))]
        rows.append([name, _span(map(best_epoch, folds)), _span(len(c["epoch"]) for c in folds), *means])
    return {
        "title": f"How long the ancestor's networks were trained, {on_folds(held_out)}",
        "columns": columns,
        "rows": rows,
    }


def note(rate: float, epochs: int, patience: int | str) -> str:
    """How the networks were trained, for a card."""
    return (
        f"the ancestor's networks learnt from {FOLDS - 2} of the {FOLDS} folds; one stopped them, when {patience} epochs had brought no "
        "lower loss on it, and the weights of the best epoch were kept; one was held out. Steps on "
        f"batches of {BATCH}, Nesterov momentum {MOMENTUM}, learning rate {rate} falling linearly to nothing at epoch {epochs}, the last"
    )


def _span(values: Iterable[int]) -> str:
    found = sorted(values)
    return str(found[0]) if found[0] == found[-1] else f"{found[0]} to {found[-1]}"
