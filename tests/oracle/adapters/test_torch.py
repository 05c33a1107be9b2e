"""The backend in PyTorch, run in PyTorch."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
functional = torch.nn.functional

from liaf_ref.oracle import check_backend  # noqa: E402
from liaf_ref.oracle.adapters.torch_modules import nn_lstm_backend  # noqa: E402
from liaf_ref.oracle.golden import golden_cases  # noqa: E402

Function = Callable[[Any], Any]


def test_its_own_lstm_on_the_published_set() -> None:
    goldens = [g for g in golden_cases() if any(node.op == "lstm" for node in g.case.nodes)]
    report = check_backend(nn_lstm_backend, dtype="float64", cases=goldens)
    assert len(report.passed) == len(goldens) > 0, report


@pytest.mark.parametrize(
    ("function", "slope"),
    [
        (functional.relu, 0.0),
        (functional.selu, 1.7580993408473766),
        (lambda x: torch.maximum(x, torch.zeros_like(x)), 0.5),
    ],
)
def test_slopes_at_the_kink_are_as_the_lesson_says(function: Function, slope: float) -> None:
    x = torch.zeros((), dtype=torch.float64, requires_grad=True)
    function(x).backward()
    assert x.grad.item() == pytest.approx(slope, rel=4 * np.finfo(float).eps)


def test_the_slope_of_clamp_at_its_end_depends_on_the_version() -> None:
    x = torch.zeros((), dtype=torch.float64, requires_grad=True)
    x.clamp(min=0).backward()
    assert x.grad.item() in {0.0, 1.0}  # 2.15, 2.13
