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
        (HIGHER, 1.5, 0.9, "confirmed: the interval excludes 0"),
        (HIGHER, 1.0, 0.9, "same sign, too small to count: the interval excludes 0 and +2"),
        (HIGHER, -1.0, 0.9, "opposite sign: the interval excludes 0"),
        (HIGHER, 0.5, 1.4, "no difference that counts: the interval excludes −2 and +2"),
        (HIGHER, 0.5, 1.6, "not decided: the interval contains 0 and +2"),
        (HIGHER, -0.5, 1.6, "not decided: the interval contains −2 and 0"),
        (LOWER, -1.5, 0.9, "confirmed: the interval excludes 0"),
        (LOWER, 1.0, 0.9, "opposite sign: the interval excludes 0"),
        (LOWER, -0.5, 1.4, "no difference that counts: the interval excludes +2 and −2"),
        (LOWER, -0.5, 1.6, "not decided: the interval contains −2 and 0"),
        (SMOOTHER, 0.0, 0.4, "no difference that counts: the interval excludes +0.5 and −0.5"),
        (SIMILAR, -1.0, 1.9, "confirmed: the interval excludes −3 and +3"),
        (SIMILAR, -5.0, 1.9, "a difference that counts: the interval excludes −3"),
        (SIMILAR, 5.0, 1.9, "a difference that counts: the interval excludes +3"),
        (SIMILAR, 2.0, 1.9, "not decided: the interval contains +3"),
        (HIGHER, 5.0, 0.0, "not decided: all differences are equal"),
    ],
)
def test_a_verdict_follows_from_the_interval(
    criterion: statistics.Criterion, value: float, half_width: float, verdict: str
) -> None:
    assert ": ".join(criterion.judge(interval(value, half_width))[:2]) == verdict


@pytest.mark.parametrize("criterion", [HIGHER, LOWER, SMOOTHER, SIMILAR])
def test_a_verdict_names_the_bounds_that_the_interval_excludes(
    criterion: statistics.Criterion,
) -> None:
    """A wider interval that contains one of them gives another verdict."""
    for value, half in np.random.default_rng(0).uniform((-9, 0.01), (9, 9), (2000, 2)).tolist():
        name, _, bounds = criterion.judge(interval(value, half))
        assert all(abs(value - bound) >= half for bound in bounds)
        assert (name == statistics.NOT_DECIDED) == (not bounds)
        for bound in bounds:
            assert criterion.judge(interval(value, abs(value - bound) + 0.01)).name != name


@pytest.mark.parametrize(
    ("criterion", "value", "seeds"),
    [(HIGHER, 1.5, 43), (HIGHER, 0.5, 43), (LOWER, 0.5, 43), (SIMILAR, -3.5, 384)],
)
def test_seeds_that_decide(criterion: statistics.Criterion, value: float, seeds: int) -> None:
    """Six seeds have a half-width of 4; that of 1.5 needs 6 (4 / 1.5)² = 42.7."""
    assert criterion.seeds_to_decide(interval(value, 4.0)) == seeds


def test_a_prediction_interval_holds_nine_in_ten_and_five_of_further_values() -> None:
    rng = np.random.default_rng(0)
    draws = rng.normal(size=(2000, 6))
    found = [statistics.mean_ci(row) for row in draws[:, :5]]
    paired = [statistics.welch_difference([(row[:3], row[3:] - 1)]) for row in draws]
    held = [abs(f.value - x) <= f.prediction for f, x in zip(found, draws[:, 5], strict=True)]
    further = rng.normal(1, math.sqrt(2), 2000)
    both = [abs(f.value - x) <= f.prediction for f, x in zip(paired, further, strict=True)]
    assert 0.94 < np.mean(held) < 0.96
    assert 0.94 < np.mean(both) < 0.98  # Welch's degrees of freedom are on the safe side


def test_the_interval_is_that_of_student() -> None:
    values = [1.0, 2.5, 0.5, 3.0]
    found, own = statistics.mean_ci(values), stats.ttest_1samp(values, 0.25)
    low, high = own.confidence_interval(0.9)
    assert found.half_width_at(0.9) == pytest.approx((high - low) / 2)
    assert found.p_value(0.25) == pytest.approx(own.pvalue)


def test_the_smallest_p_value_has_the_widest_of_holms_intervals() -> None:
    """Of six claims in the order of their p-values; what is not decided has that of 1."""
    own = [
        (interval(2.0, 1.0), HIGHER),  # third: p of 0
        (interval(-1.0, 1.5), HIGHER),  # not decided
        (interval(1.9, 0.5), SIMILAR),  # second: p of 3, from which it is 2.2 half-widths
        (interval(-9.0, 1.0), HIGHER),  # first
        (statistics.mean_ci([1.0]), HIGHER),
        (statistics.mean_ci([1.0, 1.0]), HIGHER),
    ]
    claims = [Claim("", "", "", {"lif": found}, criterion) for found, criterion in own]
    wide = stats.t.isf(0.05 / np.array([6, 5, 4, 3, 2]) / 2, 5) / stats.t.isf(0.025, 5)
    expected = [wide[2], 1.5 * wide[3], 0.5 * wide[1], wide[0], math.inf, 0]
    assert holm_half_widths(claims) == pytest.approx(expected, rel=1e-6)


def test_pairs_of_samples_have_the_interval_of_welch_and_are_combined_by_their_variances() -> None:
    expected = stats.ttest_ind(A, B, equal_var=False)
    low, high = expected.confidence_interval(0.95)
    one = statistics.welch_difference([(A, B)])
    spread = math.sqrt(np.var(A, ddof=1) + np.var(B, ddof=1))
    assert one == pytest.approx(((low + high) / 2, (high - low) / 2, 3, expected.df, spread))
    found = statistics.welch_difference([(A, B), ([0.9, 0.8], [0.1, 0.1])])
    errors = [np.var(x, ddof=1) / len(x) / 4 for x in (A, B, [0.9, 0.8])]
    df = sum(errors) ** 2 / sum(v**2 / k for v, k in zip(errors, (3, 2, 1), strict=True))
    half = stats.t.ppf(0.975, df) * math.sqrt(sum(errors))
    assert found[:4] == pytest.approx(((np.mean(A) - np.mean(B) + 0.75) / 2, half, 2, df))


def test_a_single_value_leaves_the_interval_unbounded_and_equal_ones_have_none() -> None:
    assert statistics.welch_difference([(A, B), ([0.9], [0.1, 0.2])]).half_width == math.inf
    assert statistics.mean_ci([0.5]).half_width == math.inf
    assert statistics.welch_difference([([0.9, 0.9], [0.1, 0.1])]) == pytest.approx(
        (0.8, 0, 2, 1, 0)
    )
