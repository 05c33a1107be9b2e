"""The fast activation on its own is its definition, piece by piece."""

import numpy as np
import pytest

from liaf_ref.fast import activate as fast
from liaf_ref.kernels.activation import ACTIVATIONS
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair

SHAPE = (3, 2, 4, 5, 6)


def draw(dtype: type = np.float32) -> tuple[Array, Array]:
    """X, with zeros of both signs, and dY."""
    X, dY = np.random.default_rng(10).normal(size=(2, *SHAPE)).astype(dtype)
    X[0, 0, 0, 0, :3] = 0.0, -0.0, 0.0
    return X, dY


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
