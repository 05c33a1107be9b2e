"""What is known about one shape of surrogate slopes."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array

Values = Mapping[str, float]


class Parameter(NamedTuple):
    """A parameter of a shape, and which values it may have."""

    default: float
    minimum: float = 0.0
    inclusive: bool = False  # whether the minimum itself is allowed
    integer: bool = False

    def allows(self, value: float) -> bool:
        """Whether a value is in the domain."""
        above = value >= self.minimum if self.inclusive else value > self.minimum
        return math.isfinite(value) and above and (not self.integer or float(value).is_integer())

    def describe_domain(self) -> str:
        """The domain in words."""
        kind = "an integer" if self.integer else "a number"
        return f"{kind} {'>=' if self.inclusive else '>'} {self.minimum:g}"

    def other_values(self, value: float) -> list[float]:
        """Two more values of the domain; powers of two times the value, as far as possible."""
        factors = (0.5, 2.0, 1.5)
        found = [value * f for f in factors] if value else [0.25, 0.5]
        if self.integer:
            found = [value + 1, value + 2]
        return [other for other in found if self.allows(other)][:2]


SCALE = Parameter(1.0)  # of every shape: a factor of the whole slope


@dataclass(frozen=True)
class Shape:
    """A shape: its slope, its parameters, and where it is from."""

    name: str
    curve: str  # shapes of one curve differ only in what their parameters mean
    formula: str
    source: str
    function: Callable[..., Array]
    parameters: Mapping[str, Parameter]
    width: str | None  # the parameter that stretches the curve along x, if there is one
    area: Callable[..., float]
    edges: Callable[..., tuple[float, ...]] = lambda **_: ()  # jumps and kinks, without 0
    support: Callable[..., float] = lambda **_: math.inf  # the slope is 0 for larger |x|
    jumps: bool = False  # whether the edges are jumps
    symmetric: bool = True
    cancellation: float = 0.0  # roundings of a number as large as the slope's height
    # The sum of |x df/dx| over the terms of the formula; without it, that of the whole slope.
    condition: Callable[..., Array] | None = None

    def complete(self, given: Values) -> dict[str, Any]:
        """All parameters: those given, and defaults for the others."""
        defaults = {name: p.default for name, p in self.parameters.items()} | {"scale": 1.0}
        return defaults | dict(given)

    def own(self, values: Values) -> dict[str, Any]:
        """The parameters without ``scale``."""
        return {name: values[name] for name in self.parameters}

    def slope(self, x: Array, values: Values) -> Array:
        """The slope in float64."""
        slope: Array = values["scale"] * self.function(np.asarray(x, float), **self.own(values))
        return slope

    def edge_points(self, values: Values) -> tuple[float, ...]:
        """Where the slope jumps or has a kink; 0 is tested anyhow."""
        return tuple(self.edges(**self.own(values)))


def format_values(values: Values) -> str:
    """``alpha = 2, scale = 0.5``; a scale of 1 is left out."""
    shown = {name: v for name, v in values.items() if name != "scale" or v != 1}
    return ", ".join(f"{name} = {value:.5g}" for name, value in shown.items())
