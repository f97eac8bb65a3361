"""The 68 features per second, by us and by pyAudioAnalysis, from one signal, each on one core."""

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from analysis.audio import SAMPLE_RATE
from analysis.features import FRAMES_PER_SECOND, per_second
from benchmarks import Result

SIGNAL_SECONDS = 600
REPEATS = 3  # of each, in turn


def features(data: Path | None) -> Result:
    """Seconds for a 10-minute signal at 8 kHz (medians), and how many times faster we are. Needs no data folder."""
    from pyAudioAnalysis import ShortTermFeatures
    from threadpoolctl import threadpool_limits

    signal = _signal()
    frame = SAMPLE_RATE // FRAMES_PER_SECOND
    with threadpool_limits(1):
        per_second(signal[: 10 * SAMPLE_RATE])  # the filter banks are built once per process
        ours, theirs = [], []
        for _ in range(REPEATS):
            ours.append(_seconds(lambda: per_second(signal)))
            theirs.append(_seconds(lambda: ShortTermFeatures.feature_extraction(signal, SAMPLE_RATE, frame, frame, deltas=False)))
    took, baseline = statistics.median(ours), statistics.median(theirs)
    figures = {
        "signal_seconds": SIGNAL_SECONDS,
        "seconds_ours": took,
        "seconds_baseline": baseline,
        "ratio": baseline / took,
        "times_real_time": SIGNAL_SECONDS / took,
    }
    return {"name": "features", "figures": figures, "baseline": "pyAudioAnalysis ShortTermFeatures.feature_extraction, without deltas"}


def _signal() -> np.ndarray:
    """Noise with a chord that comes and goes: nothing in the features' cost depends on the sound."""
    rng = np.random.default_rng(0)
    time_axis = np.arange(SIGNAL_SECONDS * SAMPLE_RATE) / SAMPLE_RATE
    chord = sum(np.sin(2 * np.pi * f * time_axis) for f in (220.0, 277.2, 329.6)) * (np.sin(time_axis) > 0)
    return np.round(3000 * chord + rng.normal(0, 1500, len(time_axis))).astype(np.int16)


def _seconds(job: Callable[[], object]) -> float:
    started = time.perf_counter()
    job()
    return time.perf_counter() - started
