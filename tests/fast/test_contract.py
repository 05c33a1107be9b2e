"""What every fast kernel promises: its inputs, memory, calls and dtypes, and what it hands over."""

from collections.abc import Callable, Iterator
from itertools import product
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import pytest
from kernels.convolutions import SHAPES

from fast import convolutions, neurons, norms, recurrent
from fast.neurons import ACTS, EPS, fill_new_arrays_with_nan, forbid_reference
from fast.recurrent import CELLS, CONVLSTM, CONVLSTM_SIZES, PLANES, TILES, draw_convlstm
from liaf_ref.fast import (
    activate,
    average_pool,
    conv,
    conv_columns,
    memory_layout,
    neuron,
    norm,
    norm_columns,
    norm_rows,
    readout,
    tokens,
)
from liaf_ref.fast.tokens import materialize
from liaf_ref.kernels import activate as activate_
from liaf_ref.kernels import average_pool as average_pool_
from liaf_ref.kernels import conv as conv_
from liaf_ref.kernels import dense, im2col, spike
from liaf_ref.kernels import neuron as neuron_
from liaf_ref.kernels import norm as norm_
from liaf_ref.kernels import readout as readout_
from liaf_ref.kernels import tokens as tokens_
from liaf_ref.kernels.activation import identity, sigmoid, tanh
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import Grid, same
from liaf_ref.kernels.pair import Pair

Arrays = tuple[Array, ...]
PAPER = spike.paper(0.5)


class Twin(NamedTuple):
    """A fast kernel on some inputs."""

    fast: ModuleType
    reference: ModuleType
    forward: Callable[[Any, Arrays], tuple[list[Array], Any]]  # outputs and tape
    backward: Callable[[Any, Any, Arrays], list[Array]]  # from a kernel and its tape
    inputs: Arrays  # of forward
    grads: Arrays  # of backward
    terms: int = 0  # roundings of one number
    silent: int = 0  # first steps without a gradient, which the fast kernel is not given
    rounds_like: Any = None  # a twin whose reference rounds as the fast kernel


def flat(result: Any) -> list[Array]:
    """The arrays of nested tuples."""
    return [y for x in result for y in flat(x)] if isinstance(result, tuple) else [result]


def activate_twin(act: str | Pair) -> Twin:
    pair = act if isinstance(act, Pair) else ACTS[act]
    X, dY = np.random.default_rng(10).normal(size=(2, 3, 2, 4, 5, 6)).astype(np.float32)
    X[0, 0, 0, 0, :3] = 0.0, -0.0, 0.0
    return Twin(
        activate,
        activate_,
        lambda k, x: ([k.forward(*x, pair)[0]], k.forward(*x, pair)[1]),
        lambda k, tape, d: [k.backward(*d, tape, pair)],
        (X,),
        (dY,),
        terms=0 if act in {"identity", "relu", "spike"} else 4,
    )


def average_pool_twin(
    shape: tuple[int, ...] = (2, 3, 4, 6, 5),
    size: tuple[int, ...] = (2, 2),
    stride: tuple[int, ...] | None = None,
) -> Twin:
    """In whole numbers, whose shares of 1, 2, 4, 8 and 16 are exact."""
    X = np.random.default_rng(6).integers(-9, 10, shape).astype(np.float32)
    windows = size, stride or size
    dY = average_pool_.forward(X, *windows)[0] + 1
    dY = np.round(dY).astype(np.float32)
    return Twin(
        average_pool,
        average_pool_,
        lambda k, x: ([k.forward(*x, *windows)[0]], k.forward(*x, *windows)[1]),
        lambda k, tape, d: [k.backward(*d, tape, *windows)],
        (X,),
        (dY,),
        terms=11 if size == (3, 3) else 0,
    )


def conv_twin(case: convolutions.Case, fast: ModuleType = conv) -> Twin:
    def forward(k: Any, x: Arrays) -> tuple[list[Array], Any]:
        I, tape = k.forward(x[0], conv_.Params(*x[1:]), case.grid)
        return [I], tape

    def backward(k: Any, tape: Any, d: Arrays) -> list[Array]:
        return flat((*k.backward(*d, tape, case.grid), k.backward_params(*d, tape, case.grid)))

    return Twin(fast, im2col, forward, backward, (case.X, *case.p), (case.dI,), terms=0)


def recurrent_twin(cell: recurrent.Cell, case: recurrent.Case) -> Twin:
    forward, backward = _passes(cell.activations)
    twin = Twin(
        cell.fast,
        cell.reference,
        forward,
        backward,
        (case.A, *case.state, case.U),
        (recurrent.pad_time(case).dY, *case.d_state),
        terms=int(np.prod(case.U.shape[:-1])),
        silent=case.A.shape[1] - case.dY.shape[1],
    )
    by_tanh = [recurrent.BY_TANH if pair is sigmoid else pair for pair in cell.activations]
    forward, backward = _passes(tuple(by_tanh))
    return twin._replace(rounds_like=twin._replace(forward=forward, backward=backward))


def _passes(activations: tuple[Pair, ...]) -> Any:
    def forward(k: Any, x: Arrays) -> tuple[list[Array], Any]:
        *outputs, tape = k.forward(*x, *activations)
        return flat(tuple(outputs)), tape

    return forward, lambda k, tape, d: flat(k.backward(*d, tape, *activations))


def norm_twin(name: str, other_axes: tuple[int, ...] = (), full: str = "") -> Twin:
    X, p, dY, axes = norms.draw(name)
    axes = other_axes or axes
    if full:
        p = p._replace(**{full: np.broadcast_to(getattr(p, full), X.shape)})

    def forward(k: Any, x: Arrays) -> tuple[list[Array], Any]:
        Y, statistics, tape = k.forward(x[0], norm_.Params(*x[1:]), axes, norms.VARIANCE_EPS)
        return [Y, *statistics], tape

    # A sum of N terms, at most the 2048 of a piece, has 16 lanes.
    back, terms = lambda k, t, d: flat(k.backward(*d, t, axes)), 2048 // 16 + 10
    return Twin(norm, norm_, forward, back, (X, *p), (dY,), terms)


def tokens_twin(N: int, dtype: Any = np.int64, B: int = 5) -> Twin:
    rng = np.random.default_rng(0)
    ids, shapes = rng.integers(0, N, (B, 7)).astype(dtype), ((N, 3), (3, 4), (4,), (B, 7, 4))
    E, W, b, dI = (rng.normal(size=size).astype(np.float32) for size in shapes)

    def forward(k: Any, x: Arrays) -> tuple[list[Array], Any]:
        I, tape = k.forward(ids, x[0], dense.Params(*x[1:]))
        return [materialize(I)], tape

    back = lambda k, t, d: flat(k.backward(*d, t))  # noqa: E731
    return Twin(tokens, tokens_, forward, back, (E, W, b), (dI,), terms=35)


def neuron_twin(act: str | Pair, pair: Pair = PAPER, **changed: Array) -> Twin:
    I, V, p = neurons.draw((5, 6, 7), "channel")
    p = p._replace(**changed)
    choices: Any = pair, act if isinstance(act, Pair) else ACTS[act], 1

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
    "convlstm-planes": recurrent_twin(CONVLSTM, draw_convlstm(PLANES)),
    "convlstm-tiles": recurrent_twin(CONVLSTM, draw_convlstm(TILES)),
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
    if twin.silent and kernel is twin.fast:
        grads = (grads[0][:, twin.silent :], *grads[1:])
    return [*outputs, *twin.backward(kernel, tape, grads)]


def all_cases() -> Iterator[tuple[str, Twin]]:
    """Shapes, options and seeds; neurons and Winograd's tiles have bounds of their own."""
    yield from ((f"activate-{act}", activate_twin(act)) for act in ACTS)
    for shape in [(2, 3, 8, 6, 5), (3, 7, 9, 4), (5, 4, 3), (1, 4, 4, 1), (4, 2, 4, 8, 1)]:
        for size in [(2, 2), (4, 2), (1, 2), (2, 1), (4, 4), (1, 1), (3, 3)]:
            if shape[-3] >= size[0] and shape[-2] >= size[1]:
                yield f"average-pool-{shape}-{size}", average_pool_twin(shape, size)
    for name in convolutions.PLANES:
        yield f"planes-{name}", conv_twin(convolutions.whole_number_case(name), conv_columns)
    yield from ((f"norm-{name}", norm_twin(name)) for name in norms.CASES)
    for name, cell in CELLS.items():
        for shape, seed in product(recurrent.SHAPES, range(3)):
            case = recurrent.draw(cell, shape, seed)
            yield f"{name}-{shape}-{seed}", recurrent_twin(cell, case)
        for drive in (50.0, 100.0):
            case = recurrent.draw(cell, (5, 9, 7, 9), drive=drive)
            ends = case._replace(A=np.float32(drive) * np.sign(case.A))
            yield f"{name}-saturated-{drive}", recurrent_twin(cell, case)
            yield f"{name}-at-its-ends-{drive}", recurrent_twin(cell, ends)
    for sizes, seed in product(CONVLSTM_SIZES, range(3)):
        yield f"convlstm-{sizes}-{seed}", recurrent_twin(CONVLSTM, draw_convlstm(sizes, seed))
    for drive in (50.0, 100.0):
        case = draw_convlstm(PLANES, drive=drive)
        yield f"convlstm-saturated-{drive}", recurrent_twin(CONVLSTM, case)
    for N, dtype in product((1, 6, 128, 129), (np.int64, np.int32, np.uint8)):
        yield f"tokens-{N}-{dtype.__name__}", tokens_twin(N, dtype)


CASES = dict(all_cases())
CHUNKED = ("activate", "average-pool", "planes", "norm")


@pytest.mark.parametrize("name", CASES)
def test_fast_equals_reference(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """To the bit where no number is rounded, else as nearly as the reference.

    The reference in float32 rounds the same quantities as often, in another order.  So its own
    distance from float64 shows what rounding is on this case, conditioning and cancellation
    included; the larger of two maxima of like errors is rarely three times the other: a factor of
    4.  Where an output has few numbers the reference may be near by luck; so one rounding of each
    term of a sum is granted on top, and what float32 has no normal number for.
    """
    fill_new_arrays_with_nan(monkeypatch)
    twin = CASES[name]
    wide = [tuple(x.astype(np.float64) for x in xs) for xs in (twin.inputs, twin.grads)]
    exact = run(twin.reference, twin, *wide)
    rounded = run(twin.reference, twin.rounds_like or twin, twin.inputs, twin.grads)
    for chunk in (None, 1, 7, 60, 300) if name.startswith(CHUNKED) else (None,):
        if chunk:
            monkeypatch.setattr(memory_layout, "CHUNK", chunk)
            monkeypatch.setattr(norm_rows, "FLOAT32_SUM_LENGTH", chunk)
            monkeypatch.setattr(norm_columns, "FLOAT32_SUM_LENGTH", chunk)
            monkeypatch.setattr(conv_columns, "CHUNK", 100 * chunk)
            monkeypatch.setattr(conv_columns, "MAX_UNPACKED_PRODUCTS", 10 * chunk)
        got = run(twin.fast, twin, twin.inputs, twin.grads)
        for g, e, r in zip(got, exact, rounded, strict=True):
            assert g.dtype == np.float32
            assert g.shape == e.shape
            rounding = float(abs(r - e).max())
            granted = twin.terms * EPS / 2 * float(abs(e).max()) + np.finfo(np.float32).tiny
            assert float(abs(g - e).max()) <= 4 * rounding + granted


def handed_over() -> Iterator[tuple[str, Twin]]:
    """What has no fast form."""
    own, relu, frozen = Pair(np.sin, np.cos), ACTS["relu"], spike.frozen
    yield "activation", activate_twin(own)
    for size, stride in (((2, 2), (1, 1)), ((3, 2), (2, 2)), ((1, 2), (2, 2)), ((2, 2), (3, 3))):
        yield f"windows-{size}-{stride}", average_pool_twin((2, 3, 7, 6, 4), size, stride)
    yield "windows-one-axis", average_pool_twin((2, 6, 4), (2,))
    yield "windows-three-axes", average_pool_twin((2, 4, 4, 4, 3), (2, 2, 2))
    yield "no-images", average_pool_twin((0, 4, 4, 3))
    for name in sorted(SHAPES.keys() - set(convolutions.PLANES)):
        yield f"conv-{name}", conv_twin(convolutions.whole_number_case(name))
    case = convolutions.draw((4, 10, 10, 32), 32)
    for shape in ((10, 10, 32), (10, 32), (1, 32)):
        yield f"bias-{shape}", conv_twin(case._replace(p=case.p._replace(b=np.ones(shape, "f"))))
    choices: dict[str, list[tuple[Pair, ...]]] = {
        "rnn": [(sigmoid,), (identity,), (frozen(tanh),)],
        "lstm": [(tanh, tanh, tanh), (sigmoid, relu, tanh), (sigmoid, tanh, identity)],
        "gru": [(tanh, tanh), (sigmoid, relu), (sigmoid, frozen(tanh))],
    }
    for name, cell in CELLS.items():
        yield f"{name}-no-steps", recurrent_twin(cell, recurrent.draw(cell, (2, 0, 3, 0)))
        for number, acts in enumerate(choices[name]):
            other = cell._replace(activations=acts)
            yield f"{name}-{number}", recurrent_twin(other, recurrent.draw(cell, (2, 4, 3, 2)))
    for number, acts in enumerate((*choices["lstm"], (frozen(sigmoid), tanh, tanh))):
        other = CONVLSTM._replace(activations=acts)
        yield f"convlstm-{number}", recurrent_twin(other, draw_convlstm(PLANES))
    for axes in ((0, 2, 3), (1, 2), (3,), (0,)):
        yield f"norm-{axes}", norm_twin("batch", axes)
    yield from ((f"norm-full-{name}", norm_twin("image", full=name)) for name in ("gamma", "b"))
    yield "no-tokens", tokens_twin(6, B=0)
    for number, (pair, act) in enumerate(
        (
            *((PAPER, act) for act in (own, Pair(spike.step, np.cos), Pair(np.sin, PAPER.slope))),
            *(
                (pair, relu)
                for pair in (spike.relaxed(0.5), frozen(PAPER), Pair(spike.step, np.cos))
            ),
        )
    ):
        yield f"neuron-{number}", neuron_twin(act, pair)
    yield "neuron-in-batch", neuron_twin("relu", v_th=np.full((5, 7), 0.5, np.float32))


HANDED_OVER = dict(handed_over())


@pytest.mark.parametrize("name", HANDED_OVER)
def test_what_has_no_fast_form_is_the_references(name: str) -> None:
    twin = HANDED_OVER[name]
    expected = run(twin.reference, twin, twin.inputs, twin.grads)
    assert_equal(run(twin.fast, twin, twin.inputs, twin.grads), expected)


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


@pytest.mark.parametrize("name", ["relu", "selu"])
@pytest.mark.parametrize("kept", [1, 5, 6, 40])
def test_more_numbers_than_zeros_are_kept(
    name: str, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(activate, "ZEROS", np.zeros(kept, np.float32))
    pair = ACTS[name]
    form = activate.fused_activation_for(pair)
    assert form is not None
    assert form.forward is not None
    x = np.linspace(-2, 2, 6, dtype=np.float32).reshape(2, 3)
    y = np.empty_like(x)
    form.forward(x, y)
    np.testing.assert_array_equal(y, pair.value(x))


def test_the_last_step_has_a_short_gradient() -> None:
    dy = np.arange(6, dtype=np.float32).reshape(2, 3)
    short = readout.last_backward(dy, 4)
    assert short.shape == (2, 1, 3)
    full = readout_.last_backward(dy, 4)
    np.testing.assert_array_equal(full[:, 3:], short)
    assert not full[:, :3].any()


def test_a_mean_has_a_gradient_seen_more_than_once() -> None:
    dy = np.arange(12, dtype=np.float32).reshape(2, 3, 2)
    dY = readout.mean_backward(dy, 5)
    want = readout_.mean_backward(dy, 5)
    assert dY.dtype == want.dtype
    np.testing.assert_array_equal(dY, want)
    assert dY.strides[1] == 0


def test_a_readout_is_the_references() -> None:
    Y = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    np.testing.assert_array_equal(readout.last_forward(Y), readout_.last_forward(Y))
    np.testing.assert_array_equal(readout.mean_forward(Y), readout_.mean_forward(Y))
