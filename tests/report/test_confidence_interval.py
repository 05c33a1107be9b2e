"""Means and differences with their intervals, against SciPy and formulas."""

import math

import numpy as np
import pytest
from scipy import stats

from liaf_ref.report.statistics import mean_ci, welch_difference

A, B = [0.5, 0.7, 0.65, 0.4], [0.3, 0.35, 0.2]


def test_one_pair_of_samples_has_the_interval_of_welch() -> None:
    expected = stats.ttest_ind(A, B, equal_var=False)
    low, high = expected.confidence_interval(0.95)
    found = welch_difference([(A, B)])
    assert found.value - found.half_width == pytest.approx(low)
    assert found.value + found.half_width == pytest.approx(high)
    assert found.n == 3
    assert found.df == pytest.approx(expected.df)


def test_pairs_of_samples_are_combined_by_their_variances() -> None:
    found = welch_difference([(A, B), ([0.9, 0.8], [0.1, 0.1])])
    errors = [np.var(x, ddof=1) / len(x) / 4 for x in (A, B, [0.9, 0.8])]
    df = sum(errors) ** 2 / sum(v**2 / k for v, k in zip(errors, (3, 2, 1), strict=True))
    half = stats.t.ppf(0.975, df) * math.sqrt(sum(errors))
    assert found == pytest.approx(((np.mean(A) - np.mean(B) + 0.75) / 2, half, 2, df))


def test_a_single_value_leaves_the_interval_unbounded() -> None:
    assert welch_difference([(A, B), ([0.9], [0.1, 0.2])]).half_width == math.inf
    assert mean_ci([0.5]).half_width == math.inf


def test_equal_values_have_an_interval_of_no_width() -> None:
    assert welch_difference([([0.9, 0.9], [0.1, 0.1])]) == pytest.approx((0.8, 0, 2, 1))
