"""Gradients of the kernels on images, entry by entry: complex step and differences."""

from typing import Any

import numpy as np
import pytest
from independent.comparison import Arrays

from gradients.gradient_problem import (
    GradientProblem,
    check_by_complex_step,
    check_by_differences,
)
from gradients.kernel_cases import make_case, normal_arrays
from liaf_ref.kernels import (
    activate,
    average_pool,
    conv,
    convlstm,
    dropout,
    im2col,
    loss_mse,
    loss_sigmoid_bce,
    loss_softmax_bce,
    max_pool,
    norm,
    norm_running,
)
from liaf_ref.kernels.activation import relu, sigmoid, tanh
from liaf_ref.kernels.grid import Grid, Size, causal, same

B, T, H, W, K, L = 2, 3, 4, 5, 2, 3
IMAGES = (B, T, H, W, L)
CLASSES = np.array([4, 0, 4])
EPS = 1e-3


def _conv(kernel: Any, size: Size, window: Size, grid: Grid, bias: Size = (L,)) -> GradientProblem:
    """``size`` is all of the input but its channels."""
    at = normal_arrays(X=(*size, K), W=(*window, K, L), b=bias)

    def forward(at: Any) -> Any:
        return kernel.forward(at["X"], conv.Params(at["W"], at["b"]), grid)

    dI = normal_arrays(22, I=forward(at)[0].shape)["I"]

    def by_hand(at: Arrays) -> Arrays:
        dX, dp = kernel.backward(dI, forward(at)[1], grid)
        return {"X": dX, **dp._asdict()}

    return make_case(at, (dI,), lambda at: forward(at)[:1], by_hand)


def _convlstm() -> GradientProblem:
    frame = (B, 3, 2)
    state = (*frame, L)
    at = normal_arrays(A=(B, T, 3, 2, 4 * L), h=state, c=state, U=(3, 3, L, 4 * L))
    dY, dh, dc = normal_arrays(22, Y=(B, T, 3, 2, L), h=state, c=state).values()
    sigmas = (sigmoid, tanh, tanh)

    def forward(at: Any) -> Any:
        return convlstm.forward(at["A"], at["h"], at["c"], at["U"], *sigmas)

    def outputs(at: Any) -> Any:
        Y, last, _ = forward(at)
        return Y, *last

    def by_hand(at: Arrays) -> Arrays:
        dA, (dh0, dc0), dU = convlstm.backward(dY, dh, dc, forward(at)[2], *sigmas)
        return {"A": dA, "h": dh0, "c": dc0, "U": dU}

    return make_case(at, (dY, dh, dc), outputs, by_hand)


def _pool(kernel: Any, size: Size, stride: Size) -> GradientProblem:
    at = normal_arrays(X=IMAGES)
    dY = normal_arrays(22, Y=kernel.forward(at["X"], size, stride)[0].shape)["Y"]

    def by_hand(at: Arrays) -> Arrays:
        return {"X": kernel.backward(dY, kernel.forward(at["X"], size, stride)[1], size, stride)}

    return make_case(
        at,
        (dY,),
        lambda at: kernel.forward(at["X"], size, stride)[:1],
        by_hand,
    )


def _norm(shape: Size, axes: Size, affine: Size) -> GradientProblem:
    at = normal_arrays(X=shape, gamma=affine, b=affine)
    dY = normal_arrays(22, Y=shape)["Y"]

    def forward(at: Any) -> Any:
        return norm.forward(at["X"], norm.Params(at["gamma"], at["b"]), axes, EPS)

    def by_hand(at: Arrays) -> Arrays:
        dX, dp = norm.backward(dY, forward(at)[2], axes)
        return {"X": dX, **dp._asdict()}

    return make_case(at, (dY,), lambda at: forward(at)[:1], by_hand)


def _norm_running() -> GradientProblem:
    at = normal_arrays(X=IMAGES, gamma=(L,), b=(L,))
    m, v = normal_arrays(23, m=(L,))["m"], np.array([0.5, 2.0, 0.1])
    dY = normal_arrays(22, Y=IMAGES)["Y"]

    def forward(at: Any) -> Any:
        p = norm.Params(at["gamma"], at["b"])
        return norm_running.forward(at["X"], p, norm.Statistics(m, v), EPS)

    def by_hand(at: Arrays) -> Arrays:
        dX, dp = norm_running.backward(dY, forward(at)[1])
        return {"X": dX, **dp._asdict()}

    return make_case(at, (dY,), lambda at: forward(at)[:1], by_hand)


def _dropout() -> GradientProblem:
    at = normal_arrays(X=(B, T, L))
    M = np.array([2.0, 0.0, 2.0])[np.random.default_rng(24).integers(0, 3, (B, 1, L))]
    dY = normal_arrays(22, Y=(B, T, L))["Y"]
    return make_case(
        at,
        (dY,),
        lambda at: dropout.forward(at["X"], M)[:1],
        lambda at: {"X": dropout.backward(dY, dropout.forward(at["X"], M)[1])},
    )


def _activate() -> GradientProblem:
    at = normal_arrays(X=(B, T, L))
    dY = normal_arrays(22, Y=(B, T, L))["Y"]
    return make_case(
        at,
        (dY,),
        lambda at: activate.forward(at["X"], relu)[:1],
        lambda at: {"X": activate.backward(dY, activate.forward(at["X"], relu)[1], relu)},
    )


def _loss(kernel: Any) -> GradientProblem:
    dloss = np.array(0.7)
    return make_case(
        normal_arrays(Z=(len(CLASSES), 5)),
        (dloss,),
        lambda at: kernel.forward(at["Z"], CLASSES)[:1],
        lambda at: {"Z": kernel.backward(dloss, kernel.forward(at["Z"], CLASSES)[1])},
    )


THREE, SLAB = (3, 3), (3, 3, 1)
UNEVEN = Grid((2, 3), ((1, 0), (2, 1)))
CASES = {
    "conv-same": _conv(conv, (B, 2, H, W), THREE, Grid((1, 1), same(THREE))),
    "conv-strides": _conv(conv, (B, 2, H, W), (3, 2), UNEVEN),
    "conv-one-bias": _conv(conv, (B, H, W), (1, 2), Grid((1, 1), same((1, 2))), ()),
    "conv-time": _conv(conv, (B, T, W), (3,), Grid((1,), causal((3,)))),
    "conv3d-same": _conv(conv, (B, T, 3, 2), SLAB, Grid((1, 1, 1), same(SLAB))),
    "conv3d-causal": _conv(conv, (B, T, 3, 2), SLAB, Grid((1, 1, 1), causal(SLAB))),
    "im2col-same": _conv(im2col, (B, 2, H, W), THREE, Grid((1, 1), same(THREE))),
    "im2col-strides": _conv(im2col, (B, 2, H, W), (3, 2), UNEVEN),
    "im2col-causal": _conv(im2col, (B, T, 3, 2), SLAB, Grid((1, 1, 1), causal(SLAB))),
    "convlstm": _convlstm(),
    "average": _pool(average_pool, (2, 2), (2, 2)),
    "average-overlap": _pool(average_pool, (3, 2), (1, 2)),
    "max": _pool(max_pool, (2, 2), (2, 2)),
    "max-overlap": _pool(max_pool, (3, 2), (1, 2)),
    "layer-norm": _norm(IMAGES, (-3, -2, -1), (H, W, L)),
    "layer-norm-channels": _norm(IMAGES, (-1,), (L,)),
    "layer-norm-dense": _norm((B, T, L), (-1,), ()),
    "batch-norm": _norm(IMAGES, (0, 1, 2, 3), (L,)),
    "batch-norm-dense": _norm((4, T, L), (0, 1), (L,)),
    "batch-norm-steps": _norm(IMAGES, (0, 2, 3), (L,)),
    "batch-norm-dense-steps": _norm((4, T, L), (0,), (L,)),
    "batch-norm-running": _norm_running(),
    "activate": _activate(),
    "dropout": _dropout(),
    "softmax-bce": _loss(loss_softmax_bce),
    "sigmoid-bce": _loss(loss_sigmoid_bce),
    "mse": _loss(loss_mse),
}
every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


@every_case
def test_complex_step(case: GradientProblem) -> None:
    check_by_complex_step(case)


@every_case
def test_differences(case: GradientProblem) -> None:
    check_by_differences(case)
