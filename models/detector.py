"""Music, speech or other for each second: a support vector machine on 68 features, with calibrated probabilities.

The machine hears one second at a time, as published. Its decisions for a second and its neighbours, and the products of these, become
probabilities by softmax regression: how far a decision can be trusted shows in those beside it. A second machine says what a recording
is as a whole, from the mean and deviation of its features and of the first one's decisions.

Reference: the SVM of the movie-music thesis (2020) on the features of T. Giannakopoulos, "pyAudioAnalysis", PLOS ONE
10(12), 2015. Inference is plain NumPy; scikit-learn is needed only for training.
"""

from collections.abc import Mapping
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
_BATCH = 256  # seconds at once: the kernel matrix stays in the processor's cache, or near it
NEIGHBOURS = 1  # seconds on each side whose scores a calibration hears
_FARTHEST = 6.0  # a score beyond it says no more than one at it
RECORDING = "recording."  # before the names of the arrays that tell what a recording is as a whole
# Array name -> number of dimensions. With the linear kernel, `support` is the identity and `gamma` is 0.
_ARRAYS = {"mean": 1, "scale": 1, "support": 2, "gamma": 0, "coefficients": 2, "intercepts": 1, "calibration": 2, "calibration_offset": 1}


class Machine:
    """A trained support vector machine. Raises KeyError when an array is missing.

    mean, scale : np.ndarray [shape=(k,)] of the training features, compressed (see `compress`)
    support : np.ndarray [shape=(v, k)] standardised support vectors (identity for the linear kernel)
    gamma : width of the RBF kernel exp(-gamma * distance²), 0 for the linear kernel
    coefficients : np.ndarray [shape=(v, 3)] of each pair of classes, intercepts : np.ndarray [shape=(3,)]
    """

    def __init__(self, arrays: Mapping[str, np.ndarray]) -> None:
        names = ("mean", "scale", "support", "coefficients", "intercepts")
        self._mean, self._scale, self._support, self._coefficients, self._intercepts = (np.asarray(arrays[n], np.float32) for n in names)
        self._gamma = float(arrays["gamma"])
        self._half_norms = 0.5 * (self._support**2).sum(axis=1)

    def decision(self, features: np.ndarray) -> np.ndarray:
        """Signed decision of each pair of classes (music-speech, music-other, speech-other), the first one positive.

        Parameters
        ----------
        features : np.ndarray [shape=(n, k)]; k = 68, as `analysis.features.per_second` gives them, or those of a `summary`

        Returns
        -------
        np.ndarray [shape=(n, 3), float32]

        Raises
        ------
        ModelError : the features are not (n, k)
        """
        if np.ndim(features) != 2 or features.shape[1] != len(self._mean):
            wanted = f"(seconds, {len(self._mean)})"
            raise ModelError(f"features: shape {np.shape(features)} instead of {wanted}; use analysis.features.per_second")
        decisions = np.empty((len(features), len(_PAIRS)), np.float32)
        for first in range(0, len(features), _BATCH):
            batch = _standardise(compress(features[first : first + _BATCH]), self._mean, self._scale)
            similarity = batch @ self._support.T
            if self._gamma:
                # -gamma * (|x|² + |v|² - 2 x·v), in place: the matrix is large, and each pass over it takes longer than its product
                similarity -= 0.5 * (batch**2).sum(axis=1)[:, np.newaxis]
                similarity -= self._half_norms
                similarity *= 2 * self._gamma
                np.exp(np.minimum(similarity, 0, out=similarity), out=similarity)
            decisions[first : first + _BATCH] = similarity @ self._coefficients + self._intercepts
        return decisions


class Calibration:
    """Softmax regression on `terms` of scores. Raises KeyError when an array is missing.

    calibration : np.ndarray [shape=(terms, 3)], calibration_offset : np.ndarray [shape=(3,)]
    """

    def __init__(self, arrays: Mapping[str, np.ndarray]) -> None:
        self._weights, self._offset = (np.asarray(arrays[name], np.float32) for name in ("calibration", "calibration_offset"))

    def probabilities(self, scores: np.ndarray) -> np.ndarray:
        """Probabilities [shape=(n, 3), float32, rows sum to 1] of successive seconds from their scores [shape=(n, scores)]."""
        return _softmax(terms(scores) @ self._weights + self._offset)


class Detector:
    """A trained detector. Build it with `from_arrays` or get it from `models.registry.load("detector")`."""

    def __init__(self, machine: Machine, calibration: Calibration, recording: tuple[Machine, Calibration]) -> None:
        self._machine, self._calibration, self._recording = machine, calibration, recording

    def predict_proba(self, features: np.ndarray) -> np.ndarray:
        """Calibrated probabilities of successive seconds [shape=(n, 3), float32, rows sum to 1], in the order of SOUND_CLASSES.

        Takes features and raises as `Machine.decision` does.
        """
        return self._calibration.probabilities(self._machine.decision(features))

    def recording(self, features: np.ndarray) -> np.ndarray:
        """Calibrated probabilities of what a recording is as a whole [shape=(3,), float32, sum 1], in the order of SOUND_CLASSES.

        Takes the features of its sounding seconds, at least one, and raises as `Machine.decision` does.
        """
        machine, calibration = self._recording
        return calibration.probabilities(machine.decision(summary(features, self._machine.decision(features))[np.newaxis]))[0]


def summary(features: np.ndarray, decisions: np.ndarray) -> np.ndarray:
    """A recording as one row: means of its features, logarithms of their deviations; mean, deviation and mean softmax of its decisions.

    Parameters
    ----------
    features : np.ndarray [shape=(n, 68)] of its seconds
    decisions : np.ndarray [shape=(n, 3)] of a machine that was not trained on the recording

    Returns
    -------
    np.ndarray [shape=(145,), float32]
    """
    spread = np.log1p(features.std(axis=0))
    row = [features.mean(axis=0), spread, decisions.mean(axis=0), decisions.std(axis=0), _softmax(decisions).mean(axis=0)]
    return np.concatenate(row).astype(np.float32)


def terms(scores: np.ndarray) -> np.ndarray:
    """What a calibration hears: scores of each second and of NEIGHBOURS before and after it, and the products of any two of these.

    Parameters
    ----------
    scores : np.ndarray [shape=(n, k)] of successive seconds; what is beyond them is taken to mirror them

    Returns
    -------
    np.ndarray [shape=(n, m + m * (m + 1) / 2), float32] where m = (2 * NEIGHBOURS + 1) * k
    """
    width = 2 * NEIGHBOURS + 1
    first, second = np.triu_indices(width * scores.shape[1])
    if not len(scores):
        return np.empty((0, width * scores.shape[1] + len(first)), np.float32)
    limited = np.clip(scores, -_FARTHEST, _FARTHEST).astype(np.float32)
    padded = np.pad(limited, ((NEIGHBOURS, NEIGHBOURS), (0, 0)), mode="symmetric")
    beside = np.concatenate([padded[k : k + len(scores)] for k in range(width)], axis=1)
    return np.concatenate([beside, beside[:, first] * beside[:, second]], axis=1)


def from_arrays(arrays: Mapping[str, np.ndarray], card: Mapping[str, Any]) -> Detector:
    """Rebuild a detector from its stored arrays: those of `fit_machine` and a calibration's, twice, for seconds and for recordings.

    Raises ModelError when an array is missing or has the wrong number of dimensions, or the card names other classes.
    """
    if tuple(card["classes"]) != SOUND_CLASSES:
        raise ModelError(f"detector: its card lists the classes {card['classes']}, the program {list(SOUND_CLASSES)}; retrain it")
    second, whole = _parts(arrays, ""), _parts(arrays, RECORDING)
    return Detector(*second, whole)


def _parts(arrays: Mapping[str, np.ndarray], prefix: str) -> tuple[Machine, Calibration]:
    found = {name: arrays[prefix + name] for name in _ARRAYS if prefix + name in arrays}
    wrong = [prefix + name for name, dimensions in _ARRAYS.items() if name not in found or np.ndim(found[name]) != dimensions]
    if not wrong and len(found["calibration"]) != terms(np.zeros((0, len(_PAIRS)))).shape[1]:
        wrong = [f"{prefix}calibration"]
    if wrong:
        raise ModelError(f"detector: its weights lack {', '.join(wrong)}, or in the wrong shape; restore them or retrain")
    return Machine(found), Calibration(found)


def fit_machine(features: np.ndarray, labels: np.ndarray, *, C: float, kernel: str) -> dict[str, np.ndarray]:
    """Train the support vector machine.

    Parameters
    ----------
    features : np.ndarray [shape=(n, k)], k = 68 or more; the first 68 are those of `analysis.features`
    labels : np.ndarray [shape=(n,)] of indices into SOUND_CLASSES
    C : weight of the margin's violations
    kernel : "linear" or "rbf" (gamma = 1 / k, as for standardised features of unit variance)

    Returns
    -------
    the arrays `Machine` takes, float32
    """
    from sklearn.svm import SVC

    features = compress(features)
    mean, scale = features.mean(axis=0, dtype=np.float64), features.std(axis=0, dtype=np.float64)
    scale = np.where(scale > 0, scale, 1)
    gamma = 1 / features.shape[1]
    svm = SVC(C=C, kernel=kernel, gamma=gamma, class_weight="balanced", cache_size=500)
    svm.fit(_standardise(features, mean, scale), labels)
    arrays = {"mean": mean, "scale": scale, "coefficients": _pair_coefficients(svm), "intercepts": svm.intercept_}
    if kernel == "linear":
        arrays |= {
            "support": np.eye(features.shape[1]),
            "coefficients": svm.support_vectors_.T @ arrays["coefficients"],
            "gamma": np.zeros(()),
        }
    else:
        # Half the file's size; standardised features need no more digits (the coefficients do: their large sums nearly cancel).
        arrays |= {"support": svm.support_vectors_.astype(np.float16), "gamma": np.array(gamma)}
    return {name: value if value.dtype == np.float16 else value.astype(np.float32) for name, value in arrays.items()}


def fit_calibration(heard: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    """Learn a calibration from what a detector made of recordings it was not trained on.

    Parameters
    ----------
    heard : np.ndarray [shape=(n, terms)], see `terms`
    labels : np.ndarray [shape=(n,)] of indices into SOUND_CLASSES
    weights : np.ndarray [shape=(n,)] how much each row counts, mean 1

    Returns
    -------
    the arrays `Calibration` takes, float32
    """
    from sklearn.linear_model import LogisticRegression

    mean, scale = heard.mean(axis=0, dtype=np.float64), heard.std(axis=0, dtype=np.float64) + 1e-6
    found = LogisticRegression(C=0.1, max_iter=1000).fit((heard - mean) / scale, labels, sample_weight=weights)
    arrays = {"calibration": found.coef_.T / scale[:, np.newaxis], "calibration_offset": found.intercept_ - found.coef_ @ (mean / scale)}
    return {name: array.astype(np.float32) for name, array in arrays.items()}


def compress(features: np.ndarray) -> np.ndarray:
    """Energy and flux in powers of ten and chroma as roots: their raw values span decades, which an SVM cannot use."""
    compressed = np.array(features, np.float32)
    compressed[:, _DECADES] = np.log10(compressed[:, _DECADES] + 1e-8)
    compressed[:, _ROOTS] = np.sqrt(np.maximum(compressed[:, _ROOTS], 0))
    return compressed


def _softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _standardise(compressed: np.ndarray, mean: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """In standard deviations from the training mean, limited to CLIP [float32]."""
    return np.clip((compressed - mean) / scale, -CLIP, CLIP).astype(np.float32)


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
