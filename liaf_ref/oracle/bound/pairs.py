"""Activations and spikes on numbers that carry their error.

Every activation is computed in the ways people compute it, and has the largest error.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from liaf_ref.kernels.activation import SELU_ALPHA, SELU_SCALE
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.spike import Window
from liaf_ref.oracle.bound.arrays import each, numbers, values
from liaf_ref.oracle.bound.margin import Watch, from_edge, from_zero
from liaf_ref.oracle.bound.model import Model
from liaf_ref.oracle.bound.number import Bounded, widest

FAR = 80.0  # beyond, exp(x) or exp(-x) leaves float32, and no one computes by way of it
KINKED = frozenset({"relu", "selu"})


def _relu(x: Bounded) -> Any:
    return x if x.v > 0 else 0


def _relu_slope(x: Bounded) -> Any:
    return 1 if x.v > 0 else 0


def _selu(x: Bounded) -> Any:
    if x.v > 0:
        return SELU_SCALE * x
    x = x.finished()
    grown = widest(x.expm1(), x.exp() - 1)
    return SELU_SCALE * (SELU_ALPHA * grown)


def _selu_slope(x: Bounded) -> Any:
    if x.v > 0:
        return SELU_SCALE * x.number(1.0, 0.0)
    slope = SELU_SCALE * (SELU_ALPHA * x.exp())
    return widest(slope, _selu(x) + SELU_SCALE * (SELU_ALPHA * x.number(1.0, 0.0)))


def _tanh(x: Bounded) -> Bounded:
    return x.tanh()


def _tanh_slope(x: Bounded) -> Bounded:
    y = x.tanh()
    ways = [1 - y * y, (1 - y) * (1 + y)]
    return widest(*ways, *([1 / (c * c) for c in (x.cosh(),)] if abs(x.v) < FAR / 2 else []))


def _sigmoid(x: Bounded) -> Bounded:
    x = x.finished()
    ways = [(1 + (x / 2).tanh()) / 2]
    if abs(x.v) < FAR:
        ways += [1 / (1 + (-x).exp()), x.exp() / (1 + x.exp())]
    return widest(*ways)


def _sigmoid_slope(x: Bounded) -> Bounded:
    x, y = x.finished(), _sigmoid(x)
    ways = [y * (1 - y), y - y * y]
    if abs(x.v) < FAR / 2:
        e = (-x).exp()
        ways += [e / ((1 + e) * (1 + e))]
    return widest(*ways)


SCALAR: Mapping[str, tuple[Callable[[Bounded], Any], Callable[[Bounded], Any]]] = {
    "identity": (lambda x: x, lambda _: 1),
    "relu": (_relu, _relu_slope),
    "selu": (_selu, _selu_slope),
    "tanh": (_tanh, _tanh_slope),
    "sigmoid": (_sigmoid, _sigmoid_slope),
}


@dataclass(frozen=True)
class Decided:
    """A function with values 0 and 1, exact; how near the argument came is noted."""

    function: Callable[[Array], Array]
    note: Callable[[Array, Any], None]

    def __call__(self, x: Array) -> Array:
        self.note(x, self.function)
        return self.function(values(x)).astype(np.int64).astype(object)


def differentiated(spike: Pair) -> bool:
    """Whether a spike's slope is anything but 0."""
    return isinstance(spike.slope, Decided) and bool(spike.slope.function(np.zeros(())))


@dataclass(frozen=True)
class Sight:
    """One node's decisions, noted as they are made.

    Parameters
    ----------
    node : str
        Whose.
    watch : Watch
        Where.
    model : Model
        The arithmetic.
    """

    node: str
    watch: Watch
    model: Model

    def spike(self, pair: Pair) -> Pair:
        """S and the window: exact as long as the distances noted are positive."""
        return Pair(Decided(pair.value, self._step), Decided(pair.slope, self._edge))

    def activation(self, name: str) -> Pair:
        """An activation by name; what is noted is how near it came to a kink."""
        value, slope = elementwise(name, self.model)
        return Pair(value, self._noted(slope) if name in KINKED else slope)

    def _step(self, x: Array, _: Any) -> None:
        self.watch.note(self.node, "spike", from_zero(x))

    def _edge(self, x: Array, window: Any) -> None:
        if isinstance(window, Window) and window.mu > 0:
            self.watch.note(self.node, "window", from_edge(x, window.mu, self.model.u))

    def _noted(self, slope: Callable[[Array], Array]) -> Callable[[Array], Array]:
        def noted(x: Array) -> Array:
            self.watch.note(self.node, "kink", from_zero(x))
            return slope(x)

        return noted


def elementwise(name: str, model: Model) -> Pair:
    """An activation of arrays, by name."""
    value, slope = SCALAR[name]
    return Pair(*(lambda x, f=f: each(f, numbers(x, model)) for f in (value, slope)))
