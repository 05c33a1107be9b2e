"""An activation between layers, at every time step: the ReLU of Fig. 6."""

from collections.abc import Mapping
from dataclasses import dataclass

from liaf_ref.door import check_choice
from liaf_ref.kernels.activation import ACTIVATIONS
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import Size
from liaf_ref.layers.forms import Forms
from liaf_ref.layers.layer import Operations, Params, State, Tape
from liaf_ref.layers.plain import Plain


@dataclass(frozen=True, repr=False)
class Activation(Plain):
    """``Y = Act(X)``, entry by entry.

    Parameters
    ----------
    shape : tuple of int
        One time step of one sample.
    act : str
        identity, relu, selu, tanh or sigmoid.

    Raises
    ------
    InputError
        If one of them is not so.
    """

    equation = "Fig. 6"
    shape: Size
    act: str = "relu"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_choice("act", self.act, ACTIVATIONS, "Activation, Fig. 6")

    @property
    def source(self) -> str:
        """What errors call the layer."""
        return f"Activation({self.shape}, {self.act}), Fig. 6"

    def op_count(self, T: int, spikes_in: bool | None = None) -> Operations:
        """A look-up is free."""
        return 0, 0

    def apply(
        self, params: Mapping[str, Array], X: Array, state: State, forms: Forms
    ) -> tuple[Array, State, Tape]:
        """Run without checks."""
        Y, tape = forms.activate.forward(X, ACTIVATIONS[self.act])
        return Y, (), Tape(tape, forms, Y.shape, Y.dtype, ())

    def adjoint(self, dY: Array, d_state: State, tape: Tape) -> tuple[Array, State, Params]:
        """Differentiate without checks."""
        return tape.forms.activate.backward(dY, tape.kernel, ACTIVATIONS[self.act]), (), {}
