"""The bootstrap over groups: it covers what it should, groups stay whole, and it refuses what it cannot do."""

import numpy as np
import pytest

from analysis.training.intervals import bootstrap


def test_the_interval_of_a_mean_is_that_of_theory():
    values = np.random.default_rng(0).normal(5, 2, 400)
    low, high = bootstrap(np.arange(400), np.mean, values, n=2000)
    half = 1.96 * values.std() / 20
    assert (low, high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.03)


def test_rows_of_a_group_are_drawn_together_so_the_interval_is_wider():
    values = np.repeat(np.random.default_rng(0).normal(size=30), 20)
    groups = np.repeat(np.arange(30), 20).astype(str)
    seen = []

    def metric(drawn, of):
        seen.append(np.unique(of, return_counts=True)[1])
        return drawn.mean()

    by_group = np.diff(bootstrap(groups, metric, values, groups, n=300))
    by_row = np.diff(bootstrap(np.arange(600), np.mean, values, n=300))
    assert by_group > 3 * by_row
    assert all((counts % 20 == 0).all() and counts.sum() == 600 for counts in seen)


def test_a_paired_difference_is_narrower_than_its_parts():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=200)
    ours, theirs = truth + 0.5, truth + 0.1 * rng.normal(size=200)
    low, high = bootstrap(np.arange(200), lambda a, b: (a - b).mean(), ours, theirs)
    assert 0.45 < low < 0.5 < high < 0.55


def test_same_seed_same_interval_and_a_wider_level_contains_a_narrower():
    values = np.random.default_rng(0).normal(size=50)
    inner, outer = (bootstrap(np.arange(50), np.median, values, level=level, n=200) for level in (0.5, 0.99))
    assert bootstrap(np.arange(50), np.median, values, level=0.5, n=200) == inner
    assert bootstrap(np.arange(50), np.median, values, level=0.5, n=200, seed=1) != inner
    assert outer[0] <= inner[0] <= inner[1] <= outer[1]


def test_draws_without_a_value_are_left_out():
    values = np.array([1.0, np.nan])
    assert bootstrap(np.arange(2), np.mean, values) == (1.0, 1.0)
    with pytest.raises(ValueError, match="finite in no draw"):
        bootstrap(np.arange(2), np.mean, np.full(2, np.nan))


def test_arrays_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"arrays of \[3\] rows do not fit 2 groups"):
        bootstrap(np.arange(2), np.mean, np.zeros(3))
    with pytest.raises(ValueError, match="do not fit 0 groups"):
        bootstrap(np.empty(0), np.mean, np.empty(0))
