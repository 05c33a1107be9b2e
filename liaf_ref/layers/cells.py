"""Recurrent cells on a given drive ``W x + b`` of all gates, Eqs. (14)-(16)."""

from dataclasses import KW_ONLY
from typing import Annotated, Any, ClassVar

import numpy as np

from liaf_ref._core.kinds import About
from liaf_ref.kernels.activation import sigmoid, tanh
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.layers import types as t
from liaf_ref.layers.initializers import RECURRENT_INITIALIZERS
from liaf_ref.layers.kernel_set import KernelSet
from liaf_ref.layers.layer import Dynamics, Param
from liaf_ref.layers.types import Arrays, Grads, Shape, State


def _hard_sigmoid(x: Array) -> Array:
    return np.where(np.abs(x.real) < HARD_SIGMOID_END, 0.2 * x + 0.5, x.real > 0).astype(x.dtype)


def _hard_sigmoid_slope(x: Array) -> Array:
    slope: Array = 0.2 * (np.abs(x.real) < HARD_SIGMOID_END).astype(x.dtype)
    return slope


HARD_SIGMOID_END = 2.5  # from there on it is 1
HARD_SIGMOID = Pair(_hard_sigmoid, _hard_sigmoid_slope)
GATES = {"sigmoid": sigmoid, "hard_sigmoid": HARD_SIGMOID}
Weights = Annotated[t.RecurrentInitializer, About("initial recurrent weights")]
GateActivation = Annotated[
    t.Gate, About("activation of the gates; the hard one was Keras's default before 2.3")
]
ForgetBias = Annotated[t.Float32, About("initial bias of the forget gate")]


class Cell(Dynamics):
    """A recurrent cell of L units with weights ``U``."""

    kernel_name: ClassVar[str]
    gates: ClassVar[int]
    states: ClassVar[int] = 1
    L: t.Count
    _: KW_ONLY
    recurrent_initializer: Weights = "orthogonal"

    @property
    def activations(self) -> tuple[Pair, ...]:
        """The kernel's activations: of the gates, if there are any, and of each state."""
        return (tanh,) * self.states

    @property
    def in_shape(self) -> Shape:
        """The drives of all gates."""
        return (*self.out_shape[:-1], self.gates * self.L)

    @property
    def out_shape(self) -> Shape:
        """The units."""
        return (self.L,)

    def params(self) -> dict[str, Param]:
        """The recurrent weights of all gates."""
        draw = RECURRENT_INITIALIZERS[self.recurrent_initializer]
        return {"U": Param((self.L, self.gates * self.L), draw)}

    def state_shapes(self) -> tuple[Shape, ...]:
        """The output state, and the cell state of an LSTM."""
        return (self.out_shape,) * self.states

    def steps(self, p: Arrays, X: Any, state: State, kernels: KernelSet) -> tuple[Any, State, Any]:
        """Run the kernel."""
        kernel = getattr(kernels, self.kernel_name)
        Y, last, saved = kernel.forward(X, *state, p["U"], *self.activations)
        return Y, last if isinstance(last, tuple) else (last,), saved

    def back(self, dY: Array, d_state: State, saved: Any, kernels: KernelSet) -> Grads:
        """Differentiate :meth:`run`."""
        kernel = getattr(kernels, self.kernel_name)
        dA, first, dU = kernel.backward(dY, *d_state, saved, *self.activations)
        return dA, first if isinstance(first, tuple) else (first,), {"U": dU}


class ElmanCell(Cell):
    """The recurrence of Elman's network on a drive ``W x + b``, first line of Eq. (14).

    Parameters
    ----------
    L : int
        Number of units.
    recurrent_initializer : str
        Initial recurrent weights: ``"orthogonal"`` or ``"glorot_uniform"``.

    Raises
    ------
    InputError
        If ``L`` is below 1, or another argument is invalid.

    Notes
    -----
    Its parameter is ``U`` (L, L), its state c.  :class:`RNN` is a dense layer and this cell.

    Examples
    --------
    >>> from liaf_ref.layers import ElmanCell
    >>> cell = ElmanCell(3)
    >>> cell.in_shape, cell.param_shapes()
    ((3,), {'U': (3, 3)})
    """

    equation = "Eq. (14)"
    kernel_name, gates = "rnn", 1


class GatedCell(Cell):
    """A recurrent cell with gates."""

    _: KW_ONLY
    recurrent_activation: GateActivation = "sigmoid"

    @property
    def activations(self) -> tuple[Pair, ...]:
        """That of the gates first."""
        return (GATES[self.recurrent_activation], *super().activations)


class GRUCell(GatedCell):
    """GRU as printed in Eq. (16) on a drive ``W x + b`` of all gates.

    Parameters
    ----------
    L : int
        Number of units.
    recurrent_initializer : str
        Initial recurrent weights: ``"orthogonal"`` or ``"glorot_uniform"``.
    recurrent_activation : str
        Activation of the gates: ``"sigmoid"``, or ``"hard_sigmoid"``, which is ``0.2 x + 0.5``
        limited to [0, 1], the default of Keras before version 2.3.

    Raises
    ------
    InputError
        If ``L`` is below 1, or another argument is invalid.

    Notes
    -----
    Its parameter is ``U`` (L, 3 L), with the gates z, r, h-tilde in this order; its state is h.
    :class:`GRU` is a dense layer and this cell.

    Examples
    --------
    >>> from liaf_ref.layers import GRUCell
    >>> GRUCell(3).in_shape
    (9,)
    """

    equation = "Eq. (16)"
    kernel_name, gates = "gru", 3


class LSTMCell(GatedCell):
    """LSTM on a drive ``W x + b`` of all gates, Eq. (15).

    Parameters
    ----------
    L : int
        Number of units.
    recurrent_initializer : str
        Initial recurrent weights: ``"orthogonal"`` or ``"glorot_uniform"``.
    recurrent_activation : str
        Activation of the gates: ``"sigmoid"``, or ``"hard_sigmoid"``, which is ``0.2 x + 0.5``
        limited to [0, 1], the default of Keras before version 2.3.
    forget_bias : float
        Initial bias of the forget gate.

    Raises
    ------
    InputError
        If ``L`` is below 1, or another argument is invalid.

    Notes
    -----
    Its parameter is ``U`` (L, 4 L), with the gates f, i, o, c-tilde in this order; its state is
    (h, c).  :class:`LSTM` is a dense layer and this cell.

    Examples
    --------
    >>> from liaf_ref.layers import LSTMCell
    >>> LSTMCell(3).in_shape
    (12,)
    """

    equation = "Eq. (15)"
    kernel_name, gates, states = "lstm", 4, 2
    _: KW_ONLY
    forget_bias: ForgetBias = 1.0

    def draw_bias(self, rng: np.random.Generator, shape: Shape, dtype: Any) -> Array:
        """Open the forget gate, Jozefowicz et al. 2015 (Keras's default)."""
        return np.repeat([self.forget_bias, 0, 0, 0], self.L).astype(dtype)


class ConvLSTMCell(LSTMCell):
    """LSTM on images: adds a recurrent convolution to the given input drive of all gates.

    Parameters
    ----------
    L : int
        Number of channels.
    size : tuple of int
        H and W.
    kernel : tuple of int
        Window of the recurrent convolution.
    recurrent_initializer : str
        Initial recurrent weights: ``"orthogonal"`` or ``"glorot_uniform"``.
    recurrent_activation : str
        Activation of the gates: ``"sigmoid"``, or ``"hard_sigmoid"``, which is ``0.2 x + 0.5``
        limited to [0, 1], the default of Keras before version 2.3.
    forget_bias : float
        Initial bias of the forget gate.

    Raises
    ------
    InputError
        If an argument is invalid.

    Notes
    -----
    Its parameter is ``U`` of the recurrent convolution, with the gates f, i, o, c-tilde in this
    order; its state is (h, c).  :class:`ConvLSTM` is a convolution and this cell.

    Examples
    --------
    >>> from liaf_ref.layers import ConvLSTMCell
    >>> cell = ConvLSTMCell(2, size=(4, 4))
    >>> cell.in_shape, cell.out_shape
    ((4, 4, 8), (4, 4, 2))
    """

    kernel_name = "convlstm"
    size: t.Window2
    kernel: t.Window2 = (3, 3)

    @property
    def out_shape(self) -> Shape:
        """``(H, W, L)``."""
        return (*self.size, self.L)

    def params(self) -> dict[str, Param]:
        """The recurrent windows of all gates."""
        draw = RECURRENT_INITIALIZERS[self.recurrent_initializer]
        return {"U": Param((*self.kernel, self.L, self.gates * self.L), draw)}
