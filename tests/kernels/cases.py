"""Every kernel but the neuron as a function of named arrays, once, for several tests."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from gradients.gradient_problem import GradientProblem
from independent.comparison import Array, Arrays

from liaf_ref.kernels import (
    activate,
    average_pool,
    conv,
    convlstm,
    current,
    dense,
    dropout,
    embedding,
    gru,
    im2col,
    loss,
    loss_mse,
    loss_sigmoid_bce,
    loss_softmax_bce,
    lstm,
    max_pool,
    norm,
    norm_running,
    readout,
    rnn,
    tokens,
)
from liaf_ref.kernels.activation import relu, sigmoid, tanh
from liaf_ref.kernels.grid import Grid, Size, causal, same

B, T, H, W, K, L, N = 2, 3, 4, 5, 2, 3, 6
IMAGES, VECTORS = (B, T, H, W, L), (B, T, L)
IDS = np.array([[1, 3, 3], [3, 5, 0]])  # a token comes again, others never come
CLASSES = np.array([4, 0, 4])
EPS = 1e-3


def flat(result: Any) -> list[Array]:
    """The arrays of nested tuples."""
    return [y for x in result for y in flat(x)] if isinstance(result, tuple) else [result]


class Case(NamedTuple):
    """A kernel: ``forward`` returns outputs and tape, ``backward`` the gradients in the order of
    the arrays, which are given by their shapes; an array that is given is a constant.
    """

    forward: Callable[..., Any]
    backward: Callable[..., Any]
    point: dict[str, Any]

    def problem(self) -> GradientProblem:
        """As a scalar function: the sum of the outputs times gradients in them."""
        forward, backward, rng = self.forward, self.backward, np.random.default_rng(21)
        point = self.point.items()
        at = {k: rng.normal(size=x) if isinstance(x, tuple) else x for k, x in point}
        cotangents = [rng.normal(size=np.shape(y)) for y in flat(forward(**at)[:-1])]

        def value(at: Arrays) -> Array:
            pairs = zip(flat(forward(**at)[:-1]), cotangents, strict=True)
            return np.asarray(sum((v * d).sum() for v, d in pairs))

        def by_hand(at: Arrays) -> Arrays:
            return dict(zip(at, flat(backward(*cotangents, forward(**at)[-1])), strict=True))

        return GradientProblem(at, value, by_hand)


def case(forward: Callable[..., Any], backward: Callable[..., Any], **point: Any) -> Case:
    """A kernel on arrays of these shapes."""
    return Case(forward, backward, point)


def _conv(kernel: Any, size: Size, window: Size, grid: Grid, bias: Size = (L,)) -> Any:
    """``size`` is all of the input but its channels."""
    return case(
        lambda X, W, b: kernel.forward(X, conv.Params(W, b), grid),
        lambda dI, tape: kernel.backward(dI, tape, grid),
        **{"X": (*size, K), "W": (*window, K, L), "b": bias},
    )


def _recurrent(kernel: Any, frame: Size, window: Size, states: str, *acts: Any) -> Any:
    gates = {rnn: 1, gru: 3}.get(kernel, 4)
    return case(
        lambda A, U, **start: kernel.forward(A, *start.values(), U, *acts),
        lambda *d: kernel.backward(*d, *acts),
        **{"A": (B, T, *frame, gates * L), **dict.fromkeys(states, (B, *frame, L))},
        U=(*window, L, gates * L),
    )


def _current(frame: Size, decay: Size) -> Any:
    start = (B, *frame, L)
    return case(current.forward, current.backward, X=(B, T, *start[1:]), I=start, decay=decay)


def _pool(kernel: Any, size: Size, stride: Size) -> Any:
    return case(
        lambda X: kernel.forward(X, size, stride),
        lambda dY, tape: kernel.backward(dY, tape, size, stride),
        X=IMAGES,
    )


def _norm(shape: Size, axes: Size, affine: Size) -> Any:
    def forward(X: Array, gamma: Array, b: Array) -> Any:
        Y, _, tape = norm.forward(X, norm.Params(gamma, b), axes, EPS)
        return Y, tape

    back = lambda dY, tape: norm.backward(dY, tape, axes)  # noqa: E731
    return case(forward, back, X=shape, gamma=affine, b=affine)


def _norm_running() -> Any:
    running = norm.Statistics(np.array([0.3, -1.0, 0.5]), np.array([0.5, 2.0, 0.1]))

    def forward(X: Array, gamma: Array, b: Array) -> Any:
        own = norm.Statistics(*(x.astype(X.dtype) for x in running))
        return norm_running.forward(X, norm.Params(gamma, b), own, EPS)

    return case(forward, norm_running.backward, X=IMAGES, gamma=(L,), b=(L,))


def _dense(shape: Size, bias: Any) -> Any:
    return case(
        lambda X, W, b: dense.forward(X, dense.Params(W, b)),
        dense.backward,
        **{"X": (*shape, K), "W": (K, L), "b": bias},
    )


def _tokens() -> Any:
    return case(
        lambda E, W, b: tokens.forward(IDS, E, dense.Params(W, b)),
        tokens.backward,
        **{"E": (N, K), "W": (K, L), "b": (L,)},
    )


def _readout(forward: Any, backward: Any) -> Any:
    return case(lambda Y: (forward(Y), T), backward, Y=(B, T, K, L))


def _loss(kernel: Any, y: Array = CLASSES) -> Any:
    return case(lambda Z: kernel.forward(Z, y), kernel.backward, Z=(len(y), 5))


THREE, SLAB = (3, 3), (3, 3, 1)
UNEVEN = Grid((2, 3), ((1, 0), (2, 1)))
MASK = np.array([2.0, 0.0, 2.0])[np.random.default_rng(24).integers(0, 3, (B, 1, L))]
CASES: dict[str, Case] = {
    "conv-same": _conv(conv, (B, 2, H, W), THREE, Grid((1, 1), same(THREE))),
    "conv-strides": _conv(conv, (B, 2, H, W), (3, 2), UNEVEN),
    "conv-one-bias": _conv(conv, (B, H, W), (1, 2), Grid((1, 1), same((1, 2))), ()),
    "conv-time": _conv(conv, (B, T, W), (3,), Grid((1,), causal((3,)))),
    "conv3d-same": _conv(conv, (B, T, 3, 2), SLAB, Grid((1, 1, 1), same(SLAB))),
    "conv3d-causal": _conv(conv, (B, T, 3, 2), SLAB, Grid((1, 1, 1), causal(SLAB))),
    "im2col-same": _conv(im2col, (B, 2, H, W), THREE, Grid((1, 1), same(THREE))),
    "im2col-strides": _conv(im2col, (B, 2, H, W), (3, 2), UNEVEN),
    "im2col-causal": _conv(im2col, (B, T, 3, 2), SLAB, Grid((1, 1, 1), causal(SLAB))),
    "rnn": _recurrent(rnn, (), (), "c", tanh),
    "lstm": _recurrent(lstm, (), (), "hc", sigmoid, tanh, tanh),
    "gru": _recurrent(gru, (), (), "h", sigmoid, tanh),
    "convlstm": _recurrent(convlstm, (3, 2), THREE, "hc", sigmoid, tanh, tanh),
    "current": _current((), (1,)),
    "current-planes-channel": _current((3, 2), (L,)),
    "current-planes-non": _current((3, 2), (3, 2, L)),
    "average": _pool(average_pool, (2, 2), (2, 2)),
    "average-overlap": _pool(average_pool, (3, 2), (1, 2)),
    "max": _pool(max_pool, (2, 2), (2, 2)),
    "max-overlap": _pool(max_pool, (3, 2), (1, 2)),
    "layer-norm": _norm(IMAGES, (-3, -2, -1), (H, W, L)),
    "layer-norm-channels": _norm(IMAGES, (-1,), (L,)),
    "layer-norm-dense": _norm(VECTORS, (-1,), ()),
    "batch-norm": _norm(IMAGES, (0, 1, 2, 3), (L,)),
    "batch-norm-dense": _norm((4, T, L), (0, 1), (L,)),
    "batch-norm-steps": _norm(IMAGES, (0, 2, 3), (L,)),
    "batch-norm-dense-steps": _norm((4, T, L), (0,), (L,)),
    "batch-norm-running": _norm_running(),
    "activate": case(
        lambda X: activate.forward(X, relu), lambda d, t: activate.backward(d, t, relu), X=VECTORS
    ),
    "dropout": case(
        lambda X: dropout.forward(X, MASK.astype(X.dtype)), dropout.backward, X=VECTORS
    ),
    "dense": _dense((B, T), (L,)),
    "dense-one-bias": _dense((B, T), ()),
    "dense-without-bias": _dense((B, T), np.zeros(())),
    "dense-without-time": _dense((B,), (L,)),
    "embedding": case(lambda E: embedding.forward(IDS, E), embedding.backward, E=(N, K)),
    "tokens": _tokens(),
    "last-step": _readout(readout.last_forward, readout.last_backward),
    "mean": _readout(readout.mean_forward, readout.mean_backward),
    "cross-entropy": _loss(loss),
    "softmax-bce": _loss(loss_softmax_bce),
    "sigmoid-bce": _loss(loss_sigmoid_bce),
    "mse": _loss(loss_mse),
    "mse-of-targets": _loss(loss_mse, np.linspace(-2, 3, 20).reshape(4, 5)),
}
