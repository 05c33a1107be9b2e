"""Activations and spikes on numbers that carry their error.

Every activation is computed in the ways people compute it, and has the largest error.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, cast

import numpy as np

from liaf_ref.kernels.activation import SELU_ALPHA, SELU_SCALE
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.spike import Window
from liaf_ref.oracle.error_bounds import terms
from liaf_ref.oracle.error_bounds.arithmetic import ArithmeticModel
from liaf_ref.oracle.error_bounds.arrays import (
    apply,
    errors,
    exact_array,
    finished_array,
    values,
    worst_case_array,
)
from liaf_ref.oracle.error_bounds.margin import (
    MarginRecorder,
    distance_from_edge,
    distance_from_zero,
)

KINKED_ACTIVATIONS = frozenset({"relu", "selu"})


def _identity(x: Any) -> Any:
    return x


def _identity_slope(x: Any) -> Any:
    return np.ones_like(x)


def _relu(x: Any) -> Any:
    return np.where(x > 0, x, np.zeros_like(x))


def _relu_slope(x: Any) -> Any:
    return np.where(x > 0, np.ones_like(x), np.zeros_like(x))


def _selu(x: Any) -> Any:
    return np.where(x > 0, SELU_SCALE * x, _selu_below(x))


def _selu_below(x: Any) -> Any:
    negative = _where_else_zero(values(x) <= 0, x)
    grown = worst_case_array(np.expm1(negative), np.exp(negative) - 1)
    return SELU_SCALE * (SELU_ALPHA * grown)


def _selu_slope(x: Any) -> Any:
    one = np.ones_like(x)
    slope = SELU_SCALE * (SELU_ALPHA * np.exp(_where_else_zero(values(x) <= 0, x)))
    below = worst_case_array(slope, _selu_below(x) + SELU_SCALE * (SELU_ALPHA * one))
    return np.where(x > 0, SELU_SCALE * one, below)


def _where_else_zero(condition: Array, x: Any) -> Any:
    return np.where(condition, x, np.zeros_like(x))


BOUNDED_ACTIVATIONS: Mapping[str, Pair] = {
    "identity": Pair(_identity, _identity_slope),
    "relu": Pair(_relu, _relu_slope),
    "selu": Pair(_selu, _selu_slope),
    "tanh": Pair(partial(apply, terms.tanh_by_sigmoid), partial(apply, terms.tanh_slope)),
    "sigmoid": Pair(partial(apply, terms.sigmoid), partial(apply, terms.sigmoid_slope)),
}


@dataclass(frozen=True)
class RecordedDecision:
    """A function with exact values 0 and 1; the margin of its argument is recorded."""

    function: Callable[[Array], Array]
    record: Callable[[Array, Any], None]

    def __call__(self, x: Any) -> Array:
        self.record(x, self.function)
        return exact_array(self.function(values(x)), x.model)


def has_surrogate_gradient(spike: Pair) -> bool:
    """Whether a spike's slope is anything but 0."""
    return isinstance(spike.slope, RecordedDecision) and bool(spike.slope.function(np.zeros(())))


class Surrogate(Protocol):
    """A slope that is no window, and bounds its own error."""

    @property
    def jumps(self) -> tuple[float, ...]:
        """Where it jumps."""

    def __call__(self, x: Array) -> Array:
        """The slope."""

    def error(self, x: Array, e: Array, model: ArithmeticModel) -> Array:
        """The largest error where x is off by at most e."""


@dataclass(frozen=True)
class RecordedSurrogate:
    """A surrogate on numbers that carry their error; the margin from its jumps is recorded."""

    function: Surrogate
    record: Callable[[Array, float], None]

    def __call__(self, x: Any) -> Array:
        for edge in self.function.jumps:
            self.record(x, abs(edge))
        v = values(x)
        return finished_array(self.function(v), self.function.error(v, errors(x), x.model), x.model)


@dataclass(frozen=True)
class DecisionRecorder:
    """The decisions of one node, recorded as they are made."""

    node: str
    recorder: MarginRecorder
    model: ArithmeticModel

    def spike(self, pair: Pair) -> Pair:
        """S and the window: exact as long as the recorded distances are positive."""
        value = RecordedDecision(pair.value, self._record_spike)
        if hasattr(pair.slope, "jumps"):
            return Pair(value, RecordedSurrogate(cast("Surrogate", pair.slope), self._record_edge))
        return Pair(value, RecordedDecision(pair.slope, self._record_window_edge))

    def activation(self, name: str) -> Pair:
        """An activation by name; the distance of its argument from a kink is recorded."""
        value, slope = BOUNDED_ACTIVATIONS[name]
        return Pair(value, self._recording_kinks(slope) if name in KINKED_ACTIVATIONS else slope)

    def _record_spike(self, x: Array, _: Any) -> None:
        self.recorder.record(self.node, "spike", distance_from_zero(x))

    def _record_window_edge(self, x: Array, window: Any) -> None:
        if isinstance(window, Window) and window.mu > 0:
            self._record_edge(x, window.mu)

    def _record_edge(self, x: Array, edge: float) -> None:
        self.recorder.record(self.node, "window", distance_from_edge(x, edge, self.model.u))

    def _recording_kinks(self, slope: Callable[[Array], Array]) -> Callable[[Array], Array]:
        def noted(x: Array) -> Array:
            self.recorder.record(self.node, "kink", distance_from_zero(x))
            return slope(x)

        return noted
