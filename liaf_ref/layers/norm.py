"""Layer normalisation, Section VI-B2, at every time step."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from liaf_ref.door import check_number, check_whole, keep, keep_given
from liaf_ref.kernels import norm
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import Size
from liaf_ref.layers.checks import check_init
from liaf_ref.layers.forms import Forms
from liaf_ref.layers.layer import Layer, Operations, Params, State, Tape
from liaf_ref.layers.sizes import check_step


@dataclass(frozen=True, repr=False)
class LayerNorm(Layer):
    """Mean 0 and variance 1 in each step of each sample, then scale and shift.

    Parameters
    ----------
    shape : tuple of int
        One time step: ``(L,)`` or ``(H, W, L)``.
    last : int, optional
        How many of the last axes have mean and variance in common, and a scale and a
        shift for each of their entries; all if left out, 1 for L alone.
    eps : float
        What is added to the variance; above 0.

    Raises
    ------
    InputError
        If one of them is not so.
    """

    shape: Size
    last: int | None = None
    eps: float = 1e-3

    def __post_init__(self) -> None:
        name = "LayerNorm, Section VI-B2"
        keep(self, ("shape",), check_step, name)
        keep_given(self, ("last",), check_whole, name, 1, len(self.shape))
        keep(self, ("eps",), check_number, name, lambda eps: eps > 0, "a finite number > 0")

    @property
    def source(self) -> str:
        """What errors call the layer."""
        return f"LayerNorm({self.shape}), Section VI-B2"

    @property
    def in_shape(self) -> Size:
        """Shape of one time step's input of one sample."""
        return self.shape

    @property
    def features(self) -> Size:
        """Shape of what has mean and variance in common."""
        return self.shape if self.last is None else self.shape[-self.last :]

    @property
    def axes(self) -> Size:
        """The axes of it, counted from the last."""
        return tuple(range(-len(self.features), 0))

    def shapes(self) -> dict[str, Size]:
        """Shapes of scale and shift."""
        return {"gamma": self.features, "b": self.features}

    def init(self, rng: np.random.Generator | int, dtype: Any = np.float64) -> Params:
        """Scale 1 and shift 0; see :meth:`Layer.init`."""
        _, dtype = check_init(rng, dtype)
        return {"gamma": np.ones(self.features, dtype), "b": np.zeros(self.features, dtype)}

    def apply(
        self, params: Mapping[str, Array], X: Array, state: State, forms: Forms
    ) -> tuple[Array, State, Tape]:
        """Run without checks."""
        p = norm.Params(params["gamma"], params["b"])
        Y, _, tape = forms.norm.forward(X, p, self.axes, self.eps)
        return Y, (), Tape(tape, forms, Y.shape, Y.dtype, ())

    def adjoint(self, dY: Array, d_state: State, tape: Tape) -> tuple[Array, State, Params]:
        """Differentiate without checks."""
        dX, dp = tape.forms.norm.backward(dY, tape.kernel, self.axes)
        return dX, (), dp._asdict()

    def op_count(self, T: int, spikes_in: bool | None = None) -> Operations:
        """Mean, variance, division, scale and shift; one over a square root is looked up."""
        n = math.prod(self.shape)
        groups = n // math.prod(self.features)
        return T * (3 * n + 2 * groups), T * (4 * n - groups)
