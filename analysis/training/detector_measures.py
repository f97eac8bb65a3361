"""How well a detector hears recordings of groups it was not trained on: alone, mixed, and in composed films.

Every detector is measured on the same seconds: they are drawn from the held-out recordings with a seed of their own.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.agreement import found_stretches, true_stretches
from analysis.audio import SAMPLE_RATE
from analysis.detection import smooth
from analysis.training.calibration import calibration_error
from analysis.training.detector_material import CLEAN, CONDITIONS, FILM, MIXTURES, Amounts, Hear, Passage, passages
from analysis.training.intervals import bootstrap, ends, rounded
from analysis.training.sounds import MUSIC, Recordings
from models.labels import SOUND_CLASSES

DRAWN = Amounts(films=16, film_seconds=240, per_class=1500, pieces=150)  # besides the recordings as they are
SUNG = ("Vocal", "Rap")  # genres of recordings that are sung or rapped; which of their seconds are is not known
_LEAST = 1e-3  # of a probability, so that one second does not decide a clip


@dataclass(frozen=True)
class Answers:
    """What a detector said of seconds.

    labels : np.ndarray [shape=(n,)]; probabilities : np.ndarray [shape=(n, 3)]
    smoothed : np.ndarray [shape=(n,)] class after smoothing
    owners : np.ndarray [shape=(n,)] row of the recording, or number of the piece or film
    groups : np.ndarray [shape=(n,)] what is drawn for the intervals
    """

    labels: np.ndarray
    probabilities: np.ndarray
    smoothed: np.ndarray
    owners: np.ndarray
    groups: np.ndarray

    @property
    def raw(self) -> np.ndarray:
        """The most probable class of each second."""
        return self.probabilities.argmax(axis=1)


@dataclass(frozen=True)
class Held:
    """Everything a detector said of the held-out material.

    clean : recordings as they are; conditions : pieces in the conditions of films; mixtures : by name
    films : composed films; boundaries : s from each true beginning and end of music in them to the nearest found one
    """

    clean: Answers
    conditions: Answers
    mixtures: dict[str, Answers]
    films: Answers
    boundaries: np.ndarray


def listen(hear: Hear, unseen: Recordings, seed: int) -> Held:
    """Ask a detector about the held-out recordings; the same recordings and seed give the same seconds."""
    answers: dict[str, list[Answers]] = defaultdict(list)
    boundaries = []
    for number, passage in enumerate(passages(unseen, DRAWN, np.random.default_rng([seed, 1]))):
        probabilities = hear(passage.signal, passage.peak)
        if passage.kind == FILM:
            smoothed = smooth(probabilities)
            boundaries.append(boundary_errors(passage.labels, smoothed))
            smoothed = smoothed[passage.said]
        else:  # what is not said are pauses, in which there is nothing to smooth
            smoothed = smooth(probabilities[passage.said])
        owner = passage.row if passage.kind == CLEAN else number
        answers[passage.kind].append(_answers(passage, probabilities, smoothed, owner))
    return Held(
        clean=_joined(answers[CLEAN]),
        conditions=_joined(answers[CONDITIONS]),
        mixtures={name: _joined(answers[name]) for name in MIXTURES},
        films=_joined(answers[FILM]),
        boundaries=np.concatenate(boundaries),
    )


def measure(held: Held) -> dict[str, Any]:
    """The figures of a card, with 95 % intervals of the main ones (bootstrap over groups; over films for the composed ones)."""
    clean, mixed, films = held.clean, _joined(held.mixtures.values()), held.films
    clip_labels, clips, clip_groups = by_clip(clean)
    even = 1 / np.bincount(clean.labels)[clean.labels]
    return {
        **scores(clean.labels, clean.raw),
        "confusion": confusion(clean.labels, clean.raw),
        "classes_weighted_alike": scores(clean.labels, clean.raw, even),
        "calibration_error": _calibration(clean),
        "smoothed": scores(clean.labels, clean.smoothed),
        "clip": scores(clip_labels, clips) | {"confusion": confusion(clip_labels, clips)},
        "film_conditions": scores(held.conditions.labels, held.conditions.raw) | {"calibration_error": _calibration(held.conditions)},
        "mixtures": {name: _shares(part) for name, part in held.mixtures.items()},
        "mixed": scores(mixed.labels, mixed.raw) | {"calibration_error": _calibration(mixed)},
        "composed_films": scores(films.labels, films.smoothed) | {"calibration_error": _calibration(films)},
        "boundary_error": {
            "median_seconds": rounded(float(np.median(held.boundaries)), 2),
            "within_1_second": rounded(float(np.mean(held.boundaries <= 1))),
            "boundaries": len(held.boundaries),
        },
        "intervals": {
            "accuracy": ends(bootstrap(clean.groups, _accuracy, clean.labels, clean.raw)),
            "macro_f1": ends(bootstrap(clean.groups, macro_f1, clean.labels, clean.raw)),
            "smoothed_macro_f1": ends(bootstrap(clean.groups, macro_f1, clean.labels, clean.smoothed)),
            "clip_macro_f1": ends(bootstrap(clip_groups, macro_f1, clip_labels, clips)),
            "mixed_accuracy": ends(bootstrap(mixed.groups, _accuracy, mixed.labels, mixed.raw)),
            "mixed_macro_f1": ends(bootstrap(mixed.groups, macro_f1, mixed.labels, mixed.raw)),
            "composed_films_macro_f1": ends(bootstrap(films.groups, macro_f1, films.labels, films.smoothed)),
        },
    }


def singing(clean: Answers, recordings: Recordings) -> dict[str, dict[str, float]]:
    """How much of the recordings of SUNG genres was heard as music, for those there are."""
    found = {}
    for genre in SUNG:
        sung = np.isin(clean.owners, np.flatnonzero(recordings.table["genres"].str.split("; ").map(lambda names, g=genre: g in names)))
        if sung.any():
            raw, smoothed = (rounded(float((part[sung] == MUSIC).mean())) for part in (clean.raw, clean.smoothed))
            counts = {"recordings": len(np.unique(clean.owners[sung])), "seconds": int(sung.sum())}
            found[genre] = {"heard_as_music": raw, "smoothed": smoothed} | counts
    return found


def times_real_time(hear: Hear, seconds: int = 1800) -> float:
    """How many seconds of film a detector, its features included, hears in a second of one processor."""
    signal = np.random.default_rng(0).integers(-9000, 9000, seconds * SAMPLE_RATE).astype(np.int16)
    hear(signal[: 10 * SAMPLE_RATE], None)  # tables are computed once
    began = time.process_time()
    hear(signal, None)
    return round(seconds / (time.process_time() - began))


def gains(ours: Held, theirs: Held) -> dict[str, Any]:
    """How much better one detector is than another on the same seconds: differences, each with its 95 % interval."""
    films = (ours.films, theirs.films)
    mixed = (_joined(ours.mixtures.values()), _joined(theirs.mixtures.values()))

    def gain(pair: tuple[Answers, Answers], metric: Callable[..., float], which: str) -> dict[str, Any]:
        one, other = pair
        predicted = getattr(one, which), getattr(other, which)

        def difference(labels: np.ndarray, a: np.ndarray, b: np.ndarray) -> float:
            return metric(labels, a) - metric(labels, b)

        interval = bootstrap(one.groups, difference, one.labels, *predicted)
        return {"gain": rounded(difference(one.labels, *predicted)), "interval": ends(interval)}

    return {
        "macro_f1": gain((ours.clean, theirs.clean), macro_f1, "raw"),
        "smoothed_macro_f1": gain((ours.clean, theirs.clean), macro_f1, "smoothed"),
        "mixed_accuracy": gain(mixed, _accuracy, "raw"),
        "mixed_macro_f1": gain(mixed, macro_f1, "raw"),
        "composed_films_macro_f1": gain(films, macro_f1, "smoothed"),
    }


def boundary_errors(true: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Seconds from each true beginning and end of music to the nearest found one; as long as the film where none was found.

    As `analysis.agreement.median_error`: beginnings are compared with beginnings; the film's own beginning and end are no boundaries.
    """
    names = np.array(SOUND_CLASSES, dtype=object)
    table = pd.DataFrame({"true": names[true], "predicted": names[found]})
    spans, others = (np.array(part, float).reshape(-1, 2) for part in (true_stretches(table), found_stretches(table)))
    errors = [
        np.abs(others[:, side] - boundary).min(initial=len(true))
        for side in (0, 1)
        for boundary in spans[:, side]
        if 0 < boundary < len(true)
    ]
    return np.array(errors)


def by_clip(answers: Answers) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """True class, class of the greatest mean log-probability, and group of each recording."""
    owners, first, index = np.unique(answers.owners, return_index=True, return_inverse=True)
    sums = np.zeros((len(owners), len(SOUND_CLASSES)))
    np.add.at(sums, index, np.log(answers.probabilities + _LEAST))
    return answers.labels[first], sums.argmax(axis=1), answers.groups[first]


def scores(true: np.ndarray, predicted: np.ndarray, weights: np.ndarray | None = None) -> dict[str, Any]:
    """Accuracy, macro-F1, and precision, recall, F1 and support of each class."""
    from sklearn.metrics import precision_recall_fscore_support

    parts = precision_recall_fscore_support(true, predicted, labels=range(len(SOUND_CLASSES)), zero_division=0, sample_weight=weights)
    classes = {
        name: {"precision": rounded(p), "recall": rounded(r), "f1": rounded(f), "support": int((true == k).sum())}
        for k, (name, p, r, f) in enumerate(zip(SOUND_CLASSES, *parts[:3], strict=True))
    }
    return {
        "accuracy": rounded(np.average(true == predicted, weights=weights)),
        "macro_f1": rounded(parts[2].mean()),
        "classes": classes,
    }


def confusion(true: np.ndarray, predicted: np.ndarray) -> list[list[int]]:
    """Counts by true (rows) and predicted class (columns), in the order of SOUND_CLASSES."""
    counts = np.zeros((len(SOUND_CLASSES),) * 2, int)
    np.add.at(counts, (true, predicted), 1)
    return counts.tolist()


def macro_f1(true: np.ndarray, predicted: np.ndarray) -> float:
    """Mean of the F1 of the classes, 0 for one that is neither true nor predicted."""
    counts = np.array(confusion(true, predicted))
    return float((2 * counts.diagonal() / np.maximum(counts.sum(axis=0) + counts.sum(axis=1), 1)).mean())


def _accuracy(true: np.ndarray, predicted: np.ndarray) -> float:
    return float((true == predicted).mean())


def _calibration(answers: Answers) -> float:
    return rounded(calibration_error(answers.labels, answers.probabilities))


def _shares(answers: Answers) -> dict[str, float]:
    """Share of a mixture's seconds that got each class, and how far its probabilities are from it."""
    shares = np.bincount(answers.raw, minlength=len(SOUND_CLASSES)) / len(answers.labels)
    return dict(zip(SOUND_CLASSES, map(rounded, shares), strict=True)) | {"calibration_error": _calibration(answers)}


def _answers(passage: Passage, probabilities: np.ndarray, smoothed: np.ndarray, owner: int) -> Answers:
    said = passage.said
    names = np.full(said.sum(), passage.group, dtype=object)
    return Answers(passage.labels[said], probabilities[said], smoothed, np.full(said.sum(), owner), names)


def _joined(parts: Iterable[Answers]) -> Answers:
    listed = list(parts)
    return Answers(*(np.concatenate([getattr(part, name) for part in listed]) for name in Answers.__dataclass_fields__))
