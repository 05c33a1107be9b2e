"""Fast float32 kernel for :mod:`liaf_ref.kernels.activate`.

Arrays are processed in chunks that stay in the cache between passes.  Activations without a fused
version are passed to the reference.

A fused version is Act of Eq. (8) and its derivative, written into memory of the caller:
``forward(x, y)`` writes ``Act(x)`` into ``y``; ``backward(x, dy, dx, work)`` writes
``dy * slope(x)`` into ``dx``, with ``work`` as scratch of the same shape.  The
values are those of the reference, bit for bit except for the sign of a zero.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.fast import memory_layout
from liaf_ref.fast.memory_layout import ONE, ZERO, bits, constant, inside, is_float32, positive
from liaf_ref.kernels import activate as definition
from liaf_ref.kernels import activation
from liaf_ref.kernels.activate import Tape
from liaf_ref.kernels.activation import SELU_ALPHA, SELU_SCALE
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.spike import Window, step

__all__ = ["Tape", "backward", "forward"]

SCALE, ALPHA = constant(SELU_SCALE), constant(SELU_ALPHA)
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
    tail = np.exp(-np.abs(x))
    np.divide(np.where(x > 0, ONE, tail), tail + ONE, y)


def _sigmoid_backward(x: Array, dy: Array, dx: Array, work: Array) -> None:
    _sigmoid(x, dx)
    _sigmoid(-x, work)
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


@dataclass(frozen=True, eq=False)
class DeferredOutputs:
    """Outputs that are not computed yet, as a readout may need only the last step."""

    A: Array  # argument of Act, Eq. (8), (groups, T, step); shared with the tape
    activation: FusedActivation
    layout: memory_layout.Layout  # of ``A``

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the outputs: ``(B, T, *S, L)``."""
        return self.layout.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of the outputs."""
        return self.A.dtype

    def last_step(self) -> Array:
        """Outputs of the last step, ``(B, *S, L)``."""
        return self._apply_activation(self.A[:, -1:])[:, 0]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.asarray(self._apply_activation(self.A), dtype)

    def _apply_activation(self, A: Array) -> Array:
        Y = memory_layout.empty(A.shape)
        for g in range(len(A)):
            apply_activation(A[g], Y[g], self.activation)
        return self.layout.from_grouped(Y)


def apply_activation(A: Array, Y: Array, activation: FusedActivation) -> None:
    """Apply Act to steps ``(T, n)`` in chunks that stay in the cache; nothing for the identity."""
    if activation.forward is None:
        return
    some = max(1, memory_layout.CHUNK // A.shape[1])
    for t in range(0, len(A), some):
        activation.forward(A[t : t + some], Y[t : t + some])  # (7), (8)


def forward(X: Array, act: Pair) -> tuple[Array, Tape]:
    """As :func:`liaf_ref.kernels.activate.forward`."""
    form = _fused_activation(act, X)
    if form is None or form.forward is None:
        return definition.forward(X, act)
    Y = memory_layout.empty(X.shape)
    for x, y in iter_chunks(X, Y):
        form.forward(x, y)  # (8)
    return Y, Tape(X)


def backward(dY: Array, tape: Tape, act: Pair) -> Array:
    """As :func:`liaf_ref.kernels.activate.backward`."""
    form = _fused_activation(act, tape.X, dY)
    if form is None or form.backward is None:
        return definition.backward(dY, tape, act)
    dX, work = memory_layout.empty(dY.shape), memory_layout.empty((memory_layout.CHUNK,))
    for x, dy, dx in iter_chunks(tape.X, dY, dX):
        form.backward(x, dy, dx, work[: len(x)])  # (8)
    return dX


def _fused_activation(act: Pair, *arrays: Array) -> FusedActivation | None:
    return fused_activation_for(act) if is_float32(*arrays) else None


def iter_chunks(*arrays: Array) -> Iterator[tuple[Array, ...]]:
    """Yield corresponding chunks of arrays of the same shape, in row-major order."""
    flat = [x.reshape(-1) for x in arrays]
    for first in range(0, flat[0].size, memory_layout.CHUNK):
        yield tuple(x[first : first + memory_layout.CHUNK] for x in flat)
