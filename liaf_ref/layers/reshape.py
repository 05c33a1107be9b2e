"""Layers that bring activations from one shape into another: the Sumlayer, and flattening."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import Size
from liaf_ref.layers.base import Operations, State, Tape
from liaf_ref.layers.kernel_set import KernelSet
from liaf_ref.layers.parameter_free import NoOperations, ParameterFreeLayer
from liaf_ref.layers.parametrized import Params


@dataclass(frozen=True, repr=False)
class Sumlayer(ParameterFreeLayer):
    """The mean over time as a sequence of one step: ``(B, T, ...)`` to ``(B, 1, ...)``.

    Parameters
    ----------
    shape : tuple of int
        Shape of one time step of one sample.

    Raises
    ------
    InputError
        If ``shape`` is invalid.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> Y, _, _ = lr.Sumlayer((1,))({}, np.array([[[1.0], [2.0], [6.0]]]))
    >>> Y.tolist()
    [[[3.0]]]
    """

    shape: Size

    def op_count(self, T: int, spikes_in: bool | None = None) -> Operations:
        """T steps are added up, and the sum is divided."""
        n = math.prod(self.shape)
        return n, (T - 1) * n

    def steps_out(self, T: int) -> int:
        """One."""
        return 1

    def _forward(
        self, params: Mapping[str, Array], X: Array, state: State, kernel_set: KernelSet
    ) -> tuple[Array, State, Tape]:
        """Run without checks."""
        Y = kernel_set.readout.mean_forward(X)[:, None]
        return Y, (), Tape(X.shape[1], kernel_set, Y.shape, Y.dtype, ())

    def _backward(self, dY: Array, d_state: State, tape: Tape) -> tuple[Array, State, Params]:
        """Differentiate without checks."""
        return tape.kernel_set.readout.mean_backward(dY[:, 0], tape.kernel_tape), (), {}

    def to_onnx(
        self, writer: Any, params: Mapping[str, str], X: str, state: tuple[str, ...] | None
    ) -> tuple[str, tuple[str, ...]]:
        """Add a ReduceMean node."""
        return writer.mean(X, (1,)), ()


@dataclass(frozen=True, repr=False)
class Flatten(NoOperations, ParameterFreeLayer):
    """All entries of a time step in one vector, row-major.

    Parameters
    ----------
    shape : tuple of int
        Shape of one time step of one sample.

    Raises
    ------
    InputError
        If ``shape`` is invalid.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> Y, _, _ = lr.Flatten((2, 2, 3))({}, np.ones((5, 4, 2, 2, 3)))
    >>> Y.shape
    (5, 4, 12)
    """

    shape: Size

    def spikes_out(self, spikes_in: bool) -> bool:
        """Spikes stay spikes."""
        return spikes_in

    @property
    def out_shape(self) -> Size:
        """Shape of one time step's output of one sample."""
        return (math.prod(self.shape),)

    def _forward(
        self, params: Mapping[str, Array], X: Array, state: State, kernel_set: KernelSet
    ) -> tuple[Array, State, Tape]:
        """Run without checks."""
        Y = X.reshape(*X.shape[:2], -1)
        return Y, (), Tape(X.shape, kernel_set, Y.shape, Y.dtype, ())

    def _backward(self, dY: Array, d_state: State, tape: Tape) -> tuple[Array, State, Params]:
        """Differentiate without checks."""
        return dY.reshape(tape.kernel_tape), (), {}

    def to_onnx(
        self, writer: Any, params: Mapping[str, str], X: str, state: tuple[str, ...] | None
    ) -> tuple[str, tuple[str, ...]]:
        """Add a Reshape node."""
        return writer.flatten(X, 2), ()
