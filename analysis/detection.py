"""Label each second of a soundtrack music, speech or other, and find the runs of music.

Policy: singing is music; speech over music is speech; silence is other. The probabilities keep the doubt.
"""

import numpy as np
import pandas as pd

from analysis import context
from analysis.audio import SAMPLE_RATE
from analysis.features import per_second
from analysis.spool import Signal, blocks
from errors import InputError
from models import registry
from models.labels import SOUND_CLASSES

# Detector, as --detector names it -> its name among the models, what it is given of a signal. The first is the default.
DETECTORS = {"svm": ("detector", per_second), "context": ("detector_context", context.frames)}
DEFAULT_DETECTOR = next(iter(DETECTORS))
SILENCE_DB = -60.0  # dBFS; a quieter second is other, whatever its features say (at 16 bits little but noise is left)
LEVEL_FLOOR_DB = -100.0
MINIMUM_RUN = 10  # seconds of music the attribute models need
# Smoothing: how likely the class changes from one second to the next, and the least probability a second can give a class. Together
# they close a gap of a second, however sure the detector is of it, and longer ones that it doubts. Of the values that do, these were
# about the best for films composed of the detectors' training groups (and no worse for their recordings as they are).
CHANGE = 0.2
DOUBT = 0.03


def model(detector: str) -> str:
    """Name of a detector of DETECTORS among the models. Raises InputError for another."""
    if detector not in DETECTORS:
        raise InputError(f"--detector: unknown detector {detector!r}; choose {' or '.join(DETECTORS)}")
    return DETECTORS[detector][0]


def seconds(signal: Signal, detector: str = DEFAULT_DETECTOR) -> pd.DataFrame:
    """Label every whole second.

    Parameters
    ----------
    signal : int16, mono at SAMPLE_RATE, an array or a Spool; normalised by its own peak, so give the whole soundtrack
    detector : one of DETECTORS

    Returns
    -------
    one row per whole second: second (int32), label (smoothed), raw_label (the most probable class), p_music, p_speech,
    p_other (float32, sum 1), level_db (float32, RMS in dBFS, not below -100)

    Raises
    ------
    InputError : there is no such detector
    ModelError : the detector's weights are missing or altered
    """
    name = model(detector)
    levels = level_db(signal)
    probabilities = registry.load(name).predict_proba(DETECTORS[detector][1](signal))
    probabilities[levels < SILENCE_DB] = np.eye(len(SOUND_CLASSES))[SOUND_CLASSES.index("other")]
    names = np.array(SOUND_CLASSES, dtype=object)
    table = {
        "second": np.arange(len(levels), dtype=np.int32),
        "label": names[smooth(probabilities)],
        "raw_label": names[probabilities.argmax(axis=1)],
        **{f"p_{name}": probabilities[:, k] for k, name in enumerate(SOUND_CLASSES)},
        "level_db": levels,
    }
    return pd.DataFrame(table)


def recording(signal: Signal) -> dict[str, float]:
    """How probable it is that a recording as a whole is music, speech or other: the support vector machine's answer, whatever the detector.

    Parameters
    ----------
    signal : int16, mono at SAMPLE_RATE, an array or a Spool; seconds near digital silence do not count, without any others it is other
    """
    sounding = level_db(signal) >= SILENCE_DB
    probabilities = np.eye(len(SOUND_CLASSES))[SOUND_CLASSES.index("other")]
    if sounding.any():
        probabilities = registry.load("detector").recording(per_second(signal)[sounding])
    return dict(zip(SOUND_CLASSES, (round(float(p), 4) for p in probabilities), strict=True))


def runs(labels: pd.Series | np.ndarray, minimum: int = MINIMUM_RUN) -> list[tuple[int, int]]:
    """Stretches of at least `minimum` successive music seconds, as (start, end) with the end exclusive."""
    music = np.concatenate([[False], np.asarray(labels) == "music", [False]])
    edges = np.flatnonzero(music[1:] != music[:-1])
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2) if end - start >= minimum]


def smooth(probabilities: np.ndarray) -> np.ndarray:
    """The most probable sequence of classes when a class seldom changes (Viterbi).

    Parameters
    ----------
    probabilities : np.ndarray [shape=(n, classes)] of each second, rows sum to 1

    Returns
    -------
    np.ndarray [shape=(n,), int] of class indices
    """
    count, classes = probabilities.shape
    if not count:
        return np.zeros(0, int)
    evidence = np.log(DOUBT + (1 - classes * DOUBT) * probabilities.astype(np.float64))
    change = np.full((classes, classes), np.log(CHANGE / (classes - 1)))
    np.fill_diagonal(change, np.log(1 - CHANGE))
    came_from = np.zeros((count, classes), int)
    score = evidence[0]
    for t in range(1, count):
        arrivals = score[:, np.newaxis] + change
        came_from[t] = arrivals.argmax(axis=0)
        score = arrivals.max(axis=0) + evidence[t]
    path = np.empty(count, int)
    path[-1] = score.argmax()
    for t in range(count - 1, 0, -1):
        path[t - 1] = came_from[t, path[t]]
    return path


def level_db(signal: Signal) -> np.ndarray:
    """RMS level of each whole second in dBFS [shape=(n // SAMPLE_RATE,), float32], not below LEVEL_FLOOR_DB."""
    power = np.concatenate([np.zeros(0), *map(_power, blocks(signal, 60 * SAMPLE_RATE))])
    return np.maximum(10 * np.log10(np.maximum(power, 1e-12)), LEVEL_FLOOR_DB).astype(np.float32)


def _power(block: np.ndarray) -> np.ndarray:
    """Mean power of each whole second of a block, 1 at full scale [shape=(seconds,)]."""
    seconds = block[: len(block) // SAMPLE_RATE * SAMPLE_RATE].reshape(-1, SAMPLE_RATE).astype(np.float64)
    return np.einsum("ij,ij->i", seconds, seconds) / SAMPLE_RATE / 32768.0**2
