"""Recurrent baselines on a given input drive: Eqs. (14), (15), (16)."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from liaf_ref._core.validation import check_positive_int, validate_fields
from liaf_ref.kernels import gru, lstm, rnn
from liaf_ref.kernels.activation import sigmoid, tanh
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.layers.base import Operations, State, TableRow, Tape
from liaf_ref.layers.dynamics import Dynamics
from liaf_ref.layers.initializers import orthogonal
from liaf_ref.layers.kernel_set import KernelSet
from liaf_ref.layers.parametrized import Params


@dataclass(frozen=True, repr=False)
class RecurrentCell(Dynamics):
    """A recurrent cell of L units on a given drive ``W x + b``."""

    kernel_name: ClassVar[str]
    num_gates: ClassVar[int]
    num_states: ClassVar[int]
    kernel_arguments: ClassVar[tuple[Pair, ...]]
    symbol: ClassVar[str] = "h"  # of the state that is put out
    cell_operations: ClassVar[Operations]  # of a unit in a step, beside its gates' products
    L: int

    def __post_init__(self) -> None:
        validate_fields(self, ("L",), check_positive_int, self._class_label)

    @property
    def in_shape(self) -> tuple[int, ...]:
        """Shape of one time step's input drive of one sample: all gates."""
        return (self.num_gates * self.L,)

    @property
    def out_shape(self) -> tuple[int, ...]:
        """Shape of one time step's output of one sample."""
        return (self.L,)

    def param_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of the recurrent weights of all gates."""
        return {"U": (self.L, self.num_gates * self.L)}

    def _init(self, rng: np.random.Generator, dtype: Any) -> Params:
        """Draw orthogonal recurrent weights."""
        return {"U": orthogonal(rng, self.param_shapes()["U"], dtype)}

    def _initial_state(self, batch: int, dtype: Any) -> State:
        """The first state without checks."""
        return tuple(np.zeros((batch, *self.out_shape), dtype) for _ in range(self.num_states))

    def _run_kernel(
        self, params: Mapping[str, Array], X: Any, state: State, kernel_set: KernelSet
    ) -> tuple[Any, State, Tape]:
        kernel = getattr(kernel_set, self.kernel_name)
        Y, last, tape = kernel.forward(X, *state, params["U"], *self.kernel_arguments)
        last = last if isinstance(last, tuple) else (last,)
        return Y, last, Tape(tape, kernel_set, Y.shape, Y.dtype, last)

    def _backward(self, dY: Array, d_state: State, tape: Tape) -> tuple[Array, State, Params]:
        """Differentiate without checks."""
        kernel = getattr(tape.kernel_set, self.kernel_name)
        dA, first, dU = kernel.backward(dY, *d_state, tape.kernel_tape, *self.kernel_arguments)
        return dA, first if isinstance(first, tuple) else (first,), {"U": dU}

    def output_of(self, tape: Tape) -> Array:
        """The output, from the reference kernel's tape."""
        states: Array = getattr(tape.kernel_tape, self.symbol)
        return states[:, 1:]

    def named_arrays(self, tape: Tape, Y: Array | None = None) -> Iterator[tuple[str, Array]]:
        """The pre-activation of all gates, the cell state of an LSTM, and the output state."""
        kernel = tape.kernel_tape
        if isinstance(kernel, rnn.Tape | lstm.Tape | gru.Tape):  # the reference kernels keep them
            yield f"the pre-activation, {self.equation},", kernel.a
        if isinstance(kernel, lstm.Tape):
            yield f"c, {self.equation},", kernel.c[:, 1:]
        yield f"{self.symbol}, {self.equation},", self.output_of(tape) if Y is None else Y

    @property
    def input_gradient(self) -> str:  # type: ignore[override]
        """Name of the gradient in the input, for error messages."""
        return f"the gradient in the pre-activation, {self.equation},"

    def op_count(self, T: int, spikes_in: bool | None = None) -> Operations:
        """The recurrent products of all gates, and what the cell does with the gates."""
        muls, adds = self.cell_operations
        n = T * self.L
        return n * (self.num_gates * self.L + muls), n * (self.num_gates * self.L + adds)

    def driven_table_row(self, Q: int, R: int) -> TableRow:
        """The cell's row of Tables I and II."""
        gates, own = self.num_gates, Q + math.prod(self.param_shapes()["U"][:-1])
        muls, adds = self.cell_operations
        return R * (gates * own + muls), R * (gates * own + adds), gates * self.L * (own + 1)


@dataclass(frozen=True, repr=False)
class ElmanCell(RecurrentCell):
    """The recurrence of Elman's network on a drive ``W x + b``, first line of Eq. (14).

    Parameters
    ----------
    L : int
        Number of units.

    Raises
    ------
    InputError
        If ``L`` is below 1.

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

    kernel_name = "rnn"
    equation = "Eq. (14)"
    num_gates = 1
    num_states = 1
    kernel_arguments = (tanh,)
    cell_operations = 0, 0
    symbol = "c"


@dataclass(frozen=True, repr=False)
class LSTMCell(RecurrentCell):
    """LSTM on a drive ``W x + b`` of all gates, Eq. (15).

    Parameters
    ----------
    L : int
        Number of units.

    Raises
    ------
    InputError
        If ``L`` is below 1.

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

    kernel_name = "lstm"
    equation = "Eq. (15)"
    num_gates = 4
    num_states = 2
    kernel_arguments = (sigmoid, tanh, tanh)
    cell_operations = 3, 1

    def init_bias(self, b: Array) -> Array:
        """Open the forget gate: its bias starts at 1, Jozefowicz et al. 2015 (Keras's default)."""
        return np.concatenate((np.ones_like(b[: self.L]), b[self.L :]))


@dataclass(frozen=True, repr=False)
class GRUCell(RecurrentCell):
    """GRU as printed in Eq. (16) on a drive ``W x + b`` of all gates.

    Parameters
    ----------
    L : int
        Number of units.

    Raises
    ------
    InputError
        If ``L`` is below 1.

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

    kernel_name = "gru"
    equation = "Eq. (16)"
    num_gates = 3
    num_states = 1
    kernel_arguments = (sigmoid, tanh)
    cell_operations = 3, 2  # r h, z h~ and (1 - z) h

    def driven_table_row(self, Q: int, R: int) -> TableRow:
        """The printed row, which counts one addition less than the equation needs."""
        muls, adds, weights = super().driven_table_row(Q, R)
        return muls, adds - R, weights
