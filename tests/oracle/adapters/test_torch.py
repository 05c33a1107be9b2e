"""The backend in PyTorch, run in PyTorch."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
functional = torch.nn.functional

Function = Callable[[Any], Any]


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
