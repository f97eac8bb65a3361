"""Valence and arousal of photographs by kernel ridge regression on features; its settings are chosen inside what it learns from."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from analysis.training.crossvalidation import FOLDS, group_folds, standardisation
from analysis.training.scene_data import Photographs
from models.scene_emotion import EMOTIONS, emotions_of, kernel, read_emotions, standardised

GAMMAS, RIDGES = (0.35, 0.7, 1.4), (0.1, 0.3, 1.0)  # width of the kernel; strength of the regularisation
STRENGTHS = {"SVM": (0.3, 1, 3, 10), "logistic regression": (0.001, 0.003, 0.01, 0.03)}  # C
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


def blended(*several: HeldOut) -> HeldOut:
    """The mean of what several say."""
    means = (np.mean([getattr(each, name) for each in several], axis=0) for name in ("emotions", "neutral", "ratings"))
    return HeldOut(*means)


def cross_validate_classes(method: str, features: np.ndarray, photographs: Photographs, folds: np.ndarray, seed: int) -> HeldOut:
    """What a classifier of the three emotions says, one of STRENGTHS; it learns from happy, sad and angry photographs only."""
    found = np.zeros((*folds.shape, len(EMOTIONS)))
    labels, themes = photographs.emotions, photographs.themes
    for repeat, fold in _each(folds):
        known, held_out = np.flatnonzero((folds[repeat] != fold) & photographs.strong), np.flatnonzero(folds[repeat] == fold)
        mean, scale = standardisation(features[known])
        standard = standardised(features, mean, scale)
        inner = group_folds(labels[known], themes[known], seed)

        def right(strength: float, known: np.ndarray = known, standard: np.ndarray = standard, inner: np.ndarray = inner) -> float:
            several = [(known[inner != part], known[inner == part]) for part in range(FOLDS)]
            return sum(
                (_classifier(method, strength)(standard[some], labels[some], standard[others]) == labels[others]).sum()
                for some, others in several
            )

        best = max(STRENGTHS[method], key=right)
        said = _classifier(method, best)(standard[known], labels[known], standard[held_out])
        found[repeat, held_out] = np.eye(len(EMOTIONS))[said]
    return HeldOut(found)


def _classifier(method: str, strength: float) -> Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]:
    """A function of known features, their labels and unknown features, that gives the labels of these."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.svm import SVC

    def classify(known: np.ndarray, labels: np.ndarray, unknown: np.ndarray) -> np.ndarray:
        width = 0.3 / known.shape[1]
        model = SVC(C=strength, gamma=width) if method == "SVM" else LogisticRegression(C=strength, max_iter=300)
        return model.fit(known, labels).predict(unknown)

    return classify


def _each(folds: np.ndarray) -> Iterator[tuple[int, int]]:
    for repeat in range(len(folds)):
        for fold in range(FOLDS):
            yield repeat, fold
