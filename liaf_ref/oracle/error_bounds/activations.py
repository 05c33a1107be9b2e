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
from liaf_ref.oracle.error_bounds.arrays import apply_elementwise, as_bounded_array, values
from liaf_ref.oracle.error_bounds.margin import (
    MarginRecorder,
    distance_from_edge,
    distance_from_zero,
)
from liaf_ref.oracle.error_bounds.number import ArithmeticModel, BoundedNumber, worst_case

MAX_DIRECT_EXP = (
    80.0  # beyond, exp(x) or exp(-x) leaves float32, and no backend computes through it
)
KINKED_ACTIVATIONS = frozenset({"relu", "selu"})


def _relu(x: BoundedNumber) -> Any:
    return x if x.v > 0 else 0


def _relu_slope(x: BoundedNumber) -> Any:
    return 1 if x.v > 0 else 0


def _selu(x: BoundedNumber) -> Any:
    if x.v > 0:
        return SELU_SCALE * x
    x = x.evaluate_sum()
    grown = worst_case(x.expm1(), x.exp() - 1)
    return SELU_SCALE * (SELU_ALPHA * grown)


def _selu_slope(x: BoundedNumber) -> Any:
    if x.v > 0:
        return SELU_SCALE * x.with_value(1.0, 0.0)
    slope = SELU_SCALE * (SELU_ALPHA * x.exp())
    return worst_case(slope, _selu(x) + SELU_SCALE * (SELU_ALPHA * x.with_value(1.0, 0.0)))


def _tanh(x: BoundedNumber) -> BoundedNumber:
    return x.tanh()


def _tanh_slope(x: BoundedNumber) -> BoundedNumber:
    y = x.tanh()
    ways = [1 - y * y, (1 - y) * (1 + y)]
    return worst_case(
        *ways, *([1 / (c * c) for c in (x.cosh(),)] if abs(x.v) < MAX_DIRECT_EXP / 2 else [])
    )


def _sigmoid(x: BoundedNumber) -> BoundedNumber:
    x = x.evaluate_sum()
    ways = [(1 + (x / 2).tanh()) / 2]
    if abs(x.v) < MAX_DIRECT_EXP:
        ways += [1 / (1 + (-x).exp()), x.exp() / (1 + x.exp())]
    return worst_case(*ways)


def _sigmoid_slope(x: BoundedNumber) -> BoundedNumber:
    x, y = x.evaluate_sum(), _sigmoid(x)
    ways = [y * (1 - y), y - y * y]
    if abs(x.v) < MAX_DIRECT_EXP / 2:
        e = (-x).exp()
        ways += [e / ((1 + e) * (1 + e))]
    return worst_case(*ways)


SCALAR_ACTIVATIONS: Mapping[
    str, tuple[Callable[[BoundedNumber], Any], Callable[[BoundedNumber], Any]]
] = {
    "identity": (lambda x: x, lambda _: 1),
    "relu": (_relu, _relu_slope),
    "selu": (_selu, _selu_slope),
    "tanh": (_tanh, _tanh_slope),
    "sigmoid": (_sigmoid, _sigmoid_slope),
}


@dataclass(frozen=True)
class RecordedDecision:
    """A function with exact values 0 and 1; the margin of its argument is recorded."""

    function: Callable[[Array], Array]
    record: Callable[[Array, Any], None]

    def __call__(self, x: Array) -> Array:
        self.record(x, self.function)
        return self.function(values(x)).astype(np.int64).astype(object)


def has_surrogate_gradient(spike: Pair) -> bool:
    """Whether a spike's slope is anything but 0."""
    return isinstance(spike.slope, RecordedDecision) and bool(spike.slope.function(np.zeros(())))


@dataclass(frozen=True)
class DecisionRecorder:
    """The decisions of one node, recorded as they are made."""

    node: str
    recorder: MarginRecorder
    model: ArithmeticModel

    def spike(self, pair: Pair) -> Pair:
        """S and the window: exact as long as the recorded distances are positive."""
        return Pair(
            RecordedDecision(pair.value, self._record_spike),
            RecordedDecision(pair.slope, self._record_window_edge),
        )

    def activation(self, name: str) -> Pair:
        """An activation by name; the distance of its argument from a kink is recorded."""
        value, slope = activation_pair(name, self.model)
        return Pair(value, self._recording_kinks(slope) if name in KINKED_ACTIVATIONS else slope)

    def _record_spike(self, x: Array, _: Any) -> None:
        self.recorder.record(self.node, "spike", distance_from_zero(x))

    def _record_window_edge(self, x: Array, window: Any) -> None:
        if isinstance(window, Window) and window.mu > 0:
            self.recorder.record(
                self.node, "window", distance_from_edge(x, window.mu, self.model.u)
            )

    def _recording_kinks(self, slope: Callable[[Array], Array]) -> Callable[[Array], Array]:
        def noted(x: Array) -> Array:
            self.recorder.record(self.node, "kink", distance_from_zero(x))
            return slope(x)

        return noted


def activation_pair(name: str, model: ArithmeticModel) -> Pair:
    """An activation of arrays, by name."""
    value, slope = SCALAR_ACTIVATIONS[name]
    return Pair(
        *(lambda x, f=f: apply_elementwise(f, as_bounded_array(x, model)) for f in (value, slope))
    )
