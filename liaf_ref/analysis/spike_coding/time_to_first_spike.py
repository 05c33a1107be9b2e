"""Time to first spike: an earlier spike is a larger value; no spike is zero."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.text import short_repr
from liaf_ref._core.validation import check_callable
from liaf_ref.analysis.spike_coding.spike_code import (
    Array,
    Operations,
    Spikes,
    check_real_dtype,
    check_spikes,
    check_sub_intervals,
    check_values,
)

WHERE = "the first-spike code"
LevelFunction = Callable[[int], Array]


def linear_levels(k: int) -> Array:
    """Levels k/k, (k-1)/k, ..., 1/k: with no spike as 0, those of the rate code."""
    k = check_sub_intervals(k, WHERE)
    return np.arange(k, 0, -1) / k


def logarithmic_levels(k: int) -> Array:
    """Levels 1, r, r^2, ..., r^(k-1) = 1/(2k); with one sub-interval, the level 1."""
    # These are the levels of an exponential decay: each is the same fraction of the previous one.
    # With more sub-intervals, r tends to 1 and the last level to 0.
    k = check_sub_intervals(k, WHERE)
    ratio = 1.0 if k == 1 else (2 * k) ** (-1 / (k - 1))
    return ratio ** np.arange(k)


@dataclass(frozen=True)
class TimeToFirstSpike:
    """Spike code: the threshold falls, and a value fires once, when the threshold meets it.

    Parameters
    ----------
    name : str
        Name in tables.
    level_function : callable
        ``linear_levels`` or ``logarithmic_levels``, or another function of k that returns k
        strictly decreasing values in (0, 1], one for each sub-interval.

    Raises
    ------
    InputError
        If ``level_function`` is no function.

    Examples
    --------
    >>> import numpy as np
    >>> from liaf_ref.analysis import TimeToFirstSpike
    >>> spikes = TimeToFirstSpike().encode(np.array([0.5, 1.0, 0.0]), k=4)
    >>> spikes.astype(int).tolist()
    [[0, 1, 0], [0, 0, 0], [1, 0, 0], [0, 0, 0]]
    >>> TimeToFirstSpike().decode(spikes, np.float64).tolist()
    [0.5, 1.0, 0.0]
    """

    name: str = "first spike"
    level_function: LevelFunction = linear_levels

    def __post_init__(self) -> None:
        check_callable(
            "level_function",
            self.level_function,
            WHERE,
            "a function of the number of sub-intervals",
        )

    def encode(self, u: Array, k: int) -> Spikes:
        """Encode values in [0, 1] as spikes ``(k, *u.shape)``."""
        u, k = check_values(u, k, WHERE)
        levels = self._checked_levels(k)
        thresholds = (levels + np.append(levels[1:], 0)) / 2
        silent = np.ones(u.shape, np.bool_)
        spikes = np.empty((k, *u.shape), np.bool_)
        for slot in range(k):
            np.logical_and(u >= float(thresholds[slot]), silent, out=spikes[slot])
            silent ^= spikes[slot]
        return spikes

    def decode(self, spikes: Spikes, dtype: Any) -> Array:
        """Decode spikes ``(k, ...)`` to values ``(...)``."""
        spikes, dtype = check_spikes(spikes, WHERE), check_real_dtype(dtype, WHERE)
        maximum = int(spikes.sum(axis=0, dtype=np.int32).max(initial=0))
        if maximum > 1:
            reason = f"expected at most one spike per value, got {maximum}"
            raise InputError.for_argument("spikes", WHERE, reason)
        u = np.zeros(spikes.shape[1:], dtype)
        for level, fired in zip(self._checked_levels(len(spikes)), spikes, strict=True):
            u += np.multiply(fired, level, dtype=u.dtype)
        return u

    def max_error(self, k: int) -> float:
        """Half of the widest gap between the levels and 0, or the gap from the first level to 1."""
        levels = self._checked_levels(check_sub_intervals(k, WHERE))
        return float(max(-np.diff(levels, append=0).min() / 2, 1 - levels[0]))

    def _checked_levels(self, k: int) -> Array:
        """Return the levels; refuse any but k strictly decreasing levels in (0, 1]."""
        levels: Array = np.asarray(self.level_function(k))
        if levels.shape != (k,) or not (np.diff(levels, append=0) < 0).all() or levels[0] > 1:
            reason = f"expected {k} strictly decreasing levels in (0, 1], got {short_repr(levels)}"
            raise InputError.for_argument("level_function", WHERE, reason)
        return levels

    def op_count(self, synaptic_events: int) -> Operations:
        """One product, of level and weight, and one addition per event."""
        return Operations(synaptic_events, synaptic_events)
