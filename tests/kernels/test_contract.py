"""What every kernel promises: dtype in, dtype out; nothing it was given is changed."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from independent.comparison import Array

from kernels import images
from liaf_ref.kernels import (
    dense,
    embedding,
    gru,
    loss,
    lstm,
    neuron,
    readout,
    rnn,
    spike,
    tokens,
)
from liaf_ref.kernels.activation import ACTIVATIONS, sigmoid, tanh
from liaf_ref.kernels.pair import Pair, frozen

B, T, K, L, N = 2, 3, 4, 5, 6
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


def _loss(draw: Draw) -> Any:
    value, tape = loss.forward(draw(B, L), CLASSES)
    return value, tape, loss.backward(draw(), tape)


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
    "loss": _loss,
    **images.KERNELS,
    **{f"liaf-{name}": _neurons(act, spike.paper(0.5)) for name, act in ACTIVATIONS.items()},
    **{f"lif-{name}": _neurons(fires, fires) for name, fires in SPIKES.items()},
    **{name: _pair(pair) for name, pair in (ACTIVATIONS | SPIKES).items()},
}
every_kernel = pytest.mark.parametrize("run", KERNELS.values(), ids=KERNELS)


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


@every_kernel
@pytest.mark.parametrize("dtype", DTYPES)
def test_dtype_out_is_dtype_in(run: Callable[[Draw], Any], dtype: Any) -> None:
    leaves = list(_floating(run(Giver(dtype))))
    assert leaves
    assert {str(leaf.dtype) for leaf in leaves} == {str(np.dtype(dtype))}
    assert all(np.isfinite(leaf).all() for leaf in leaves)


@every_kernel
@pytest.mark.parametrize("dtype", DTYPES)
def test_arguments_may_be_read_only_and_stay_as_they_were(
    run: Callable[[Draw], Any], dtype: Any
) -> None:
    giver = Giver(dtype)
    run(giver)
    assert giver.given
    for number, (array, before) in enumerate(giver.given):
        assert array.tobytes() == before, f"argument {number} of shape {array.shape} was changed"


def test_a_backward_pass_leaves_its_tape_alone() -> None:
    draw = Giver(np.float64)
    p = neuron.Params(*(draw(L) for _ in range(4)))
    choices: Any = (spike.paper(0.5), tanh, neuron.TR)
    *_, tape = neuron.forward(draw(B, T, L), draw(B, L), p, *choices)
    dY, dV = draw(B, T, L), draw(B, L)
    first, second = (neuron.backward(dY, dV, tape, *choices) for _ in range(2))
    for a, b in zip(_floating(first), _floating(second), strict=True):
        assert (a == b).all()
