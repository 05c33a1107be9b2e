"""Fast float32 twin of :mod:`liaf_ref.kernels.activate`.

It has the forms of :mod:`liaf_ref.fast.act`, and works through an array in pieces that
stay in the cache between the passes of a form; for all else it hands over to the
definition.
"""

from collections.abc import Iterator

from liaf_ref.fast import memory
from liaf_ref.fast.act import Form, form_of
from liaf_ref.fast.memory import is_float32
from liaf_ref.kernels import activate as definition
from liaf_ref.kernels.activate import Tape
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair

__all__ = ["Tape", "backward", "forward"]


def forward(X: Array, act: Pair) -> tuple[Array, Tape]:
    """As :func:`liaf_ref.kernels.activate.forward`."""
    form = _form(act, X)
    if form is None or form.value is None:
        return definition.forward(X, act)
    Y = memory.empty(X.shape)
    for x, y in _pieces(X, Y):
        form.value(x, y)  # (8)
    return Y, Tape(X)


def backward(dY: Array, tape: Tape, act: Pair) -> Array:
    """As :func:`liaf_ref.kernels.activate.backward`."""
    form = _form(act, tape.X, dY)
    if form is None or form.adjoint is None:
        return definition.backward(dY, tape, act)
    dX, work = memory.empty(dY.shape), memory.empty((memory.CHUNK,))
    for x, dy, dx in _pieces(tape.X, dY, dX):
        form.adjoint(x, dy, dx, work[: len(x)])  # (8)
    return dX


def _form(act: Pair, *arrays: Array) -> Form | None:
    return form_of(act) if is_float32(*arrays) else None


def _pieces(*arrays: Array) -> Iterator[tuple[Array, ...]]:
    """Corresponding pieces of arrays of one shape, in row-major order."""
    flat = [x.reshape(-1) for x in arrays]
    for first in range(0, flat[0].size, memory.CHUNK):
        yield tuple(x[first : first + memory.CHUNK] for x in flat)
