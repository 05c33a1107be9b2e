"""Intervals against SciPy; verdicts, Holm's levels by the protocol."""

import math

import numpy as np
import pytest
from support import LazyModule

from liaf_ref.report import statistics
from liaf_ref.report.content import Claim, holm_half_widths
from liaf_ref.report.statistics import HIGHER, LOWER, SIMILAR, SMOOTHER

stats = LazyModule("scipy.stats")
A, B = [0.5, 0.7, 0.65, 0.4], [0.3, 0.35, 0.2]


def interval(value: float, half_width: float) -> statistics.MeanCI:
    """Of six values."""
    return statistics.MeanCI(value, half_width, 6, 5)


@pytest.mark.parametrize(
    ("criterion", "value", "half_width", "verdict"),
    [
        (HIGHER, 1.0, 0.9, "confirmed: the whole interval is above 0"),
        (HIGHER, -1.0, 0.9, "contradicted: the whole interval is below 0"),
        (HIGHER, 0.5, 1.4, "contradicted: the whole interval is below +2"),
        (HIGHER, 0.5, 1.6, "not decided: the interval contains 0 and +2"),
        (LOWER, -1.0, 0.9, "confirmed: the whole interval is below 0"),
        (LOWER, -0.5, 1.4, "contradicted: the whole interval is above −2"),
        (LOWER, -0.5, 1.6, "not decided: the interval contains 0 and −2"),
        (SMOOTHER, 0.0, 0.4, "contradicted: the whole interval is above −0.5"),
        (SIMILAR, -1.0, 1.9, "confirmed: the whole interval is above −3"),
        (SIMILAR, -5.0, 1.9, "contradicted: the whole interval is below −3"),
        (SIMILAR, -2.0, 1.9, "not decided: the interval contains −3"),
        (HIGHER, 5.0, 0.0, "not decided: all differences are equal"),
    ],
)
def test_a_verdict_follows_from_the_interval(
    criterion: statistics.Criterion, value: float, half_width: float, verdict: str
) -> None:
    assert ": ".join(criterion.judge(interval(value, half_width))) == verdict


@pytest.mark.parametrize(
    ("criterion", "value", "seeds"),
    [(HIGHER, 1.5, 43), (HIGHER, 0.5, 43), (LOWER, 0.5, 16), (SIMILAR, -3.5, 384)],
)
def test_seeds_that_decide(criterion: statistics.Criterion, value: float, seeds: int) -> None:
    """Six seeds have a half-width of 4; that of 1.5 needs 6 (4 / 1.5)² = 42.7."""
    assert criterion.seeds_to_decide(interval(value, 4.0)) == seeds


def test_the_interval_is_that_of_student() -> None:
    values = [1.0, 2.5, 0.5, 3.0]
    found, own = statistics.mean_ci(values), stats.ttest_1samp(values, 0.25)
    low, high = own.confidence_interval(0.9)
    assert found.half_width_at(0.9) == pytest.approx((high - low) / 2)
    assert found.p_value(0.25) == pytest.approx(own.pvalue)


def test_the_smallest_p_value_has_the_widest_of_holms_intervals() -> None:
    """Of five claims in the order of their p-values; those without an interval keep their place."""
    own = [interval(1.0, 1.0), statistics.mean_ci([1.0]), interval(2.0, 1.0), interval(0.1, 1.0)]
    claims = [
        Claim("", "", "", {"lif": found}, criterion)
        for found, criterion in zip(
            [*own, statistics.mean_ci([1.0, 1.0])],
            (HIGHER, HIGHER, SIMILAR, LOWER, HIGHER),
            strict=True,
        )
    ]
    quantiles = stats.t.isf(np.array([0.05 / 4, 0.05 / 5, 0.05 / 3, 0.05]) / 2, 5)
    expected = quantiles / quantiles[-1]
    assert holm_half_widths(claims) == pytest.approx(
        [expected[0], math.inf, expected[1], expected[2], 0], rel=1e-6
    )


def test_pairs_of_samples_have_the_interval_of_welch_and_are_combined_by_their_variances() -> None:
    expected = stats.ttest_ind(A, B, equal_var=False)
    low, high = expected.confidence_interval(0.95)
    one = statistics.welch_difference([(A, B)])
    assert one == pytest.approx(((low + high) / 2, (high - low) / 2, 3, expected.df))
    found = statistics.welch_difference([(A, B), ([0.9, 0.8], [0.1, 0.1])])
    errors = [np.var(x, ddof=1) / len(x) / 4 for x in (A, B, [0.9, 0.8])]
    df = sum(errors) ** 2 / sum(v**2 / k for v, k in zip(errors, (3, 2, 1), strict=True))
    half = stats.t.ppf(0.975, df) * math.sqrt(sum(errors))
    assert found == pytest.approx(((np.mean(A) - np.mean(B) + 0.75) / 2, half, 2, df))


def test_a_single_value_leaves_the_interval_unbounded_and_equal_ones_have_none() -> None:
    assert statistics.welch_difference([(A, B), ([0.9], [0.1, 0.2])]).half_width == math.inf
    assert statistics.mean_ci([0.5]).half_width == math.inf
    assert statistics.welch_difference([([0.9, 0.9], [0.1, 0.1])]) == pytest.approx((0.8, 0, 2, 1))
