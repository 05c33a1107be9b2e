"""The backend in PyTorch, run in PyTorch."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
functional = torch.nn.functional

from liaf_ref.oracle import Declined, check  # noqa: E402
from liaf_ref.oracle.adapters.torch_backend import backend  # noqa: E402
from liaf_ref.oracle.adapters.torch_modules import lstm_module  # noqa: E402
from liaf_ref.oracle.case import Case  # noqa: E402
from liaf_ref.oracle.golden import published  # noqa: E402
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


def test_its_own_lstm_on_the_published_set() -> None:
    goldens = [g for g in published() if any(node.op == "lstm" for node in g.case.nodes)]
    report = check(lstm_module, dtype="float64", cases=goldens)
    assert len(report.passed) == len(goldens) > 0, report


@pytest.mark.parametrize(
    ("function", "slope"),
    [
        (functional.relu, 0.0),
        (functional.selu, 1.7580993408473766),
        (lambda x: x.clamp(min=0), 1.0),
        (lambda x: torch.maximum(x, torch.zeros_like(x)), 0.5),
    ],
)
def test_slopes_at_the_kink_are_as_the_lesson_says(function: Function, slope: float) -> None:
    x = torch.zeros((), dtype=torch.float64, requires_grad=True)
    function(x).backward()
    assert x.grad.item() == pytest.approx(slope, rel=4 * np.finfo(float).eps)
