"""How far every decision stays from where rounding could change it."""

import math
from typing import NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.error_bounds.arrays import errors, values


class Margin(NamedTuple):
    """Smallest distances of one node, less the error; negative where rounding decides."""

    spike: float = math.inf
    window: float = math.inf
    kink: float = math.inf
    tie: float = math.inf
    fired: int = 0
    in_window: int = 0
    steps: int = 0

    @property
    def smallest(self) -> float:
        """The smallest of the four."""
        return min(self.spike, self.window, self.kink, self.tie)


class MarginRecorder:
    """Records, during one run, the smallest margin of each node's decisions, and where."""

    def __init__(self) -> None:
        self.margins: dict[str, Margin] = {}
        self.unsafe: dict[str, Array] = {}

    def record(self, node: str, kind: str, margin: Array) -> None:
        """Keep the smallest; NaN, of a value that is itself unknown, is the smallest of all."""
        before = self.margins.get(node, Margin())
        known = np.where(np.isnan(margin), -math.inf, margin)
        minimum = min(getattr(before, kind), float(known.min(initial=math.inf)))
        self.margins[node] = before._replace(**{kind: minimum})
        self.unsafe[node] = self.unsafe.get(node, np.False_) | (known <= 0)


class SilentRecorder(MarginRecorder):
    """A recorder that keeps nothing."""

    def record(self, node: str, kind: str, margin: Array) -> None:
        """Keep nothing."""


class UnsafeDecisionError(Exception):
    """A decision that rounding could change."""


class StrictMarginRecorder(MarginRecorder):
    """A recorder that stops the run where a margin is not positive."""

    def record(self, node: str, kind: str, margin: Array) -> None:
        """Raise :class:`UnsafeDecisionError` where a margin is not positive."""
        if not (margin > 0).all():
            raise UnsafeDecisionError(node, kind)


def distance_from_zero(x: Array) -> Array:
    """How far every entry surely is from 0."""
    margin: Array = np.abs(values(x)) - errors(x)
    return margin


def distance_from_edge(x: Array, mu: float, u: float) -> Array:
    """How far every entry's magnitude surely is from mu, which may itself be rounded."""
    margin: Array = np.abs(np.abs(values(x)) - mu) - errors(x) - u * mu
    return margin
