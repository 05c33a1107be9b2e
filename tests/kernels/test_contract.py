"""What every kernel promises: dtype in, dtype out; nothing it was given is changed."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from independent.comparison import Array

from liaf_ref.kernels import (
    activate,
    average_pool,
    conv,
    convlstm,
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
    neuron,
    norm,
    norm_running,
    readout,
    rnn,
    spike,
    tokens,
)
from liaf_ref.kernels.activation import ACTIVATIONS, selu, sigmoid, tanh
from liaf_ref.kernels.grid import Grid, causal, same
from liaf_ref.kernels.pair import Pair, frozen

B, T, K, L, N, H, W = 2, 3, 4, 5, 6, 4, 2
IDS, CLASSES = np.array([[1, 1, 0], [5, 2, 1]]), np.array([3, 0])
DTYPES = [np.float32, np.float64, np.longdouble, np.complex128]
Draw = Callable[..., Array]


def _neurons(act: Pair, fires: Pair) -> Callable[[Draw], Any]:
    def run(draw: Draw) -> Any:
        p = neuron.Params(*(draw(L) for _ in range(4)))
        Y, V, tape = neuron.forward(draw(B, T, L), draw(B, L), p, fires, act, neuron.TR)
        back = neuron.backward(draw(B, T, L), draw(B, L), tape, fires, act, neuron.TR)
        return Y, V, tape, back

    return run


def _dense(draw: Draw) -> Any:
    I, tape = dense.forward(draw(B, T, K), dense.Params(draw(K, L), draw(L)))
    return I, tape, dense.backward(draw(B, T, L), tape)


def _rnn(draw: Draw) -> Any:
    out = rnn.forward(draw(B, T, L), draw(B, L), draw(L, L), tanh)
    return out, rnn.backward(draw(B, T, L), draw(B, L), out[-1], tanh)


def _lstm(draw: Draw) -> Any:
    sigmas = (sigmoid, tanh, tanh)
    out = lstm.forward(draw(B, T, 4 * L), draw(B, L), draw(B, L), draw(L, 4 * L), *sigmas)
    return out, lstm.backward(draw(B, T, L), draw(B, L), draw(B, L), out[-1], *sigmas)


def _gru(draw: Draw) -> Any:
    out = gru.forward(draw(B, T, 3 * L), draw(B, L), draw(L, 3 * L), sigmoid, tanh)
    return out, gru.backward(draw(B, T, L), draw(B, L), out[-1], sigmoid, tanh)


def _embedding(draw: Draw) -> Any:
    X, tape = embedding.forward(IDS, draw(N, K))
    return X, embedding.backward(draw(B, T, K), tape)


def _tokens(draw: Draw) -> Any:
    I, tape = tokens.forward(IDS, draw(N, K), dense.Params(draw(K, L), draw(L)))
    return I, tokens.backward(draw(B, T, L), tape)


def _readouts(draw: Draw) -> Any:
    Y, dy = draw(B, T, L), draw(B, L)
    last = readout.last_forward(Y), readout.last_backward(dy, T)
    return last, readout.mean_forward(Y), readout.mean_backward(dy, T)


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


def _mean(kernel: Any) -> Callable[[Draw], Any]:
    def run(draw: Draw) -> Any:
        value, tape = kernel.forward(draw(B, L), CLASSES)
        return value, tape, kernel.backward(draw(), tape)

    return run


def _pair(pair: Pair) -> Callable[[Draw], Any]:
    def run(draw: Draw) -> Any:
        x = draw(B, L)
        return pair.value(x), pair.slope(x), frozen(pair).value(x)

    return run


SPIKES = {
    "paper": spike.paper(0.5),
    "detached": spike.detached(),
    "relaxed": spike.relaxed(0.3),
    "frozen": spike.frozen(spike.paper(0.5)),
}
KERNELS: dict[str, Callable[[Draw], Any]] = {
    "dense": _dense,
    "rnn": _rnn,
    "lstm": _lstm,
    "gru": _gru,
    "embedding": _embedding,
    "tokens": _tokens,
    "readouts": _readouts,
    "loss": _mean(loss),
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
    "softmax-bce": _mean(loss_softmax_bce),
    "sigmoid-bce": _mean(loss_sigmoid_bce),
    "mse": _mean(loss_mse),
    **{f"liaf-{name}": _neurons(act, spike.paper(0.5)) for name, act in ACTIVATIONS.items()},
    **{f"lif-{name}": _neurons(fires, fires) for name, fires in SPIKES.items()},
    **{name: _pair(pair) for name, pair in (ACTIVATIONS | SPIKES).items()},
}


class Giver:
    """Draws read-only arrays of one dtype and remembers what it gave."""

    def __init__(self, dtype: Any) -> None:
        self.rng = np.random.default_rng(71)
        self.dtype = np.dtype(dtype)
        self.given: list[tuple[Array, bytes]] = []

    def __call__(self, *shape: int) -> Array:
        array = np.asarray(self.rng.normal(size=shape)).astype(self.dtype)
        if self.dtype.kind == "c":
            array.imag = self.rng.normal(size=shape)
        array.flags.writeable = False
        self.given.append((array, array.tobytes()))
        return array


def _floating(tree: Any) -> Iterator[Any]:
    if isinstance(tree, tuple):
        for branch in tree:
            yield from _floating(branch)
    elif not isinstance(tree, int) and tree.dtype.kind != "i":
        yield tree


@pytest.mark.parametrize("run", KERNELS.values(), ids=KERNELS)
def test_dtype_out_is_dtype_in_and_arguments_may_be_read_only_and_stay(
    run: Callable[[Draw], Any],
) -> None:
    for dtype in DTYPES:
        giver = Giver(dtype)
        leaves = list(_floating(run(giver)))
        assert leaves
        assert {str(leaf.dtype) for leaf in leaves} == {str(np.dtype(dtype))}
        assert all(np.isfinite(leaf).all() for leaf in leaves)
        assert giver.given
        for number, (array, before) in enumerate(giver.given):
            assert array.tobytes() == before, f"argument {number} of {array.shape} was changed"


def test_a_backward_pass_leaves_its_tape_alone() -> None:
    draw = Giver(np.float64)
    p = neuron.Params(*(draw(L) for _ in range(4)))
    choices: Any = (spike.paper(0.5), tanh, neuron.TR)
    *_, tape = neuron.forward(draw(B, T, L), draw(B, L), p, *choices)
    dY, dV = draw(B, T, L), draw(B, L)
    first, second = (neuron.backward(dY, dV, tape, *choices) for _ in range(2))
    for a, b in zip(_floating(first), _floating(second), strict=True):
        assert (a == b).all()
