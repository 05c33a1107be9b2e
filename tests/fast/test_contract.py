"""What every fast kernel promises: its inputs, memory, calls and dtypes, and what it hands over."""

from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import pytest

from fast import convolutions, neurons, norms, recurrent
from fast.neurons import ACTS, fill_new_arrays_with_nan, forbid_reference
from fast.test_convlstm import CELL, PLANES, TILES
from fast.test_convlstm import draw as draw_convlstm
from fast.test_recurrent import CELLS
from liaf_ref.fast import activate, average_pool, conv, neuron, norm, tokens
from liaf_ref.fast.tokens import materialize
from liaf_ref.kernels import activate as activate_
from liaf_ref.kernels import average_pool as average_pool_
from liaf_ref.kernels import conv as conv_
from liaf_ref.kernels import dense, im2col, spike
from liaf_ref.kernels import neuron as neuron_
from liaf_ref.kernels import norm as norm_
from liaf_ref.kernels import tokens as tokens_
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import Grid, same

Arrays = tuple[Array, ...]


class Twin(NamedTuple):
    """A fast kernel on some inputs."""

    fast: ModuleType
    reference: ModuleType
    forward: Callable[[Any, Arrays], tuple[list[Array], Any]]  # outputs and tape
    backward: Callable[[Any, Any, Arrays], list[Array]]  # from a kernel and its tape
    inputs: Arrays  # of forward
    grads: Arrays  # of backward


def flat(result: Any) -> list[Array]:
    """The arrays of nested tuples."""
    return [y for x in result for y in flat(x)] if isinstance(result, tuple) else [result]


def activate_twin(act: str) -> Twin:
    X, dY = np.random.default_rng(10).normal(size=(2, 3, 2, 4, 5, 6)).astype(np.float32)
    return Twin(
        activate,
        activate_,
        lambda k, x: ([k.forward(*x, ACTS[act])[0]], k.forward(*x, ACTS[act])[1]),
        lambda k, tape, d: [k.backward(*d, tape, ACTS[act])],
        (X,),
        (dY,),
    )


def average_pool_twin() -> Twin:
    X, size = np.random.default_rng(6).normal(size=(2, 3, 4, 6, 5)).astype(np.float32), (2, 2)
    return Twin(
        average_pool,
        average_pool_,
        lambda k, x: ([k.forward(*x, size, size)[0]], k.forward(*x, size, size)[1]),
        lambda k, tape, d: [k.backward(*d, tape, size, size)],
        (X,),
        (X[:, :, :2, :3] + 1,),
    )


def conv_twin(case: convolutions.Case) -> Twin:
    def forward(k: Any, x: Arrays) -> tuple[list[Array], Any]:
        I, tape = k.forward(x[0], conv_.Params(*x[1:]), case.grid)
        return [I], tape

    def backward(k: Any, tape: Any, d: Arrays) -> list[Array]:
        return flat((*k.backward(*d, tape, case.grid), k.backward_params(*d, tape, case.grid)))

    return Twin(conv, im2col, forward, backward, (case.X, *case.p), (case.dI,))


def recurrent_twin(cell: recurrent.Cell, case: recurrent.Case) -> Twin:
    def forward(k: Any, x: Arrays) -> tuple[list[Array], Any]:
        *outputs, tape = k.forward(*x, *cell.activations)
        return flat(tuple(outputs)), tape

    return Twin(
        cell.fast,
        cell.reference,
        forward,
        lambda k, tape, d: flat(k.backward(*d, tape, *cell.activations)),
        (case.A, *case.state, case.U),
        (recurrent.pad_time(case).dY, *case.d_state),
    )


def norm_twin(name: str) -> Twin:
    X, p, dY, axes = norms.draw(name)

    def forward(k: Any, x: Arrays) -> tuple[list[Array], Any]:
        Y, statistics, tape = k.forward(x[0], norm_.Params(*x[1:]), axes, norms.VARIANCE_EPS)
        return [Y, *statistics], tape

    return Twin(norm, norm_, forward, lambda k, t, d: flat(k.backward(*d, t, axes)), (X, *p), (dY,))


def tokens_twin(N: int) -> Twin:
    rng = np.random.default_rng(0)
    ids, shapes = rng.integers(0, N, (5, 7)), ((N, 3), (3, 4), (4,), (5, 7, 4))
    E, W, b, dI = (rng.normal(size=size).astype(np.float32) for size in shapes)

    def forward(k: Any, x: Arrays) -> tuple[list[Array], Any]:
        I, tape = k.forward(ids, x[0], dense.Params(*x[1:]))
        return [materialize(I)], tape

    return Twin(tokens, tokens_, forward, lambda k, t, d: flat(k.backward(*d, t)), (E, W, b), (dI,))


def neuron_twin(act: str) -> Twin:
    I, V, p = neurons.draw((5, 6, 7), "channel")
    choices: Any = spike.paper(0.5), ACTS[act], 1

    def forward(k: Any, x: Arrays) -> tuple[list[Array], Any]:
        Y, last, tape = k.forward(*x[:2], neuron_.Params(*x[2:]), *choices)
        return [np.asarray(Y), last], tape

    return Twin(
        neuron,
        neuron_,
        forward,
        lambda k, tape, d: flat(k.backward(*d, tape, *choices)),
        (I, V, *p),
        (I * 2, V * 3),
    )


TWINS = {
    **{f"activate-{act}": activate_twin(act) for act in ("relu", "selu", "tanh")},
    "average-pool": average_pool_twin(),
    "conv-tiles": conv_twin(convolutions.draw((4, 5, 10, 10, 24), 20)),
    "conv-planes": conv_twin(convolutions.draw((2, 3, 6, 5, 2), 7)),
    "conv-rows": conv_twin(convolutions.draw((3, 6, 5, 12), 7, Grid((2, 1), same((3, 3))))),
    **{n: recurrent_twin(c, recurrent.draw(c, (5, 9, 7, 3))) for n, c in CELLS.items()},
    "convlstm-planes": recurrent_twin(CELL, draw_convlstm(PLANES)),
    "convlstm-tiles": recurrent_twin(CELL, draw_convlstm(TILES)),
    **{f"norm-{name}": norm_twin(name) for name in ("image", "batch")},
    **{f"tokens-{N}": tokens_twin(N) for N in (6, tokens.MAX_ONEHOT_TOKENS + 1)},
    **{f"neuron-{act}": neuron_twin(act) for act in ("identity", "selu", "spike")},
}
every_twin = pytest.mark.parametrize("twin", TWINS.values(), ids=TWINS)
LAYOUTS: dict[str, Callable[[Array], Array]] = {
    "time-major": lambda x: np.swapaxes(np.swapaxes(x, 0, 1).copy(), 0, 1),
    "strided": lambda x: np.repeat(x, 2, -1)[..., ::2],
    "backwards": lambda x: np.flip(np.flip(x, 0).copy(), 0),
    "channels first": lambda x: np.moveaxis(np.moveaxis(x, -1, 0).copy(), 0, -1),
}


def run(kernel: ModuleType, twin: Twin, inputs: Arrays, grads: Arrays) -> list[Array]:
    """Outputs and gradients."""
    outputs, tape = twin.forward(kernel, inputs)
    return [*outputs, *twin.backward(kernel, tape, grads)]


def copies(arrays: list[Array]) -> list[Array]:
    return [x.copy() for x in arrays]


def assert_equal(found: Any, expected: Any) -> None:
    for got, want in zip(found, expected, strict=True):
        assert got.dtype == want.dtype
        np.testing.assert_array_equal(got, want)


@every_twin
@pytest.mark.parametrize("layout", LAYOUTS)
def test_memory_order_is_private_and_inputs_stay(twin: Twin, layout: str) -> None:
    expected = run(twin.fast, twin, twin.inputs, twin.grads)
    given = tuple(
        LAYOUTS[layout](x) if x.ndim > 1 else x.copy() for x in (*twin.inputs, *twin.grads)
    )
    for x in given:
        x.flags.writeable = False
    inputs, grads = given[: len(twin.inputs)], given[len(twin.inputs) :]
    for got, want in zip(run(twin.fast, twin, inputs, grads), expected, strict=True):
        assert got.dtype == np.float32
        # The order of sums may follow the memory's.
        np.testing.assert_allclose(got, want, rtol=0, atol=1e-5 * (1 + abs(want).max()))
    assert_equal(given, (*twin.inputs, *twin.grads))


@every_twin
def test_calls_are_independent(twin: Twin, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tape serves twice, and later calls leave alone what a call returned."""
    fill_new_arrays_with_nan(monkeypatch)
    outputs, tape = twin.forward(twin.fast, twin.inputs)
    kept = copies(outputs)
    first = twin.backward(twin.fast, tape, twin.grads)
    saved = copies(first)
    run(twin.fast, twin, tuple(x + 1 for x in twin.inputs), tuple(d - 1 for d in twin.grads))
    again = twin.backward(twin.fast, tape, twin.grads)
    assert_equal([*outputs, *first, *again], [*kept, *saved, *saved])


@every_twin
@pytest.mark.parametrize("dtype", [np.float64, np.longdouble, np.complex64])
def test_other_dtypes_are_handed_over(twin: Twin, dtype: Any) -> None:
    inputs, grads = ([x.astype(dtype) for x in xs] for xs in (twin.inputs, twin.grads))
    expected = run(twin.reference, twin, tuple(inputs), tuple(grads))
    assert_equal(run(twin.fast, twin, tuple(inputs), tuple(grads)), expected)


@every_twin
def test_one_input_of_another_dtype_is_enough(twin: Twin) -> None:
    for i, x in enumerate(twin.inputs):
        inputs = (*twin.inputs[:i], x.astype(np.float64), *twin.inputs[i + 1 :])
        expected = run(twin.reference, twin, inputs, twin.grads)
        assert_equal(run(twin.fast, twin, inputs, twin.grads), expected)


@pytest.mark.parametrize("name", [n for n in TWINS if n.startswith(("activate", "conv-"))])
def test_a_gradient_of_another_dtype_is_enough(name: str) -> None:
    twin, (dY,) = TWINS[name], TWINS[name].grads
    found = run(twin.fast, twin, twin.inputs, (dY.astype(np.float64),))
    expected = run(twin.reference, twin, twin.inputs, (dY.astype(np.float64),))
    assert_equal(found[1:], expected[1:])


@pytest.mark.parametrize("name", [n for n in TWINS if n not in {"conv-planes", "conv-rows"}])
def test_nothing_that_has_a_fast_version_is_handed_over(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    twin = TWINS[name]
    forbid_reference(monkeypatch, twin.reference)
    run(twin.fast, twin, twin.inputs, twin.grads)
