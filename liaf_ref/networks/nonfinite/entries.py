"""The first entry of some arrays that is not finite, by time step and then by equation."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array


class LabelledArray(NamedTuple):
    """An array (B, T, ...) and what the paper calls it."""

    symbol: str
    array: Array


class NonFiniteEntry(NamedTuple):
    """Which array, at which step counted from 0, and what stands there."""

    symbol: str
    step: int
    value: str

    def describe(self, total_steps: int, step_offset: int = 0) -> str:
        """Describe the entry, with its time step among all steps."""
        when = (
            f" at time step {step_offset + self.step + 1} of {total_steps}"
            if total_steps > 1
            else ""
        )
        return f"{self.symbol} is {self.value}{when}"


def first_nonfinite(arrays: Iterable[LabelledArray]) -> NonFiniteEntry | None:
    """Find the first entry that is not finite."""
    found = [bad for bad in (_nonfinite_at(named, 0) for named in arrays) if bad]
    return min(found, key=lambda bad: bad.step, default=None)


def last_nonfinite(labelled: LabelledArray) -> NonFiniteEntry | None:
    """Find the latest step with an entry that is not finite: the first on the way back."""
    return _nonfinite_at(labelled, -1)


def nonfinite_value(array: Array) -> str | None:
    """Describe a non-finite value of an array; None if there is none."""
    bad = array[~np.isfinite(array)]
    return str(bad[0]) if len(bad) else None


def _nonfinite_at(labelled: LabelledArray, index: int) -> NonFiniteEntry | None:
    symbol, array = labelled
    steps = np.flatnonzero(~np.isfinite(array).all(axis=(0, *range(2, array.ndim))))
    if not len(steps):
        return None
    step = int(steps[index])
    return NonFiniteEntry(symbol, step, str(nonfinite_value(array[:, step])))
