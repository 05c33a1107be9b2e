"""Fast float32 kernel for :mod:`liaf_ref.kernels.activate`.

It supports the activations of :mod:`liaf_ref.fast.fused_activation`, and processes arrays in chunks
that stay in the cache between passes; everything else is passed to the reference.
"""

from collections.abc import Iterator

from liaf_ref.fast import memory_layout
from liaf_ref.fast.fused_activation import FusedActivation, fused_activation_for
from liaf_ref.fast.memory_layout import is_float32
from liaf_ref.kernels import activate as definition
from liaf_ref.kernels.activate import Tape
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair

__all__ = ["Tape", "backward", "forward"]


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
