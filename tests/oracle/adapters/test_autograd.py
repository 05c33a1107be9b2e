"""The backend in autograd, run in autograd."""

import pytest

autograd = pytest.importorskip("autograd", reason="autograd is not installed")
numpy = pytest.importorskip("autograd.numpy")

from liaf_ref.oracle import Declined, check  # noqa: E402
from liaf_ref.oracle.adapters.autograd_backend import backend  # noqa: E402
from liaf_ref.oracle.case import Case  # noqa: E402
from oracle.adapters import samples  # noqa: E402


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


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_published_set(dtype: str) -> None:
    report = check(backend, dtype=dtype)
    assert report.passed, report
    assert not report.failed + report.declined, report


@pytest.mark.parametrize(
    "case", [pytest.param(c, id=str(i)) for i, c in enumerate(samples.declined())]
)
def test_declines_what_is_not_the_papers(case: Case) -> None:
    with pytest.raises(Declined, match="expected"):
        backend(case)


def test_the_slope_of_maximum_at_the_kink_is_as_the_lesson_says() -> None:
    assert autograd.grad(lambda x: numpy.maximum(x, 0.0))(0.0) == 0.5
