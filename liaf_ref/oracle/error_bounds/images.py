"""The equations on images, on numbers that carry their error."""

from typing import Any

import numpy as np

from liaf_ref.kernels import average_pool, conv, max_pool
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import Grid, Size, taps
from liaf_ref.oracle.error_bounds.arithmetic import ArithmeticModel
from liaf_ref.oracle.error_bounds.arrays import as_bounded_array, errors, evaluate_sums, values
from liaf_ref.oracle.error_bounds.margin import MarginRecorder


class Conv:
    """A convolution is a sum of products of numbers, as a matrix product is."""

    def __init__(self, model: ArithmeticModel) -> None:
        self.model = model

    def forward(self, X: Array, p: conv.Params, grid: Grid) -> tuple[Array, conv.Tape]:
        """As the kernel; NumPy sums objects to an array only if an axis remains."""
        p = p._replace(b=np.atleast_1d(p.b))
        return conv.forward(evaluate_sums(X, self.model), p, grid)

    def backward(self, dI: Array, tape: conv.Tape, grid: Grid) -> tuple[Array, conv.Params]:
        """As the kernel."""
        return conv.backward(evaluate_sums(dI, self.model), tape, grid)


class AveragePool:
    """A mean of numbers."""

    def __init__(self, model: ArithmeticModel) -> None:
        self.model = model

    def forward(self, X: Array, size: Size, stride: Size) -> tuple[Array, average_pool.Tape]:
        """As the kernel."""
        return average_pool.forward(as_bounded_array(X, self.model), size, stride)

    def backward(self, dY: Array, tape: average_pool.Tape, size: Size, stride: Size) -> Array:
        """As the kernel."""
        return average_pool.backward(as_bounded_array(dY, self.model), tape, size, stride)


class MaxPool:
    """Max pooling: the choice of the maximum is a decision, and its margin is recorded."""

    def __init__(self, node: str, recorder: MarginRecorder, model: ArithmeticModel) -> None:
        self.node, self.recorder, self.model = node, recorder, model

    def forward(self, X: Array, size: Size, stride: Size) -> tuple[Array, max_pool.Tape]:
        """As the kernel."""
        X = evaluate_sums(X, self.model)
        Y, tape = max_pool.forward(X, size, stride)
        windows = taps(size, Y.shape[-1 - len(size) : -1], stride)
        seen = np.stack([X[under] for _, under in windows])
        unsure = errors(seen) + errors(Y)
        behind = values(Y) - values(seen) - unsure
        itself = np.arange(len(seen)).reshape(-1, *[1] * Y.ndim) == tape.first
        self.recorder.record(self.node, "tie", np.where(itself | (unsure == 0), np.inf, behind))
        return Y, tape

    def backward(self, dY: Array, tape: Any, size: Size, stride: Size) -> Array:
        """As the kernel."""
        return max_pool.backward(as_bounded_array(dY, self.model), tape, size, stride)
