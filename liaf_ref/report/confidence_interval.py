"""A mean over seeds with Student's interval."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

CONFIDENCE_LEVEL = 0.95
EQUALITY_TOLERANCE = 1e-9  # values that differ by no more count as equal


class MeanCI(NamedTuple):
    """A mean, half the width of its 95 % interval, and the number of values."""

    value: float
    half_width: float
    n: int

    def in_percent(self) -> "MeanCI":
        return MeanCI(100 * self.value, 100 * self.half_width, self.n)


def mean_ci(values: Iterable[float]) -> MeanCI:
    """Return the mean with its 95 % interval by Student's t."""
    from scipy.stats import t  # noqa: PLC0415 - slow to import, seldom needed

    x = np.array(list(values), np.float64)
    n = len(x)
    if n == 1:
        return MeanCI(float(x[0]), np.inf, n)
    deviation = x.std(ddof=1) if np.ptp(x) > EQUALITY_TOLERANCE else 0.0
    half = float(t.ppf((1 + CONFIDENCE_LEVEL) / 2, n - 1) * deviation / np.sqrt(n))
    return MeanCI(float(x.mean()), half, n)


def paired_difference(a: Mapping[Any, float], b: Mapping[Any, float]) -> MeanCI | None:
    """Average ``a - b`` over the keys that both have; None if there is none."""
    differences = [a[key] - b[key] for key in a if key in b]
    return mean_ci(differences) if differences else None


def ci_supports_sign(difference: MeanCI, sign: int) -> str:
    """Whether an interval excludes 0 on the side of ``sign``: yes, no or open."""
    # Zero width means that the same number of samples happened to be correct for all seeds, not
    # that more seeds would agree: nothing is decided.
    if difference.half_width == 0:
        return "open"
    low, high = sorted((sign * difference.value + k * difference.half_width) for k in (-1, 1))
    return "yes" if low > 0 else "no" if high < 0 else "open"
