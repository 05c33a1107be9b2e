"""What every fast kernel promises: the numbers of its reference, memory, calls and dtypes."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from fast import cases
from fast.cases import ACTS, TWINS, Arrays, Cut, Twin, all_cases, handed_over
from liaf_ref.fast import activate, memory_layout, readout
from liaf_ref.kernels import readout as reference_readout
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.neuron import Params

every_twin = pytest.mark.parametrize("twin", TWINS.values(), ids=TWINS)
LAYOUTS: dict[str, Callable[[Array], Array]] = {
    "time-major": lambda x: np.swapaxes(np.swapaxes(x, 0, 1).copy(), 0, 1),
    "strided": lambda x: np.repeat(x, 2, -1)[..., ::2],
    "backwards": lambda x: np.flip(np.flip(x, 0).copy(), 0),
    "channels first": lambda x: np.moveaxis(np.moveaxis(x, -1, 0).copy(), 0, -1),
}


@pytest.fixture
def new_arrays_hold_nan(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that what is read before it is set shows."""
    empty = memory_layout.empty

    def poisoned(shape: tuple[int, ...]) -> Array:
        X = empty(shape)
        X.fill(np.nan)
        return X

    cases.apply({(memory_layout, "empty"): poisoned}, monkeypatch)


CASES = dict(all_cases())


@pytest.mark.usefixtures("new_arrays_hold_nan")
@pytest.mark.parametrize("name", CASES)
def test_fast_equals_reference(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """To the bit where no number is rounded, else as nearly as the reference: ``Twin.excess``."""
    known = CASES[name].references()
    for cut in CASES[name].cuts:
        cases.apply(cut, monkeypatch)
        assert CASES[name].excess(known) <= 1, cut


HANDED_OVER = dict(handed_over())


@pytest.mark.parametrize("name", HANDED_OVER)
def test_what_has_no_fast_form_is_the_references(name: str) -> None:
    twin = HANDED_OVER[name]
    assert_equal(twin.run(twin.fast), twin.run(twin.reference))


def copies(arrays: list[Array]) -> list[Array]:
    return [x.copy() for x in arrays]


def assert_equal(found: Any, expected: Any) -> None:
    for got, want in zip(found, expected, strict=True):
        assert got.dtype == want.dtype
        np.testing.assert_array_equal(got, want)


@every_twin
@pytest.mark.parametrize("layout", LAYOUTS)
def test_memory_order_is_private_and_inputs_stay(twin: Twin, layout: str) -> None:
    expected = twin.run(twin.fast)
    given = tuple(
        LAYOUTS[layout](x) if x.ndim > 1 else x.copy() for x in (*twin.inputs, *twin.grads)
    )
    for x in given:
        x.flags.writeable = False
    inputs, grads = given[: len(twin.inputs)], given[len(twin.inputs) :]
    for got, want in zip(twin.run(twin.fast, inputs, grads), expected, strict=True):
        assert got.dtype == np.float32
        # The order of sums may follow the memory's.
        np.testing.assert_allclose(got, want, rtol=0, atol=1e-5 * (1 + abs(want).max()))
    assert_equal(given, (*twin.inputs, *twin.grads))


@every_twin
@pytest.mark.usefixtures("new_arrays_hold_nan")
def test_calls_are_independent(twin: Twin) -> None:
    """A tape serves twice, and later calls leave alone what a call returned."""
    outputs, tape = twin.forward(twin.fast, twin.inputs)
    kept = copies(outputs)
    first = twin.backward(twin.fast, tape, twin.grads)
    saved = copies(first)
    twin.run(twin.fast, tuple(x + 1 for x in twin.inputs), tuple(d - 1 for d in twin.grads))
    again = twin.backward(twin.fast, tape, twin.grads)
    assert_equal([*outputs, *first, *again], [*kept, *saved, *saved])


@pytest.mark.parametrize("twin", [TWINS[n] for n in TWINS if n != "block"])  # Sequential decides
def test_other_dtypes_are_handed_over(twin: Twin) -> None:
    """Also where one input or the gradient alone has another."""

    def handed(inputs: Arrays, grads: Arrays, skipped: int = 0) -> None:
        found, expected = (twin.run(k, inputs, grads) for k in (twin.fast, twin.reference))
        assert_equal(found[skipped:], expected[skipped:])

    small = twin.inputs[0].size < 10_000
    for dtype in (np.float64, np.complex64, *([np.longdouble] if small else [])):
        inputs, grads = (tuple(x.astype(dtype) for x in xs) for xs in (twin.inputs, twin.grads))
        handed(inputs, grads)
    for i, x in enumerate(twin.inputs):
        handed((*twin.inputs[:i], x.astype(np.float64), *twin.inputs[i + 1 :]), twin.grads)
    if twin.fast.__name__.endswith((".activate", ".conv")):
        handed(twin.inputs, tuple(d.astype(np.float64) for d in twin.grads), 1)


@pytest.mark.parametrize(
    "name", [n for n in TWINS if n not in {"conv-planes", "conv-rows", "block"}]
)
def test_nothing_that_has_a_fast_version_is_handed_over(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    twin = TWINS[name]

    def refuse(*_: object) -> None:
        raise AssertionError(f"handed over to {twin.reference.__name__}")

    refused: Cut = {(twin.reference, way): refuse for way in ("forward", "backward")}
    cases.apply(refused, monkeypatch)
    twin.run(twin.fast)


@pytest.mark.parametrize("name", ["relu", "selu"])
@pytest.mark.parametrize("kept", [1, 5, 6, 40])
def test_more_numbers_than_zeros_are_kept(
    name: str, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases.apply({(activate, "ZEROS"): np.zeros(kept, np.float32)}, monkeypatch)
    form = activate.fused_activation_for(ACTS[name])
    assert form is not None
    assert form.forward is not None
    x = np.linspace(-2, 2, 6, dtype=np.float32).reshape(2, 3)
    y = np.empty_like(x)
    form.forward(x, y)
    np.testing.assert_array_equal(y, ACTS[name].value(x))


def test_a_readout_is_the_references() -> None:
    """Of the last step the gradient is short; that of a mean is seen more than once."""
    Y = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    for name in ("last_forward", "mean_forward"):
        assert_equal([getattr(readout, name)(Y)], [getattr(reference_readout, name)(Y)])
    short, full = readout.last_backward(Y[:, 0], 4), reference_readout.last_backward(Y[:, 0], 4)
    assert_equal([cases.pad_time(short, 4)], [full])
    assert short.shape == (2, 1, 4)
    dY = readout.mean_backward(Y, 5)
    assert_equal([dY], [reference_readout.mean_backward(Y, 5)])
    assert dY.strides[1] == 0


# Arrays start where they should and are cut where they may be.


def test_constants_are_read_only() -> None:
    with pytest.raises(ValueError, match="read-only"):
        memory_layout.constant(1)[...] = 2


@pytest.mark.parametrize("shape", [(3,), (1, 17), (1000, 1001)])
def test_arrays_start_on_a_cache_line(shape: tuple[int, ...]) -> None:
    arrays = [memory_layout.empty(shape) for _ in range(3)]
    rows = memory_layout.aligned_rows(5, 17)
    for X in (*arrays, *rows):
        assert X.ctypes.data % memory_layout.CACHE_LINE == 0
        assert X.dtype == np.float32
        assert X.flags.c_contiguous
        X[:] = 1
    assert (arrays[0].shape, rows.shape) == (shape, (5, 17))


def test_order_is_kept_where_it_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    cases.apply({(memory_layout, "MIN_BATCH_MAJOR_ELEMENTS"): 6}, monkeypatch)
    X = np.arange(2 * 3 * 6, dtype=np.float32).reshape(2, 3, 6)
    turned = X.swapaxes(0, 1).copy().swapaxes(0, 1)
    for Y, batch_major in ((X, True), (turned, False), (X[..., ::2], False), (X[..., :4], False)):
        order = memory_layout.layout_of(Y)
        assert order.batch_major is batch_major
        rows = order.to_grouped(Y)
        assert rows.shape == (order.groups, 3, order.step_size)
        assert np.shares_memory(rows, Y) == (Y is X or Y is turned)
        np.testing.assert_array_equal(order.from_grouped(rows), Y)


def test_what_is_the_same_everywhere_is_one_element() -> None:
    laid = memory_layout.tile_params(Params(*[np.ones((1, 1), np.float32)] * 4), (3, 4, 5, 2))
    assert laid is not None
    assert (laid.tile_shape, laid.width) == ((1, 1), 1)
