"""When a neuron fires, the slope that stands for the spike's derivative, and activations."""

from collections.abc import Callable
from typing import Any

import numpy as np

from liaf_ref.oracle.deviations.deviation import Deviation, Edit, around, deviation, given
from liaf_ref.oracle.table.functions import Slope, value
from liaf_ref.oracle.table.tape import T, as_if, stop, with_slope


def surrogate(name: str, sentence: str, slope: Callable[[Any, float], Any]) -> Deviation:
    """Another slope for the spike, as a function of ``U - v_th`` and mu."""
    return deviation(name, sentence, slope=Slope(slope))


def _logistic(k: float) -> Callable[[Any, float], Any]:
    def slope(x: Any, mu: float) -> Any:
        y = (1 + np.tanh(k * x / 2)) / 2
        return k * y * (1 - y)

    return slope


STRICT_THRESHOLD = deviation(
    "fires on >", "A neuron at U = v_th does not fire.", fires=lambda x: x > 0
)
CLOSED_WINDOW = surrogate(
    "closed window", "The edge |x| = mu is inside the window.", lambda x, mu: abs(x) <= mu
)
SPIKES: tuple[Deviation, ...] = (
    STRICT_THRESHOLD,
    deviation(
        "reset detached",
        "The reset is detached: no gradient flows through the spike that resets.",
        given("neuron", lambda *_, **__: {"reset": "detached"}),
    ),
    deviation(
        "output detached",
        "The output of LIF is detached: no gradient flows through the output spike.",
        *around("Y", lambda old: lambda z: stop(old(z)) if z.is_lif else old(z)),
        ops={"spike"},
    ),
    deviation(
        "reset never detached",
        "The case asks for a detached reset, but the backend differentiates it.",
        given("neuron", lambda *_, **__: {"reset": "paper"}),
    ),
    deviation(
        "window 0.5",
        "The half-width mu of the window is 0.5 in every case.",
        given("neuron", lambda *_, **__: {"mu": 0.5}),
    ),
    deviation(
        "window 1",
        "The half-width mu of the window is 1 in every case.",
        given("neuron", lambda *_, **__: {"mu": 1.0}),
    ),
    CLOSED_WINDOW,
    surrogate(
        "unit-area window",
        "The window has height 1 / (2 mu).",
        lambda x, mu: (abs(x) < mu) / (2 * mu),
    ),
    surrogate(
        "half the window's width",
        "The window has width mu: |x| < mu / 2.",
        lambda x, mu: abs(x) < mu / 2,
    ),
    surrogate(
        "half the width, unit area",
        "The window has width mu and height 1 / mu.",
        lambda x, mu: (abs(x) < mu / 2) / mu,
    ),
    surrogate(
        "one-sided window",
        "Only the upper half of the window is used: 0 <= x < mu.",
        lambda x, mu: (x >= 0) & (x < mu),
    ),
    surrogate(
        "triangle",
        "The surrogate gradient is a triangle: max(0, 1 - |x| / mu).",
        lambda x, mu: np.maximum(1 - abs(x) / mu, 0),
    ),
    surrogate(
        "unit triangle",
        "The surrogate gradient is max(0, 1 - |x|).",
        lambda x, mu: np.maximum(1 - abs(x), 0),
    ),
    surrogate(
        "sigmoid surrogate",
        "The surrogate gradient is the derivative of sigmoid(4 x).",
        _logistic(4.0),
    ),
    surrogate(
        "sigmoid surrogate, k = 1",
        "The surrogate gradient is the derivative of sigmoid(x).",
        _logistic(1.0),
    ),
    surrogate(
        "arctan surrogate",
        "The surrogate gradient is 1 / (1 + (pi x)^2).",
        lambda x, mu: 1 / (1 + (np.pi * x) ** 2),
    ),
    surrogate(
        "fast sigmoid surrogate",
        "The surrogate gradient is 1 / (1 + 25 |x|)^2.",
        lambda x, mu: 1 / (1 + 25 * abs(x)) ** 2,
    ),
    surrogate(
        "SuperSpike surrogate",
        "The surrogate gradient is 1 / (1 + 100 |x|)^2.",
        lambda x, mu: 1 / (1 + 100 * abs(x)) ** 2,
    ),
    surrogate(
        "gaussian surrogate",
        "The surrogate gradient is exp(-x^2 / (2 mu^2)) / (mu sqrt(2 pi)).",
        lambda x, mu: np.exp(-((x / mu) ** 2) / 2) / (mu * np.sqrt(2 * np.pi)),
    ),
    surrogate(
        "straight through", "The surrogate gradient is 1 everywhere.", lambda x, mu: np.ones_like(x)
    ),
)


def _selu(scale: float, alpha: float) -> Edit:
    def act(x: T, positive: Any = None) -> T:
        v = value(x)
        below = np.minimum(v, 0)
        return with_slope(
            x,
            scale * np.where(v > 0, v, alpha * np.expm1(below)),
            scale * np.where(v > 0, 1, alpha * np.exp(below)),
        )

    return Edit("act:selu", lambda old: act)


def _slope(act: str, slope: Callable[[Any], Any]) -> Edit:
    """Another slope of an activation, of its argument."""

    def wrap(old: Any) -> Any:
        def function(x: T, positive: Any = None) -> T:
            y = old(x, positive)
            return with_slope(x, y.v, slope(x.v))

        return function

    return Edit(f"act:{act}", wrap)


def _relu_at_0(height: float) -> Edit:
    return _slope("relu", lambda x: np.where(x == 0, height, x > 0))


ACTIVATIONS: tuple[Deviation, ...] = (
    deviation(
        "derivative of analog Act missing",
        "The derivative of ReLU, SELU, tanh and sigmoid is 1 everywhere; LIF is correct.",
        *around(
            "act:relu act:selu act:tanh act:sigmoid",
            lambda old: lambda x, positive=None: as_if(old(x, positive), x),
        ),
    ),
    deviation(
        "SELU constants to 4 decimals",
        "The constants of SELU are 1.0507 and 1.6733.",
        _selu(1.0507, 1.6733),
    ),
    deviation(
        "SELU constants to 2 decimals",
        "The constants of SELU are 1.05 and 1.67.",
        _selu(1.05, 1.67),
    ),
    deviation(
        "ELU for SELU", "SELU is replaced by ELU: max(x, 0) + min(exp(x) - 1, 0).", _selu(1.0, 1.0)
    ),
    deviation("ReLU's slope at 0 is 1", "The derivative of ReLU at 0 is 1.", _relu_at_0(1.0)),
    deviation("ReLU's slope at 0 is 1/2", "The derivative of ReLU at 0 is 1/2.", _relu_at_0(0.5)),
    deviation(
        "tanh's slope from its argument",
        "The derivative of tanh is 1 - x^2 instead of 1 - tanh(x)^2.",
        _slope("tanh", lambda x: 1 - x * x),
    ),
    deviation(
        "sigmoid's slope from its argument",
        "The derivative of sigmoid is x (1 - x) instead of s (1 - s) with s = sigmoid(x).",
        _slope("sigmoid", lambda x: x * (1 - x)),
    ),
)
