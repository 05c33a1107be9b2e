"""Functions of one dual number: value and derivative, for every kind of number."""

import math
from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from liaf_ref._core.errors import InputError
from liaf_ref.oracle.exact.dual import Dual, Number, constant

Function: TypeAlias = Callable[[Dual], Dual]

# Klambauer et al. 2017, the fixed point of mean 0 and variance 1, to 32 digits.
SELU_SCALE = "1.0507009873554804934193349852946"
SELU_ALPHA = "1.6732632423543772848170429916717"


def exp(a: Dual) -> Dual:
    """``e^a``."""
    y = _value("exp", a.x)
    return a.chain_rule(y, y)


def log(a: Dual) -> Dual:
    """Natural logarithm."""
    return a.chain_rule(_value("log", a.x), 1 / a.x)


def sqrt(a: Dual) -> Dual:
    """Square root."""
    y = scalar_sqrt(a.x)
    return a.chain_rule(y, 1 / (2 * y))


def scalar_sqrt(x: Number) -> Number:
    """Square root of a plain number."""
    return _value("sqrt", x)


def tanh(a: Dual) -> Dual:
    """Hyperbolic tangent."""
    y = _value("tanh", a.x)
    return a.chain_rule(y, 1 - y * y)


def sigmoid(a: Dual) -> Dual:
    """``1 / (1 + e^-a)``, by whichever side does not overflow."""
    e = exp(-a if a.x > 0 else a)
    y: Dual = (1 if a.x > 0 else e) / (1 + e)
    return y


def identity(a: Dual) -> Dual:
    """The number itself."""
    return a


def relu(a: Dual) -> Dual:
    """The positive part; derivative 0 at 0."""
    return _relu(a.x > 0, a)


def selu(a: Dual) -> Dual:
    """Scaled exponential linear unit; at 0 the exponential's derivative."""
    return _selu(a.x > 0, a)


def _relu(above: Number, a: Dual) -> Dual:
    return a if above else constant(type(a.x)(0))


def _selu(above: Number, a: Dual) -> Dual:
    scale, alpha = (type(a.x)(digits) for digits in (SELU_SCALE, SELU_ALPHA))
    curve = a if above else alpha * a.chain_rule(_value("expm1", a.x), _value("exp", a.x))
    y: Dual = scale * curve
    return y


def spike(mu: Number) -> Function:
    """S of Eq. (4), which answers ``dx`` with the window of Eq. (13)."""
    return lambda a: given_spike(a.x >= 0, abs(a.x) < mu)(a)  # (4), (13)


def given_spike(fired: Number, inside: Number) -> Function:
    """S that is told whether it fires, and whether its argument is inside the window."""
    return lambda a: a.chain_rule(type(a.x)(int(fired)), int(inside))


def detached(S: Function) -> Function:
    """The same values, without derivatives."""
    return lambda a: constant(S(a).x)


def given_activation(name: str, above: Number) -> Function:
    """ReLU or SELU that is told whether its argument is above 0."""
    return partial({"relu": _relu, "selu": _selu}[name], above)


def _value(name: str, x: Number) -> Number:
    """A function's value from the library that the number's type comes with."""
    if isinstance(x, float):
        return getattr(math, name)(x)
    if hasattr(x, "context"):  # mpmath: an mpf knows its context, and that the functions
        return getattr(x.context, name)(x)
    kind = type(x).__name__
    raise InputError.for_argument(name, "oracle.exact", f"expected a float or an mpf, got a {kind}")


ACTIVATIONS: dict[str, Function] = {
    "identity": identity,
    "relu": relu,
    "selu": selu,
    "tanh": tanh,
    "sigmoid": sigmoid,
}
