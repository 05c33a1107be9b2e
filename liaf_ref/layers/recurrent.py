"""Recurrent baselines on a given input drive: Eqs. (14), (15), (16)."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from liaf_ref._core.validation import (
    check_choice,
    check_number,
    check_positive_int,
    validate_fields,
)
from liaf_ref.kernels import gru, lstm, rnn
from liaf_ref.kernels.activation import sigmoid, tanh
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.layers.base import Operations, State, TableRow, Tape
from liaf_ref.layers.dynamics import Dynamics
from liaf_ref.layers.initializers import RECURRENT_INITIALIZERS
from liaf_ref.layers.kernel_set import KernelSet
from liaf_ref.layers.parametrized import Params


def _hard_sigmoid(x: Array) -> Array:
    return np.where(np.abs(x.real) < HARD_SIGMOID_END, 0.2 * x + 0.5, x.real > 0).astype(x.dtype)


def _hard_sigmoid_slope(x: Array) -> Array:
    slope: Array = 0.2 * (np.abs(x.real) < HARD_SIGMOID_END).astype(x.dtype)
    return slope


HARD_SIGMOID_END = 2.5  # from there on it is 1
HARD_SIGMOID = Pair(_hard_sigmoid, _hard_sigmoid_slope)
GATES = {"sigmoid": sigmoid, "hard_sigmoid": HARD_SIGMOID}


@dataclass(frozen=True, repr=False)
class RecurrentCell(Dynamics):
    """A recurrent cell of L units on a given drive ``W x + b``."""

    kernel_name: ClassVar[str]
    num_gates: ClassVar[int]
    num_states: ClassVar[int]
    symbol: ClassVar[str] = "h"  # of the state that is put out
    cell_operations: ClassVar[Operations]  # of a unit in a step, beside its gates' products
    L: int
    recurrent_initializer: str = field(default="orthogonal", kw_only=True)

    def __post_init__(self) -> None:
        where, known = self._class_label, RECURRENT_INITIALIZERS
        validate_fields(self, ("L",), check_positive_int, where)
        check_choice("recurrent_initializer", self.recurrent_initializer, known, where)

    @property
    def kernel_arguments(self) -> tuple[Pair, ...]:
        """Arguments of the kernel: the activations."""
        raise NotImplementedError

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
        """Draw recurrent weights."""
        draw = RECURRENT_INITIALIZERS[self.recurrent_initializer]
        return {"U": draw(rng, self.param_shapes()["U"], dtype)}

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

    def to_onnx(
        self, writer: Any, params: Mapping[str, str], X: str, state: tuple[str, ...] | None
    ) -> tuple[str, tuple[str, ...]]:
        """Add an RNN, LSTM or GRU node, with the weights of the dense layer before it."""
        hard = self.kernel_arguments[0] == HARD_SIGMOID
        op = self.kernel_name.upper()
        Y, state = writer.recurrent(op, X, params["U"], state or (), self.L, hard=hard)
        return Y, state


@dataclass(frozen=True, repr=False)
class ElmanCell(RecurrentCell):
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

    kernel_name = "rnn"
    equation = "Eq. (14)"
    num_gates = 1
    num_states = 1
    cell_operations = 0, 0
    symbol = "c"

    @property
    def kernel_arguments(self) -> tuple[Pair, ...]:
        """The activation of (14)."""
        return (tanh,)


@dataclass(frozen=True, repr=False)
class GatedCell(RecurrentCell):
    """A recurrent cell with gates."""

    recurrent_activation: str = field(default="sigmoid", kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        where = self._class_label
        check_choice("recurrent_activation", self.recurrent_activation, GATES, where)

    @property
    def gate(self) -> Pair:
        """The activation of the gates."""
        return GATES[self.recurrent_activation]


@dataclass(frozen=True, repr=False)
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

    kernel_name = "lstm"
    equation = "Eq. (15)"
    num_gates = 4
    num_states = 2
    cell_operations = 3, 1
    forget_bias: float = field(default=1.0, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        largest, expected = float(np.finfo(np.float32).max), "a number that float32 holds"
        validate_fields(
            self,
            ("forget_bias",),
            check_number,
            self._class_label,
            lambda x: abs(x) <= largest,
            expected,
        )

    @property
    def kernel_arguments(self) -> tuple[Pair, ...]:
        """The activations of (15): of the gates, of c-tilde and of the output."""
        return self.gate, tanh, tanh

    def init_bias(self, b: Array) -> Array:
        """Start the forget gate's bias; 1 opens it, Jozefowicz et al. 2015 (Keras's default)."""
        return np.concatenate((np.full_like(b[: self.L], self.forget_bias), b[self.L :]))


@dataclass(frozen=True, repr=False)
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

    kernel_name = "gru"
    equation = "Eq. (16)"
    num_gates = 3
    num_states = 1
    cell_operations = 3, 2  # r h, z h~ and (1 - z) h

    @property
    def kernel_arguments(self) -> tuple[Pair, ...]:
        """The activations of (16): of the gates and of h-tilde."""
        return self.gate, tanh

    def driven_table_row(self, Q: int, R: int) -> TableRow:
        """The printed row, which counts one addition less than the equation needs."""
        muls, adds, weights = super().driven_table_row(Q, R)
        return muls, adds - R, weights
