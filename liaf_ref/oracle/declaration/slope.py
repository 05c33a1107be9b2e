"""A declared surrogate: its slope, and how far rounding can take it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.error_bounds.bounded import Arithmetic
from liaf_ref.oracle.surrogates.shape import Shape
from liaf_ref.oracle.surrogates.tolerance import ARGUMENT_ROUNDINGS, RESULT_ROUNDINGS
from liaf_ref.oracle.table.functions import Slope

WINDOW_OPTION = "mu"  # as a parameter's value: the option of the node


@dataclass(frozen=True)
class ShapeSlope:
    """The slope of a shape with all its parameters."""

    shape: Shape
    values: Mapping[str, float]

    @property
    def jumps(self) -> tuple[float, ...]:
        """Where the slope jumps: rounding must not cross it."""
        return self.shape.edge_points(self.values) if self.shape.jumps else ()

    def error(self, x: Array, e: Array, model: Arithmetic) -> Array:
        """The largest error of a slope whose argument is off by at most ``e``."""
        slope = self.shape.slope(x, self.values)
        away = e + ARGUMENT_ROUNDINGS * model.u * np.abs(x)
        # All declared shapes are symmetric and continuous at 0, the only extremum that counts.
        ends = [self._within_jumps(x, moved) for moved in (x + away, x - away)]
        ends.append(np.where(np.abs(x) <= away, 0.0, x))
        spread = np.max([abs(self.shape.slope(p, self.values) - slope) for p in ends], axis=0)
        height = abs(self.shape.slope(np.linspace(-1, 1, 9) * 1e-3, self.values)).max()
        inside = np.abs(x) - away < self.shape.support(**self.shape.own(self.values))
        found: Array = (
            spread
            + RESULT_ROUNDINGS * model.u * (np.abs(slope) + spread)
            + self.shape.cancellation * model.u * height * inside
            + model.smallest * (1 + abs(self.values["scale"]))
        )
        return found

    def _within_jumps(self, x: Array, moved: Array) -> Array:
        edges = np.sort(self.jumps)
        same = np.searchsorted(edges, x, "right") == np.searchsorted(edges, moved, "right")
        return np.where(same, moved, x)


def declared_slope(shape: Shape, given: Mapping[str, Any]) -> Slope:
    """The slope of a spike: ``"mu"`` as a parameter is the option of the node."""

    def at(mu: float) -> ShapeSlope:
        values = {k: mu if v == WINDOW_OPTION else v for k, v in given.items()}
        return ShapeSlope(shape, shape.complete(values))

    return Slope(
        lambda x, mu: shape.slope(x, at(mu).values),
        lambda mu: at(mu).jumps,
        lambda x, e, arithmetic, mu: at(mu).error(x, e, arithmetic),
    )
