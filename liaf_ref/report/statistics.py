"""Means with intervals, and how docs/results/protocol.md judges the claims of the paper."""

import math
from bisect import bisect_left
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
    spread: float = 0.0  # standard deviation of one further value

    def in_percent(self) -> "MeanCI":
        value, half_width, n, df, spread = self
        return MeanCI(100 * value, 100 * half_width, n, df, 100 * spread)

    @property
    def standard_error(self) -> float:
        """Of the mean; 0 if all values are equal, infinite for one value."""
        return self.half_width / _quantile(CONFIDENCE_LEVEL, self.df)

    @property
    def prediction(self) -> float:
        """Half the width of the 95 % prediction interval of one further value."""
        both = math.hypot(self.standard_error, self.spread)
        return _quantile(CONFIDENCE_LEVEL, self.df) * both

    def half_width_at(self, level: float) -> float:
        """Half the width of the interval with another confidence level."""
        return self.standard_error * _quantile(level, self.df)

    def p_value(self, bound: float) -> float:
        """The p-value of the hypothesis that the mean is ``bound``."""
        from scipy.stats import t  # noqa: PLC0415 - slow to import, seldom needed

        return float(2 * t.sf(abs(self.value - bound) / self.standard_error, self.df))


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
    spread = float(x.std(ddof=1)) if n > 1 else math.inf
    return MeanCI(float(x.mean()), _half_width(error, n - 1), n, n - 1, spread)


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
    spread = math.sqrt(float(np.sum(errors * (degrees + 1))))
    return MeanCI(value, _half_width(total, df), least + 1, df, spread)


def _squared_error(x: NDArray[np.float64]) -> float:
    """The squared standard error of a mean; infinite for one value, 0 for equal ones."""
    if len(x) == 1:
        return math.inf
    return float(x.var(ddof=1)) / len(x) if np.ptp(x) > EQUALITY_TOLERANCE else 0.0


def _half_width(squared_error: float, df: float) -> float:
    return _quantile(CONFIDENCE_LEVEL, df) * math.sqrt(squared_error) if df else math.inf


def _quantile(level: float, df: float) -> float:
    from scipy.stats import t  # noqa: PLC0415 - slow to import, seldom needed

    return float(t.isf((1 - level) / 2, df or 1))  # of one value the error is infinite anyway


# The verdicts, the worst first.
VERDICTS = OPPOSITE, DIFFERENT, NO_DIFFERENCE, TOO_SMALL, NOT_DECIDED, CONFIRMED = (
    *("opposite sign", "a difference that counts", "no difference that counts"),
    *("same sign, too small to count", "not decided", "confirmed"),
)
# Verdicts by the parts of the axis in which an interval begins and ends.  It is cut at -m, 0 and m,
# the paper's side positive, or where the paper calls two similar at -m and m; m is the smallest
# difference that counts.  Beside each, which of the cuts the verdict says are excluded.
ONE_SIDE = {(2, 3): (CONFIRMED, (1,)), (3, 3): (CONFIRMED, (1,)), (2, 2): (TOO_SMALL, (1, 2))}
ONE_SIDE |= {(1, 2): (NO_DIFFERENCE, (0, 2))}
ONE_SIDE |= dict.fromkeys([(0, 0), (0, 1), (1, 1)], (OPPOSITE, (1,)))
ALIKE = {(1, 1): (CONFIRMED, (0, 1)), (0, 0): (DIFFERENT, (0,)), (2, 2): (DIFFERENT, (1,))}


class Verdict(NamedTuple):
    """What an interval says of a claim, and why."""

    name: str
    reason: str
    bounds: tuple[float, ...] = ()  # the differences that have to be excluded


class Criterion(NamedTuple):
    """The side of 0 on which the paper has a difference, and the smallest one that counts."""

    sign: int  # 0: the paper calls the two similar
    smallest: float
    verdicts: Mapping[tuple[int, int], tuple[str, tuple[int, ...]]] = ONE_SIDE

    def judge(self, difference: MeanCI) -> Verdict:
        """Judge the claim by the 95 % interval of the difference."""
        # Zero width means that the same number of samples happened to be correct for all seeds,
        # not that more seeds would agree: nothing is decided.
        value, half, side = difference.value, difference.half_width, self.sign or 1
        if not 0 < half < math.inf:
            equal = "one difference has no interval" if half else "all differences are equal"
            return Verdict(NOT_DECIDED, equal)
        cuts = [-self.smallest, *[0.0] * abs(self.sign), self.smallest]
        low, high = (bisect_left(cuts, side * value + way * half) for way in (-1, 1))
        name, excluded = self.verdicts.get((low, high), (NOT_DECIDED, ()))
        bounds = tuple(side * cuts[k] for k in excluded)
        shown = bounds or sorted(side * cut for cut in cuts[low:high])
        text = " and ".join(f"{bound:+g}" if bound else "0" for bound in shown)
        verb = "excludes" if bounds else "contains"
        return Verdict(name, f"the interval {verb} {text}".replace("-", "−"), bounds)

    def seeds_to_decide(self, difference: MeanCI) -> float:
        """About how many seeds would decide the claim if the mean stayed as it is."""
        distance = abs(difference.value)
        half_width = max(distance * bool(self.sign), abs(self.smallest - distance))
        if half_width == 0:
            return math.inf
        return math.ceil(difference.n * (difference.half_width / half_width) ** 2)


# Smallest differences that count, in points.
HIGHER, LOWER = Criterion(1, 2.0), Criterion(-1, 2.0)
SMOOTHER = Criterion(-1, 0.5)
SIMILAR = Criterion(0, 3.0, ALIKE)
