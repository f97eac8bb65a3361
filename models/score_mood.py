"""The mood of a piece of music by what is measured of its notes: happy, tense, sad or calm.

Two classifiers of different kinds that learnt from different songs. One helps to choose among generated pieces; the other, which nothing is
chosen by, judges what came of it.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.special import softmax

from errors import ModelError
from models.labels import MOODS
from models.track_genre import KernelClassifier

LEAST = 1e-3  # share of a mood that counts as none


class Forest:
    """Extremely randomised trees (Geurts, Ernst & Wehenkel, "Extremely randomized trees", 2006) in plain numpy."""

    def __init__(self, arrays: Mapping[str, np.ndarray]) -> None:
        """arrays : what `analysis.training.score_moods.fit_forest` makes. Raises KeyError when one is missing."""
        self._roots, self._feature, self._threshold, self._children, self._depth = (
            arrays[name] for name in ("roots", "feature", "threshold", "children", "depth")
        )
        self._shares, self._sharpness = arrays["leaf_shares"].astype(np.float32), float(arrays["sharpness"])

    def predict_proba(self, measures: np.ndarray) -> np.ndarray:
        """Probability of each mood for each piece [shape=(n, 4), float32]; rows sum to 1."""
        return softmax(self._sharpness * self.decide(measures), axis=1)

    def decide(self, measures: np.ndarray) -> np.ndarray:
        """Logarithm of the share of each mood, the mean over the leaves that a piece falls into [shape=(n, 4), float32]."""
        measures = measures.astype(np.float32)
        pieces = np.arange(len(measures))[:, np.newaxis]
        node = np.tile(self._roots, (len(measures), 1))
        for _ in range(int(self._depth)):  # leaves lead to themselves
            right = measures[pieces, self._feature[node]] > self._threshold[node]
            node = self._children[node, right.astype(int)]
        return np.log(self._shares[node].mean(axis=1) + LEAST)


class Teller:
    """Both classifiers. `measures` names what they are told, in their order; `classes` the moods."""

    classes = MOODS

    def __init__(self, arrays: Mapping[str, np.ndarray], measures: tuple[str, ...]) -> None:
        """Raises KeyError when an array is missing, ValueError when they do not fit each other."""
        self.measures = measures
        self._chooser = KernelClassifier(_named(arrays, "chooser"), MOODS)
        self._judge = Forest(_named(arrays, "judge"))

    def probabilities(self, measures: Mapping[str, float]) -> dict[str, float]:
        """Probability of each mood, to choose by; measures : of analysis.symbolic."""
        return self._said(self.predict_proba(self._row(measures)))

    def judge(self, measures: Mapping[str, float]) -> dict[str, float]:
        """Probability of each mood, by a classifier of another kind that learnt from other songs; nothing may be chosen by it."""
        return self._said(self.judge_proba(self._row(measures)))

    def predict_proba(self, measures: np.ndarray) -> np.ndarray:
        """Probabilities to choose by [shape=(n, 4), float32]; measures [shape=(n, len(self.measures))]."""
        return self._chooser.predict_proba(measures)

    def judge_proba(self, measures: np.ndarray) -> np.ndarray:
        """Probabilities to judge by, likewise."""
        return self._judge.predict_proba(measures)

    def _row(self, measures: Mapping[str, float]) -> np.ndarray:
        return np.array([[measures[name] for name in self.measures]])

    @staticmethod
    def _said(probabilities: np.ndarray) -> dict[str, float]:
        return {name: float(p) for name, p in zip(MOODS, probabilities[0], strict=True)}


def _named(arrays: Mapping[str, np.ndarray], part: str) -> dict[str, np.ndarray]:
    """The arrays of one of the classifiers."""
    return {name.removeprefix(f"{part}."): array for name, array in arrays.items() if name.startswith(f"{part}.")}


def from_arrays(arrays: Mapping[str, np.ndarray], card: Mapping[str, Any]) -> Teller:
    """Rebuild the model. Raises ModelError if an array is missing or they do not fit each other."""
    try:
        return Teller(arrays, tuple(card["measures"]))
    except (KeyError, ValueError) as error:
        raise ModelError(f"{card['name']}: weights are missing or do not fit ({error}); restore or retrain") from error
