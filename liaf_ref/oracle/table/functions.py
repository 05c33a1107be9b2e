"""Activations and the spike, each by its value and its slope, and the functions of other text."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.oracle.table.tape import Function, Numbers, T, current, lift, turned, with_slope

SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772


def value(x: T) -> Any:
    """As float64, to compare."""
    return current().value(x.v)


def number(mask: Any) -> Any:
    """Zeros and ones in the arithmetic of now."""
    return current().make(np.asarray(mask) * 1.0)


def decide(x: T, *limits: float) -> Any:
    """The numbers as float64, to be compared with limits."""
    for limit in limits:
        current().decided(x.v - limit if limit else x.v)
    return value(x)


def via(x: T, other: T, other_gradient: Callable[[], Any] | None = None) -> T:
    """What a right backend may compute as ``(x + other) - other``, and so perhaps its gradient."""

    def back(g: Any) -> Any:
        return g if other_gradient is None else current().via(g, other_gradient())

    return x if current().via is Numbers.via else T(current().via(x.v, other.v), ((x, back),))


def difference(x: T, y: T) -> T:
    """``x - y``, of whose products a right backend may take the parts, which round."""
    found = x - y
    return T(current().apart(found.v, y.v), ((found, lambda g: g),))


def stored(x: T, store: Function | None) -> T:
    """A number that memory holds, as in fixed point: rounded, and so its gradient."""
    return x if store is None else T(store(x.v), ((x, store),))


def held(x: T, store: Function | None) -> T:
    """A number whose gradient memory holds."""
    return x if store is None else turned(x, store)


class Slope(NamedTuple):
    """What stands for the derivative of a spike: a function of ``U - v_th`` and mu."""

    of: Callable[[Any, float], Any]
    jumps: Callable[[float], tuple[float, ...]] = lambda mu: ()  # rounding must not cross them
    error: Callable[[Any, Any, Any, float], Any] | None = None  # of the argument, its error


WINDOW = Slope(lambda x, mu: (-mu < x) & (x < mu), lambda mu: (-mu, mu))  # (13)


def fires(x: Any) -> Any:
    """Eq. (4): a neuron at its threshold fires."""
    return x >= 0


def spike(
    x: T, mu: float, given: Any = None, detached: bool = False, *, text: Mapping[str, Any]
) -> T:
    """A spike, or what is given: whether it fires, and lies in the window."""
    x = held(x, text["store"])
    if given is not None:
        on, near = given
        return with_slope(x, number(on), number(0 * near if detached else near))
    slope: Slope = text["slope"]
    v = decide(x, 0.0, *(() if detached else slope.jumps(mu)))
    near = number(0 * v if detached else slope.of(v, mu))
    if slope.error is not None and not detached and hasattr(x.v, "e"):
        near = x.v.made(near.v, slope.error(v, x.v.e, x.v.arithmetic, mu))
    return with_slope(x, number(text["fires"](v)), near)


def tanh(x: T, positive: Any = None) -> T:
    """The hyperbolic tangent."""
    y = current().tanh(x.v)
    return with_slope(x, y, 1 - y * y)


def sigmoid(x: T, positive: Any = None) -> T:
    """``1 / (1 + e^-x)``, with all digits on both sides."""
    y = current().sigmoid(x.v)
    return with_slope(x, y, y * current().sigmoid(-x.v))


def exp(x: T) -> T:
    """The exponential."""
    y = current().exp(x.v)
    return with_slope(x, y, y)


def log(x: T) -> T:
    """The natural logarithm."""
    return with_slope(x, current().log(x.v), 1 / x.v)


def softplus(x: T) -> T:
    """``log(1 + e^x)``."""
    positive = number(value(x) > 0)
    rest = current().log(1 + current().exp(x.v * (1 - 2 * positive)))
    return with_slope(x, x.v * positive + rest, sigmoid(x).v)


def rsqrt(x: T) -> T:
    """``1 / sqrt(x)``."""
    y = 1 / current().sqrt(x.v)
    return with_slope(x, y, -(y * y * y / 2))


def identity(x: T, positive: Any = None) -> T:
    """The number itself."""
    return x


def relu(x: T, positive: Any = None) -> T:
    """Where it is positive, or where that is given, x; the slope at 0 is 0."""
    on = number(decide(x, 0.0) > 0 if positive is None else positive)
    return with_slope(x, x.v * on, on)


def selu(x: T, positive: Any = None, *, scale: float = SELU_SCALE, alpha: float = SELU_ALPHA) -> T:
    """SELU; the slope at 0 is that from below."""
    on = number(decide(x, 0.0) > 0 if positive is None else positive)
    below = x * lift(1 - on)
    slope = current().via(current().exp(below.v), current().make(np.ones(())))  # or expm1 + 1
    curve = with_slope(below, current().expm1(below.v), slope)
    return (x * lift(on) + curve * alpha * lift(1 - on)) * scale


ACTIVATIONS = {act.__name__: act for act in (identity, relu, selu, tanh, sigmoid)}
FUNCTIONS: Mapping[str, Any] = {
    "store": None,  # a number, as memory holds it
    "spike": spike,
    "fires": fires,
    "slope": WINDOW,
    **{f"act:{name}": act for name, act in ACTIVATIONS.items()},
}
