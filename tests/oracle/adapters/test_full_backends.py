"""The three full backends: ties and edges, given decisions, the published set, slopes at a kink."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from liaf_ref.oracle import Declined, GoldenCase, check_backend, run
from liaf_ref.oracle.error_bounds import tolerances
from oracle.adapters import full_cases
from oracle.golden_sets import all_golden_cases
from oracle.rounding_tolerance import assert_close

NAMES = ("torch", "jax", "autograd")
SELU_SLOPE = 1.7580993408473766
each = pytest.mark.parametrize("name", NAMES)


def backend_of(name: str) -> full_cases.Backend:
    pytest.importorskip(name, reason=f"{name} is not installed")
    backend: full_cases.Backend = import_module(f"liaf_ref.oracle.adapters.{name}_backend").backend
    return backend


@each
def test_decisions_that_are_given(name: str) -> None:
    for case in list(full_cases.decided_cases())[:: 4 if name == "jax" else 1]:
        assert_close(backend_of(name)(case), run(case))


@each
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("act", full_cases.OUTPUTS)
def test_ties_and_edges(act: str, dtype: str, name: str) -> None:
    """The bits of the reference where nothing rounds, and the case left as it was."""
    case = full_cases.case_with_ties(act).astype(dtype)
    before = {name: array.copy() for name, array in case.items()}
    expected, bound, found = run(case), tolerances(case, dtype), backend_of(name)(case)
    assert found.keys() == expected.keys()
    for array, value in found.items():
        assert (value.shape, value.dtype) == (expected[array].shape, expected[array].dtype), array
        off = abs(value.astype(float) - expected[array])
        assert (off <= 2 * bound[array] * (act not in full_cases.EXACT_OUTPUTS)).all(), array
    assert all(np.array_equal(array, before[name]) for name, array in case.items())


def smallest_case_of_each_operation() -> list[GoldenCase]:
    """Alone; exact and not, by its statistics, with biases and without."""
    found: dict[Any, GoldenCase] = {}
    for golden in sorted(
        all_golden_cases(), key=lambda g: sum(a.size for a in g.expected.values())
    ):
        node, *more = golden.case.nodes
        options = node.options.get("statistics"), node.options.get("bias")
        if not more:
            found.setdefault((node.op, golden.exact, *options), golden)
    return list(found.values())


@pytest.mark.parametrize(
    ("name", "dtype", "more"),
    [
        ("torch", "float32", slice(0, None, 24)),
        ("torch", "float64", slice(8, None, 24)),
        ("autograd", "float64", slice(0, None, 8)),
        # JAX compiles every operation once for every shape and dtype.
        ("jax", "float32", slice(0)),
    ],
)
def test_published_cases(name: str, dtype: str, more: slice) -> None:
    """Of each operation one, and some more; ``liaf-ref oracle check`` takes all."""
    each = smallest_case_of_each_operation()[:: 3 if name == "jax" else 1]
    cases = {golden.name: golden for golden in (*each, *all_golden_cases()[more])}
    report = check_backend(backend_of(name), dtype=dtype, cases=list(cases.values()))
    assert report.passed, report
    assert not report.failed + report.declined, report


@each
def test_declines_what_is_not_the_papers(name: str) -> None:
    for case in full_cases.unsupported_cases():
        with pytest.raises(Declined, match="expected"):
            backend_of(name)(case)


def torch_slope(function: Callable[[Any], Any]) -> float:
    torch = pytest.importorskip("torch")
    x = torch.zeros((), dtype=torch.float64, requires_grad=True)
    function(x).backward()
    return float(x.grad)


def test_slopes_at_the_kink_are_as_the_lessons_say() -> None:
    torch = pytest.importorskip("torch")
    assert torch_slope(torch.relu) == 0.0
    assert torch_slope(torch.selu) == pytest.approx(SELU_SLOPE, rel=1e-15)
    assert torch_slope(lambda x: torch.maximum(x, torch.zeros_like(x))) == 0.5
    assert torch_slope(lambda x: x.clamp(min=0)) in {0.0, 1.0}  # 2.15, 2.13
    jax, jnp = pytest.importorskip("jax"), pytest.importorskip("jax.numpy")
    assert float(jax.grad(jax.nn.relu)(0.0)) == 0.0
    assert float(jax.grad(jax.nn.selu)(0.0)) == np.float32(SELU_SLOPE)
    assert float(jax.grad(lambda x: jnp.maximum(x, 0))(0.0)) == 0.5
    autograd, numpy = pytest.importorskip("autograd"), pytest.importorskip("autograd.numpy")
    assert autograd.grad(lambda x: numpy.maximum(x, 0.0))(0.0) == 0.5


def test_jax_leaves_the_precision_of_others_alone() -> None:
    backend_of("jax")(full_cases.neuron_case(0, act="tanh"))
    assert pytest.importorskip("jax.numpy").zeros(1).dtype == np.float32
