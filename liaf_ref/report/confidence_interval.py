"""A mean over seeds with Student's interval."""

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


def mean_ci(values: Iterable[float]) -> MeanCI:
    """Return the mean with its 95 % interval by Student's t."""
    x = np.array(list(values), np.float64)
    n = len(x)
    return MeanCI(float(x.mean()), _half_width(_squared_error(x), n - 1), n, n - 1)


def paired_difference(a: Mapping[Any, float], b: Mapping[Any, float]) -> MeanCI | None:
    """Average ``a - b`` over the keys that both have; None if there is none."""
    differences = [a[key] - b[key] for key in a if key in b]
    return mean_ci(differences) if differences else None


def welch_difference(pairs: Sequence[tuple[Sequence[float], Sequence[float]]]) -> MeanCI:
    """Average mean(a) - mean(b) over pairs of independent samples, by Welch and Satterthwaite.

    The smallest sample has ``n`` values; a sample of one value leaves the interval unbounded.
    """
    samples = [np.array(values, np.float64) for pair in pairs for values in pair]
    value = float(np.mean([np.mean(a) - np.mean(b) for a, b in pairs]))
    n = min(map(len, samples))
    variances = np.array([_squared_error(x) for x in samples]) / len(pairs) ** 2
    total = float(variances.sum())
    if n == 1 or total == 0:
        df: float = n - 1
    else:
        degrees = np.array([len(x) - 1 for x in samples])
        df = total**2 / float(np.sum(variances**2 / degrees))
    return MeanCI(value, _half_width(total, df), n, df)


def ci_supports_sign(difference: MeanCI, sign: int) -> str:
    """Whether an interval excludes 0 on the side of ``sign``: yes, no or open."""
    # Zero width means that the same number of samples happened to be correct for all seeds, not
    # that more seeds would agree: nothing is decided.
    if difference.half_width == 0:
        return "open"
    low, high = sorted((sign * difference.value + k * difference.half_width) for k in (-1, 1))
    return "yes" if low > 0 else "no" if high < 0 else "open"


def _squared_error(x: NDArray[np.float64]) -> float:
    """The squared standard error of a mean; infinite for one value, 0 for equal ones."""
    if len(x) == 1:
        return math.inf
    return float(x.var(ddof=1)) / len(x) if np.ptp(x) > EQUALITY_TOLERANCE else 0.0


def _half_width(squared_error: float, df: float) -> float:
    from scipy.stats import t  # noqa: PLC0415 - slow to import, seldom needed

    if df == 0:
        return math.inf
    return float(t.ppf((1 + CONFIDENCE_LEVEL) / 2, df)) * math.sqrt(squared_error)
