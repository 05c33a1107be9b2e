"""Layer normalisation, Section VI-B2, at every time step."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from liaf_ref._core.validation import check_int, validate_optional_fields
from liaf_ref.kernels import norm
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import Size
from liaf_ref.layers.base import Operations, State, Tape
from liaf_ref.layers.kernel_set import KernelSet
from liaf_ref.layers.normalization import Normalization
from liaf_ref.layers.parametrized import Params


@dataclass(frozen=True, repr=False)
class LayerNorm(Normalization):
    """Layer normalization: mean 0, variance 1 in each step of each sample, then scale and shift.

    Parameters
    ----------
    shape : tuple of int
        One time step: ``(L,)`` or ``(H, W, L)``.
    num_axes : int, optional
        Number of last axes to normalize over; each of their entries has its own scale and shift.
        All axes by default; 1 for L alone.
    eps : float
        Added to the variance; above 0.

    Raises
    ------
    InputError
        If an argument is invalid.

    Notes
    -----
    The parameters are ``gamma`` and ``b``, of the shape of the last ``num_axes`` axes.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> layer = lr.LayerNorm((4,), eps=1e-12)
    >>> Y, _, _ = layer(layer.init(0), np.array([[[1.0, 2.0, 3.0, 4.0]]]))
    >>> round(float(Y.mean()), 6), round(float(Y.var()), 6)
    (0.0, 1.0)
    """

    equation = "Section VI-B2"
    shape: Size
    num_axes: int | None = None
    eps: float = 1e-3

    def __post_init__(self) -> None:
        super().__post_init__()
        limits = 1, len(self.shape)
        validate_optional_fields(self, ("num_axes",), check_int, self._class_label, *limits)

    @property
    def normalized_shape(self) -> Size:
        """Shape of the entries that share mean and variance."""
        return self.shape if self.num_axes is None else self.shape[-self.num_axes :]

    @property
    def _scale_shape(self) -> Size:
        return self.normalized_shape

    @property
    def axes(self) -> Size:
        """Axes to normalize over, counted from the last."""
        return tuple(range(-len(self.normalized_shape), 0))

    def _forward(
        self, params: Mapping[str, Array], X: Array, state: State, kernel_set: KernelSet
    ) -> tuple[Array, State, Tape]:
        """Run without checks."""
        p = norm.Params(params["gamma"], params["b"])
        Y, _, tape = kernel_set.norm.forward(X, p, self.axes, self.eps)
        return Y, (), Tape(tape, kernel_set, Y.shape, Y.dtype, ())

    def _backward(self, dY: Array, d_state: State, tape: Tape) -> tuple[Array, State, Params]:
        """Differentiate without checks."""
        dX, dp = tape.kernel_set.norm.backward(dY, tape.kernel_tape, self.axes)
        return dX, (), dp._asdict()

    def op_count(self, T: int, spikes_in: bool | None = None) -> Operations:
        """Mean, variance, division, scale and shift; one over a square root is looked up."""
        n = math.prod(self.shape)
        groups = n // math.prod(self.normalized_shape)
        return T * (3 * n + 2 * groups), T * (4 * n - groups)

    def to_onnx(
        self, writer: Any, params: Mapping[str, str], X: str, state: tuple[str, ...] | None
    ) -> tuple[str, tuple[str, ...]]:
        """Add a LayerNormalization node."""
        return writer.layer_norm(X, params, len(self.normalized_shape), self.eps), ()
