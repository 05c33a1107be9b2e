"""Means with intervals, and how docs/results/protocol.md judges the claims of the paper."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

CONFIDENCE_LEVEL = 0.95
EQUALITY_TOLERANCE = 1e-9  # values that differ by no more count as equal


class MeanCI(NamedTuple):
    """A mean, half the width of its 95 % interval, the number of values, degrees of freedom."""

    value: float
    half_width: float
    n: int
    df: float  # of Student's t

    def in_percent(self) -> "MeanCI":
        return self._replace(value=100 * self.value, half_width=100 * self.half_width)

    def half_width_at(self, level: float) -> float:
        """Half the width of the interval with another confidence level."""
        if not 0 < self.half_width < math.inf:
            return self.half_width
        return self.half_width * _quantile(level, self.df) / _quantile(CONFIDENCE_LEVEL, self.df)

    def p_value(self, bound: float) -> float:
        """The p-value of the hypothesis that the mean is ``bound``; 1 without an interval."""
        if not 0 < self.half_width < math.inf:
            return 1.0
        from scipy.stats import t  # noqa: PLC0415 - slow to import, seldom needed

        standard_error = self.half_width / _quantile(CONFIDENCE_LEVEL, self.df)
        return float(2 * t.sf(abs(self.value - bound) / standard_error, self.df))


def test_to_train(folds: int) -> float:
    """The ratio of test to training samples in each of so many folds."""
    return 1 / (folds - 1)


def mean_ci(values: Iterable[float], test_to_train: float = 0.0) -> MeanCI:
    """Return the mean with its 95 % interval by Student's t."""
    # Folds of a cross-validation share training samples: with the ratio of test to training
    # samples, the variance of their mean is σ² (1 / n + ratio) in place of σ² / n (Nadeau and
    # Bengio 2003, Machine Learning 52, 239-281).
    x = np.array(list(values), np.float64)
    n = len(x)
    error = _squared_error(x) * (1 + n * test_to_train)
    return MeanCI(float(x.mean()), _half_width(error, n - 1), n, n - 1)


def paired_difference(
    a: Mapping[Any, float], b: Mapping[Any, float], test_to_train: float = 0.0
) -> MeanCI | None:
    """Average ``a - b`` over the keys that both have; None if there is none."""
    differences = [a[key] - b[key] for key in a if key in b]
    return mean_ci(differences, test_to_train) if differences else None


def mean_of_means(samples: Sequence[Sequence[float]]) -> MeanCI:
    """Average the means of independent samples, with the interval of :func:`welch_difference`."""
    return _combine([(sample, 1 / len(samples)) for sample in samples])


def welch_difference(pairs: Sequence[tuple[Sequence[float], Sequence[float]]]) -> MeanCI:
    """Average mean(a) - mean(b) over pairs of independent samples, by Welch and Satterthwaite."""
    # The smallest sample has ``n`` values; a sample of one value leaves the interval unbounded.
    weight = 1 / len(pairs)
    return _combine([part for a, b in pairs for part in ((a, weight), (b, -weight))])


def holm_levels(p_values: Sequence[float]) -> list[float]:
    """Confidence levels of several intervals by Holm's procedure, from their p-values."""
    m = len(p_values)
    levels = np.empty(m)
    levels[np.argsort(p_values, kind="stable")] = 1 - (1 - CONFIDENCE_LEVEL) / np.arange(m, 0, -1)
    found: list[float] = levels.tolist()
    return found


def _combine(parts: Sequence[tuple[Sequence[float], float]]) -> MeanCI:
    """Add the means of independent samples, each times a weight."""
    samples = [np.array(sample, np.float64) for sample, _ in parts]
    weights = np.array([weight for _, weight in parts])
    value = float(sum(weight * x.mean() for x, weight in zip(samples, weights, strict=True)))
    degrees = np.array([len(x) - 1 for x in samples])
    least = int(degrees.min())
    errors = np.array([_squared_error(x) for x in samples]) * weights**2
    total = float(errors.sum())
    decided = least > 0 and total > 0
    df = total**2 / float(np.sum(errors**2 / degrees)) if decided else float(least)
    return MeanCI(value, _half_width(total, df), least + 1, df)


def _squared_error(x: NDArray[np.float64]) -> float:
    """The squared standard error of a mean; infinite for one value, 0 for equal ones."""
    if len(x) == 1:
        return math.inf
    return float(x.var(ddof=1)) / len(x) if np.ptp(x) > EQUALITY_TOLERANCE else 0.0


def _half_width(squared_error: float, df: float) -> float:
    return _quantile(CONFIDENCE_LEVEL, df) * math.sqrt(squared_error) if df else math.inf


def _quantile(level: float, df: float) -> float:
    from scipy.stats import t  # noqa: PLC0415 - slow to import, seldom needed

    return float(t.isf((1 - level) / 2, df))


VERDICTS = CONFIRMED, CONTRADICTED, NOT_DECIDED = "confirmed", "contradicted", "not decided"


class Verdict(NamedTuple):
    """Confirmed, contradicted or not decided, and why."""

    name: str
    reason: str


class Criterion(NamedTuple):
    """On which side of a bound the paper has a difference, and the smallest one that counts."""

    sign: int
    smallest: float
    bound: float = 0.0

    def judge(self, difference: MeanCI) -> Verdict:
        """Judge the claim by the 95 % interval of the difference."""
        half = difference.half_width
        # Zero width means that the same number of samples happened to be correct for all seeds,
        # not that more seeds would agree: nothing is decided.
        if half == 0:
            return Verdict(NOT_DECIDED, "all differences are equal")
        if difference.n == 1:
            return Verdict(NOT_DECIDED, "one difference has no interval")
        distance = self.sign * (difference.value - self.bound)
        own, other = ("above", "below")[:: self.sign]
        bound = f"{self.bound:g}".replace("-", "−")
        smallest = f"{self.sign * self.smallest:+g}".replace("-", "−")
        if distance - half > 0:
            return Verdict(CONFIRMED, f"the whole interval is {own} {bound}")
        if distance + half < 0:
            return Verdict(CONTRADICTED, f"the whole interval is {other} {bound}")
        if distance + half < self.smallest:
            return Verdict(CONTRADICTED, f"the whole interval is {other} {smallest}")
        ends = f"{bound} and {smallest}" if self.smallest else bound
        return Verdict(NOT_DECIDED, f"the interval contains {ends}")

    def seeds_to_decide(self, difference: MeanCI) -> float:
        """About how many seeds would decide the claim if the mean stayed as it is."""
        distance = self.sign * (difference.value - self.bound)
        half_width = max(abs(distance), self.smallest - distance)
        if half_width == 0:
            return math.inf
        return math.ceil(difference.n * (difference.half_width / half_width) ** 2)

    def is_excluded(self, difference: MeanCI, half_width: float) -> bool:
        """Whether an interval of a half-width excludes the bound."""
        return abs(difference.value - self.bound) > half_width > 0


# Smallest differences that count, in points; a difference of -3 is no longer similar.
HIGHER, LOWER = Criterion(1, 2.0), Criterion(-1, 2.0)
SMOOTHER = Criterion(-1, 0.5)
SIMILAR = Criterion(1, 0.0, -3.0)
