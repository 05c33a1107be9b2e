"""Every surrogate of an installed framework is the shape in the table, or is known not to be."""

import importlib
from collections.abc import Callable
from typing import Any

import pytest

from liaf_ref.oracle import check_smooth_step, check_surrogate
from liaf_ref.oracle.surrogates import NAMES
from liaf_ref.oracle.surrogates.tables import FrameworkName

torch = pytest.importorskip("torch")
MEASURED = [(f, n) for f in ("spikingjelly", "snntorch", "norse") for n in NAMES[f]]
# What the check finds in the released versions: a part of the report's text.
WRONG = {
    ("snntorch", "sigmoid"): "the slope is not finite from x = -",
    ("spikingjelly", "FakeNumericalGradient"): "x = -0: slope: expected 0.3, got -inf",
}


def spike(framework: str, entry: FrameworkName) -> Callable[[Any], Any]:
    """The framework's spike function with its defaults."""
    if framework == "norse":
        threshold = pytest.importorskip("norse.torch.functional.threshold").threshold
        alpha = entry.defaults.get("alpha", 100.0)
        return lambda x: threshold(x, entry.name, alpha)
    path = {"snntorch": "snntorch.surrogate"}.get(
        framework, "spikingjelly.activation_based.surrogate"
    )
    pytest.importorskip(framework)
    made: Callable[[Any], Any] = getattr(importlib.import_module(path), entry.name)()
    return made


def slope(framework: str, entry: FrameworkName) -> Callable[[Any], Any]:
    forward = spike(framework, entry)

    def gradient(x: Any) -> Any:
        leaf = torch.tensor(x, requires_grad=True)
        forward(leaf).sum().backward()
        return leaf.grad.numpy()

    return gradient


@pytest.mark.parametrize(("framework", "entry"), MEASURED, ids=str)
def test_the_slope_is_the_one_in_the_table(framework: str, entry: FrameworkName) -> None:
    report = check_surrogate(slope(framework, entry), entry.shape, **entry.values)
    if expected := WRONG.get((framework, entry.name)):
        assert not report.ok
        assert expected in str(report)
    else:
        assert report.ok, report


@pytest.mark.parametrize(
    "name", ["PiecewiseQuadratic", "Sigmoid", "SoftSign", "ATan", "Erf", "NonzeroSignLogAbs"]
)
def test_the_smooth_step_of_spikingjelly_has_that_slope(name: str) -> None:
    (entry,) = (n for n in NAMES["spikingjelly"] if n.name == name)
    surrogate = pytest.importorskip("spikingjelly.activation_based.surrogate")
    smooth = getattr(surrogate, name)(spiking=False)

    def step(x: Any) -> Any:
        return smooth(torch.tensor(x)).numpy()

    report = check_smooth_step(step, entry.shape, **entry.values)
    assert report.ok, report
