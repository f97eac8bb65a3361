"""The ancestor's experiment: its network on photographs, as published and corrected, without and with pictures a GAN has made."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from analysis.training import scene_gan
from analysis.training.crossvalidation import Heard, Kept, Report, timed
from analysis.training.networks import packed, unpacked
from analysis.training.poster_augmentation import Changes, augmented
from analysis.training.scene_data import Photographs
from models import scene_emotion
from models.quiet import quiet_import
from models.scene_emotion import EMOTIONS, SIDE, resized

FOLDS, SEEDS = (0,), (0, 1, 2)  # held out from the networks; of first weights and the order of pictures
ACTIVATIONS = {"softmax": "as published", "relu": "corrected"}
STEPS, BATCH = 200, 16  # the ancestor's steps were 1500
CHANGES = Changes(shift=0, zoom=0.2, shear=0.2, rotation=0, flip=True)  # as published
WATCHED = 25  # steps from one point of the curves to the next

# The GAN at a size that trains on one processor: a quarter of the published pixels, an eighth of its channels.
GAN_SIDE, GAN_DIVISOR, GAN_STEPS, GAN_BATCH, GAN_RATE = 64, 8, 700, 16, 2e-4


class Run(NamedTuple):
    """One training of the ancestor's network."""

    seed: int
    fold: int
    activation: str
    generated: bool

    @property
    def name(self) -> str:
        return f"{self.activation}-{'with' if self.generated else 'without'}-{self.fold}-{self.seed}"


RUNS = tuple(Run(*values) for values in product(SEEDS, FOLDS, ACTIVATIONS, (False, True)))


@dataclass(frozen=True)
class Outcome:
    """What a network said of the photographs that were held out from it, and how it got there.

    predicted : np.ndarray [shape=(held-out photographs, 3)]
    curves : step, loss, accuracy in training, accuracy on the held-out photographs (watched, not used)
    """

    predicted: np.ndarray
    curves: dict[str, list[float]]


def kept(checkpoints: Path | None, photographs: Photographs, folds: np.ndarray) -> Kept:
    """Where the results of `compare` are kept."""
    settings = (STEPS, BATCH, CHANGES, WATCHED, GAN_SIDE, GAN_DIVISOR, GAN_STEPS, GAN_BATCH, GAN_RATE)
    return Kept(checkpoints, "scene_emotion", settings, photographs.pictures, photographs.ratings, folds)


def compare(photographs: Photographs, folds: np.ndarray, kept: Kept, report: Report) -> dict[Run, Outcome]:
    """Train the GANs and every network of RUNS, and keep what they said.

    photographs : happy, sad and angry ones
    folds : fold of each
    """
    made = {fold: generated(photographs, folds != fold, f"gan-{fold}", kept, report) for fold in FOLDS}
    outcomes = {}
    for run in timed(RUNS, "networks trained", report):

        def compute(run: Run = run) -> Heard:
            known = folds != run.fold
            more = made[run.fold] if run.generated else None
            network, curves = train(photographs, known, more, run.activation, run.seed)
            return {"predicted": predict(network, photographs.pictures[~known])} | packed(curves)

        outcomes[run] = _outcome(kept.compute(run.name, compute))
    return outcomes


def finished(kept: Kept) -> dict[Run, Outcome] | None:
    """The outcomes of `compare`, when all are there."""
    found = kept.all(run.name for run in RUNS)
    return None if found is None else {run: _outcome(found[run.name]) for run in RUNS}


def generated(photographs: Photographs, known: np.ndarray, name: str, kept: Kept, report: Report) -> list[np.ndarray]:
    """As many pictures of each emotion as there are known ones, from a GAN that saw only those [each shape=(n, 64, 64, 3), uint8]."""
    made = []
    for number in timed(range(len(EMOTIONS)), f"GANs trained ({name})", report):
        few = photographs.pictures[known & (photographs.emotions == number)]

        def compute(few: np.ndarray = few, number: int = number) -> Heard:
            small = squares(few, GAN_SIDE)
            generator, curves = scene_gan.train(small, divisor=GAN_DIVISOR, steps=GAN_STEPS, batch=GAN_BATCH, rate=GAN_RATE, seed=number)
            return {"pictures": scene_gan.pictures_of(generator, len(few), number)} | packed(curves)

        made.append(kept.compute(f"{name}-{number}", compute)["pictures"])
    return made


def train(
    photographs: Photographs, known: np.ndarray, more: list[np.ndarray] | None, activation: str, seed: int
) -> tuple[Any, dict[str, list[float]]]:
    """The ancestor's network, trained on the known photographs and on pictures that were made, by class; and its curves."""
    keras = quiet_import("keras")
    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    inputs, labels = squares(photographs.pictures[known], SIDE), photographs.emotions[known]
    if more is not None:
        inputs = np.concatenate([inputs, *(squares(pictures, SIDE) for pictures in more)])
        labels = np.concatenate([labels, np.repeat(np.arange(len(EMOTIONS)), [len(pictures) for pictures in more])])
    held_out, truth = photographs.pictures[~known], photographs.emotions[~known]
    network = scene_emotion.build(activation)
    network.compile("rmsprop", "sparse_categorical_crossentropy", metrics=["accuracy"])
    curves: dict[str, list[float]] = {name: [] for name in ("step", "loss", "accuracy", "val_accuracy")}
    order = _endless(len(labels), rng)
    for step in range(WATCHED, STEPS + 1, WATCHED):
        learnt = []
        for _ in range(WATCHED):
            rows = [next(order) for _ in range(BATCH)]
            learnt.append(network.train_on_batch(augmented(inputs[rows], CHANGES, rng).astype(np.float32), labels[rows]))
            network.reset_metrics()
        right = (predict(network, held_out).argmax(axis=1) == truth).mean() if len(truth) else np.nan
        for name, value in zip(curves, (step, *np.mean(learnt, axis=0), right), strict=True):
            curves[name].append(float(value))
    return network, curves


def predict(network: Any, pictures: np.ndarray) -> np.ndarray:
    """Softmax outputs for photographs of any size [shape=(n, 3)]."""
    inputs = squares(pictures, SIDE).astype(np.float32)
    return np.concatenate([network.predict_on_batch(inputs[start : start + BATCH]) for start in range(0, len(inputs), BATCH)])


def squares(pictures: np.ndarray, side: int) -> np.ndarray:
    """Pictures squeezed into squares [shape=(n, side, side, 3), uint8]."""
    return np.stack([resized(picture, side, side) for picture in pictures])


def _endless(count: int, rng: np.random.Generator) -> Iterator[int]:
    """Rows in random order, each once before any comes again."""
    while True:
        yield from rng.permutation(count)


def _outcome(arrays: Heard) -> Outcome:
    return Outcome(arrays["predicted"], unpacked(arrays))
