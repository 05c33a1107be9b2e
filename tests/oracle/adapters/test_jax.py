"""The backend in JAX, run in JAX."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

jax = pytest.importorskip("jax", reason="JAX is not installed")
jnp = pytest.importorskip("jax.numpy")

from liaf_ref.oracle.adapters.jax_backend import backend  # noqa: E402
from oracle.adapters import full_cases  # noqa: E402

Function = Callable[[Any], Any]


@pytest.mark.parametrize(
    ("function", "slope"),
    [(jax.nn.relu, 0.0), (jax.nn.selu, 1.7580993408473766), (lambda x: jnp.maximum(x, 0), 0.5)],
)
def test_slopes_at_the_kink_are_as_the_lesson_says(function: Function, slope: float) -> None:
    assert float(jax.grad(function)(0.0)) == np.float32(slope)


def test_leaves_the_precision_of_others_alone() -> None:
    backend(full_cases.neuron_case(0, act="tanh"))
    assert jnp.zeros(1).dtype == np.float32
