"""What every kernel promises: gradients; dtype in, dtype out; nothing it was given is changed."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from gradients.gradient_problem import check_by_complex_step, check_by_differences
from independent.comparison import Array

from kernels.cases import CASES, Case, case, flat
from liaf_ref.kernels import neuron, norm, norm_running, spike
from liaf_ref.kernels.activation import ACTIVATIONS
from liaf_ref.kernels.pair import Pair, frozen

B, T, L = 2, 3, 5
DTYPES = [np.float32, np.float64, np.longdouble, np.complex128]
SPIKES = {
    "paper": spike.paper(0.5),
    "detached": spike.detached(),
    "relaxed": spike.relaxed(0.3),
    "frozen": spike.frozen(spike.paper(0.5)),
}


def _neurons(act: Pair, fires: Pair) -> Case:
    how = fires, act, neuron.TR
    return case(
        lambda I, V, **p: neuron.forward(I, V, neuron.Params(**p), *how),
        lambda dY, dV, tape: neuron.backward(dY, dV, tape, *how),
        **{"I": (B, T, L), "V": (B, L), **dict.fromkeys(neuron.Params._fields, (L,))},
    )


def _follow(m: Array, v: Array, batch_m: Array, batch_v: Array) -> Any:
    running, batch = norm.Statistics(m, v * v), norm.Statistics(batch_m, batch_v)
    pooled = norm_running.pool([batch, batch._replace(m=batch.v)], [3, 5])
    follows = norm_running.follow, norm_running.follow_steps
    return *(follow(running, batch, B, 0.1) for follow in follows), pooled, ()


def _values(pair: Pair) -> Case:
    def forward(x: Array) -> Any:
        return pair.value(x), pair.slope(x), frozen(pair).value(x), ()

    return case(forward, lambda *_: (), x=(B, L))


STATISTICS = {"m": (L,), "v": (L,), "batch_m": (1, T, L), "batch_v": (1, T, L)}
KERNELS = {
    **CASES,
    **{f"liaf-{name}": _neurons(act, spike.paper(0.5)) for name, act in ACTIVATIONS.items()},
    **{f"lif-{name}": _neurons(fires, fires) for name, fires in SPIKES.items()},
    **{name: _values(pair) for name, pair in (ACTIVATIONS | SPIKES).items()},
    "running statistics": case(_follow, lambda *_: (), **STATISTICS),
}


class Giver:
    """Draws read-only arrays of one dtype and remembers what it gave."""

    def __init__(self, dtype: Any) -> None:
        self.rng = np.random.default_rng(71)
        self.dtype = np.dtype(dtype)
        self.given: list[tuple[Array, bytes]] = []

    def __call__(self, shape: Any) -> Array:
        drawn = self.rng.normal(size=shape) if isinstance(shape, tuple) else shape
        array = np.array(drawn, self.dtype)
        if self.dtype.kind == "c" and isinstance(shape, tuple):
            array.imag = self.rng.normal(size=shape)
        array.flags.writeable = False
        self.given.append((array, array.tobytes()))
        return array


def _floating(tree: Any) -> Iterator[Any]:
    for leaf in flat(tree):
        if not isinstance(leaf, int) and leaf.dtype.kind not in "ib":
            yield leaf


@pytest.mark.parametrize("name", KERNELS)
def test_dtype_out_is_dtype_in_and_arguments_may_be_read_only_and_stay(name: str) -> None:
    forward, backward, point = KERNELS[name]
    for dtype in DTYPES:
        draw = Giver(dtype)
        *outputs, tape = forward(**{key: draw(shape) for key, shape in point.items()})
        d = [draw(np.shape(y)) for y in flat(tuple(outputs))]
        first, second = (tuple(_floating(backward(*d, tape))) for _ in range(2))
        leaves = [*_floating(tuple(outputs)), *_floating(tape), *first]
        assert leaves
        assert {str(leaf.dtype) for leaf in leaves} == {str(np.dtype(dtype))}
        assert all(np.isfinite(leaf).all() for leaf in leaves)
        for number, (array, before) in enumerate(draw.given):
            assert array.tobytes() == before, f"argument {number} of {array.shape} was changed"
        for a, b in zip(first, second, strict=True):  # the tape was left alone
            assert (a == b).all()


@pytest.mark.parametrize("name", CASES)
def test_gradients_entry_by_entry(name: str) -> None:
    problem = CASES[name].problem()
    check_by_complex_step(problem)
    if sum(array.size for array in problem.point.values()) < 400:
        check_by_differences(problem)
