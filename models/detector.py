"""Music, speech or other for each second: a support vector machine on 68 features, with calibrated probabilities.

Reference: the SVM of the movie-music thesis (2020) on the features of T. Giannakopoulos, "pyAudioAnalysis", PLOS ONE
10(12), 2015. Inference is plain NumPy; scikit-learn is needed only for training.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from errors import ModelError
from models.labels import SOUND_CLASSES

N_FEATURES = 68
CLIP = 8.0  # standard deviations; a feature beyond them (a click after silence) says no more than one at them
_HALF = N_FEATURES // 2  # 34 means, then the 34 deviations of the same features
_DECADES = [1, 6, 1 + _HALF, 6 + _HALF]  # energy, spectral flux
_ROOTS = [*range(21, 34), *range(21 + _HALF, 34 + _HALF)]  # chroma and its deviation
_PAIRS = tuple((a, b) for a in range(len(SOUND_CLASSES)) for b in range(a + 1, len(SOUND_CLASSES)))
_BATCH = 512  # seconds at once: the kernel matrix stays below some 15 MB
# Array name -> number of dimensions. With the linear kernel, `support` is the identity and `gamma` is 0.
_ARRAYS = {
    "mean": 1, "scale": 1, "support": 2, "gamma": 0, "coefficients": 2, "intercepts": 1, "calibration": 2, "calibration_offset": 1,
}  # fmt: skip


@dataclass(frozen=True)
class Detector:
    """A trained detector. Build it with `from_arrays` or get it from `models.registry.load("detector")`.

    mean, scale : np.ndarray [shape=(68,)] of the training features, compressed (see `compress`)
    support : np.ndarray [shape=(v, 68)] standardised support vectors (identity for the linear kernel)
    gamma : width of the RBF kernel exp(-gamma * distance²), 0 for the linear kernel
    coefficients : np.ndarray [shape=(v, 3)] of each pair of classes, intercepts : np.ndarray [shape=(3,)]
    calibration : np.ndarray [shape=(3, 3)], calibration_offset : np.ndarray [shape=(3,)], pair decisions -> class log-odds
    """

    mean: np.ndarray
    scale: np.ndarray
    support: np.ndarray
    gamma: float
    coefficients: np.ndarray
    intercepts: np.ndarray
    calibration: np.ndarray
    calibration_offset: np.ndarray

    def decision(self, features: np.ndarray) -> np.ndarray:
        """Signed decision of each pair of classes (music-speech, music-other, speech-other), the first one positive.

        Parameters
        ----------
        features : np.ndarray [shape=(n, 68)], as `analysis.features.per_second` gives them

        Returns
        -------
        np.ndarray [shape=(n, 3), float32]

        Raises
        ------
        ModelError : the features are not (n, 68)
        """
        if np.ndim(features) != 2 or features.shape[1] != N_FEATURES:
            raise ModelError(f"features: shape {np.shape(features)} instead of (seconds, {N_FEATURES}); use analysis.features.per_second")
        decisions = np.empty((len(features), len(_PAIRS)), np.float32)
        norms = (self.support**2).sum(axis=1)
        for first in range(0, len(features), _BATCH):
            batch = _standardise(compress(features[first : first + _BATCH]), self.mean, self.scale)
            similarity = batch @ self.support.T
            if self.gamma:
                distance = (batch**2).sum(axis=1)[:, np.newaxis] + norms - 2 * similarity
                similarity = np.exp(-self.gamma * np.maximum(distance, 0))
            decisions[first : first + _BATCH] = similarity @ self.coefficients + self.intercepts
        return decisions

    def predict_proba(self, features: np.ndarray) -> np.ndarray:
        """Calibrated probabilities [shape=(n, 3), float32, rows sum to 1], columns in the order of SOUND_CLASSES.

        Takes features and raises as `decision` does.
        """
        return _softmax(self.decision(features) @ self.calibration + self.calibration_offset)


def from_arrays(arrays: Mapping[str, np.ndarray], card: Mapping[str, Any]) -> Detector:
    """Rebuild a detector from its stored arrays (see `fit`).

    Raises ModelError when an array is missing or has the wrong number of dimensions, or the card names other classes.
    """
    if tuple(card["classes"]) != SOUND_CLASSES:
        raise ModelError(f"detector: its card lists the classes {card['classes']}, the program {list(SOUND_CLASSES)}; retrain it")
    wrong = [name for name, dimensions in _ARRAYS.items() if name not in arrays or np.ndim(arrays[name]) != dimensions]
    if wrong:
        raise ModelError(f"detector: its weights lack {', '.join(wrong)}, or in the wrong shape; restore them or retrain")
    kept = {name: np.asarray(arrays[name], np.float32) for name in _ARRAYS if name != "gamma"}
    return Detector(**kept, gamma=float(arrays["gamma"]))


def fit(features: np.ndarray, labels: np.ndarray, folds: np.ndarray, *, C: float, kernel: str) -> dict[str, np.ndarray]:
    """Train the SVM on all rows, and its calibration on decisions for rows the SVM had not seen.

    Parameters
    ----------
    features : np.ndarray [shape=(n, 68)]
    labels : np.ndarray [shape=(n,)] of indices into SOUND_CLASSES
    folds : np.ndarray [shape=(n,)] of whole numbers; rows of one recording, artist or speaker share a fold
    C : weight of the margin's violations
    kernel : "linear" or "rbf" (gamma = 1 / 68, as for standardised features of unit variance)

    Returns
    -------
    the arrays `from_arrays` takes, float32
    """
    from sklearn.linear_model import LogisticRegression

    unseen = np.empty((len(features), len(_PAIRS)), np.float32)
    for fold in np.unique(folds):
        kept = folds != fold
        part = from_arrays(_fit_svm(features[kept], labels[kept], C, kernel) | _UNCALIBRATED, {"classes": SOUND_CLASSES})
        unseen[~kept] = part.decision(features[~kept])
    # Softmax regression on the three decisions: each class's log-odds, learnt where the SVM cannot flatter itself.
    calibration = LogisticRegression(C=100, max_iter=1000).fit(unseen, labels)
    arrays = _fit_svm(features, labels, C, kernel)
    arrays |= {"calibration": calibration.coef_.T, "calibration_offset": calibration.intercept_}
    return {name: np.asarray(value, np.float32) for name, value in arrays.items()}


def compress(features: np.ndarray) -> np.ndarray:
    """Energy and flux in powers of ten and chroma as roots: their raw values span decades, which an SVM cannot use."""
    compressed = np.array(features, np.float32)
    compressed[:, _DECADES] = np.log10(compressed[:, _DECADES] + 1e-8)
    compressed[:, _ROOTS] = np.sqrt(np.maximum(compressed[:, _ROOTS], 0))
    return compressed


def _standardise(compressed: np.ndarray, mean: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """In standard deviations from the training mean, limited to CLIP [float32]."""
    return np.clip((compressed - mean) / scale, -CLIP, CLIP).astype(np.float32)


def _fit_svm(features: np.ndarray, labels: np.ndarray, C: float, kernel: str) -> dict[str, Any]:
    from sklearn.svm import SVC

    features = compress(features)
    mean, scale = features.mean(axis=0, dtype=np.float64), features.std(axis=0, dtype=np.float64)
    scale = np.where(scale > 0, scale, 1)
    svm = SVC(C=C, kernel=kernel, gamma=1 / N_FEATURES, class_weight="balanced", cache_size=500)
    svm.fit(_standardise(features, mean, scale), labels)
    arrays = {"mean": mean, "scale": scale, "coefficients": _pair_coefficients(svm), "intercepts": svm.intercept_}
    if kernel == "linear":
        folded = {"support": np.eye(N_FEATURES), "coefficients": svm.support_vectors_.T @ arrays["coefficients"], "gamma": 0.0}
    else:
        folded = {"support": svm.support_vectors_, "gamma": 1 / N_FEATURES}
    return arrays | folded


def _pair_coefficients(svm: Any) -> np.ndarray:
    """libsvm's dual coefficients, spread out to one column per pair of classes [shape=(support vectors, 3)].

    libsvm stores, for a vector of class i, its coefficient against class j in row j, or j - 1 where j > i.
    """
    starts = np.concatenate([[0], np.cumsum(svm.n_support_)])
    coefficients = np.zeros((len(svm.support_vectors_), len(_PAIRS)))
    for column, (a, b) in enumerate(_PAIRS):
        coefficients[starts[a] : starts[a + 1], column] = svm.dual_coef_[b - 1, starts[a] : starts[a + 1]]
        coefficients[starts[b] : starts[b + 1], column] = svm.dual_coef_[a, starts[b] : starts[b + 1]]
    return coefficients


def _softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


_UNCALIBRATED = {"calibration": np.eye(len(_PAIRS)), "calibration_offset": np.zeros(len(_PAIRS))}
