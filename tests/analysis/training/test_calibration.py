"""Calibration: it finds what made the data, and its probabilities are as right as they say."""

import numpy as np
import pytest

from analysis.training import calibration
from models.attributes import level_probabilities, softmax

RNG = np.random.default_rng(0)


def test_the_blend_that_made_the_values_is_found():
    logits = RNG.normal(size=(500, 3))
    values = logits @ np.array([0.2, -0.1, 0.05]) + 0.4
    found = calibration.fit_blend(logits, values, np.ones(500), ridge=1e-6)
    np.testing.assert_allclose(found, [0.2, -0.1, 0.05, 0.4], atol=1e-6)


def test_rows_without_weight_do_not_count():
    logits, values = RNG.normal(size=(200, 2)), RNG.normal(size=200)
    kept = np.arange(200) < 100
    spoilt = np.where(kept, values, 99.0)
    np.testing.assert_allclose(
        calibration.fit_blend(logits, spoilt, kept.astype(float)), calibration.fit_blend(logits[kept], values[kept], np.ones(100))
    )


def test_the_thresholds_that_made_the_levels_are_found():
    values = RNG.uniform(0, 1, 4000)
    chances = level_probabilities(values, 0.38, 0.62, 0.08)
    levels = (RNG.random((4000, 1)) > np.cumsum(chances, axis=1)).sum(axis=1).clip(0, 2)
    np.testing.assert_allclose(calibration.fit_levels(values, levels, np.ones(4000)), [0.38, 0.62, 0.08], atol=0.02)


def test_the_temperature_that_made_the_labels_is_found():
    logits = RNG.normal(0, 4, (4000, 4))
    chances = softmax(logits / 2)
    labels = (RNG.random((4000, 1)) > np.cumsum(chances, axis=1)).sum(axis=1).clip(0, 3)
    assert calibration.fit_temperature(logits, labels, np.ones(4000)) == pytest.approx(2, rel=0.1)


def test_the_calibration_error_of_truth_and_of_boasting():
    true = np.array([0] * 80 + [1] * 20)
    honest = np.tile([0.8, 0.2], (100, 1))
    assert calibration.calibration_error(true, honest) == pytest.approx(0)
    assert calibration.calibration_error(true, np.tile([0.999, 0.001], (100, 1))) == pytest.approx(0.199)
