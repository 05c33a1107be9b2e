"""The public gradient checker: what it passes, what it detects, and its messages."""

import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from liaf_ref import layers
from liaf_ref._core.errors import InputError, LiafError
from liaf_ref.kernels import spike
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.layers.types import Arrays
from liaf_ref.oracle.gradcheck import check_away_from_kinks, gradcheck
from liaf_ref.oracle.gradcheck.modes import MODES, KinkError, ModeNotApplicableError
from liaf_ref.oracle.gradcheck.target import GradcheckTarget, layer_target

MOVING = [name for name, mode in MODES.items() if mode.perturbs_inputs]
OPTIONS: dict[str, Any] = {"act": "tanh", "mode": "NTR", "sharing": "all"}
K, L, IMAGE = 3, 4, (3, 2, 2)
LAYERS: dict[str, Callable[[Pair], layers.Layer]] = {
    "dense": lambda spike: layers.Dense(K, L),
    "direct-lif": lambda spike: layers.DirectLIF(IMAGE, spike=spike, sharing="all"),
    "liaf": lambda spike: layers.DenseLIAF(K, L, spike=spike, **OPTIONS),
    "lif": lambda spike: layers.DenseLIF(K, L, spike=spike, sharing="all"),
    "lstm": lambda spike: layers.LSTM(K, L),
    "conv": lambda spike: layers.Conv2D(IMAGE, L),
    "conv-liaf": lambda spike: layers.ConvLIAF(IMAGE, L, spike=spike, **OPTIONS),
    "max-pool": lambda spike: layers.MaxPool(IMAGE, stride=(1, 1)),
    "batch-norm": lambda spike: layers.BatchNorm(IMAGE),
}
SPIKING = [name for name in LAYERS if name.endswith(("lif", "liaf"))]  # else hard is relaxed
RIGHT_LAYERS = [
    (name, mode) for name in LAYERS for mode in MODES if mode != "hard" or name in SPIKING
]


@pytest.mark.parametrize(("name", "mode"), RIGHT_LAYERS)
def test_what_is_right_passes(name: str, mode: str) -> None:
    report, _ = check_away_from_kinks(partial(layer_target, LAYERS[name]), mode, 0.3, 0)
    assert report.passed, str(report)


def _step(arrays: Arrays, pair: Pair) -> Array:
    """A spike that is weighed: its slope is in ``w`` by value, in ``x`` by surrogate."""
    total: Array = (arrays["w"] * pair.value(arrays["x"])).sum()
    return total


def _slopes(arrays: Arrays, pair: Pair) -> dict[str, Array]:
    return {"w": pair.value(arrays["x"]), "x": arrays["w"] * pair.slope(arrays["x"])}


AT = {"w": np.array([1.5, -2.0, 0.7]), "x": np.array([0.2, -0.1, 0.9])}
RIGHT = GradcheckTarget(_step, _slopes, AT)


@pytest.mark.parametrize("mode", ["complex", "relaxed"])
def test_a_forgotten_surrogate_is_seen(mode: str) -> None:
    def gradient(arrays: Arrays, pair: Pair) -> Arrays:
        return _slopes(arrays, pair) | {"x": np.zeros(3)}

    report = gradcheck(RIGHT._replace(gradient=gradient), mode=mode)
    assert not report.passed
    assert (report.worst.name, report.worst.index) == ("x", (1,))
    assert report.worst.actual == 0.0
    assert report.worst.expected == pytest.approx(-2.0)
    assert report.to_dict().keys() == {"mode", "tolerance", "passed", "worst", "arrays"}
    with pytest.raises(LiafError, match=r"(?s)FAILED.*x\[1\].*actual .*expected -(2\.0|1\.9)"):
        report.assert_passed()


@pytest.mark.parametrize("mode", MODES)
def test_a_wrong_window_is_seen(mode: str) -> None:
    wide = RIGHT._replace(gradient=lambda a, _: _slopes(a, spike.paper(0.15)))
    assert not gradcheck(wide, mode=mode).passed
    assert gradcheck(RIGHT, mode=mode).passed
    same = wide._replace(value=lambda a, _: _step(a, spike.frozen(spike.paper(0.15))))
    assert gradcheck(same, mode="complex").passed


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (layers.DenseLIAF(3, 4), "a function of one argument, make"),
        (lambda spike: layers.DenseLIAF(3, 4), "a layer with the spike it is given"),
        (lambda spike: 3, "a function from a spike to a Layer"),
    ],
)
def test_a_layer_target_needs_a_function_of_the_spike(make: Any, expected: str) -> None:
    with pytest.raises(InputError, match=f"^make of layer_target: expected {expected}"):
        layer_target(make, 0)


@pytest.mark.parametrize("mode", MOVING)
def test_a_kink_of_the_code_itself_is_found_where_the_slope_is_off(mode: str) -> None:
    def value(arrays: Arrays, _: Pair) -> Array:
        return np.asarray(np.maximum(arrays["x"], 0.3).sum() ** 2)

    def gradient(arrays: Arrays, _: Pair) -> Arrays:
        x = arrays["x"]
        return {"x": 2 * np.maximum(x, 0.3).sum() * (x > 0.3)}

    at = {"x": np.array([1.0, 0.3 + 2e-4])}
    with pytest.raises(KinkError, match=r"x\[1\]: .* the value has a kink at 0\.3, 0\.0002 away"):
        gradcheck(GradcheckTarget(value, gradient, at), mode=mode)
    with pytest.raises(KinkError, match="exactly this point"):
        gradcheck(GradcheckTarget(value, gradient, {"x": np.array([1.0, 0.3])}), mode=mode)
    clear = GradcheckTarget(value, gradient, {"x": np.array([1.0, 0.4])})
    assert gradcheck(clear, mode=mode).passed


@pytest.mark.parametrize("which", ["value", "gradient"])
def test_inputs_that_are_written_to_are_named(which: str) -> None:
    def scribble(arrays: Arrays, pair: Pair) -> Any:
        arrays["x"][0] += 1
        return getattr(RIGHT, which)(arrays, pair)

    with pytest.raises(InputError, match=rf"target.{which} of .*: expected code .* a modified 'x'"):
        gradcheck(RIGHT._replace(**{which: scribble}))  # type: ignore[arg-type]
    assert AT["x"][0] == 0.2


@pytest.mark.parametrize("mode", MOVING)
def test_rounding_of_the_value_is_no_error_of_a_small_gradient(mode: str) -> None:
    """A gradient of 1e-6 beside a value of 100: differences leave five digits of it."""

    def value(a: Arrays, _: Pair) -> Any:
        return 30 * (a["x"] ** 2).sum() + 1e-6 * np.tanh(a["b"]).sum()

    def gradient(a: Arrays, _: Pair, factor: float = 1.0) -> Arrays:
        return {"x": 60 * a["x"], "b": factor * 1e-6 * (1 - np.tanh(a["b"]) ** 2)}

    rng = np.random.default_rng(0)
    subject = GradcheckTarget(value, gradient, {"x": rng.normal(size=4), "b": rng.normal(size=3)})
    assert gradcheck(subject, mode=mode)
    halved = gradcheck(subject._replace(gradient=lambda a, s: gradient(a, s, 0.5)), mode=mode)
    assert (halved.worst.name, halved.passed) == ("b", False)


def _pole(at: float) -> GradcheckTarget:
    """A pole beside a sum, and a gradient that is wrong in both."""

    def value(arrays: Arrays, _: Pair) -> Array:
        with np.errstate(divide="ignore", invalid="ignore"):
            total: Array = arrays["a"].sum() + (1 / (arrays["b"] - at)).sum()
            return total

    one = {"a": np.ones(2), "b": np.ones(1)}
    return GradcheckTarget(value, lambda *_: {"a": np.full(2, 7.0), "b": np.zeros(1)}, one)


@pytest.mark.parametrize("mode", MOVING)
def test_no_error_is_small_beside_an_infinite_one(mode: str) -> None:
    place = rf"mode {mode}, with values at up to 0\.00037 from it"
    reason = rf"^b\[0\]: the reference derivative \({place}\) is not finite: inf; try"
    with pytest.raises(ModeNotApplicableError, match=reason):
        gradcheck(_pole(1 + 2.0**-13), mode=mode)
    assert not gradcheck(_pole(2.0), mode=mode).passed


@pytest.mark.parametrize("bad", [np.nan, -np.inf])
def test_a_gradient_that_is_not_finite_is_wrong(bad: float) -> None:
    def gradient(arrays: Arrays, pair: Pair) -> Arrays:
        return _slopes(arrays, pair) | {"x": np.array([1.0, bad, 1.0])}

    report = gradcheck(RIGHT._replace(gradient=gradient))
    assert not report.passed
    assert (report.worst.name, report.worst.index) == ("x", (1,))
    assert report.worst.error == np.inf


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (lambda a, _: (np.abs(a["x"]) ** 2).sum() / 2, "the imaginary part was dropped"),
        (
            lambda a, _: np.logaddexp(0, a["x"]).sum(),
            "target.value .* mode complex: it raised TypeError",
        ),
    ],
)
def test_a_value_that_takes_no_complex_numbers_is_named(value: Any, message: str) -> None:
    target = GradcheckTarget(value, lambda a, _: {"x": a["x"]}, {"x": np.ones(3)})
    with pytest.raises(ModeNotApplicableError, match=rf"{message}.*; use another mode"):
        gradcheck(target, mode="complex")
    assert gradcheck(target, mode="relaxed").passed == ("dropped" in message)


X = np.array([1.0, 2.0])


@pytest.mark.parametrize("form", [lambda a, b: (a, b), lambda a, b: {"a": a, "b": b}])
def test_a_function_has_the_form_of_its_point(form: Callable[..., Any]) -> None:
    def value(p: Any) -> Any:
        a, b = p.values() if isinstance(p, dict) else p
        return (a * b).sum()

    def gradient(p: Any) -> Any:
        a, b = p.values() if isinstance(p, dict) else p
        return form(b, a)

    x = form(X, np.array([2, 3]))  # whole numbers are numbers, too
    assert gradcheck(value, x, gradient)
    assert gradcheck(lambda p: (value(p), gradient(p)), x, mode="complex")
    for wrong in (X, (X,), {"a": X}):
        with pytest.raises(InputError, match="grad of gradcheck: expected the form of x"):
            gradcheck(value, x, lambda p, wrong=wrong: wrong)
    with pytest.raises(InputError, match=r"f of gradcheck: expected a tuple \(value, gradient\)"):
        gradcheck(value, x)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"value": lambda a, _: a["x"]}, "target.value of gradcheck: expected a scalar, got"),
        ({"value": lambda a, _: "x"}, "target.value of .*: expected a finite number, got str 'x'"),
        ({"gradient": lambda a, _: sys.exit(0)}, "target.gradient of gradcheck: .*SystemExit"),
        ({"gradient": lambda a, _: {"w": a["w"], "x": None}}, "real numbers of shape .* for x,"),
        ({"point": AT | {"w": AT["w"].astype("f4")}}, "target.point.w. .* a float64 array"),
        ({"point": AT | {"x": np.full(3, np.nan)}}, "target.point.x. of .*: expected finite"),
    ],
)
def test_code_that_cannot_be_checked_is_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        gradcheck(RIGHT._replace(**change))
