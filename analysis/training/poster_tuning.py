"""Tune EfficientNet-Lite0 to posters: the main genre and all genres are learnt at once, from pictures changed at random.

The first blocks, which see edges and textures, stay as ImageNet taught them, and so do the statistics of batch normalisation. The heads
begin from a linear model of the untuned network, so that its first steps do not spoil what it knows (Kumar et al., ICLR 2022).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.training import imagenet
from analysis.training.crossvalidation import Heard, Kept, standardisation, timed
from analysis.training.intervals import rounded
from analysis.training.networks import packed, unpacked
from analysis.training.poster_augmentation import OURS, augmented
from analysis.training.poster_data import NO_CLASS, TEST, TRAIN, VALIDATION, Posters
from models import efficientnet
from models.convolution import softmax
from models.poster_genre import CLASSES
from models.quiet import quiet_import

BATCH = 32
EPOCHS = 12
RATE, HEAD_RATE = 1e-4, 3e-4  # the highest; they rise over the first epoch and fall to nothing along a cosine
DECAY = 0.05  # of the weights, decoupled
FROZEN_BLOCKS = 3  # and the stem
SMOOTHING = 0.1  # of the main genre
DROPOUT = 0.3
WEIGHT_OF_ALL = 3.0  # of the loss of all genres against that of the main one
LINEAR_STRENGTH = 3e-4  # C of the logistic models from which the heads begin
HEADS = ("main", "all")
CURVES = ("epoch", "loss", "accuracy", "val_loss", "val_accuracy")  # of the main genre
SETTINGS = (BATCH, EPOCHS, RATE, HEAD_RATE, DECAY, FROZEN_BLOCKS, SMOOTHING, DROPOUT, WEIGHT_OF_ALL, LINEAR_STRENGTH, OURS)

Report = Callable[[str], None]


@dataclass(frozen=True)
class Targets:
    """What is learnt of each poster: one-hot and smoothed main genre, 1 where there is one, all genres."""

    main: np.ndarray
    has_main: np.ndarray
    every: np.ndarray

    def of(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return self.main[rows], self.has_main[rows], self.every[rows]


def targets(posters: Posters) -> Targets:
    """Targets of all posters [shape=(n, classes), (n,), (n, genres), float32 each]."""
    has = posters.main != NO_CLASS
    one_hot = np.eye(len(CLASSES), dtype=np.float32)[np.where(has, posters.main, 0)]
    smooth = one_hot * (1 - SMOOTHING) + SMOOTHING / len(CLASSES)
    return Targets(smooth, has.astype(np.float32), posters.genres.astype(np.float32))


def build(trunk: Any, genres: int) -> Any:
    """Trunk -> mean of its last map -> scores of the main genre and of all genres, before softmax and logistic."""
    keras = quiet_import("keras")
    layers = keras.layers
    for layer in trunk.layers:
        layer.trainable = not layer.name.endswith(".norm")
    names = [layer.name for layer in trunk.layers]
    for layer in trunk.layers[: names.index(f"block{FROZEN_BLOCKS - 1}.out") + 1]:
        layer.trainable = False
    seen = layers.Dropout(DROPOUT)(layers.GlobalAveragePooling2D(name="seen")(trunk.output))
    return keras.Model(trunk.input, [layers.Dense(len(CLASSES), name="main")(seen), layers.Dense(genres, name="all")(seen)])


@dataclass(frozen=True)
class Looked:
    """A network, and what it sees of the posters that it does not learn from.

    trunk, heads : arrays of a models.poster_genre.PosterGenre, not yet calibrated
    seen : by VALIDATION and TEST [shape=(posters of the part, HEAD)]
    curves : of the training, by CURVES
    """

    trunk: Heard
    heads: Heard
    seen: Mapping[int, np.ndarray]
    curves: Mapping[str, list[float]]


def untuned(posters: Posters, kept: Kept, report: Report) -> Looked:
    """The network as ImageNet taught it, with linear heads: what tuning has to beat."""
    heads = linear_heads(posters, kept, report)
    seen = _seen_untuned(posters, kept, report)
    trunk = imagenet.network(*posters.pictures.shape[1:3])
    return Looked(efficientnet.to_arrays(trunk), heads, {part: seen[posters.rows(part)] for part in (VALIDATION, TEST)}, {})


def tune(posters: Posters, seed: int, kept: Kept, report: Report) -> Looked:
    """The network tuned to the posters. The state after each epoch is kept, so that a training that was cut off goes on."""
    keras = quiet_import("keras")
    keras.utils.set_random_seed(seed)
    height, width = posters.pictures.shape[1:3]
    trunk = imagenet.network(height, width)
    model = build(trunk, len(posters.names))
    heads = linear_heads(posters, kept, report)
    for name in HEADS:
        model.get_layer(name).set_weights([heads[f"{name}.kernel"], heads[f"{name}.bias"]])
    step, optimizers = _stepper(model)
    goal, learnt = targets(posters), posters.rows(TRAIN)
    state = _State(model, optimizers, kept)
    curves: dict[str, list[float]] = state.restore() or {name: [] for name in CURVES}
    steps = max(len(learnt) // BATCH, 1)
    for epoch in timed(range(len(curves["epoch"]), EPOCHS), "epochs", report):
        rng = np.random.default_rng([seed, epoch])
        learning = []
        for number, rows in enumerate(np.array_split(rng.permutation(learnt), steps)):
            share = _rate((epoch * steps + number) / steps)
            for optimizer, rate in zip(optimizers, (RATE, HEAD_RATE), strict=True):
                optimizer.learning_rate.assign(share * rate)
            pictures = efficientnet.scaled(augmented(posters.pictures[rows], OURS, rng))
            learning.append([float(figure) for figure in step(pictures, *goal.of(rows))])
        watched = _watch(trunk, heads_of(model), posters)
        for name, value in zip(CURVES, (epoch + 1, *np.mean(learning, axis=0), *watched), strict=True):
            curves[name].append(rounded(value))
        state.keep(curves)
        report(", ".join(f"{name} {values[-1]:.3g}" for name, values in curves.items()))

    def look() -> Heard:
        report("looking at the posters that were held out")
        return {str(part): see(trunk, posters.pictures[posters.rows(part)]) for part in (VALIDATION, TEST)}

    seen = kept.compute("tuned", look)
    return Looked(efficientnet.to_arrays(trunk), heads_of(model), {int(part): values for part, values in seen.items()}, curves)


def heads_of(model: Any) -> Heard:
    """Kernel and bias of both heads, by the names of `linear_heads`."""
    parts = {name: zip(("kernel", "bias"), model.get_layer(name).get_weights(), strict=True) for name in HEADS}
    return {f"{name}.{part}": values for name, pairs in parts.items() for part, values in pairs}


def linear_heads(posters: Posters, kept: Kept, report: Report) -> Heard:
    """Heads of a logistic model of what the untuned network sees: `main.kernel`, `main.bias`, `all.kernel`, `all.bias`."""
    from sklearn.linear_model import LogisticRegression

    def fit() -> Heard:
        seen = _seen_untuned(posters, kept, report)
        learnt, with_class = posters.rows(TRAIN), posters.rows(TRAIN, with_class=True)
        mean, scale = standardisation(seen[learnt])
        found: Heard = {}
        for name, rows, truths in (("main", with_class, [posters.main]), ("all", learnt, list(posters.genres.T))):
            models = [LogisticRegression(C=LINEAR_STRENGTH, max_iter=300).fit((seen[rows] - mean) / scale, truth[rows]) for truth in truths]
            kernel = np.concatenate([model.coef_ for model in models]).T / scale[:, np.newaxis]
            bias = np.concatenate([model.intercept_ for model in models]) - mean @ kernel
            found |= {f"{name}.kernel": kernel.astype(np.float32), f"{name}.bias": bias.astype(np.float32)}
        return found

    return kept.compute("linear", fit)


def _seen_untuned(posters: Posters, kept: Kept, report: Report) -> np.ndarray:
    def look() -> Heard:
        report("looking at all posters with the untuned network")
        return {"seen": see(imagenet.network(*posters.pictures.shape[1:3]), posters.pictures)}

    return kept.compute("untuned", look)["seen"]


def see(trunk: Any, pictures: np.ndarray) -> np.ndarray:
    """What models.poster_genre.PosterGenre sees of posters and their mirror images [shape=(n, HEAD)]; in Keras, quicker for many."""
    starts = range(0, len(pictures), BATCH)
    batches = (efficientnet.scaled(pictures[first : first + BATCH]) for first in starts)
    return np.concatenate([
        (trunk.predict_on_batch(batch) + trunk.predict_on_batch(batch[:, :, ::-1])).mean(axis=(1, 2)) / 2 for batch in batches
    ])  # fmt: skip


def scores(seen: np.ndarray, heads: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Of the main genre and of all, before softmax and logistic [shape=(n, classes), (n, genres)]."""
    return seen @ heads["main.kernel"] + heads["main.bias"], seen @ heads["all.kernel"] + heads["all.bias"]


def _stepper(model: Any) -> tuple[Any, tuple[Any, Any]]:
    """A function that learns from a batch, and the optimizers of trunk and heads.

    The function gives the cross-entropy (without smoothing) and the share of right ones of the main genre.
    """
    keras, tf = quiet_import("keras"), quiet_import("tensorflow")
    optimizers = tuple(keras.optimizers.AdamW(rate, weight_decay=DECAY) for rate in (RATE, HEAD_RATE))
    heads = [variable for name in ("main", "all") for variable in model.get_layer(name).trainable_variables]
    trunk = [variable for variable in model.trainable_variables if not any(variable is head for head in heads)]
    for optimizer, variables in zip(optimizers, (trunk, heads), strict=True):
        optimizer.build(variables)

    @tf.function
    def step(pictures: Any, main: Any, has_main: Any, every: Any) -> Any:
        with tf.GradientTape() as tape:
            found = model(pictures, training=True)
            of_main = tf.nn.softmax_cross_entropy_with_logits(main, found[0])
            of_all = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(every, found[1]))
            loss = tf.reduce_sum(of_main * has_main) / tf.maximum(tf.reduce_sum(has_main), 1.0) + WEIGHT_OF_ALL * of_all
        gradients = tape.gradient(loss, trunk + heads)
        optimizers[0].apply(gradients[: len(trunk)])
        optimizers[1].apply(gradients[len(trunk) :])
        likelihood = tf.reduce_max(tf.nn.softmax(found[0]) * tf.cast(main > SMOOTHING, tf.float32), axis=1)
        right = tf.cast(tf.argmax(found[0], axis=1) == tf.argmax(main, axis=1), tf.float32)
        posters = tf.maximum(tf.reduce_sum(has_main), 1.0)
        return -tf.reduce_sum(tf.math.log(likelihood + 1e-7) * has_main) / posters, tf.reduce_sum(right * has_main) / posters

    return step, optimizers


def _rate(epoch: float) -> float:
    """Share of the highest rate, 0..1: it rises over the first epoch and falls to nothing at the last."""
    return min(epoch, 0.5 * (1 + np.cos(np.pi * (epoch - 1) / max(EPOCHS - 1, 1))))


def _watch(trunk: Any, heads: Heard, posters: Posters) -> tuple[float, float]:
    """Cross-entropy and share of right main genres on the validation part."""
    rows = posters.rows(VALIDATION, with_class=True)
    chances = softmax(scores(see(trunk, posters.pictures[rows]), heads)[0])
    truth = posters.main[rows]
    return float(-np.log(chances[np.arange(len(rows)), truth]).mean()), float((chances.argmax(axis=1) == truth).mean())


class _State:
    """Weights, optimizers and curves after an epoch."""

    def __init__(self, model: Any, optimizers: tuple[Any, Any], kept: Kept) -> None:
        self._variables = [*model.weights, *(variable for optimizer in optimizers for variable in optimizer.variables)]
        self._kept = kept

    def restore(self) -> dict[str, list[float]] | None:
        """Put back what was kept, and give the curves so far; None where nothing was."""
        found = self._kept.get("state")
        if found is None:
            return None
        for number, variable in enumerate(self._variables):
            variable.assign(found[f"variable{number}"])
        return unpacked(found)

    def keep(self, curves: dict[str, list[float]]) -> None:
        self._kept.put(
            "state", {f"variable{number}": np.asarray(variable) for number, variable in enumerate(self._variables)} | packed(curves)
        )
