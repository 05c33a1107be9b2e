"""The three full backends: every operation, every option, ties and edges, the published set."""

from importlib import import_module

import pytest

from liaf_ref.oracle import Declined, check_backend, run
from liaf_ref.oracle.case import Case
from oracle.adapters import full_cases
from oracle.decided_cases import decided_cases
from oracle.rounding_tolerance import assert_close

NAMES = ("torch", "jax", "autograd")
SETS = [
    ("torch", "float32", "every case"),
    ("torch", "float64", "every third case"),
    ("autograd", "float64", "every third case"),
    # JAX compiles every operation once for every shape and dtype: a whole set takes minutes.  The
    # networks of test_every_operation_and_option are in float64.
    ("jax", "float32", "each operation"),
]
each = pytest.mark.parametrize("name", NAMES)


def backend_of(name: str) -> full_cases.Backend:
    pytest.importorskip(name, reason=f"{name} is not installed")
    backend: full_cases.Backend = import_module(f"liaf_ref.oracle.adapters.{name}_backend").backend
    return backend


@each
@pytest.mark.parametrize(
    "case", [pytest.param(c, id=f"{i}_{c.name}") for i, c in enumerate(full_cases.all_cases())]
)
def test_every_operation_and_option(case: Case, name: str) -> None:
    full_cases.assert_matches_reference(backend_of(name), case, "float64")


@each
@pytest.mark.parametrize(
    "case", [pytest.param(c, id=str(i)) for i, c in enumerate(decided_cases())]
)
def test_decisions_that_are_given(case: Case, name: str) -> None:
    assert_close(backend_of(name)(case), run(case))


@each
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("act", full_cases.OUTPUTS)
def test_ties_and_edges(act: str, dtype: str, name: str) -> None:
    full_cases.assert_matches_reference(backend_of(name), full_cases.case_with_ties(act), dtype)


@each
@pytest.mark.parametrize("act", full_cases.EXACT_OUTPUTS)
def test_bits_where_nothing_rounds(act: str, name: str) -> None:
    full_cases.assert_bit_identical(backend_of(name), full_cases.case_with_ties(act))


@pytest.mark.parametrize(("name", "dtype", "part"), SETS)
def test_the_published_set(name: str, dtype: str, part: str) -> None:
    report = check_backend(backend_of(name), dtype=dtype, cases=full_cases.CASE_SETS[part]())
    assert report.passed, report
    assert not report.failed + report.declined, report


@each
@pytest.mark.parametrize(
    "case", [pytest.param(c, id=str(i)) for i, c in enumerate(full_cases.unsupported_cases())]
)
def test_declines_what_is_not_the_papers(case: Case, name: str) -> None:
    with pytest.raises(Declined, match="expected"):
        backend_of(name)(case)
