"""Act of Eq. (8) and its derivative in float32, written into memory of the caller.

``forward(x, y)`` writes ``Act(x)`` into ``y``; ``backward(x, dy, dx, work)`` writes
``dy * slope(x)`` into ``dx``, with ``work`` as scratch of the same shape.  The
values are those of the reference, bit for bit except for the sign of a zero.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from liaf_ref.fast import memory_layout
from liaf_ref.fast.masks import ONE, ZERO, bits, constant, inside, positive
from liaf_ref.kernels import activation
from liaf_ref.kernels.activation import SELU_ALPHA, SELU_SCALE
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.spike import Window, step

TWO, SCALE, ALPHA = constant(2), constant(SELU_SCALE), constant(SELU_ALPHA)
SELU_SLOPE_AT_0 = constant(float(SCALE * ALPHA))
ZEROS = np.zeros(memory_layout.CHUNK, np.float32)
ZEROS.flags.writeable = False
SELU_SLOPE_FLIP = bits(SELU_SLOPE_AT_0) ^ bits(SCALE)  # turns the slope at -0 into the one at +0


class FusedActivation(NamedTuple):
    """The fast version of a pair; both functions are None for the identity."""

    forward: Callable[[Array, Array], None] | None
    backward: Callable[[Array, Array, Array, Array], None] | None


def _zeros_like(x: Array) -> Array:
    """Zeros of the shape of ``x``, as comparing with a scalar takes twice as long."""
    return ZEROS[: x.size].reshape(x.shape) if x.size <= len(ZEROS) else np.zeros_like(x)


def _relu(x: Array, y: Array) -> None:
    np.maximum(x, _zeros_like(x), out=y)


def _relu_backward(x: Array, dy: Array, dx: Array, work: Array) -> None:
    positive(x, bits(work))
    np.bitwise_and(bits(work), bits(dy), bits(dx))


def _selu(x: Array, y: Array) -> None:
    zeros = _zeros_like(x)
    np.minimum(x, zeros, out=y)
    np.expm1(y, y)
    np.multiply(y, ALPHA, y)
    np.add(np.maximum(x, zeros), y, y)
    np.multiply(y, SCALE, y)


def _selu_backward(x: Array, dy: Array, dx: Array, work: Array) -> None:
    np.minimum(x, _zeros_like(x), out=dx)
    np.exp(dx, dx)
    np.multiply(dx, SELU_SLOPE_AT_0, dx)
    positive(x, bits(work))
    np.bitwise_and(bits(work), SELU_SLOPE_FLIP, bits(work))
    np.bitwise_xor(bits(dx), bits(work), bits(dx))
    np.multiply(dx, dy, dx)


def _tanh(x: Array, y: Array) -> None:
    np.tanh(x, y)


def _tanh_backward(x: Array, dy: Array, dx: Array, work: Array) -> None:
    np.tanh(x, dx)
    np.multiply(dx, dx, dx)
    np.subtract(ONE, dx, dx)
    np.multiply(dx, dy, dx)


def _sigmoid(x: Array, y: Array) -> None:
    np.divide(x, TWO, y)
    np.tanh(y, y)
    np.add(y, ONE, y)
    np.divide(y, TWO, y)


def _sigmoid_backward(x: Array, dy: Array, dx: Array, work: Array) -> None:
    _sigmoid(x, work)
    np.subtract(ONE, work, dx)
    np.multiply(dx, work, dx)
    np.multiply(dx, dy, dx)


def _spike(x: Array, y: Array) -> None:
    np.copyto(y, np.greater_equal(x, ZERO))  # (4); a mask would miss -0.0


def _fused_spike(mu: float) -> FusedActivation:
    def adjoint(x: Array, dy: Array, dx: Array, work: Array) -> None:
        inside(x, mu, bits(work))  # (13)
        np.bitwise_and(bits(work), bits(dy), bits(dx))

    return FusedActivation(_spike, adjoint)


FUSED_ACTIVATIONS = (
    (activation.identity, FusedActivation(None, None)),
    (activation.relu, FusedActivation(_relu, _relu_backward)),
    (activation.selu, FusedActivation(_selu, _selu_backward)),
    (activation.tanh, FusedActivation(_tanh, _tanh_backward)),
    (activation.sigmoid, FusedActivation(_sigmoid, _sigmoid_backward)),
)


def fused_activation_for(act: Pair) -> FusedActivation | None:
    """Fast version of an activation or of the paper's spike; None if there is none."""
    if act.value is step and isinstance(act.slope, Window):
        return _fused_spike(max(0.0, act.slope.mu))  # a negative mu is a closed window, as is 0
    return next((form for pair, form in FUSED_ACTIVATIONS if pair == act), None)
