"""Make a model's scores tell the truth: values on a scale, probabilities that are right as often as they say.

Everything here is fitted on predictions for recordings the model did not see.
"""

import numpy as np

from models.attributes import level_probabilities, softmax

_NARROWEST = 0.02  # of the doubt around a threshold, so that few recordings cannot make a level certain


def fit_blend(logits: np.ndarray, values: np.ndarray, weights: np.ndarray, ridge: float = 1.0) -> np.ndarray:
    """Weights of heads' logits and a constant whose sum is nearest to values (ridge regression).

    Parameters
    ----------
    logits : np.ndarray [shape=(n, heads)]
    values : np.ndarray [shape=(n,)]
    weights : np.ndarray [shape=(n,)] how much each row counts
    """
    mean = weights @ logits / weights.sum()
    centred, target = logits - mean, weights @ values / weights.sum()
    scaled = centred * weights[:, np.newaxis]
    found = np.linalg.solve(scaled.T @ centred + ridge * np.eye(logits.shape[1]), scaled.T @ (values - target))
    return np.append(found, target - mean @ found)


def fit_levels(values: np.ndarray, levels: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Thresholds and width of `level_probabilities`, by maximum likelihood.

    The thresholds lie at the same distance from the middle of the scale: what is above it is never more likely low than high.

    Parameters
    ----------
    values : np.ndarray [shape=(n,)] predicted values
    levels : np.ndarray [shape=(n,)] true levels 0, 1, 2
    weights : np.ndarray [shape=(n,)] how much each row counts
    """
    from scipy.optimize import minimize

    def parameters(free: np.ndarray) -> tuple[float, float, float]:
        return 0.5 - np.exp(free[0]), 0.5 + np.exp(free[0]), _NARROWEST + np.exp(free[1])

    def loss(free: np.ndarray) -> float:
        likelihood = level_probabilities(values, *parameters(free))[np.arange(len(levels)), levels]
        return float(-weights @ np.log(np.maximum(likelihood, 1e-9)) / weights.sum())

    return np.array(parameters(minimize(loss, np.log([0.15, 0.1]), method="Nelder-Mead").x))


def fit_temperature(logits: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> float:
    """The number logits are divided by, by maximum likelihood.

    Reference: Guo et al., "On calibration of modern neural networks", ICML 2017.
    """
    from scipy.optimize import minimize_scalar

    def loss(temperature: float) -> float:
        likelihood = softmax(logits / temperature)[np.arange(len(labels)), labels]
        return float(-weights @ np.log(np.maximum(likelihood, 1e-9)))

    return float(minimize_scalar(loss, bounds=(0.3, 5), method="bounded").x)


def calibration_error(true: np.ndarray, probabilities: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error: mean gap between the probability of the chosen class and how often it is right, 0..1.

    Reference: Guo et al., "On calibration of modern neural networks", ICML 2017.
    """
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == true
    index = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [abs(confidence[index == k].sum() - right[index == k].sum()) for k in range(bins)]
    return float(sum(gaps) / len(true))
