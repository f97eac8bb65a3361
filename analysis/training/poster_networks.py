"""The ancestor's four networks for posters, trained on the split of what ships, to stand beside it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from analysis.training.crossvalidation import Heard, Kept, timed
from analysis.training.intervals import rounded
from analysis.training.networks import Examples, best_epoch, cross_entropy, packed, predict, unpacked
from analysis.training.poster_augmentation import PUBLISHED, augmented
from analysis.training.poster_data import TEST, TRAIN, VALIDATION, Posters
from analysis.training.poster_genre_cards import class_figures
from models.efficientnet import scaled
from models.poster_genre import CLASSES
from models.poster_networks import NETWORKS
from models.quiet import quiet_import

PIXELS = {"LeNet": 96, "ResNet20": 48, "custom": 96, "custom on 50 components": 96}  # of a side; ResNet20 costs too much at 96
COMPONENTS = 50  # of a colour channel
EPOCHS, BATCH, RATE = 10, 32, 1e-3  # passes over the posters; the ancestor names neither batch nor rate: these are usual

Report = Callable[[str], None]


def train(posters: Posters, seed: int, checkpoints: Path | None, report: Report) -> dict[str, dict[str, Any]]:
    """Train each network of NETWORKS and judge it on the held-out posters that have a class.

    Each network's results are kept as they are ready: a training that was cut off goes on with the network it was at.

    Returns
    -------
    by network: the figures of poster_genre_cards.class_figures, `pixels` and `training`
    """
    settings = (seed, PIXELS, COMPONENTS, EPOCHS, BATCH, RATE, PUBLISHED)
    kept = Kept(checkpoints, "poster_networks", settings, posters.pictures, posters.main, posters.part)
    found = {}
    for name in timed(list(NETWORKS), "networks trained", report):
        results = kept.compute(name, partial(_train_one, name, posters, seed, report))
        truth = posters.main[posters.rows(TEST, with_class=True)]
        curves = unpacked(results)
        found[name] = class_figures(truth, results["predicted"].argmax(axis=1)) | {"pixels": PIXELS[name], "training": _summary(curves)}
        report(f"{name}: accuracy {found[name]['accuracy']:.3f} on the held-out posters")
    return found


def _train_one(name: str, posters: Posters, seed: int, report: Report) -> Heard:
    """Predictions for the held-out posters by the weights of the best validation epoch, and the curves."""
    keras = quiet_import("keras")
    keras.utils.set_random_seed(seed)
    size = PIXELS[name]
    rows = {part: posters.rows(part, with_class=True) for part in (TRAIN, VALIDATION, TEST)}
    pictures = {part: squared(posters.pictures[found], size) for part, found in rows.items()}
    if name.endswith("components"):
        components = principal_components(pictures[TRAIN])
        pictures = {part: rebuilt(found, *components) for part, found in pictures.items()}
    targets = {part: np.eye(len(CLASSES), dtype=np.float32)[posters.main[found]] for part, found in rows.items()}
    watched = Examples(scaled(pictures[VALIDATION]), targets[VALIDATION], np.ones(len(rows[VALIDATION])))
    model = NETWORKS[name](size, len(CLASSES))
    model.compile(keras.optimizers.Adam(RATE), "categorical_crossentropy", metrics=["accuracy"])
    curves: dict[str, list[float]] = {key: [] for key in ("epoch", "loss", "accuracy", "val_loss")}
    best = model.get_weights()
    for epoch in timed(range(EPOCHS), f"epochs of {name}", report):
        loss, accuracy = _one_epoch(model, pictures[TRAIN], targets[TRAIN], np.random.default_rng([seed, epoch]))
        val_loss = cross_entropy(watched, predict(model, watched.inputs))
        if val_loss < min(curves["val_loss"], default=np.inf):
            best = model.get_weights()
        for key, value in zip(curves, (epoch + 1, loss, accuracy, val_loss), strict=True):
            curves[key].append(value)
    model.set_weights(best)
    return {"predicted": predict(model, scaled(pictures[TEST]))} | packed(curves)


def _one_epoch(model: Any, pictures: np.ndarray, targets: np.ndarray, rng: np.random.Generator) -> tuple[float, float]:
    """Mean loss and accuracy over the batches."""
    batches = np.array_split(rng.permutation(len(pictures)), max(len(pictures) // BATCH, 1))
    found = [model.train_on_batch(scaled(augmented(pictures[rows], PUBLISHED, rng)), targets[rows]) for rows in batches]
    loss, accuracy = np.mean([[float(figure) for figure in figures] for figures in found], axis=0)
    return float(loss), float(accuracy)


def squared(pictures: np.ndarray, size: int) -> np.ndarray:
    """Pictures squeezed into squares [shape=(n, size, size, 3), uint8]."""
    return np.stack([np.asarray(Image.fromarray(picture).resize((size, size), Image.Resampling.BICUBIC)) for picture in pictures])


def principal_components(pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and the first COMPONENTS components of each colour channel of the training pictures [shape=(3, d), (3, d, COMPONENTS)]."""
    from sklearn.decomposition import PCA

    means, components = [], []
    for channel in range(3):
        flat = pictures[..., channel].reshape(len(pictures), -1).astype(np.float32)
        found = PCA(min(COMPONENTS, *flat.shape), svd_solver="randomized", random_state=0).fit(flat)
        means.append(found.mean_)
        components.append(found.components_.T)
    return np.stack(means), np.stack(components)


def rebuilt(pictures: np.ndarray, means: np.ndarray, components: np.ndarray) -> np.ndarray:
    """Pictures as the components of each channel show them [same shape, uint8]."""
    found = np.empty_like(pictures)
    for channel in range(3):
        flat = pictures[..., channel].reshape(len(pictures), -1) - means[channel]
        shown = flat @ components[channel] @ components[channel].T + means[channel]
        found[..., channel] = np.clip(shown, 0, 255).reshape(pictures.shape[:3]).astype(np.uint8)
    return found


def _summary(curves: dict[str, list[float]]) -> dict[str, float]:
    best = best_epoch(curves)
    last = {key: rounded(curves[key][-1], 2) for key in ("loss", "accuracy")}
    return {"epochs": len(curves["epoch"]), "best_epoch": best, "val_loss": rounded(curves["val_loss"][best - 1], 2), **last}
