"""The backend in autograd, run in autograd."""

import pytest

autograd = pytest.importorskip("autograd", reason="autograd is not installed")
numpy = pytest.importorskip("autograd.numpy")


def test_the_slope_of_maximum_at_the_kink_is_as_the_lesson_says() -> None:
    assert autograd.grad(lambda x: numpy.maximum(x, 0.0))(0.0) == 0.5
