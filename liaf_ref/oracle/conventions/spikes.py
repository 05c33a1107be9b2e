"""When a neuron fires, and the slope that stands for the spike's derivative."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.spike import Window, detached
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.conventions.convention import Convention
from liaf_ref.oracle.reference.rules import Options, Rules

Choice = Callable[[Options], Pair]
Change = Callable[[Pair, Options], Pair]
_NEURON = frozenset({"neuron"})


def _above(x: Array) -> Array:
    return (x.real > 0).astype(x.dtype)


def _fires_above(pair: Pair, _: Options) -> Pair:
    return Pair(_above, pair.slope)


def _slope(slope: Callable[[float], Callable[[Array], Array]]) -> Change:
    """Another slope, wherever there is one."""

    def change(pair: Pair, options: Options) -> Pair:
        sloped = not isinstance(pair.slope, Window) or pair.slope.mu > 0
        return Pair(pair.value, slope(options["mu"])) if sloped else pair

    return change


def _both(change: Change) -> Callable[[Rules], Rules]:
    """Change the reset's spike, and the output where it is one."""

    def rules(given: Rules) -> Rules:
        return given._replace(spike=_changed(given.spike, change), act=_spiking(given.act, change))

    return rules


def _changed(choice: Choice, change: Change) -> Choice:
    return lambda options: change(choice(options), options)


def _spiking(choice: Choice, change: Change) -> Choice:
    changed = _changed(choice, change)
    return lambda options: (changed if options["act"] == "spike" else choice)(options)


def _reset(change: Change) -> Callable[[Rules], Rules]:
    return lambda given: given._replace(spike=_changed(given.spike, change))


def _output(change: Change) -> Callable[[Rules], Rules]:
    return lambda given: given._replace(act=_spiking(given.act, change))


def _flat(pair: Pair, _: Options) -> Pair:
    return Pair(pair.value, detached().slope)


def _option(**options: Any) -> Callable[[Case], Case]:
    def case(given: Case) -> Case:
        nodes = tuple(
            node._replace(options={**node.options, **options}) if node.op == "neuron" else node
            for node in given.nodes
        )
        return replace(given, nodes=nodes)

    return case


def _spike(name: str, says: str, change: Change) -> Convention:
    return Convention(name, says, _NEURON, _both(change))


def _window(name: str, says: str, slope: Callable[[float], Callable[[Array], Array]]) -> Convention:
    return _spike(name, says, _slope(slope))


def _where(inside: Array, x: Array, height: float = 1.0) -> Array:
    return inside.astype(x.dtype) * height


def _logistic(k: float) -> Callable[[Array], Array]:
    def slope(x: Array) -> Array:
        y = (1 + np.tanh(k * x / 2)) / 2
        return np.asarray(k * y * (1 - y))

    return slope


FIRING = (
    _spike("fires on >", "A neuron at U = v_th does not fire.", _fires_above),
    Convention(
        "reset detached",
        "The reset is not differentiated: the slope of its spike is 0.",
        _NEURON,
        _reset(_flat),
    ),
    Convention(
        "output detached",
        "LIF's output is not differentiated: the slope of its spike is 0.",
        frozenset({"spike"}),
        _output(_flat),
    ),
    Convention(
        "reset never detached",
        "A case's detached reset is differentiated all the same.",
        _NEURON,
        case=_option(reset="paper"),
    ),
    Convention("window 0.5", "The window has mu = 0.5 always.", _NEURON, case=_option(mu=0.5)),
    Convention("window 1", "The window has mu = 1 always.", _NEURON, case=_option(mu=1.0)),
)

WINDOWS = (
    _window(
        "closed window",
        "|x| = mu counts as inside.",
        lambda mu: lambda x: _where(abs(x) <= mu, x),
    ),
    _window(
        "unit-area window",
        "The window has height 1 / (2 mu).",
        lambda mu: lambda x: _where(abs(x) < mu, x, 1 / (2 * mu)),
    ),
    _window(
        "half the window's width",
        "The window is mu wide: |x| < mu / 2.",
        lambda mu: lambda x: _where(abs(x) < mu / 2, x),
    ),
    _window(
        "half the width, unit area",
        "|x| < mu / 2, of height 1 / mu.",
        lambda mu: lambda x: _where(abs(x) < mu / 2, x, 1 / mu),
    ),
    _window(
        "one-sided window",
        "The window is open above only: 0 <= x < mu.",
        lambda mu: lambda x: _where((x >= 0) & (x < mu), x),
    ),
    _window(
        "triangle",
        "A triangle of height 1: 1 - |x| / mu.",
        lambda mu: lambda x: np.maximum(1 - abs(x) / mu, 0),
    ),
    _window("unit triangle", "max(0, 1 - |x|).", lambda _: lambda x: np.maximum(1 - abs(x), 0)),
    _window("sigmoid surrogate", "Slope of sigmoid(4 x).", lambda _: _logistic(4.0)),
    _window("sigmoid surrogate, k = 1", "Slope of sigmoid(x).", lambda _: _logistic(1.0)),
    _window(
        "arctan surrogate",
        "1 / (1 + (pi x)^2).",
        lambda _: lambda x: 1 / (1 + (np.pi * x) ** 2),
    ),
    _window(
        "fast sigmoid surrogate",
        "1 / (1 + 25 |x|)^2.",
        lambda _: lambda x: 1 / (1 + 25 * abs(x)) ** 2,
    ),
    _window(
        "SuperSpike surrogate",
        "1 / (1 + 100 |x|)^2.",
        lambda _: lambda x: 1 / (1 + 100 * abs(x)) ** 2,
    ),
    _window(
        "gaussian surrogate",
        "exp(-x^2 / (2 mu^2)) / (mu sqrt(2 pi)).",
        lambda mu: lambda x: np.exp(-((x / mu) ** 2) / 2) / (mu * np.sqrt(2 * np.pi)),
    ),
    _window("straight through", "Slope 1 everywhere.", lambda _: np.ones_like),
)

SPIKES: tuple[Convention, ...] = (*FIRING, *WINDOWS)
