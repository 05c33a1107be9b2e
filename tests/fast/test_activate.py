"""The fast activation on its own is its definition, piece by piece."""

import numpy as np
import pytest

from fast.neurons import ACTS, EPS, fill_new_arrays_with_nan
from liaf_ref.fast import activate as fast
from liaf_ref.fast import memory_layout
from liaf_ref.kernels import activate
from liaf_ref.kernels.activation import ACTIVATIONS
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair

SHAPE = (3, 2, 4, 5, 6)


def draw(dtype: type = np.float32) -> tuple[Array, Array]:
    """X, with zeros of both signs, and dY."""
    X, dY = np.random.default_rng(10).normal(size=(2, *SHAPE)).astype(dtype)
    X[0, 0, 0, 0, :3] = 0.0, -0.0, 0.0
    return X, dY


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("chunk", [1, 7, 240, 50_000])
def test_definition(act: str, chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    fill_new_arrays_with_nan(monkeypatch)
    monkeypatch.setattr(memory_layout, "CHUNK", chunk)
    X, dY = draw()
    pair = ACTS[act]
    Y, tape = fast.forward(X, pair)
    Y_, tape_ = activate.forward(X, pair)
    dX, dX_ = fast.backward(dY, tape, pair), activate.backward(dY, tape_, pair)
    np.testing.assert_array_equal(Y, Y_)
    assert Y.dtype == dX.dtype == np.float32
    # Slopes are products of up to four factors, which may be taken in another order.
    np.testing.assert_allclose(dX, dX_, rtol=4 * EPS, atol=4 * EPS)
    if act in {"relu", "spike", "identity"}:
        np.testing.assert_array_equal(dX, dX_)


def test_pieces_are_a_chunk_each_and_cover_an_array_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_layout, "CHUNK", 7)
    X = np.arange(20.0).reshape(4, 5)
    pieces = list(fast.iter_chunks(X, -X))
    assert [len(x) for x, _ in pieces] == [7, 7, 6]
    for k in (0, 1):
        np.testing.assert_array_equal(np.concatenate([x[k] for x in pieces]), (X, -X)[k].ravel())


def test_another_activation_is_handed_over() -> None:
    pair = Pair(np.sin, np.cos)
    X, dY = draw()
    Y, tape = fast.forward(X, pair)
    np.testing.assert_array_equal(Y, np.sin(X))
    np.testing.assert_array_equal(fast.backward(dY, tape, pair), dY * np.cos(X))


@pytest.mark.parametrize("name", ["relu", "selu"])
@pytest.mark.parametrize("kept", [1, 5, 6, 40])
def test_more_numbers_than_zeros_are_kept(
    name: str, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fast, "ZEROS", np.zeros(kept, np.float32))
    pair = ACTIVATIONS[name]
    form = fast.fused_activation_for(pair)
    assert form is not None
    assert form.forward is not None
    x = np.linspace(-2, 2, 6, dtype=np.float32).reshape(2, 3)
    y = np.empty_like(x)
    form.forward(x, y)
    np.testing.assert_array_equal(y, pair.value(x))
