"""The kernels on images, each run once on whatever arrays it is given; for the contract's tests."""

from collections.abc import Callable
from typing import Any

import numpy as np
from independent.comparison import Array

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
from liaf_ref.kernels.activation import selu, sigmoid, tanh
from liaf_ref.kernels.grid import Grid, causal, same

B, T, H, W, K, L = 2, 3, 4, 2, 2, 3
CLASSES = np.array([2, 0])
Draw = Callable[..., Array]


def _conv(kernel: Any) -> Callable[[Draw], Any]:
    grid = Grid((1, 1), same((3, 1)))

    def run(draw: Draw) -> Any:
        p = conv.Params(draw(3, 1, K, L), draw(L))
        I, tape = kernel.forward(draw(B, T, H, W, K), p, grid)
        return I, tape, kernel.backward(draw(B, T, H, W, L), tape, grid)

    return run


def _conv3d(draw: Draw) -> Any:
    grid = Grid((1, 2, 1), causal((2, 3, 1)))
    p = conv.Params(draw(2, 3, 1, K, L), draw(L))
    I, tape = conv.forward(draw(B, T, H, W, K), p, grid)
    return I, tape, conv.backward(draw(B, T, 2, W, L), tape, grid)


def _convlstm(draw: Draw) -> Any:
    sigmas = (sigmoid, tanh, tanh)
    state = (B, H, W, L)
    A, U = draw(B, T, H, W, 4 * L), draw(3, 3, L, 4 * L)
    out = convlstm.forward(A, draw(*state), draw(*state), U, *sigmas)
    dY = draw(B, T, H, W, L)
    return out, convlstm.backward(dY, draw(*state), draw(*state), out[-1], *sigmas)


def _pool(kernel: Any) -> Callable[[Draw], Any]:
    def run(draw: Draw) -> Any:
        Y, tape = kernel.forward(draw(B, T, H, W, L), (2, 2), (2, 1))
        return Y, tape, kernel.backward(draw(B, T, 2, 1, L), tape, (2, 2), (2, 1))

    return run


def _activate(draw: Draw) -> Any:
    Y, tape = activate.forward(draw(B, T, L), selu)
    return Y, tape, activate.backward(draw(B, T, L), tape, selu)


def _norm(axes: tuple[int, ...]) -> Callable[[Draw], Any]:
    def run(draw: Draw) -> Any:
        p = norm.Params(draw(L), draw(L))
        Y, statistics, tape = norm.forward(draw(B, T, H, W, L), p, axes, 1e-3)
        return Y, statistics, tape, norm.backward(draw(B, T, H, W, L), tape, axes)

    return run


def _norm_running(draw: Draw) -> Any:
    p, v = norm.Params(draw(L), draw(L)), draw(L)
    running = norm.Statistics(draw(L), v * v)
    Y, tape = norm_running.forward(draw(B, T, L), p, running, 1e-3)
    batch = norm.Statistics(draw(1, T, L), draw(1, T, L))
    saved = norm_running.follow(running, batch, B, 0.1)
    kept_by_step = norm_running.follow_steps(running, batch, B, 0.1)
    pooled = norm_running.pool([batch, batch._replace(m=draw(1, T, L))], [3, 5])
    return Y, tape, saved, kept_by_step, pooled, norm_running.backward(draw(B, T, L), tape)


def _dropout(draw: Draw) -> Any:
    Y, M = dropout.forward(draw(B, T, L), draw(B, 1, L))
    return Y, M, dropout.backward(draw(B, T, L), M)


def _loss(kernel: Any) -> Callable[[Draw], Any]:
    def run(draw: Draw) -> Any:
        value, tape = kernel.forward(draw(B, L), CLASSES)
        return value, tape, kernel.backward(draw(), tape)

    return run


KERNELS: dict[str, Callable[[Draw], Any]] = {
    "conv": _conv(conv),
    "im2col": _conv(im2col),
    "conv3d": _conv3d,
    "convlstm": _convlstm,
    "average-pool": _pool(average_pool),
    "max-pool": _pool(max_pool),
    "activate": _activate,
    "layer-norm": _norm((-3, -2, -1)),
    "batch-norm": _norm((0, 1, 2, 3)),
    "running-norm": _norm_running,
    "dropout": _dropout,
    "softmax-bce": _loss(loss_softmax_bce),
    "sigmoid-bce": _loss(loss_sigmoid_bce),
    "mse": _loss(loss_mse),
}
