"""Other versions of the analog activations."""

from collections.abc import Callable

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.oracle.conventions.convention import Convention
from liaf_ref.oracle.reference.kernel_table import KernelTable, Options


def _selu(scale: float, alpha: float) -> Pair:
    def value(x: Array) -> Array:
        return np.asarray(scale * np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0))))

    def slope(x: Array) -> Array:
        return np.asarray(scale * np.where(x > 0, 1, alpha * np.exp(np.minimum(x, 0))))

    return Pair(value, slope)


def _with_slope_at_zero(height: float) -> Callable[[Pair], Pair]:
    def change(pair: Pair) -> Pair:
        return Pair(pair.value, lambda x: np.where(x == 0, height, pair.slope(x)))

    return change


def _activation_convention(
    name: str, description: str, act: str, change: Callable[[Pair], Pair]
) -> Convention:
    def rules(given: KernelTable) -> KernelTable:
        def choice(options: Options) -> Pair:
            pair = given.act(options)
            return change(pair) if options["act"] == act else pair

        return given._replace(act=choice)

    return Convention(name, description, frozenset({f"act:{act}"}), rules)


def _without_slope(given: KernelTable) -> KernelTable:
    def choice(options: Options) -> Pair:
        pair = given.act(options)
        return pair if options["act"] == "spike" else Pair(pair.value, np.ones_like)

    return given._replace(act=choice)


ACTIVATIONS: tuple[Convention, ...] = (
    Convention(
        "derivative of analog Act missing",
        "The derivative of ReLU, SELU, tanh and sigmoid is 1 everywhere; LIF is correct.",
        frozenset({"act:relu", "act:selu", "act:tanh", "act:sigmoid"}),
        _without_slope,
    ),
    _activation_convention(
        "SELU constants to 4 decimals",
        "The constants of SELU are 1.0507 and 1.6733.",
        "selu",
        lambda _: _selu(1.0507, 1.6733),
    ),
    _activation_convention(
        "SELU constants to 2 decimals",
        "The constants of SELU are 1.05 and 1.67.",
        "selu",
        lambda _: _selu(1.05, 1.67),
    ),
    _activation_convention(
        "ELU for SELU",
        "SELU is replaced by ELU: max(x, 0) + min(exp(x) - 1, 0).",
        "selu",
        lambda _: _selu(1.0, 1.0),
    ),
    _activation_convention(
        "ReLU's slope at 0 is 1",
        "The derivative of ReLU at 0 is 1.",
        "relu",
        _with_slope_at_zero(1.0),
    ),
    _activation_convention(
        "ReLU's slope at 0 is 1/2",
        "The derivative of ReLU at 0 is 1/2.",
        "relu",
        _with_slope_at_zero(0.5),
    ),
    _activation_convention(
        "tanh's slope from its argument",
        "The derivative of tanh is 1 - x^2 instead of 1 - tanh(x)^2.",
        "tanh",
        lambda pair: Pair(pair.value, lambda x: 1 - x**2),
    ),
    _activation_convention(
        "sigmoid's slope from its argument",
        "The derivative of sigmoid is x (1 - x) instead of s (1 - s) with s = sigmoid(x).",
        "sigmoid",
        lambda pair: Pair(pair.value, lambda x: x * (1 - x)),
    ),
)
