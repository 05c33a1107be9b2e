"""What the tests of the recurrent twins share: draws, calls and the width of their bound."""

from collections.abc import Sequence
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.fast import convlstm as fast_convlstm
from liaf_ref.fast import gru as fast_gru
from liaf_ref.fast import lstm as fast_lstm
from liaf_ref.fast import rnn as fast_rnn
from liaf_ref.kernels import convlstm, gru, lstm, rnn
from liaf_ref.kernels.activation import sigmoid, tanh
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair

EPS = 2.0**-23
BY_TANH: Pair = Pair(
    lambda x: (1 + np.tanh(x / 2)) / 2, lambda x: BY_TANH.value(x) * (1 - BY_TANH.value(x))
)
# B, T, L, k: the last k outputs have a gradient.
SHAPES = [(5, 9, 7, 1), (5, 9, 7, 3), (5, 9, 7, 9), (1, 6, 5, 3), (4, 1, 3, 1), (16, 8, 16, 8)]


class Cell(NamedTuple):
    """A twin, its definition, and what they take."""

    fast: ModuleType
    reference: ModuleType
    num_gates: int
    num_states: int
    activations: tuple[Pair, ...]


class Case(NamedTuple):
    """Inputs of forward and backward; ``dY`` may be short."""

    A: Array
    state: tuple[Array, ...]
    U: Array
    dY: Array
    d_state: tuple[Array, ...]

    def arrays(self) -> tuple[Array, ...]:
        """All of them."""
        return (self.A, *self.state, self.U, self.dY, *self.d_state)

    def map(self, function: Any) -> "Case":
        """Change every array."""
        states = (tuple(function(x) for x in s) for s in (self.state, self.d_state))
        state, d_state = states
        return Case(function(self.A), state, function(self.U), function(self.dY), d_state)


def draw(cell: Cell, shape: Sequence[int], seed: int = 0, drive: float = 1.0) -> Case:
    """Draw a case in float32, nothing in it zero."""
    B, T, L, k = shape
    rng = np.random.default_rng(seed)

    def normal(*size: int, scale: float = 1.0) -> Array:
        return (scale * rng.normal(size=size)).astype(np.float32)

    def states() -> tuple[Array, ...]:
        return tuple(normal(B, L) for _ in range(cell.num_states))

    A = normal(B, T, cell.num_gates * L, scale=drive)
    return Case(
        A, states(), normal(L, cell.num_gates * L, scale=L**-0.5), normal(B, k, L), states()
    )


def run(kernel: ModuleType, case: Case, activations: tuple[Pair, ...]) -> list[Array]:
    """Return Y, last states, dA, d(initial states), dU."""
    Y, last, tape = kernel.forward(case.A, *case.state, case.U, *activations)
    dA, first, dU = kernel.backward(case.dY, *case.d_state, tape, *activations)
    return [Y, *_as_tuple(last), dA, *_as_tuple(first), dU]


def _as_tuple(state: Array | tuple[Array, ...]) -> tuple[Array, ...]:
    return state if isinstance(state, tuple) else (state,)


def pad_time(case: Case) -> Case:
    """Put zeros before a short ``dY``, as the definition wants it."""
    B, k, *S = case.dY.shape
    T = case.A.shape[1]
    dY = np.zeros((B, T, *S), case.dY.dtype)
    dY[:, T - k :] = case.dY
    return case._replace(dY=dY)


CELLS = {
    "rnn": Cell(fast_rnn, rnn, 1, 1, (tanh,)),
    "lstm": Cell(fast_lstm, lstm, 4, 2, (sigmoid, tanh, tanh)),
    "gru": Cell(fast_gru, gru, 3, 1, (sigmoid, tanh)),
}
CONVLSTM = Cell(fast_convlstm, convlstm, 4, 2, (sigmoid, tanh, tanh))
# B, T, k, the frame, L, kernel: few channels, Winograd's tiles, an even kernel, a line.
PLANES = (2, 5, 3, (4, 3), 3, (3, 3))
TILES = (8, 3, 3, (10, 10), 12, (3, 3))
EVEN = (2, 3, 1, (4, 5), 10, (2, 3))
LINE = (2, 3, 3, (6,), 4, (3,))
ONE = (1, 1, 1, (1, 1), 5, (3, 3))
Sizes = tuple[int, int, int, tuple[int, ...], int, tuple[int, ...]]
CONVLSTM_SIZES = [PLANES, TILES, EVEN, LINE, ONE]


def draw_convlstm(sizes: Sizes, seed: int = 0, drive: float = 1.0) -> Case:
    """Draw a case in float32, nothing in it zero."""
    B, T, k, frame, L, kernel = sizes
    rng = np.random.default_rng(seed)

    def normal(*size: int, scale: float = 1.0) -> Array:
        return (scale * rng.normal(size=size)).astype(np.float32)

    U = normal(*kernel, L, 4 * L, scale=(L * np.prod(kernel)) ** -0.5)
    first, last = ((normal(B, *frame, L), normal(B, *frame, L)) for _ in range(2))
    A = normal(B, T, *frame, 4 * L, scale=drive)
    return Case(A, first, U, normal(B, k, *frame, L), last)
