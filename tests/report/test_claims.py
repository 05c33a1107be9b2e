"""Intervals against SciPy; verdicts, Holm's levels by the protocol."""

import math

import numpy as np
import pytest
from scipy import stats

from liaf_ref.report.content import Claim, holm_half_widths
from liaf_ref.report.statistics import (
    HIGHER,
    LOWER,
    SIMILAR,
    SMOOTHER,
    Criterion,
    MeanCI,
    mean_ci,
    welch_difference,
)

A, B = [0.5, 0.7, 0.65, 0.4], [0.3, 0.35, 0.2]
QUANTILE = 2.5706  # of Student's t with 5 degrees of freedom, 95 %


def interval(value: float, half_width: float) -> MeanCI:
    """Of six values."""
    return MeanCI(value, half_width, 6, 5)


@pytest.mark.parametrize(
    ("criterion", "value", "half_width", "verdict", "reason"),
    [
        (HIGHER, 1.0, 0.9, "confirmed", "the whole interval is above 0"),
        (HIGHER, -1.0, 0.9, "contradicted", "the whole interval is below 0"),
        (HIGHER, 0.5, 1.4, "contradicted", "the whole interval is below +2"),
        (HIGHER, 0.5, 1.6, "not decided", "the interval contains 0 and +2"),
        (LOWER, -1.0, 0.9, "confirmed", "the whole interval is below 0"),
        (LOWER, 1.0, 0.9, "contradicted", "the whole interval is above 0"),
        (LOWER, -0.5, 1.4, "contradicted", "the whole interval is above −2"),
        (LOWER, -0.5, 1.6, "not decided", "the interval contains 0 and −2"),
        (SMOOTHER, 0.0, 0.4, "contradicted", "the whole interval is above −0.5"),
        (SMOOTHER, 0.0, 0.6, "not decided", "the interval contains 0 and −0.5"),
        (SIMILAR, -1.0, 1.9, "confirmed", "the whole interval is above −3"),
        (SIMILAR, -5.0, 1.9, "contradicted", "the whole interval is below −3"),
        (SIMILAR, -2.0, 1.9, "not decided", "the interval contains −3"),
    ],
)
def test_a_verdict_follows_from_the_interval(
    criterion: Criterion, value: float, half_width: float, verdict: str, reason: str
) -> None:
    assert criterion.judge(interval(value, half_width)) == (verdict, reason)


@pytest.mark.parametrize(
    ("values", "reason"),
    [((5.0,), "one difference has no interval"), ((5.0, 5.0), "all differences are equal")],
)
def test_without_an_interval_nothing_is_decided(values: tuple[float, ...], reason: str) -> None:
    assert HIGHER.judge(mean_ci(values)) == ("not decided", reason)


def test_the_interval_is_that_of_student() -> None:
    values = [1.0, 2.5, 0.5, 3.0]
    found = mean_ci(values)
    own = stats.ttest_1samp(values, 0.25)
    low, high = own.confidence_interval(0.9)
    assert found.half_width_at(0.9) == pytest.approx((high - low) / 2)
    assert found.p_value(0.25) == pytest.approx(own.pvalue)


def test_the_smallest_p_value_has_the_widest_of_holms_intervals() -> None:
    """Of three rows, in the order of their p-values: 98.3, 97.5 and 95 %."""
    rows = [(HIGHER, 1.0, 1.0), (SIMILAR, 2.0, 1.0), (LOWER, 0.1, 1.0)]
    claims = [Claim("", "", "", {"lif": interval(v, h)}, c) for c, v, h in rows]
    levels = [0.975, 1 - 0.05 / 3, 0.95]
    expected = [stats.t.isf((1 - level) / 2, 5) / QUANTILE for level in levels]
    assert holm_half_widths(claims) == pytest.approx(expected, rel=1e-4)


def test_a_row_without_an_interval_keeps_its_place_in_holms_family() -> None:
    claims = [
        Claim("", "", "", {"lif": found}, HIGHER)
        for found in (mean_ci([1.0]), interval(1.0, 1.0), mean_ci([1.0, 1.0]))
    ]
    alone, wide, equal = holm_half_widths(claims)
    assert (alone, equal) == (float("inf"), 0)
    assert wide == pytest.approx(stats.t.isf(0.05 / 6, 5) / QUANTILE, rel=1e-4)


@pytest.mark.parametrize(
    ("criterion", "value", "seeds"),
    [(HIGHER, 1.5, 43), (HIGHER, 0.5, 43), (LOWER, 0.5, 16), (SIMILAR, -3.5, 384)],
)
def test_a_mean_near_the_middle_needs_more_seeds(
    criterion: Criterion, value: float, seeds: int
) -> None:
    """Six seeds have a half-width of 4; that of 1.5 needs 6 (4 / 1.5)² = 42.7."""
    assert criterion.seeds_to_decide(interval(value, 4.0)) == seeds


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
