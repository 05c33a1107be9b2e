"""Gradients of every other kernel, entry by entry: complex step, differences and autograd."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from independent import autograd_net
from independent.comparison import Array, Arrays

from gradients.gradient_problem import (
    GradientProblem,
    check_by_autograd,
    check_by_complex_step,
    check_by_differences,
)
from gradients.kernel_cases import KernelCase
from gradients.kernel_cases import inner_product as _dot
from gradients.kernel_cases import normal_arrays as _normal
from liaf_ref.kernels import dense, embedding, gru, loss, lstm, readout, rnn, tokens
from liaf_ref.kernels.activation import sigmoid, tanh

B, T, K, L, N = 3, 4, 5, 2, 6
IDS = np.array([[1, 3, 3, 0], [3, 5, 1, 1], [0, 0, 2, 3]])  # tokens come again, 4 never comes
CLASSES = np.array([4, 0, 4])


def _dense(shape: tuple[int, ...], bias: tuple[int, ...]) -> KernelCase:
    at = _normal(X=(*shape, K), W=(K, L), b=bias)
    (dI,) = _normal(22, I=(*shape, L)).values()

    def value(at: Arrays) -> Array:
        I, _ = dense.forward(at["X"], dense.Params(at["W"], at["b"]))
        return np.asarray(_dot((I,), (dI,)))

    def by_hand(at: Arrays) -> Arrays:
        _, tape = dense.forward(at["X"], dense.Params(at["W"], at["b"]))
        dX, dp = dense.backward(dI, tape)
        return {"X": dX, **dp._asdict()}

    def outside(at: Any) -> Any:
        return _dot((autograd_net.dense(at["X"], at["W"], at["b"]),), (dI,))

    return KernelCase(GradientProblem(at, value, by_hand), outside)


def _without_bias() -> KernelCase:
    (problem, outside) = _dense((B, T), ())
    at = {**problem.point, "b": np.zeros(())}
    return KernelCase(problem._replace(point=at), outside)


def _rnn() -> KernelCase:
    at = _normal(A=(B, T, L), c=(B, L), U=(L, L))
    dY, dc = _normal(22, Y=(B, T, L), c=(B, L)).values()

    def value(at: Arrays) -> Array:
        Y, c, _ = rnn.forward(at["A"], at["c"], at["U"], tanh)
        return np.asarray(_dot((Y, c), (dY, dc)))

    def by_hand(at: Arrays) -> Arrays:
        *_, tape = rnn.forward(at["A"], at["c"], at["U"], tanh)
        return dict(zip(("A", "c", "U"), rnn.backward(dY, dc, tape, tanh), strict=True))

    def outside(at: Any) -> Any:
        return _dot(autograd_net.rnn(at["A"], at["c"], at["U"]), (dY, dc))

    return KernelCase(GradientProblem(at, value, by_hand), outside)


def _lstm() -> KernelCase:
    at = _normal(A=(B, T, 4 * L), h=(B, L), c=(B, L), U=(L, 4 * L))
    dY, dh, dc = _normal(22, Y=(B, T, L), h=(B, L), c=(B, L)).values()
    sigmas = (sigmoid, tanh, tanh)

    def value(at: Arrays) -> Array:
        Y, state, _ = lstm.forward(at["A"], at["h"], at["c"], at["U"], *sigmas)
        return np.asarray(_dot((Y, *state), (dY, dh, dc)))

    def by_hand(at: Arrays) -> Arrays:
        *_, tape = lstm.forward(at["A"], at["h"], at["c"], at["U"], *sigmas)
        dA, (dh0, dc0), dU = lstm.backward(dY, dh, dc, tape, *sigmas)
        return {"A": dA, "h": dh0, "c": dc0, "U": dU}

    def outside(at: Any) -> Any:
        return _dot(autograd_net.lstm(at["A"], at["h"], at["c"], at["U"]), (dY, dh, dc))

    return KernelCase(GradientProblem(at, value, by_hand), outside)


def _gru() -> KernelCase:
    at = _normal(A=(B, T, 3 * L), h=(B, L), U=(L, 3 * L))
    dY, dh = _normal(22, Y=(B, T, L), h=(B, L)).values()

    def value(at: Arrays) -> Array:
        Y, h, _ = gru.forward(at["A"], at["h"], at["U"], sigmoid, tanh)
        return np.asarray(_dot((Y, h), (dY, dh)))

    def by_hand(at: Arrays) -> Arrays:
        *_, tape = gru.forward(at["A"], at["h"], at["U"], sigmoid, tanh)
        return dict(zip(("A", "h", "U"), gru.backward(dY, dh, tape, sigmoid, tanh), strict=True))

    def outside(at: Any) -> Any:
        return _dot(autograd_net.gru(at["A"], at["h"], at["U"]), (dY, dh))

    return KernelCase(GradientProblem(at, value, by_hand), outside)


def _embedding() -> KernelCase:
    at = _normal(E=(N, K))
    (dX,) = _normal(22, X=(B, T, K)).values()

    def value(at: Arrays) -> Array:
        return np.asarray(_dot((embedding.forward(IDS, at["E"])[0],), (dX,)))

    def by_hand(at: Arrays) -> Arrays:
        return {"E": embedding.backward(dX, embedding.forward(IDS, at["E"])[1])}

    return KernelCase(GradientProblem(at, value, by_hand), lambda at: _dot((at["E"][IDS],), (dX,)))


def _tokens() -> KernelCase:
    at = _normal(E=(N, K), W=(K, L), b=(L,))
    (dI,) = _normal(22, I=(B, T, L)).values()

    def value(at: Arrays) -> Array:
        I, _ = tokens.forward(IDS, at["E"], dense.Params(at["W"], at["b"]))
        return np.asarray(_dot((I,), (dI,)))

    def by_hand(at: Arrays) -> Arrays:
        _, tape = tokens.forward(IDS, at["E"], dense.Params(at["W"], at["b"]))
        dE, dp = tokens.backward(dI, tape)
        return {"E": dE, **dp._asdict()}

    def outside(at: Any) -> Any:
        return _dot((autograd_net.dense(at["E"][IDS], at["W"], at["b"]),), (dI,))

    return KernelCase(GradientProblem(at, value, by_hand), outside)


def _readout(
    forward: Callable[[Array], Array],
    backward: Callable[[Array, int], Array],
    outside: Callable[[Any], Any],
) -> KernelCase:
    at = _normal(Y=(B, T, K, L))
    (dy,) = _normal(22, y=(B, K, L)).values()
    problem = GradientProblem(
        at,
        lambda at: np.asarray(_dot((forward(at["Y"]),), (dy,))),
        lambda _: {"Y": backward(dy, T)},
    )
    return KernelCase(problem, lambda at: _dot((outside(at["Y"]),), (dy,)))


def _loss() -> KernelCase:
    at = _normal(Z=(B, K))
    dloss = np.array(0.7)

    def value(at: Arrays) -> Array:
        return np.asarray(dloss * loss.forward(at["Z"], CLASSES)[0])

    def by_hand(at: Arrays) -> Arrays:
        return {"Z": loss.backward(dloss, loss.forward(at["Z"], CLASSES)[1])}

    def outside(at: Any) -> Any:
        return dloss * autograd_net.cross_entropy(at["Z"], CLASSES)

    return KernelCase(GradientProblem(at, value, by_hand), outside)


CASES = {
    "dense": _dense((B, T), (L,)),
    "dense-one-bias": _dense((B, T), ()),
    "dense-without-bias": _without_bias(),
    "dense-without-time": _dense((B,), (L,)),
    "rnn": _rnn(),
    "lstm": _lstm(),
    "gru": _gru(),
    "embedding": _embedding(),
    "tokens": _tokens(),
    "last-step": _readout(readout.last_forward, readout.last_backward, lambda Y: Y[:, -1]),
    "mean": _readout(readout.mean_forward, readout.mean_backward, lambda Y: Y.sum(axis=1) / T),
    "loss": _loss(),
}
every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


@every_case
def test_complex_step(case: KernelCase) -> None:
    check_by_complex_step(case.problem)


@every_case
def test_differences(case: KernelCase) -> None:
    check_by_differences(case.problem)


@every_case
def test_autograd(case: KernelCase) -> None:
    check_by_autograd(case.problem, case.autograd_value)
