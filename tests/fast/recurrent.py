"""What the tests of the recurrent twins share: draws, calls and the width of their bound."""

import math
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels.activation import sigmoid
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


def bounds(cell: Cell, case: Case) -> Iterator[tuple[Array, float]]:
    """Give each output's exact value and how far from it the twin may be.

    The definition in float32, its sigmoid by tanh, rounds the same quantities as often
    as the twin, in another order; so its own distance from float64 shows what rounding comes to
    on this case, conditioning and cancellation included.  The twin's slopes
    round s - s^2 once more than s (1 - s), and the larger of two maxima of
    like errors is rarely three times the other: a factor of 4.  Where an output
    has few elements the definition may be exact by luck; so one rounding of
    each of the terms of a product is granted on top.
    """
    wide = pad_time(case).map(lambda x: x.astype(np.float64))
    exact = run(cell.reference, wide, cell.activations)
    by_tanh = [BY_TANH if pair is sigmoid else pair for pair in cell.activations]
    rounded = run(cell.reference, pad_time(case), tuple(by_tanh))
    terms = math.prod(case.U.shape[:-1])
    for e, r in zip(exact, rounded, strict=True):
        yield e, float(4 * abs(r - e).max() + terms * EPS / 2 * abs(e).max())


def check(cell: Cell, case: Case) -> None:
    """Hold every output of the twin to the definition in float64."""
    tape = cell.fast.forward(case.A, *case.state, case.U, *cell.activations)[2]
    assert isinstance(tape, cell.fast.Tape)
    got = run(cell.fast, case, cell.activations)
    for i, (g, (e, bound)) in enumerate(zip(got, bounds(cell, case), strict=True)):
        assert g.dtype == np.float32, i
        assert g.shape == e.shape, i
        error = abs(g - e).max()
        assert error <= bound, f"output {i}: off by {error:.2e}, rounding explains {bound:.2e}"


def check_fallback(cell: Cell, case: Case, activations: tuple[Pair, ...]) -> None:
    """Without a form the twin is the definition, bit for bit, short ``dY`` included."""
    _, _, tape = cell.fast.forward(case.A, *case.state, case.U, *activations)
    assert isinstance(tape, cell.reference.Tape)
    want = run(cell.reference, pad_time(case), activations)
    for g, w in zip(run(cell.fast, case, activations), want, strict=True):
        assert g.dtype == w.dtype
        np.testing.assert_array_equal(g, w)
