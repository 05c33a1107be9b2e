"""Average and maximum pooling, Fig. 6 and Table V, at every time step."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from liaf_ref._core.validation import validate_fields, validate_optional_fields
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import Size, out_size
from liaf_ref.layers.base import Operations, State, Tape
from liaf_ref.layers.kernel_set import KernelSet
from liaf_ref.layers.parameter_free import NoOperations, ParameterFreeLayer
from liaf_ref.layers.parametrized import Params
from liaf_ref.layers.shape_validation import (
    check_image_shape,
    check_sizes,
    check_window,
    validate_shape,
)


@dataclass(frozen=True, repr=False)
class Pool(ParameterFreeLayer):
    """One value for each window, channel by channel."""

    equation = "Fig. 6"
    kernel_name: ClassVar[str]
    onnx_op: ClassVar[str]
    shape: Size
    size: Size = (2, 2)
    stride: Size | None = None

    def __post_init__(self) -> None:
        name = self._class_label
        validate_shape(self, check_image_shape, name)
        validate_fields(self, ("size",), check_sizes, 2, name)
        validate_optional_fields(self, ("stride",), check_sizes, 2, name)
        check_window(self.shape, self.size, ((0, 0), (0, 0)), name)

    @property
    def _pool_arguments(self) -> tuple[Size, Size]:
        """Size of a window, and step between windows."""
        return self.size, self.size if self.stride is None else self.stride

    @property
    def out_shape(self) -> Size:
        """Shape of one time step's output of one sample."""
        return (*out_size(self.shape[:2], *self._pool_arguments), self.shape[-1])

    def _forward(
        self, params: Mapping[str, Array], X: Array, state: State, kernel_set: KernelSet
    ) -> tuple[Array, State, Tape]:
        """Run without checks."""
        Y, tape = getattr(kernel_set, self.kernel_name).forward(X, *self._pool_arguments)
        return Y, (), Tape(tape, kernel_set, Y.shape, Y.dtype, ())

    def _backward(self, dY: Array, d_state: State, tape: Tape) -> tuple[Array, State, Params]:
        """Differentiate without checks."""
        dX = getattr(tape.kernel_set, self.kernel_name).backward(
            dY, tape.kernel_tape, *self._pool_arguments
        )
        return dX, (), {}

    def to_onnx(
        self, writer: Any, params: Mapping[str, str], X: str, state: tuple[str, ...] | None
    ) -> tuple[str, tuple[str, ...]]:
        """Add an AveragePool or MaxPool node on all frames."""
        shapes = self.shape, self.out_shape
        return writer.pool(type(self).onnx_op, X, *self._pool_arguments, *shapes), ()


@dataclass(frozen=True, repr=False)
class AveragePool(Pool):
    """Average pooling: the mean of each window.

    Parameters
    ----------
    shape : tuple of int
        ``(H, W, L)``, one time step's input.
    size : tuple of int
        Size of a window on H and W.
    stride : tuple of int, optional
        Step between windows on H and W; ``size`` by default.

    Raises
    ------
    InputError
        If an argument is invalid, or no window fits.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> X = np.arange(4.0).reshape(1, 1, 2, 2, 1)  # 1 sample, 1 step, 2 x 2 pixels, 1 channel
    >>> Y, _, _ = lr.AveragePool((2, 2, 1))({}, X)
    >>> Y.ravel().tolist()
    [1.5]
    """

    kernel_name = "average_pool"
    onnx_op = "AveragePool"

    def op_count(self, T: int, spikes_in: bool | None = None) -> Operations:
        """A sum under each window, and a product with one over its size."""
        n = T * math.prod(self.out_shape)
        return n, n * (math.prod(self.size) - 1)


@dataclass(frozen=True, repr=False)
class MaxPool(NoOperations, Pool):
    """Max pooling: the largest value of each window; the first one if several are equal.

    Parameters
    ----------
    shape : tuple of int
        ``(H, W, L)``, one time step's input.
    size : tuple of int
        Size of a window on H and W.
    stride : tuple of int, optional
        Step between windows on H and W; ``size`` by default.

    Raises
    ------
    InputError
        If an argument is invalid, or no window fits.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> X = np.arange(4.0).reshape(1, 1, 2, 2, 1)  # 1 sample, 1 step, 2 x 2 pixels, 1 channel
    >>> Y, _, _ = lr.MaxPool((2, 2, 1))({}, X)
    >>> Y.ravel().tolist()
    [3.0]
    """

    kernel_name = "max_pool"
    onnx_op = "MaxPool"

    def spikes_out(self, spikes_in: bool) -> bool:
        """The largest of some spikes is a spike or none."""
        return spikes_in
