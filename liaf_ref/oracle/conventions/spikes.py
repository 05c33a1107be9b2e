"""When a neuron fires, and the slope that stands for the spike's derivative."""

from collections.abc import Callable

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.spike import Window, detached
from liaf_ref.oracle.conventions.convention import Convention, with_options
from liaf_ref.oracle.reference.kernel_table import KernelTable, Options

PairFactory = Callable[[Options], Pair]
PairChange = Callable[[Pair, Options], Pair]
_NEURON = frozenset({"neuron"})


def strictly_above(x: Array) -> Array:
    """S without the tie: 1 where ``x > 0``."""
    return (x.real > 0).astype(x.dtype)


def _with_strict_threshold(pair: Pair, _: Options) -> Pair:
    return Pair(strictly_above, pair.slope)


def _with_slope(slope: Callable[[float], Callable[[Array], Array]]) -> PairChange:
    """Another slope, wherever there is one."""

    def change(pair: Pair, options: Options) -> Pair:
        sloped = not isinstance(pair.slope, Window) or pair.slope.mu > 0
        return Pair(pair.value, slope(options["mu"])) if sloped else pair

    return change


def _change_pair(choice: PairFactory, change: PairChange) -> PairFactory:
    return lambda options: change(choice(options), options)


def _change_reset(change: PairChange) -> Callable[[KernelTable], KernelTable]:
    return lambda given: given._replace(spike=_change_pair(given.spike, change))


def _change_output(change: PairChange) -> Callable[[KernelTable], KernelTable]:
    """Change the output where it is a spike."""

    def rules(given: KernelTable) -> KernelTable:
        changed = _change_pair(given.act, change)
        return given._replace(
            act=lambda options: (changed if options["act"] == "spike" else given.act)(options)
        )

    return rules


def _zero_slope(pair: Pair, _: Options) -> Pair:
    return Pair(pair.value, detached().slope)


def spike_convention(name: str, description: str, change: PairChange) -> Convention:
    """Change the reset's spike, and the output where it is one."""
    return Convention(
        name,
        description,
        _NEURON,
        lambda given: _change_output(change)(_change_reset(change)(given)),
    )


def surrogate_convention(
    name: str, description: str, slope: Callable[[float], Callable[[Array], Array]]
) -> Convention:
    """Another slope for the spike, as a function of mu."""
    return spike_convention(name, description, _with_slope(slope))


def _indicator(inside: Array, x: Array, height: float = 1.0) -> Array:
    return inside.astype(x.dtype) * height


def _logistic(k: float) -> Callable[[Array], Array]:
    def slope(x: Array) -> Array:
        y = (1 + np.tanh(k * x / 2)) / 2
        return np.asarray(k * y * (1 - y))

    return slope


STRICT_THRESHOLD = spike_convention(
    "fires on >", "A neuron at U = v_th does not fire.", _with_strict_threshold
)
CLOSED_WINDOW = surrogate_convention(
    "closed window",
    "The edge |x| = mu is inside the window.",
    lambda mu: lambda x: _indicator(abs(x) <= mu, x),
)
FIRING = (
    STRICT_THRESHOLD,
    Convention(
        "reset detached",
        "The reset is detached: no gradient flows through the spike that resets.",
        _NEURON,
        _change_reset(_zero_slope),
    ),
    Convention(
        "output detached",
        "The output of LIF is detached: no gradient flows through the output spike.",
        frozenset({"spike"}),
        _change_output(_zero_slope),
    ),
    Convention(
        "reset never detached",
        "The case asks for a detached reset, but the backend differentiates it.",
        _NEURON,
        transform_case=with_options("neuron", lambda _: {"reset": "paper"}),
    ),
    Convention(
        "window 0.5",
        "The half-width mu of the window is 0.5 in every case.",
        _NEURON,
        transform_case=with_options("neuron", lambda _: {"mu": 0.5}),
    ),
    Convention(
        "window 1",
        "The half-width mu of the window is 1 in every case.",
        _NEURON,
        transform_case=with_options("neuron", lambda _: {"mu": 1.0}),
    ),
)

WINDOWS = (
    CLOSED_WINDOW,
    surrogate_convention(
        "unit-area window",
        "The window has height 1 / (2 mu).",
        lambda mu: lambda x: _indicator(abs(x) < mu, x, 1 / (2 * mu)),
    ),
    surrogate_convention(
        "half the window's width",
        "The window has width mu: |x| < mu / 2.",
        lambda mu: lambda x: _indicator(abs(x) < mu / 2, x),
    ),
    surrogate_convention(
        "half the width, unit area",
        "The window has width mu and height 1 / mu.",
        lambda mu: lambda x: _indicator(abs(x) < mu / 2, x, 1 / mu),
    ),
    surrogate_convention(
        "one-sided window",
        "Only the upper half of the window is used: 0 <= x < mu.",
        lambda mu: lambda x: _indicator((x >= 0) & (x < mu), x),
    ),
    surrogate_convention(
        "triangle",
        "The surrogate gradient is a triangle: max(0, 1 - |x| / mu).",
        lambda mu: lambda x: np.maximum(1 - abs(x) / mu, 0),
    ),
    surrogate_convention(
        "unit triangle",
        "The surrogate gradient is max(0, 1 - |x|).",
        lambda _: lambda x: np.maximum(1 - abs(x), 0),
    ),
    surrogate_convention(
        "sigmoid surrogate",
        "The surrogate gradient is the derivative of sigmoid(4 x).",
        lambda _: _logistic(4.0),
    ),
    surrogate_convention(
        "sigmoid surrogate, k = 1",
        "The surrogate gradient is the derivative of sigmoid(x).",
        lambda _: _logistic(1.0),
    ),
    surrogate_convention(
        "arctan surrogate",
        "The surrogate gradient is 1 / (1 + (pi x)^2).",
        lambda _: lambda x: 1 / (1 + (np.pi * x) ** 2),
    ),
    surrogate_convention(
        "fast sigmoid surrogate",
        "The surrogate gradient is 1 / (1 + 25 |x|)^2.",
        lambda _: lambda x: 1 / (1 + 25 * abs(x)) ** 2,
    ),
    surrogate_convention(
        "SuperSpike surrogate",
        "The surrogate gradient is 1 / (1 + 100 |x|)^2.",
        lambda _: lambda x: 1 / (1 + 100 * abs(x)) ** 2,
    ),
    surrogate_convention(
        "gaussian surrogate",
        "The surrogate gradient is exp(-x^2 / (2 mu^2)) / (mu sqrt(2 pi)).",
        lambda mu: lambda x: np.exp(-((x / mu) ** 2) / 2) / (mu * np.sqrt(2 * np.pi)),
    ),
    surrogate_convention(
        "straight through", "The surrogate gradient is 1 everywhere.", lambda _: np.ones_like
    ),
)

SPIKES: tuple[Convention, ...] = (*FIRING, *WINDOWS)
