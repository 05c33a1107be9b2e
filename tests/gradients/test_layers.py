"""Gradients of every other kernel, entry by entry: complex step and differences."""

from typing import Any

import numpy as np
import pytest
from independent.comparison import Array, Arrays

from gradients.gradient_problem import GradientProblem, check_by_complex_step, check_by_differences
from gradients.kernel_cases import make_case
from gradients.kernel_cases import normal_arrays as _normal
from liaf_ref.kernels import dense, embedding, gru, loss, lstm, readout, rnn, tokens
from liaf_ref.kernels.activation import sigmoid, tanh

B, T, K, L, N = 3, 4, 5, 2, 6
IDS = np.array([[1, 3, 3, 0], [3, 5, 1, 1], [0, 0, 2, 3]])  # tokens come again, 4 never comes
CLASSES = np.array([4, 0, 4])


def _dense(shape: tuple[int, ...], bias: tuple[int, ...], **given: Array) -> GradientProblem:
    at = _normal(X=(*shape, K), W=(K, L), b=bias) | given
    (dI,) = _normal(22, I=(*shape, L)).values()

    def forward(at: Any) -> Any:
        return dense.forward(at["X"], dense.Params(at["W"], at["b"]))

    def by_hand(at: Arrays) -> Arrays:
        dX, dp = dense.backward(dI, forward(at)[1])
        return {"X": dX, **dp._asdict()}

    return make_case(at, (dI,), lambda at: forward(at)[:1], by_hand)


def _recurrent(kernel: Any, gates: int, states: str, *sigmas: Any) -> GradientProblem:
    shapes = dict.fromkeys(states, (B, L))
    at = _normal(A=(B, T, gates * L), **shapes, U=(L, gates * L))
    dY, *dlast = _normal(22, Y=(B, T, L), **shapes).values()

    def forward(at: Any) -> Any:
        return kernel.forward(at["A"], *(at[state] for state in states), at["U"], *sigmas)

    def outputs(at: Any) -> Any:
        Y, last, _ = forward(at)
        return (Y, *last) if len(states) > 1 else (Y, last)

    def by_hand(at: Arrays) -> Arrays:
        dA, first, dU = kernel.backward(dY, *dlast, forward(at)[2], *sigmas)
        first = first if len(states) > 1 else (first,)
        return {"A": dA, **dict(zip(states, first, strict=True)), "U": dU}

    return make_case(at, (dY, *dlast), outputs, by_hand)


def _embedding() -> GradientProblem:
    (dX,) = _normal(22, X=(B, T, K)).values()
    return make_case(
        _normal(E=(N, K)),
        (dX,),
        lambda at: embedding.forward(IDS, at["E"])[:1],
        lambda at: {"E": embedding.backward(dX, embedding.forward(IDS, at["E"])[1])},
    )


def _tokens() -> GradientProblem:
    (dI,) = _normal(22, I=(B, T, L)).values()

    def forward(at: Any) -> Any:
        return tokens.forward(IDS, at["E"], dense.Params(at["W"], at["b"]))

    def by_hand(at: Arrays) -> Arrays:
        dE, dp = tokens.backward(dI, forward(at)[1])
        return {"E": dE, **dp._asdict()}

    at = _normal(E=(N, K), W=(K, L), b=(L,))
    return make_case(at, (dI,), lambda at: forward(at)[:1], by_hand)


def _readout(forward: Any, backward: Any) -> GradientProblem:
    (dy,) = _normal(22, y=(B, K, L)).values()
    return make_case(
        _normal(Y=(B, T, K, L)),
        (dy,),
        lambda at: (forward(at["Y"]),),
        lambda _: {"Y": backward(dy, T)},
    )


def _loss() -> GradientProblem:
    dloss = np.array(0.7)
    return make_case(
        _normal(Z=(B, K)),
        (dloss,),
        lambda at: loss.forward(at["Z"], CLASSES)[:1],
        lambda at: {"Z": loss.backward(dloss, loss.forward(at["Z"], CLASSES)[1])},
    )


CASES = {
    "dense": _dense((B, T), (L,)),
    "dense-one-bias": _dense((B, T), ()),
    "dense-without-bias": _dense((B, T), (), b=np.zeros(())),
    "dense-without-time": _dense((B,), (L,)),
    "rnn": _recurrent(rnn, 1, "c", tanh),
    "lstm": _recurrent(lstm, 4, "hc", sigmoid, tanh, tanh),
    "gru": _recurrent(gru, 3, "h", sigmoid, tanh),
    "embedding": _embedding(),
    "tokens": _tokens(),
    "last-step": _readout(readout.last_forward, readout.last_backward),
    "mean": _readout(readout.mean_forward, readout.mean_backward),
    "loss": _loss(),
}
every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


@every_case
def test_complex_step(case: GradientProblem) -> None:
    check_by_complex_step(case)


@every_case
def test_differences(case: GradientProblem) -> None:
    check_by_differences(case)
