"""Every surrogate of an installed framework is the shape in the table, or is known not to be."""

import importlib
from collections.abc import Callable
from typing import Any

import pytest

from liaf_ref.oracle import check_smooth_step, check_surrogate
from liaf_ref.oracle.surrogates import NAMES, SurrogateReport
from liaf_ref.oracle.surrogates.names import FrameworkName

torch = pytest.importorskip("torch")
MEASURED = [n for n in NAMES if n.framework in {"spikingjelly", "snntorch", "norse"}]
# What the check finds in the released versions: a part of the report's text.
WRONG = {
    ("snntorch", "sigmoid"): "the slope is not finite from x = -",
    ("spikingjelly", "FakeNumericalGradient"): "x = -0: slope: expected 0.3, got -inf",
}


def spike(entry: FrameworkName) -> Callable[[Any], Any]:
    """The framework's spike function with its defaults."""
    if entry.framework == "norse":
        threshold = pytest.importorskip("norse.torch.functional.threshold").threshold
        defaults = entry.convert.__defaults__ or (100.0,)
        return lambda x: threshold(x, entry.name, defaults[0])
    path = {"snntorch": "snntorch.surrogate"}.get(
        entry.framework, "spikingjelly.activation_based.surrogate"
    )
    pytest.importorskip(entry.framework)
    made: Callable[[Any], Any] = getattr(importlib.import_module(path), entry.name)()
    return made


def slope(entry: FrameworkName) -> Callable[[Any], Any]:
    forward = spike(entry)

    def gradient(x: Any) -> Any:
        leaf = torch.tensor(x, requires_grad=True)
        forward(leaf).sum().backward()
        return leaf.grad.numpy()

    return gradient


def check(entry: FrameworkName) -> SurrogateReport:
    return check_surrogate(slope(entry), entry.shape, **entry.convert())


@pytest.mark.parametrize("entry", MEASURED, ids=lambda e: f"{e.framework} {e.name}")
def test_the_slope_is_the_one_in_the_table(entry: FrameworkName) -> None:
    report = check(entry)
    if expected := WRONG.get((entry.framework, entry.name)):
        assert not report.ok
        assert expected in str(report)
    else:
        assert report.ok, report


@pytest.mark.parametrize(
    "name", ["PiecewiseQuadratic", "Sigmoid", "SoftSign", "ATan", "Erf", "NonzeroSignLogAbs"]
)
def test_the_smooth_step_of_spikingjelly_has_that_slope(name: str) -> None:
    (entry,) = (n for n in NAMES if n.framework == "spikingjelly" and n.name == name)
    surrogate = pytest.importorskip("spikingjelly.activation_based.surrogate")
    smooth = getattr(surrogate, name)(spiking=False)

    def step(x: Any) -> Any:
        return smooth(torch.tensor(x)).numpy()

    report = check_smooth_step(step, entry.shape, **entry.convert())
    assert report.ok, report
