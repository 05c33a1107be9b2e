"""The backend in JAX, run in JAX."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

jax = pytest.importorskip("jax", reason="JAX is not installed")
jnp = pytest.importorskip("jax.numpy")

from liaf_ref.oracle import Declined, check  # noqa: E402
from liaf_ref.oracle.adapters.jax_backend import backend  # noqa: E402
from liaf_ref.oracle.case import Case  # noqa: E402
from oracle.adapters import samples  # noqa: E402

Function = Callable[[Any], Any]


@pytest.mark.parametrize(
    "case", [pytest.param(c, id=f"{i}_{c.name}") for i, c in enumerate(samples.cases())]
)
def test_every_operation_and_option(case: Case) -> None:
    samples.assert_same(backend, case, "float64")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("act", samples.OUTPUTS)
def test_ties_and_edges(act: str, dtype: str) -> None:
    samples.assert_same(backend, samples.on_kinks(act), dtype)


@pytest.mark.parametrize("act", samples.WITHOUT_ROUNDING)
def test_bits_where_nothing_rounds(act: str) -> None:
    samples.assert_bits(backend, samples.on_kinks(act))


# JAX compiles every operation once for every shape and dtype: a whole set takes over a minute.
@pytest.mark.parametrize(("dtype", "levels"), [("float32", None), ("float64", ["L1", "L3"])])
def test_the_published_set(dtype: str, levels: list[str] | None) -> None:
    report = check(backend, dtype=dtype, levels=levels)
    assert report.passed, report
    assert not report.failed + report.declined, report


@pytest.mark.parametrize(
    "case", [pytest.param(c, id=str(i)) for i, c in enumerate(samples.declined())]
)
def test_declines_what_is_not_the_papers(case: Case) -> None:
    with pytest.raises(Declined, match="expected"):
        backend(case)


@pytest.mark.parametrize(
    ("function", "slope"),
    [(jax.nn.relu, 0.0), (jax.nn.selu, 1.7580993408473766), (lambda x: jnp.maximum(x, 0), 0.5)],
)
def test_slopes_at_the_kink_are_as_the_lesson_says(function: Function, slope: float) -> None:
    assert float(jax.grad(function)(0.0)) == np.float32(slope)


def test_leaves_the_precision_of_others_alone() -> None:
    backend(samples.neuron(0, act="tanh"))
    assert jnp.zeros(1).dtype == np.float32
