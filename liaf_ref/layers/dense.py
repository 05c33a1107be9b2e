"""Dense integration, first case of Eq. (2), as a layer of its own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from liaf_ref._core.validation import check_bool, check_positive_int, validate_fields
from liaf_ref.kernels import dense
from liaf_ref.kernels.array import Array
from liaf_ref.layers.base import Layer, Operations, State, Tape
from liaf_ref.layers.initializers import glorot_uniform
from liaf_ref.layers.kernel_set import KernelSet
from liaf_ref.layers.parametrized import Params


@dataclass(frozen=True, repr=False)
class Dense(Layer):
    """``I = X W + b``, Eq. (2), at every time step.

    Parameters
    ----------
    K, L : int
        Inputs and outputs.
    bias : bool
        Whether ``b`` is a parameter; Eq. (2) prints none, Table I counts one.

    Raises
    ------
    InputError
        If a size is below 1 or ``bias`` is neither True nor False.

    Notes
    -----
    The parameters are ``W`` (K, L) and ``b`` (L,).

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> layer = lr.Dense(4, 3)
    >>> I, _, tape = layer(layer.init(0), np.ones((2, 5, 4)))
    >>> I.shape
    (2, 5, 3)
    """

    equation = "Eq. (2)"
    K: int
    L: int
    bias: bool = True

    def __post_init__(self) -> None:
        validate_fields(self, ("K", "L"), check_positive_int, self._class_label)
        validate_fields(self, ("bias",), check_bool, self._class_label)

    @property
    def in_shape(self) -> tuple[int, ...]:
        """Shape of one time step's input of one sample."""
        return (self.K,)

    @property
    def out_shape(self) -> tuple[int, ...]:
        """Shape of one time step's output of one sample."""
        return (self.L,)

    def param_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of ``W`` and, with bias, ``b``."""
        return {"W": (self.K, self.L)} | ({"b": (self.L,)} if self.bias else {})

    def _init(self, rng: np.random.Generator, dtype: Any) -> Params:
        """Draw ``W`` after Glorot; ``b`` is zero."""
        W = glorot_uniform(rng, (self.K, self.L), dtype)
        return {"W": W} | ({"b": np.zeros(self.L, dtype)} if self.bias else {})

    def _kernel_params(self, params: Mapping[str, Array]) -> dense.Params:
        """The kernel's parameters; without bias ``b`` is a constant zero."""
        W = params["W"]
        return dense.Params(W, params["b"] if self.bias else np.zeros((), W.dtype))

    def _grads_by_name(self, dp: dense.Params) -> Params:
        """The kernel's gradients under the layer's names."""
        return {"W": dp.W} | ({"b": dp.b} if self.bias else {})

    def _forward(
        self, params: Mapping[str, Array], X: Array, state: State, kernel_set: KernelSet
    ) -> tuple[Array, State, Tape]:
        """Run without checks."""
        I, tape = kernel_set.dense.forward(X, self._kernel_params(params))
        return I, (), Tape(tape, kernel_set, I.shape, I.dtype, ())

    def _recompute_tape(self, params: Mapping[str, Array], X: Array, kernel_set: KernelSet) -> Tape:
        """The tape alone: it holds input and weights, and nothing is computed."""
        shape = *X.shape[:-1], self.L
        return Tape(dense.Tape(X, self._kernel_params(params)), kernel_set, shape, X.dtype, ())

    def _backward(self, dY: Array, d_state: State, tape: Tape) -> tuple[Array, State, Params]:
        """Differentiate without checks."""
        dX, dp = tape.kernel_set.dense.backward(dY, tape.kernel_tape)
        return dX, (), self._grads_by_name(dp)

    @property
    def fan_in(self) -> int:
        """Inputs."""
        return self.K

    def op_count(self, T: int, spikes_in: bool | None = None) -> Operations:
        """Products and sums of Eq. (2); a spike selects a weight, without a product."""
        adds = T * self.L * (self.K - 1 + self.bias)
        return 0 if spikes_in else T * self.L * self.K, adds

    def named_arrays(self, tape: Tape, Y: Array | None = None) -> Iterator[tuple[str, Array]]:
        """The synaptic input."""
        if Y is not None:
            yield "I, Eq. (2),", Y

    def to_nir(self, writer: Any, stage: Any) -> None:
        """Write an Affine or Linear node."""
        writer.add_linear(stage)

    def _backward_params(self, dY: Array, d_state: State, tape: Tape) -> Params:
        """Differentiate in the parameters alone without checks."""
        return self._grads_by_name(tape.kernel_set.dense.backward_params(dY, tape.kernel_tape))

    def to_onnx(
        self, writer: Any, params: Mapping[str, str], X: str, state: tuple[str, ...] | None
    ) -> tuple[str, tuple[str, ...]]:
        """Add MatMul and Add nodes."""
        return writer.dense(X, params["W"], params.get("b")), ()
