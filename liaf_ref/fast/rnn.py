"""Fast float32 kernel for :mod:`liaf_ref.kernels.rnn`.

It supports the paper's tanh; everything else is passed to the reference kernel.
Time is the first axis in memory, so that a step is one contiguous block and
``dU`` is one matrix product over the rows of all steps.

Its gradient is carried as those of GRU and LSTM: through steps without outputs, where it may fade
and grow again.  Arithmetic on subnormal numbers is a hundred times slower on some processors.  So a
carried gradient with small entries is multiplied by 2^40, which rounds nothing.  Only entries below
2^-150, for which float32 has no numbers, are then set to zero.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from liaf_ref.fast import memory_layout
from liaf_ref.fast.memory_layout import ONE, ZERO, is_float32
from liaf_ref.fast.readout import pad_time
from liaf_ref.fast.tokens import IndexedInput, materialize
from liaf_ref.kernels import activation
from liaf_ref.kernels import rnn as definition
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair

__all__ = ["FadingGradient", "Tape", "backward", "forward"]

LIFT = 2.0**40
SMALL = 2.0**-60  # far above the subnormals, the smallest entry that is not lifted
LARGE = 2.0**24  # far below overflow, the largest entry that is lifted
LOWEST = 2.0**-150  # rounds to zero in float32
MIN_NORMAL = 2.0**-126
CHECK_INTERVAL = 16  # steps between two checks
LIFTED_CHECK_INTERVAL = 4


class FadingGradient:
    """The gradients carried back in time, arrays that each step overwrites."""

    def __init__(self, *carried: Array) -> None:
        self.carried = carried
        self.lift = 1.0

    def steps_back(self, dA: Array, dY: Array) -> Iterator[int]:
        """Yield the steps from last to first; ``dY``, of the last ones, is added to the first."""
        silent = len(dA) - len(dY)
        for t in reversed(range(len(dA))):
            if t >= silent:
                np.add(self.carried[0], dY[t - silent], self.carried[0])
            elif self._has_vanished(silent - 1 - t):
                dA[: t + 1] = 0
                break
            yield t
            self._lower(dA[t])
        self._lower(*self.carried)

    def _has_vanished(self, past: int) -> bool:
        """Whether all gradients are zero so many steps before ``dY``; lift them where needed."""
        if past % (CHECK_INTERVAL if self.lift == 1 else LIFTED_CHECK_INTERVAL):
            return False
        sizes = [np.abs(g) for g in self.carried]
        largest = max(float(size.max()) for size in sizes) / self.lift
        if self.lift > 1 and largest > LARGE:
            self._multiply(1 / LIFT)
        elif self.lift > 1:
            for g, size in zip(self.carried, sizes, strict=True):
                np.copyto(g, ZERO, where=size < LIFT * LOWEST)
        elif largest <= LARGE and any(((size > 0) & (size < SMALL)).any() for size in sizes):
            self._multiply(LIFT)
        return not any(g.any() for g in self.carried)

    def _multiply(self, factor: float) -> None:
        for g in self.carried:
            np.multiply(g, factor, g)
        self.lift *= factor

    def _lower(self, *grads: Array) -> None:
        """Undo the lift in gradients that are no longer carried; subnormal ones become zero."""
        if self.lift > 1:
            for g in grads:
                np.copyto(g, ZERO, where=np.abs(g) < self.lift * MIN_NORMAL)
                np.multiply(g, 1 / self.lift, g)


class Tape(NamedTuple):
    """Arrays kept for the backward pass: states c^0..c^T, ``(T + 1, B, L)``, and weights."""

    c: Array
    U: Array


def forward(
    A: Array | IndexedInput, c0: Array, U: Array, sigma_c: Pair
) -> tuple[Array, Array, Tape | definition.Tape]:
    """Run the recurrence over all time steps."""
    A = materialize(A)
    if sigma_c is not activation.tanh or not is_float32(A, c0, U):
        return definition.forward(A, c0, U, sigma_c)
    B, T, L = A.shape
    U = np.ascontiguousarray(U)
    c = memory_layout.empty((T + 1, B, L))
    c[0] = c0
    for t in range(T):
        after = c[t + 1]
        np.matmul(c[t], U, out=after)
        np.add(after, A[:, t], after)
        np.tanh(after, after)  # (14)
    return c[1:].swapaxes(0, 1), c[T], Tape(c, U)


def backward(
    dY: Array, dc: Array, tape: Tape | definition.Tape, sigma_c: Pair
) -> tuple[Array, Array, Array]:
    """Differentiate :func:`forward`, last step first."""
    if isinstance(tape, definition.Tape):
        return definition.backward(pad_time(dY, tape.a.shape[1]), dc, tape, sigma_c)
    c, U = tape
    T, B, L = len(c) - 1, *c.shape[1:]
    U_T = np.ascontiguousarray(U.T)
    dA = memory_layout.empty((T, B, L))
    np.multiply(c[1:], c[1:], dA)
    np.subtract(ONE, dA, dA)  # the slope of tanh, at all steps
    carry = memory_layout.empty((B, L))
    carry[...] = dc
    for t in FadingGradient(carry).steps_back(dA, dY.swapaxes(0, 1)):
        np.multiply(dA[t], carry, dA[t])  # (14)
        np.matmul(dA[t], U_T, out=carry)
    dU = c[:T].reshape(T * B, L).T @ dA.reshape(T * B, L)
    return dA.swapaxes(0, 1), carry, dU
