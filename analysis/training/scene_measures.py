"""How well the emotion of photographs is told: figures with intervals, over all repeats of a cross-validation."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.training.intervals import bootstrap, ends, rounded
from analysis.training.scene_data import Photographs
from models.scene_emotion import EMOTIONS


@dataclass(frozen=True)
class Judged:
    """What was said of happy, sad and angry photographs in every repeat, one below the other.

    truth, said : np.ndarray [shape=(rows,)] index into EMOTIONS
    sure : np.ndarray [shape=(rows,)] probability of what is said
    themes : np.ndarray [shape=(rows,)]
    repeats : how often each photograph is among them
    """

    truth: np.ndarray
    said: np.ndarray
    sure: np.ndarray
    themes: np.ndarray
    repeats: int

    @property
    def right(self) -> np.ndarray:
        return self.truth == self.said

    @property
    def shares(self) -> np.ndarray:
        """Of each emotion [shape=(3,)]."""
        return np.bincount(self.truth, minlength=len(EMOTIONS)) / len(self.truth)

    def interval(self) -> tuple[float, float]:
        """95 % interval of the share that is right, by the bootstrap over themes."""
        return bootstrap(self.themes, np.mean, self.right)


def judged(emotions: np.ndarray, photographs: Photographs) -> Judged:
    """emotions : np.ndarray [shape=(repeats, n, 3)] probabilities"""
    strong, repeats = photographs.strong, len(emotions)
    flat = emotions[:, strong].reshape(-1, len(EMOTIONS))
    truth, themes = (np.tile(values[strong], repeats) for values in (photographs.emotions, photographs.themes))
    return Judged(truth, flat.argmax(axis=1), flat.max(axis=1), themes, repeats)


def measure(found: Judged) -> dict[str, Any]:
    """The figures of a card, with their 95 % intervals by the bootstrap over themes."""
    return {
        "accuracy": rounded(found.right.mean()),
        "chance": rounded(found.shares.max()),
        "macro_f1": rounded(macro_f1(found.truth, found.said)),
        "intervals": {
            "accuracy": ends(found.interval()),
            "macro_f1": ends(bootstrap(found.themes, macro_f1, found.truth, found.said)),
        },
        "classes": _by_class(found),
    }


def confusion(found: Judged) -> dict[str, Any]:
    """As cards keep it; a photograph counts once for each repeat."""
    from sklearn.metrics import confusion_matrix

    return {"labels": list(EMOTIONS), "matrix": confusion_matrix(found.truth, found.said, labels=range(len(EMOTIONS))).tolist()}


def macro_f1(truth: np.ndarray, said: np.ndarray) -> float:
    """Mean F1 of the emotions."""
    from sklearn.metrics import f1_score

    return float(f1_score(truth, said, labels=range(len(EMOTIONS)), average="macro", zero_division=0))


def correlation(truth: np.ndarray, predicted: np.ndarray) -> float:
    """Pearson's."""
    return float(np.corrcoef(truth, predicted)[0, 1])


def _by_class(found: Judged) -> dict[str, dict[str, float | int]]:
    """Precision, recall and F1 of each emotion, and how many photographs have it."""
    from sklearn.metrics import precision_recall_fscore_support

    columns = precision_recall_fscore_support(found.truth, found.said, labels=range(len(EMOTIONS)), zero_division=0)
    return {
        name: {"precision": rounded(p), "recall": rounded(r), "f1": rounded(f), "support": int(n) // found.repeats}
        for name, p, r, f, n in zip(EMOTIONS, *columns, strict=True)
    }
