"""Convolutions, second case of Eq. (2) and Conv3D of Table II, as layers of their own."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import (
    check_bool,
    check_positive_int,
    validate_fields,
    validate_optional_fields,
)
from liaf_ref._core.validation.scalars import describe_value
from liaf_ref.kernels import conv
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import Grid, Pad, Size, out_size, same
from liaf_ref.layers.base import Operations, ShapedLayer, State, TableRow, Tape
from liaf_ref.layers.counting import count_products
from liaf_ref.layers.initializers import glorot_uniform
from liaf_ref.layers.kernel_set import KernelSet
from liaf_ref.layers.parametrized import Params
from liaf_ref.layers.shape_validation import (
    check_image_shape,
    check_sizes,
    check_window,
    validate_shape,
)


@dataclass(frozen=True, repr=False)
class Conv2D(ShapedLayer):
    """``I = X * W + b``, Eq. (2), at every time step: Conv2D (TD) of Table II.

    Parameters
    ----------
    shape : tuple of int
        ``(H, W, K)``, one time step's input.
    L : int
        Output channels.
    kernel : tuple of int
        Size of a window on H and W.
    stride : tuple of int, optional
        Step between windows on H and W; 1 by default.
    pad : tuple of tuple of int, optional
        Zeros before and after, for H and W; by default as many as keep the size at stride 1.
    bias : bool
        Whether ``b`` is a parameter; Eq. (2) prints none, Table II counts one.

    Raises
    ------
    InputError
        If an argument is invalid, or no window fits.

    Notes
    -----
    The parameters are ``W`` of shape ``(*kernel, K, L)`` and ``b`` of shape ``(L,)``.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> layer = lr.Conv2D((8, 8, 2), 4)
    >>> layer.out_shape, layer.count_params()
    ((8, 8, 4), 76)
    >>> Y, _, tape = layer(layer.init(0), np.ones((1, 5, 8, 8, 2)))
    >>> Y.shape
    (1, 5, 8, 8, 4)
    """

    equation = "Eq. (2)"
    shape: Size
    L: int
    kernel: Size = (3, 3)
    stride: Size | None = None
    pad: Pad | None = None
    bias: bool = True

    def __post_init__(self) -> None:
        source, axes = self._class_label, type(self).kernel
        validate_shape(self, check_image_shape, source)
        validate_fields(self, ("L",), check_positive_int, source)
        validate_fields(self, ("kernel",), check_sizes, len(axes), source)
        validate_optional_fields(self, ("stride",), check_sizes, len(axes), source)
        validate_optional_fields(self, ("pad",), _check_pad, len(axes), source)
        validate_fields(self, ("bias",), check_bool, source)
        check_window(self.shape, self.kernel[-2:], self.grid.pad[-2:], source)

    @property
    def grid(self) -> Grid:
        """Where the windows lie."""
        stride = (1,) * len(self.kernel) if self.stride is None else self.stride
        return Grid(stride, same(self.kernel) if self.pad is None else self.pad)

    @property
    def out_shape(self) -> Size:
        """Shape of one time step's output of one sample."""
        stride, pad = self.grid
        size = tuple(n + sum(z) for n, z in zip(self.shape[:2], pad[-2:], strict=True))
        return (*out_size(size, self.kernel[-2:], stride[-2:]), self.L)

    def param_shapes(self) -> dict[str, Size]:
        """Shapes of ``W`` and, with bias, ``b``."""
        W = (*self.kernel, self.shape[-1], self.L)
        return {"W": W} | ({"b": (self.L,)} if self.bias else {})

    def _init(self, rng: np.random.Generator, dtype: Any) -> Params:
        """Draw ``W`` after Glorot; ``b`` is zero."""
        W = glorot_uniform(rng, self.param_shapes()["W"], dtype)
        return {"W": W} | ({"b": np.zeros(self.L, dtype)} if self.bias else {})

    def _grads_by_name(self, dp: conv.Params) -> Params:
        """The kernel's gradients under the layer's names."""
        return {"W": dp.W} | ({"b": dp.b} if self.bias else {})

    def _kernel_params(self, params: Mapping[str, Array]) -> conv.Params:
        """The kernel's parameters; without bias ``b`` is a constant zero."""
        W = params["W"]
        return conv.Params(W, params["b"] if self.bias else np.zeros((), W.dtype))

    def _forward(
        self, params: Mapping[str, Array], X: Array, state: State, kernel_set: KernelSet
    ) -> tuple[Array, State, Tape]:
        """Run without checks."""
        I, tape = kernel_set.conv.forward(X, self._kernel_params(params), self.grid)
        return I, (), Tape(tape, kernel_set, I.shape, I.dtype, ())

    def _recompute_tape(self, params: Mapping[str, Array], X: Array, kernel_set: KernelSet) -> Tape:
        """The tape alone: it holds input and weights, and nothing is computed."""
        shape = *X.shape[:2], *self.out_shape
        return Tape(conv.Tape(X, self._kernel_params(params)), kernel_set, shape, X.dtype, ())

    def _backward(self, dY: Array, d_state: State, tape: Tape) -> tuple[Array, State, Params]:
        """Differentiate without checks."""
        dX, dp = tape.kernel_set.conv.backward(dY, tape.kernel_tape, self.grid)
        return dX, (), self._grads_by_name(dp)

    def _backward_params(self, dY: Array, d_state: State, tape: Tape) -> Params:
        """Differentiate in the parameters alone without checks."""
        return self._grads_by_name(
            tape.kernel_set.conv.backward_params(dY, tape.kernel_tape, self.grid)
        )

    @property
    def fan_in(self) -> int:
        """Entries under a window."""
        return math.prod(self.kernel) * self.shape[-1]

    def op_count(self, T: int, spikes_in: bool | None = None) -> Operations:
        """Products with what lies inside the input; every window adds them up, and the bias."""
        over_time = len(self.kernel) == 3
        size = (T, *self.shape[:2]) if over_time else self.shape[:2]
        steps = 1 if over_time else T
        seen, windows = count_products(size, self.kernel, self.grid)
        products = seen * self.shape[-1]
        adds = steps * (products - windows * (not self.bias)) * self.L
        return 0 if spikes_in else steps * products * self.L, adds

    def table_row(self, T: int) -> TableRow:
        """Conv2D's row of Table II; Conv3D's, with U Q for Q."""
        R = T * math.prod(self.out_shape)
        return self.fan_in * R, self.fan_in * R, (self.fan_in + 1) * self.L

    def named_arrays(self, tape: Tape, Y: Array | None = None) -> Iterator[tuple[str, Array]]:
        """The synaptic input."""
        if Y is not None:
            yield "I, Eq. (2),", Y

    def to_onnx(
        self, writer: Any, params: Mapping[str, str], X: str, state: tuple[str, ...] | None
    ) -> tuple[str, tuple[str, ...]]:
        """Add a Conv node on all frames."""
        shapes = self.shape, self.out_shape
        return writer.conv(X, params["W"], params.get("b"), self.grid, *shapes), ()


def _check_pad(name: str, value: object, num_axes: int, where: str) -> Pad:
    if type(value) is not tuple or len(value) != num_axes:
        reason = (
            f"expected {num_axes} pairs (zeros before, zeros after), got {describe_value(value)}"
        )
        raise InputError.for_argument(name, where, reason)
    pairs = (check_sizes(name, zeros, 2, where, minimum=0) for zeros in value)
    return tuple((before, after) for before, after in pairs)


@dataclass(frozen=True, repr=False)
class Conv3D(Conv2D):
    """Convolution over time, height and width: Conv3D of Table II.

    The output has as many time steps as the input. With the default padding, a step depends on
    later steps; ``pad=causal(kernel)`` of :mod:`liaf_ref.kernels.grid` prevents this. The input is
    zero outside the sequence, and the layer has no state: running a sequence in two parts gives
    another result.

    Parameters
    ----------
    shape : tuple of int
        ``(H, W, K)``, one time step's input.
    L : int
        Output channels.
    kernel : tuple of int
        Size of a window on time, H and W.
    stride : tuple of int, optional
        Step between windows on time, H and W; 1 by default.
    pad : tuple of tuple of int, optional
        Zeros before and after, for time, H and W; by default as many as keep the size at
        stride 1.
    bias : bool
        Whether ``b`` is a parameter.

    Raises
    ------
    InputError
        If an argument is invalid, no window fits, or the number of steps would change.

    Notes
    -----
    The parameters are ``W`` of shape ``(*kernel, K, L)`` and ``b`` of shape ``(L,)``.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> layer = lr.Conv3D((8, 8, 2), 4)
    >>> Y, _, tape = layer(layer.init(0), np.ones((1, 5, 8, 8, 2)))
    >>> Y.shape
    (1, 5, 8, 8, 4)
    """

    equation = "Table II"
    kernel: Size = (3, 3, 3)

    def __post_init__(self) -> None:
        super().__post_init__()
        (step, *_), (zeros, *_) = self.grid
        if step != 1:
            reason = f"expected 1 on the time axis, whose length must not change, got {self.stride}"
            raise InputError.for_argument("stride", self._class_label, reason)
        expected = self.kernel[0] - 1
        if sum(zeros) != expected:
            reason = (
                f"expected {expected} zeros on the time axis for a kernel of {self.kernel[0]} steps"
            )
            raise InputError.for_argument("pad", self._class_label, f"{reason}, got {zeros}")

    def to_onnx(
        self, writer: Any, params: Mapping[str, str], X: str, state: tuple[str, ...] | None
    ) -> tuple[str, tuple[str, ...]]:
        """Add a Conv node on all videos."""
        return writer.conv3d(X, params["W"], params.get("b"), self.grid), ()
