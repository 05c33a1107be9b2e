"""A mean over seeds with Student's interval, Holm's levels, and Stein's number of seeds."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

CONFIDENCE_LEVEL = 0.95
EQUALITY_TOLERANCE = 1e-9  # values that differ by no more count as equal
MIN_SEEDS, MAX_SEEDS = 6, 20  # docs/results/protocol.md, "How many seeds"


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


def stein_seeds(pilot: MeanCI, half_width: float) -> int:
    """Number of seeds for an interval of a half-width, by Stein's two stages from pilot seeds."""
    found = math.ceil(pilot.n * (pilot.half_width / half_width) ** 2)  # (t s / h)²
    return min(max(found, MIN_SEEDS), MAX_SEEDS)


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
