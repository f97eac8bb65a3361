"""Ratings of photographs by kernel ridge regression, and their emotions by classifiers; settings are chosen inside what they learn from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.training.crossvalidation import FOLDS, group_folds, standardisation
from analysis.training.scene_data import Photographs
from models.scene_emotion import EMOTIONS, emotions_of, kernel, read_emotions, standardised

GAMMAS, RIDGES = (0.35, 0.7, 1.4), (0.1, 0.3, 1.0)  # width of the kernel; strength of the regularisation
STRENGTHS = {"SVM": (0.3, 1, 3, 10), "logistic regression": (0.003, 0.01, 0.03, 0.1)}  # C
Settings = tuple[str, float, float]  # name of the features, gamma, ridge


@dataclass(frozen=True)
class Fitted:
    """A regression, and `errors`, how far it is off on photographs it does not know [shape=(2,)]."""

    settings: Settings
    mean: np.ndarray
    scale: np.ndarray
    support: np.ndarray
    coefficients: np.ndarray
    intercepts: np.ndarray
    errors: np.ndarray

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Valence and arousal [shape=(n, 2)]."""
        standard = standardised(features, self.mean, self.scale)
        return kernel(standard, self.support, self.settings[1]) @ self.coefficients + self.intercepts

    def arrays(self) -> dict[str, np.ndarray]:
        """What `models.scene_emotion.Regression` needs besides the network."""
        return {
            "mean": self.mean.astype(np.float32), "scale": self.scale.astype(np.float32), "support": self.support.astype(np.float16),
            "coefficients": self.coefficients.astype(np.float32), "intercepts": self.intercepts.astype(np.float32),
            "errors": self.errors.astype(np.float32), "gamma": np.array(self.settings[1]),
        }  # fmt: skip


@dataclass(frozen=True)
class HeldOut:
    """What was said of photographs while they were held out.

    emotions : np.ndarray [shape=(repeats, n, 3)] probabilities, or the class alone as 0 and 1; rows sum to 1
    neutral : np.ndarray [shape=(repeats, n)], ratings : np.ndarray [shape=(repeats, n, 2)]; None of methods that give none
    """

    emotions: np.ndarray
    neutral: np.ndarray | None = None
    ratings: np.ndarray | None = None


def fit(features: Mapping[str, np.ndarray], ratings: np.ndarray, themes: np.ndarray, seed: int) -> Fitted:
    """The regression on those features, of that width and ridge, that err least on themes held out from some of what is given."""
    folds = group_folds(emotions_of(ratings), themes, seed)
    scale = ratings.std(axis=0)
    held_out: dict[Settings, np.ndarray] = {}
    for fold in range(FOLDS):
        known = folds != fold
        for name, values in features.items():
            for gamma in GAMMAS:
                for ridge, predicted in _path(values[known], ratings[known], values[~known], gamma):
                    held_out.setdefault((name, gamma, ridge), np.empty_like(ratings))[~known] = predicted
    errors = {settings: (predicted - ratings).std(axis=0) for settings, predicted in held_out.items()}
    best = min(errors, key=lambda settings: ((errors[settings] / scale) ** 2).sum())
    name, gamma, ridge = best
    mean, deviation = standardisation(features[name])
    support = standardised(features[name], mean, deviation)
    intercepts = ratings.mean(axis=0)
    penalised = kernel(support, support, gamma) + ridge * np.eye(len(support))
    return Fitted(best, mean, deviation, support, np.linalg.solve(penalised, ratings - intercepts), intercepts, errors[best])


def _path(known: np.ndarray, ratings: np.ndarray, unknown: np.ndarray, gamma: float) -> Iterator[tuple[float, np.ndarray]]:
    """Ratings predicted for what is unknown with each of RIDGES; the kernel is decomposed once for all."""
    mean, scale = standardisation(known)
    support = standardised(known, mean, scale)
    values, vectors = np.linalg.eigh(kernel(support, support, gamma))
    middle = ratings.mean(axis=0)
    seen = kernel(standardised(unknown, mean, scale), support, gamma) @ vectors
    target = vectors.T @ (ratings - middle)
    for ridge in RIDGES:
        yield ridge, seen @ (target / (values + ridge)[:, np.newaxis]) + middle


def cross_validate(features: Mapping[str, np.ndarray], photographs: Photographs, folds: np.ndarray, seed: int) -> HeldOut:
    """What regressions say of photographs of themes they do not know.

    features : by name; which are best is chosen with the other settings
    folds : np.ndarray [shape=(repeats, n)] fold of each photograph
    """
    shape = folds.shape
    emotions, neutral, ratings = np.empty((*shape, len(EMOTIONS))), np.empty(shape), np.empty((*shape, 2))
    for repeat, fold in _each(folds):
        known = folds[repeat] != fold
        some = {name: values[known] for name, values in features.items()}
        fitted = fit(some, photographs.ratings[known], photographs.themes[known], seed)
        predicted = fitted.predict(features[fitted.settings[0]][~known])
        emotions[repeat, ~known], neutral[repeat, ~known] = read_emotions(predicted, fitted.errors)
        ratings[repeat, ~known] = predicted
    return HeldOut(emotions, neutral, ratings)


def blended(ratings: HeldOut, emotions: HeldOut) -> HeldOut:
    """The mean of the emotions of both; neutral and ratings of the first."""
    return HeldOut((ratings.emotions + emotions.emotions) / 2, ratings.neutral, ratings.ratings)


def cross_validate_classes(method: str, features: np.ndarray, photographs: Photographs, folds: np.ndarray, seed: int) -> HeldOut:
    """What a classifier of the three emotions says, one of STRENGTHS; it learns from happy, sad and angry photographs only."""
    found = np.empty((*folds.shape, len(EMOTIONS)))
    for repeat, fold in _each(folds):
        known = folds[repeat] != fold
        standard = standardised(features, *standardisation(features[known]))
        learnt = known & photographs.strong
        model = fit_classes(method, standard[learnt], photographs.emotions[learnt], photographs.themes[learnt], seed)
        found[repeat, ~known] = _said(model, standard[~known])
    return HeldOut(found)


def fit_classes(method: str, standard: np.ndarray, labels: np.ndarray, themes: np.ndarray, seed: int) -> Any:
    """A classifier on standardised features, of the strength that does best on themes held out from some of what is given."""
    folds = group_folds(labels, themes, seed)

    def success(strength: float) -> float:
        """Likelihood of the truth; of the support vector machine, which says no probabilities, how often it is right."""
        parts = []
        for fold in range(FOLDS):
            known = folds != fold
            said = _said(_classifier(method, strength).fit(standard[known], labels[known]), standard[~known])
            parts.append(said[np.arange(len(said)), labels[~known]])
        likelihood = np.concatenate(parts)
        return float(likelihood.mean() if method == "SVM" else np.log(likelihood).mean())

    return _classifier(method, max(STRENGTHS[method], key=success)).fit(standard, labels)


def _classifier(method: str, strength: float) -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.svm import SVC

    return SVC(C=strength, gamma="scale") if method == "SVM" else LogisticRegression(C=strength, max_iter=300)


def _said(model: Any, standard: np.ndarray) -> np.ndarray:
    """Probabilities of the emotions, or 1 for what the support vector machine says [shape=(n, 3)]."""
    if hasattr(model, "predict_proba"):
        return model.predict_proba(standard)
    return np.eye(len(EMOTIONS))[model.predict(standard)]


def _each(folds: np.ndarray) -> Iterator[tuple[int, int]]:
    for repeat in range(len(folds)):
        for fold in range(FOLDS):
            yield repeat, fold
