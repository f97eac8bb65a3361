"""The cards of what describes music: what it was trained on, and what was measured on recordings it had not heard."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from analysis import descriptors
from analysis.files import read_json
from analysis.training.attribute_records import genre_classes, levels
from analysis.training.calibration import calibration_error
from analysis.training.intervals import bootstrap
from models import attributes as networks
from models import registry
from models.labels import ATTRIBUTES

SOURCES = {
    "quadrants": ("4Q audio emotion dataset (Panda et al. 2018), 30 s clips", "research use"),
    "excerpts": ("Grekow's emotion-annotated excerpts of GTZAN, 6 s", "research use"),
    "emotify": ("Emotify (Aljanaki et al. 2016), 30 s clips", "research use"),
    "film_scores": ("excerpts of commercial film scores, 15 s", "research use"),
}
ANCESTOR = "Movie music analysis with machine learning, master's thesis, 2020"
ANCESTOR_ACCURACY = {"danceability": 0.72, "valence": 0.70, "energy": 0.75, "genre": 0.60}
_THIRDS = "levels are the thirds [0, 0.33), [0.33, 0.66], (0.66, 1]"
LABELS = {
    "energy": f"{_THIRDS} of arousal scaled to 0..1 (excerpts) and of the arousing share of listeners' votes (emotify: power, joyful "
    "activation, tension against calmness, tenderness, sadness); quadrants of which annotators were sure (quadrant_share 0.6 and more) "
    "give high (Q1, Q2) or low (Q3, Q4), never medium, so medium clips are from the other two sets only",
    "valence": f"{_THIRDS} of valence scaled to 0..1 (excerpts) and of the pleasant share of listeners' votes (emotify: joyful "
    "activation, tenderness, calmness against tension, sadness); quadrants of which annotators were sure (quadrant_share 0.6 and more) "
    "give positive (Q1, Q4) or negative (Q2, Q3), never neutral, so neutral clips are from the other two sets only",
    "danceability": "no human labels were used: the teacher is detrended fluctuation analysis (Streich and Herrera 2005), its values "
    f"mapped by rank within each genre to the distribution of Spotify's danceability in that genre; {_THIRDS}; "
    "the figures say how well the network follows the teacher, not how well it agrees with people",
    "genre": "genres are the sets' own, sub-genres mapped by data/genres.csv; "
    "clips tagged Pop/Rock, or with tags of several genres, are left out",
}


EMOTIFY_ORDER = (
    "Emotify's annotations (genre and votes) are joined to its recordings by genre and place within the genre: "
    "the numbers of the two do not agree"
)


RATED = "excerpts"  # the set whose labels can say all three levels on a scale: energy and valence are judged on it
THESIS_FIGURES = "thesis.json"  # beside the versions of the model: what the thesis' design reached (analysis/training/thesis_attributes.py)
_DESIGN = (
    f"{len(descriptors.NAMES)} descriptors of a window (timbre, mel bands, harmony, contrast, rhythm, dynamics) -> dense "
    f"{' -> dense '.join(map(str, networks.HIDDEN))}, batch normalisation, dropout; a head for each kind of label"
)
_SPLIT = (
    "five rounds; in each a fifth of the groups is held out, so every recording is once predicted by networks that never heard its "
    "artist, and calibrated without it: the figures are of these predictions. The networks of all rounds, averaged, are what is "
    "shipped. The design was chosen on the same rounds, so its figures are slightly optimistic"
)


def cards(
    rows: pd.DataFrame,
    folds: np.ndarray,
    predictions: Mapping[str, networks.Prediction],
    clip: np.ndarray,
    curves: Sequence[Mapping[str, list]],
) -> dict[str, Any]:
    """The card of the model, with a part for each attribute; the registry fills in name, version, sha256 and size.

    Parameters
    ----------
    rows : recordings, see attribute_records.recordings, with the column danceability
    folds : np.ndarray [shape=(len(rows),)] round in which each was held out
    predictions : by attribute, for windows that were held out
    clip : np.ndarray [shape=(windows,)] recording of each window
    curves : of each trunk, by Keras' names
    """
    thesis = thesis_figures()
    return {
        "date": date.today().isoformat(),
        "design": _DESIGN,
        "input": f"(n, {len(descriptors.NAMES)}) float32: descriptors of 10 s windows at 8 kHz (analysis/descriptors.py)",
        "split": {"by": "artist (quadrants), film (film scores), file (emotify, excerpts)", "description": _SPLIT},
        "licence": "Apache-2.0 for the code; the weights were trained on recordings licensed for research only",
        "parts": {name: _part(name, rows, predictions[name], clip, curves, thesis.get(name)) for name in ATTRIBUTES},
    }


def thesis_figures() -> dict[str, Any]:
    """By attribute, what the thesis' design reached when it was trained here; empty if it was not."""
    path = registry.WEIGHTS / "attributes" / THESIS_FIGURES
    return read_json(path) if path.is_file() else {}


def summary(card: Mapping[str, Any]) -> str:
    """The figures that count, in a line."""
    names = ("accuracy", "clip_accuracy", "sign_accuracy", "spearman", "calibration_error")
    return ", ".join(f"{name.replace('_', ' ')} {card['metrics'][name]:.3f}" for name in names if name in card["metrics"])


def _part(
    name: str, rows: pd.DataFrame, prediction: networks.Prediction, clip: np.ndarray, curves: Sequence[Mapping[str, list]], thesis: Any
) -> dict[str, Any]:
    classes, labels = ATTRIBUTES[name], _true(rows, name)
    known = labels[clip] >= 0
    source = rows["source"].to_numpy()
    judged = known & (source[clip] == RATED) if name in ("energy", "valence") else known
    metrics, confusion = measure(labels[clip][judged], prediction.probabilities[judged], clip[judged], source)
    metrics["by_source"] = measure(labels[clip][known], prediction.probabilities[known], clip[known], source)[0]["by_source"]
    metrics |= _by_clip(name, rows, labels, prediction, clip)
    if thesis:
        # Judged on the same kind of label; it was measured on a split of its own, so on other recordings of the set.
        rated = thesis["by_source"].get(RATED) if name in ("energy", "valence") else None
        metrics["thesis_design"] = {**rated, "of_all_sources": thesis} if rated else thesis
    used = rows[labels >= 0]
    return {
        "task": f"{name} of a 10 s window of music ({len(classes)} classes)",
        "classes": list(classes),
        "output": f"class probabilities (n, {len(classes)}) float32, rows sum to 1" + ("" if name == "genre" else "; a value in 0..1 (n,)"),
        "data": {
            "sources": [
                {"name": title, "count": int((used["source"] == source).sum()), "licence": licence}
                for source, (title, licence) in SOURCES.items()
                if (used["source"] == source).any()
            ],
            "train": len(rows),
            "test": len(used),
            "support": {"test": dict(zip(classes, np.bincount(labels[labels >= 0], minlength=len(classes)).tolist(), strict=True))},
        },
        "metrics": metrics,
        "confusion": {"labels": list(classes), "matrix": confusion},
        "curves": _curves(name, curves),
        "ancestor": {"work": ANCESTOR, "figures": {"accuracy": ANCESTOR_ACCURACY[name]}},
        "notes": [LABELS[name], EMOTIFY_ORDER, *_notes(rows)],
        **({"tables": [rows.attrs["teacher"]]} if name == "danceability" else {}),
    }


def _notes(rows: pd.DataFrame) -> list[str]:
    return [
        f"the trunk learns from all {len(rows)} recordings and all their labels at once, moods and styles of AllMusic among them; a head "
        "counts only the recordings that have its kind of label",
        "every recording is heard as it is and in other conditions (speed, colour, noise, room, level)",
        "a 30 s clip gives five windows; clips shorter than 10 s (the excerpts of 6 s) are repeated to 10 s",
        "energy and valence: levels are calibrated and judged on the numeric ratings (excerpts), the only labels that can say all three; "
        "sign_accuracy is of the quadrants (value above or below 0.5), spearman of the ratings, spearman_votes of the votes; by_source "
        "takes signs for extremes and votes for ratings, which they are not",
    ]


def _true(rows: pd.DataFrame, name: str) -> np.ndarray:
    return genre_classes(rows["genre"].tolist()) if name == "genre" else levels(rows[name].to_numpy())


def _by_clip(name: str, rows: pd.DataFrame, labels: np.ndarray, prediction: networks.Prediction, clip: np.ndarray) -> dict[str, Any]:
    """Figures of whole clips (the mean over their windows), per-class figures, calibration, and the intervals of all."""
    from scipy.stats import spearmanr
    from sklearn.metrics import precision_recall_fscore_support

    count = np.bincount(clip)
    means = np.stack([np.bincount(clip, p) for p in prediction.probabilities.T], axis=1) / count[:, np.newaxis]
    groups, source = rows["group"].to_numpy(), rows["source"].to_numpy()
    known = (labels >= 0) & ((source == RATED) | (name not in ("energy", "valence")))
    scores = precision_recall_fscore_support(labels[known], means[known].argmax(axis=1), labels=range(means.shape[1]), zero_division=0)
    names = ("precision", "recall", "f1", "support")
    figures: dict[str, Any] = {
        "calibration_error": round(calibration_error(labels[known], means[known]), 4),
        "classes": {
            label: {figure: round(float(column[i]), 4) for figure, column in zip(names, scores, strict=True)}
            for i, label in enumerate(ATTRIBUTES[name])
        },
    }
    intervals: dict[str, list[float]] = {}

    def add(figure: str, metric: Callable[..., float], chosen: np.ndarray, *arrays: np.ndarray) -> None:
        value = metric(*(array[chosen] for array in arrays)) if chosen.any() else np.nan
        if np.isfinite(value):  # a set may be missing, or all of its labels alike
            figures[figure] = round(float(value), 4)
            ends = bootstrap(groups[chosen], metric, *(array[chosen] for array in arrays))
            intervals[figure] = [round(end, 4) for end in ends]

    def agreement(one: np.ndarray, other: np.ndarray) -> float:
        return float(np.mean(one == other))

    def correlation(one: np.ndarray, other: np.ndarray) -> float:
        return float(spearmanr(one, other).statistic)

    add("clip_accuracy", agreement, known, labels, means.argmax(axis=1))
    windows = known[clip]
    ends = bootstrap(groups[clip][windows], agreement, labels[clip][windows], prediction.probabilities[windows].argmax(axis=1))
    intervals["accuracy"] = [round(end, 4) for end in ends]
    if prediction.value is not None:
        true, values = rows[name].to_numpy(float), np.bincount(clip, prediction.value) / count
        if name == "danceability":
            add("spearman", correlation, ~np.isnan(true), true, values)
        else:
            add("sign_accuracy", agreement, (source == "quadrants") & ~np.isnan(true), true > 0.5, values > 0.5)
            add("spearman", correlation, known, true, values)
            add("spearman_votes", correlation, (source == "emotify") & ~np.isnan(true), true, values)
    return figures | {"intervals": intervals}


def _curves(name: str, curves: Sequence[Mapping[str, list]]) -> dict[str, list]:
    """Loss of the attribute's heads by epoch, mean of all trunks; accuracy where a head has one."""
    heads = networks.HEADS.get(name, (networks.GENRE_HEAD,))
    epochs = len(curves[0]["loss"])

    def mean(names: Sequence[str]) -> list[float]:
        found = [one[key] for one in curves for key in names if key in one]
        return [round(float(value), 4) for value in np.mean(found, axis=0)] if found else []

    followed = {
        "loss": [f"{head}_loss" for head in heads], "val_loss": [f"val_{head}_loss" for head in heads],
        "accuracy": [f"{head}_accuracy" for head in heads], "val_accuracy": [f"val_{head}_accuracy" for head in heads],
    }  # fmt: skip
    kept = {key: mean(names) for key, names in followed.items()}
    return {"epoch": list(range(1, epochs + 1)), **{key: values for key, values in kept.items() if values}}


def measure(truth: np.ndarray, probabilities: np.ndarray, clips: np.ndarray, sources: np.ndarray) -> tuple[dict[str, Any], list[list[int]]]:
    """Figures of predictions for windows, and their confusion matrix (rows true, columns predicted).

    Returns
    -------
    accuracy and macro_f1 over windows; balanced_accuracy (mean recall of the classes: what accuracy would be on a set of equal
    classes); clip_accuracy, of the mean probability over a clip's windows; chance, the accuracy of a guess on equal classes;
    by_source, accuracy and windows of each set
    """
    from sklearn.metrics import accuracy_score, balanced_accuracy_score, confusion_matrix, f1_score

    classes = probabilities.shape[1]
    predicted = probabilities.argmax(axis=1)
    by_clip = pd.DataFrame(probabilities).groupby(clips).mean()
    clip_truth = pd.Series(truth).groupby(clips).first()
    origin = sources[clips]
    figures = {
        "accuracy": accuracy_score(truth, predicted),
        "macro_f1": f1_score(truth, predicted, labels=range(classes), average="macro", zero_division=0),
        "balanced_accuracy": balanced_accuracy_score(truth, predicted),
        "clip_accuracy": accuracy_score(clip_truth, by_clip.to_numpy().argmax(axis=1)),
        "chance": 1 / classes,
    }
    by_source = {
        str(source): {"accuracy": round(float((predicted == truth)[origin == source].mean()), 4), "windows": int((origin == source).sum())}
        for source in np.unique(origin)
    }
    matrix = confusion_matrix(truth, predicted, labels=range(classes))
    return {key: round(float(value), 4) for key, value in figures.items()} | {"by_source": by_source}, matrix.tolist()
