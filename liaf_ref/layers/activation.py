"""An activation between layers, at every time step: the ReLU of Fig. 6."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from liaf_ref._core.validation import check_choice
from liaf_ref.kernels.activation import ACTIVATIONS
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import Size
from liaf_ref.layers.base import State, Tape
from liaf_ref.layers.kernel_set import KernelSet
from liaf_ref.layers.parameter_free import NoOperations, ParameterFreeLayer
from liaf_ref.layers.parametrized import Params


@dataclass(frozen=True, repr=False)
class Activation(NoOperations, ParameterFreeLayer):
    """Elementwise activation, ``Y = Act(X)``.

    Parameters
    ----------
    shape : tuple of int
        Shape of one time step of one sample.
    act : str
        ``"identity"``, ``"relu"``, ``"selu"``, ``"tanh"`` or ``"sigmoid"``.

    Raises
    ------
    InputError
        If an argument is invalid.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> Y, _, _ = lr.Activation((3,), "relu")({}, np.array([[[-1.0, 1.0, 2.0]]]))
    >>> abs(Y).tolist()
    [[[0.0, 1.0, 2.0]]]
    """

    equation = "Fig. 6"
    shape: Size
    act: str = "relu"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_choice("act", self.act, ACTIVATIONS, self._class_label)

    def _forward(
        self, params: Mapping[str, Array], X: Array, state: State, kernel_set: KernelSet
    ) -> tuple[Array, State, Tape]:
        """Run without checks."""
        Y, tape = kernel_set.activate.forward(X, ACTIVATIONS[self.act])
        return Y, (), Tape(tape, kernel_set, Y.shape, Y.dtype, ())

    def _backward(self, dY: Array, d_state: State, tape: Tape) -> tuple[Array, State, Params]:
        """Differentiate without checks."""
        return (
            tape.kernel_set.activate.backward(dY, tape.kernel_tape, ACTIVATIONS[self.act]),
            (),
            {},
        )

    def to_onnx(
        self, writer: Any, params: Mapping[str, str], X: str, state: tuple[str, ...] | None
    ) -> tuple[str, tuple[str, ...]]:
        """Add the activation's node."""
        return writer.act(self.act, X), ()
