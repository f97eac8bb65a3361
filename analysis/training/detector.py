"""Train and measure the music / speech / other detector.

The experiment of the movie-music thesis (2020) comes first: one long-term average per clip, C and kernel of the SVM by
cross-validation over groups. What ships is trained with them on single seconds, as recorded and in the conditions of
films (`analysis.training.sounds`), and measured on groups it never saw.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.detection import smooth
from analysis.training.datasets import check_disjoint
from analysis.training.sounds import (
    MUSIC,
    OTHER,
    SPEECH,
    Recordings,
    Seconds,
    clean_seconds,
    draw_mixture,
    draw_seconds,
    read_recordings,
    split_groups,
)
from errors import DataError
from models import registry
from models.detector import N_FEATURES, Detector, compress, fit, from_arrays
from models.labels import SOUND_CLASSES

C_VALUES = (0.001, 0.01, 0.5, 1.0, 5.0, 10.0, 20.0)  # the thesis's
KERNELS = ("linear", "rbf")
FOLDS = 5
TEST_SHARE = 0.25  # of the groups of each source
DRAWN_PER_CLASS = 8000  # seconds in the conditions of films to train on, besides all as they were recorded
TEST_PER_CLASS = 1500  # seconds in the conditions of films to measure on
MIXTURE_PIECES = 150
MIXTURES = {f"speech over music at {snr} dB": (SPEECH, MUSIC, snr) for snr in (0, 6, 12)} | {
    f"music over effects at {snr} dB": (MUSIC, OTHER, snr) for snr in (6, 12)
}
LICENCES = {
    "ravdess": "CC BY-NC-SA 4.0", "UrbanSound8K": "CC BY-NC 3.0", "CC-Sounds (CC BY-SA 4.0)": "CC BY-SA 4.0",
    "quadrants": "4Q dataset, research use", "emotify": "Emotify, research use", "excerpts": "GTZAN excerpts, research use",
    "film_scores": "excerpts of commercial recordings, research use",
}  # fmt: skip
NOTES = [
    "accuracy, macro_f1, classes and confusion: single seconds of held-out recordings as they are, without smoothing",
    "classes_weighted_alike: the same, each class counting alike (most held-out seconds are music)",
    "smoothed: the same seconds after the smoothing that the program applies, within each recording",
    "clip: mean log-probability over a recording; clip_long_term_average: the thesis's experiment, an SVM trained on one average per clip",
    "film_conditions: as many seconds of each class with random level, colour, room and noise, alone and mixed",
    "mixtures: share of the seconds of a mixture that got each class, in the conditions of films",
    "weak spots: steady distorted guitars and drones are taken for other, sirens, horns and humming machines for music, "
    "and speech close to the level of the music for music",
    "a few settings of the conditions in training were compared on the held-out part, so its figures are slightly optimistic",
    "speech over music counts as speech, singing as music, music under loud effects as other, silence as other",
]


def train(data: Path, *, seed: int = 0, report: Callable[[str], None] = print) -> Path:
    """Train the detector, measure it on held-out groups, and save it with its card.

    Parameters
    ----------
    data : folder with audio/sounds.csv (file, label, source, group) and the tables of music in `sounds.MUSIC_GROUPS`
    seed : everything random follows from it
    report : called with one line of progress at a time

    Returns
    -------
    the folder of weights.npz and card.json

    Raises
    ------
    DataError : a table is missing or has other columns
    """
    rng = np.random.default_rng(seed)
    recordings, skipped = read_recordings(data, rng)
    for line in skipped:
        report(f"left out: {line}")
    test = split_groups(recordings.table, TEST_SHARE, rng)
    known, unseen = recordings.where(~test), recordings.where(test)
    check_disjoint(known.table["group"], unseen.table["group"])
    report(f"{len(known.table)} recordings to train on, {len(unseen.table)} held out")

    folds = group_folds(known, seed)
    clean = clean_seconds(known)
    table = cross_validate(clean, known.labels, folds, report)
    best = max(table, key=lambda row: row["macro_f1"])
    drawn = draw_seconds(known, DRAWN_PER_CLASS, rng, folds=folds)
    examples = Seconds.join([clean, drawn])
    report(f"training on {len(examples.labels)} seconds with the best of these: {best['kernel']} kernel, C = {best['C']:g}")
    arrays = fit(examples.features, examples.labels, folds[examples.recordings], C=best["C"], kernel=best["kernel"])
    # Half the file's size; standardised features need no more digits (the coefficients do: their large sums nearly cancel).
    arrays["support"] = arrays["support"].astype(np.float16)
    report(f"{len(arrays['support'])} support vectors; measuring on the held-out groups")

    detector = from_arrays(arrays, {"classes": SOUND_CLASSES})
    metrics = measure(detector, unseen, rng)
    metrics["clip_long_term_average"] = measure_long_term(clean, known.labels, unseen, best)
    metrics["cross_validation"] = [row | {"best": row is best} for row in table]
    report(
        f"held out: macro-F1 {metrics['macro_f1']:.3f} per second ({metrics['smoothed']['macro_f1']:.3f} smoothed), "
        f"{metrics['clip']['macro_f1']:.3f} per clip, music F1 {metrics['clip']['classes']['music']['f1']:.3f} per clip"
    )
    return registry.save("detector", arrays, _card(known, unseen, examples, best, metrics))


def group_folds(recordings: Recordings, seed: int) -> np.ndarray:
    """A fold for each recording [shape=(recordings,)]; a group is in one fold only.

    Raises DataError when a class has fewer groups than there are folds.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    for label, name in enumerate(SOUND_CLASSES):
        groups = recordings.table["group"][recordings.labels == label].nunique()
        if groups < FOLDS:
            raise DataError(f"the recordings of {name} to train on come from {groups} groups; add some, {FOLDS} are needed")
    folds = np.empty(len(recordings.table), int)
    splitter = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    for fold, (_, rows) in enumerate(splitter.split(folds, recordings.labels, recordings.table["group"])):
        folds[rows] = fold
    return folds


def cross_validate(clean: Seconds, labels: np.ndarray, folds: np.ndarray, report: Callable[[str], None]) -> list[dict[str, Any]]:
    """The thesis's table: for each kernel and C, scores of clips by their long-term average, over group folds."""
    rows, averages = long_term_averages(clean)
    table = []
    for kernel in KERNELS:
        for C in C_VALUES:
            predicted = np.empty(len(rows), int)
            for fold in range(FOLDS):
                inside = folds[rows] == fold
                if inside.any():
                    predicted[inside] = _predict_by_average(averages[~inside], labels[rows][~inside], averages[inside], C, kernel)
            table.append({"kernel": kernel, "C": C, **scores(labels[rows], predicted)})
            report(f"{kernel:6} C = {C:<6g} accuracy {table[-1]['accuracy']:.3f}  macro-F1 {table[-1]['macro_f1']:.3f}")
    return table


def long_term_averages(clean: Seconds) -> tuple[np.ndarray, np.ndarray]:
    """The recordings that have sounding seconds [shape=(n,)] and the mean of their features [shape=(n, 68)]."""
    rows, index = np.unique(clean.recordings, return_inverse=True)
    sums = np.zeros((len(rows), clean.features.shape[1]))
    np.add.at(sums, index, clean.features)
    return rows, sums / np.bincount(index)[:, np.newaxis]


def measure(detector: Detector, unseen: Recordings, rng: np.random.Generator) -> dict[str, Any]:
    """Scores of the detector on recordings it never saw: per second, smoothed, per clip, in the conditions of films."""
    clean = clean_seconds(unseen)
    probabilities = detector.predict_proba(clean.features)
    rows = np.unique(clean.recordings)
    of = {row: np.flatnonzero(clean.recordings == row) for row in rows}
    smoothed = np.concatenate([smooth(probabilities[of[row]]) for row in rows])
    by_clip = np.array([np.log(probabilities[of[row]] + 1e-3).mean(axis=0).argmax() for row in rows])
    film = draw_seconds(unseen, TEST_PER_CLASS, rng)
    film_probabilities = detector.predict_proba(film.features)
    even = 1 / np.bincount(clean.labels)[clean.labels]
    return {
        **scores(clean.labels, probabilities.argmax(axis=1)),
        "confusion": confusion(clean.labels, probabilities.argmax(axis=1)),
        "classes_weighted_alike": scores(clean.labels, probabilities.argmax(axis=1), even),
        "calibration_error": calibration_error(clean.labels, probabilities),
        "smoothed": scores(clean.labels, smoothed),
        "clip": scores(unseen.labels[rows], by_clip) | {"confusion": confusion(unseen.labels[rows], by_clip)},
        "film_conditions": scores(film.labels, film_probabilities.argmax(axis=1))
        | {"calibration_error": calibration_error(film.labels, film_probabilities)},
        "mixtures": {name: _recall_of_mixture(detector, unseen, *recipe, rng) for name, recipe in MIXTURES.items()},
    }


def measure_long_term(clean: Seconds, labels: np.ndarray, unseen: Recordings, best: dict[str, Any]) -> dict[str, Any]:
    """The thesis's own experiment on the held-out clips: SVM trained on, and asked about, long-term averages."""
    rows, averages = long_term_averages(clean)
    test_rows, test_averages = long_term_averages(clean_seconds(unseen))
    return scores(unseen.labels[test_rows], _predict_by_average(averages, labels[rows], test_averages, best["C"], best["kernel"]))


def scores(true: np.ndarray, predicted: np.ndarray, weights: np.ndarray | None = None) -> dict[str, Any]:
    """Accuracy, macro-F1, and precision, recall, F1 and support of each class."""
    from sklearn.metrics import precision_recall_fscore_support

    parts = precision_recall_fscore_support(true, predicted, labels=range(len(SOUND_CLASSES)), zero_division=0, sample_weight=weights)
    classes = {
        name: {"precision": _rounded(p), "recall": _rounded(r), "f1": _rounded(f), "support": int((true == k).sum())}
        for k, (name, p, r, f) in enumerate(zip(SOUND_CLASSES, *parts[:3], strict=True))
    }
    return {
        "accuracy": _rounded(np.average(true == predicted, weights=weights)),
        "macro_f1": _rounded(parts[2].mean()),
        "classes": classes,
    }


def confusion(true: np.ndarray, predicted: np.ndarray) -> list[list[int]]:
    """Counts by true (rows) and predicted class (columns), in the order of SOUND_CLASSES."""
    counts = np.zeros((len(SOUND_CLASSES),) * 2, int)
    np.add.at(counts, (true, predicted), 1)
    return counts.tolist()


def calibration_error(true: np.ndarray, probabilities: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error: mean gap between the probability of the chosen class and how often it is right.

    Reference: Guo et al., "On calibration of modern neural networks", ICML 2017.
    """
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == true
    index = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [abs(confidence[index == k].sum() - right[index == k].sum()) for k in range(bins)]
    return _rounded(sum(gaps) / len(true))


def _predict_by_average(known: np.ndarray, labels: np.ndarray, unknown: np.ndarray, C: float, kernel: str) -> np.ndarray:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    svm = SVC(C=C, kernel=kernel, gamma=1 / N_FEATURES, class_weight="balanced")
    return make_pipeline(StandardScaler(), svm).fit(compress(known), labels).predict(compress(unknown))


def _recall_of_mixture(
    detector: Detector, unseen: Recordings, label: int, partner: int, snr: float, rng: np.random.Generator
) -> dict[str, float]:
    """How often the seconds of one mixture get each class."""
    features = draw_mixture(unseen, label, partner, snr, MIXTURE_PIECES, rng)
    shares = np.bincount(detector.predict_proba(features).argmax(axis=1), minlength=len(SOUND_CLASSES)) / len(features)
    return dict(zip(SOUND_CLASSES, map(_rounded, shares), strict=True))


def _rounded(value: float) -> float:
    return round(float(value), 4)


def _card(known: Recordings, unseen: Recordings, examples: Seconds, best: dict[str, Any], metrics: dict[str, Any]) -> dict[str, Any]:
    counts = pd.concat([known.table["source"], unseen.table["source"]]).value_counts().to_dict()
    return {
        "date": date.today().isoformat(),
        "task": "music, speech or other for each second of a soundtrack",
        "design": f"support vector machine ({best['kernel']} kernel, C = {best['C']:g}) on the mean and deviation over 1 s of 34 "
        "short-term features; probabilities by softmax regression on out-of-fold decisions",
        "classes": list(SOUND_CLASSES),
        "input": f"(seconds, {N_FEATURES}) features of analysis.features.per_second, 8 kHz mono",
        "output": f"(seconds, {len(SOUND_CLASSES)}) probabilities",
        "data": {
            "sources": [
                {"name": name, "count": int(count), "licence": LICENCES.get(name, "unclear, research use")}
                for name, count in sorted(counts.items())
            ],
            "train": len(known.table),
            "test": len(unseen.table),
            "train_seconds": len(examples.labels),
        },
        "split": {
            "by": "artist, film, speaker, or recording pack",
            "description": f"{TEST_SHARE:.0%} of the groups of each source held out at random; C, kernel and calibration by "
            f"{FOLDS} folds over the groups of the rest",
        },
        "metrics": metrics,
        "confusion": {"labels": list(SOUND_CLASSES), "matrix": metrics["confusion"]},
        "curves": {},
        "ancestor": {
            "work": "movie-music thesis (2020)",
            "figures": {"clip_macro_f1": 0.911, "clip_music_f1": 0.978, "clip_accuracy": 0.923, "C": 0.5},
        },
        "notes": NOTES,
        "licence": "Weights trained on recordings for research use only, some of them non-commercial (see data.sources)",
    }
