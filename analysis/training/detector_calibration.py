"""Make a detector's scores probabilities that tell the truth, on clean recordings as on what films are made of.

It is learnt on groups a detector was not trained on: by rounds, each with a detector that was trained without one fold.
"""

from collections.abc import Callable, Iterable

import numpy as np

from analysis.training.crossvalidation import Report, group_weights, timed
from analysis.training.detector_material import MIXTURES, Amounts, Hear, passages
from analysis.training.sounds import Recordings
from models.detector import fit_calibration, terms

DRAWN = Amounts(films=6, film_seconds=240, per_class=200, pieces=40)  # of each fold, besides its recordings as they are


def calibrate(
    scores_without: Callable[[int], Hear], known: Recordings, folds: np.ndarray, rounds: Iterable[int], *, seed: int, report: Report
) -> dict[str, np.ndarray]:
    """Learn the calibration of a detector.

    Parameters
    ----------
    scores_without : gives, for a fold, the scores of a detector that was trained without it
    known, folds : recordings to train on, and the fold of each
    rounds : folds to ask about
    seed : of what is drawn
    report : called with one line of progress at a time

    Returns
    -------
    the arrays of `models.detector.Calibration`
    """
    kinds: list[str] = []
    heard: list[np.ndarray] = []
    labels: list[np.ndarray] = []
    for fold in timed(list(rounds), "folds heard to calibrate", report):
        hear = scores_without(fold)
        for passage in passages(known.where(folds == fold), DRAWN, np.random.default_rng([seed, 7, fold])):
            heard.append(terms(hear(passage.signal, passage.peak))[passage.said])
            labels.append(passage.labels[passage.said])
            kinds += [passage.kind] * len(labels[-1])
    alike = np.where(np.isin(kinds, list(MIXTURES)), "mixtures", kinds)  # all mixtures together are one kind; every kind counts the same
    return fit_calibration(np.concatenate(heard), np.concatenate(labels), group_weights(alike))
