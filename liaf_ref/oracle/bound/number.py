"""A number that knows how far any correct evaluation of it can be off.

``v`` is the value.  The number is a sum of ``n`` terms whose order is still open: ``m``
bounds the sum of their magnitudes, ``c`` the error they have before they are added.  A
number that is finished has ``n = 1`` and ``m = |v|``; an exact zero has ``n = 0``.

Arrays of dtype object hold these numbers, so NumPy, and with it every kernel, computes
with them as with any other.
"""

import math
from typing import Any

import numpy as np

from liaf_ref.oracle.bound.functions import Functions
from liaf_ref.oracle.bound.model import Model

COUNTABLE = 2.0**20  # whole numbers below, and the sums of sixteen, are exact in float32
DISTRIBUTED = 2  # terms of a sum over which a product may be distributed


class Bounded(Functions):
    """A value and its error bound; the rules are in docs/tolerances.md.

    Parameters
    ----------
    v, m, c : float
        Value, magnitude, and error before summation.
    n : int
        Terms.
    model : Model
        The arithmetic.
    """

    def __init__(self, v: float, m: float, c: float, n: int, model: Model) -> None:
        self.v, self.m, self.n, self.model = v, m, n, model
        self.c = math.inf if math.isnan(c) else c  # of inf * 0; comparisons would lose a NaN

    @property
    def error(self) -> float:
        """Largest distance between the value and any evaluation of it."""
        if self.n <= 1 or self.c == math.inf:
            return self.c
        return self.c + self.model.gamma(self.n - 1) * (self.m + self.c) + self.n * self.model.eta

    def number(self, v: float, error: float) -> "Bounded":
        """A finished number with the same arithmetic."""
        return Bounded(v, abs(v), error, 1, self.model)

    def finished(self) -> "Bounded":
        """The same number with its sum computed: from here on one number."""
        return self if self.n <= 1 else self.number(self.v, self.error)

    def kept(self) -> "Bounded":
        """The terms where a product may still be distributed over them, else their sum."""
        return self if self.n <= DISTRIBUTED else self.finished()

    def __add__(self, other: Any) -> Any:
        other = self.lift(other)
        if other is NotImplemented:
            return other
        if _whole(self) and _whole(other):
            return exact(self.v + other.v, self.model)
        return Bounded(
            self.v + other.v, self.m + other.m, self.c + other.c, self.n + other.n, self.model
        )

    __radd__ = __add__

    def __neg__(self) -> "Bounded":
        return Bounded(-self.v, self.m, self.c, self.n, self.model)

    def __sub__(self, other: Any) -> Any:
        other = self.lift(other)
        return other if other is NotImplemented else self + (-other)

    def __rsub__(self, other: Any) -> Any:
        return (-self) + other

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, Bounded):
            return _product(self.kept(), other.kept())
        other = self.lift(other)
        return other if other is NotImplemented else _product(self, other)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        if isinstance(other, Bounded):
            return _quotient(self.kept(), other.finished())
        other = self.lift(other)
        return other if other is NotImplemented else _quotient(self, other)

    def __rtruediv__(self, other: Any) -> Any:
        other = self.lift(other)
        return other if other is NotImplemented else _quotient(other, self.finished())

    def __pow__(self, k: int) -> "Bounded":
        """A whole power: by multiplication or by pow, whichever is worse."""
        x, value = self.finished(), float(self.v**k)
        roundings = max(k - 1, math.ceil(self.model.function / self.model.u))
        grown = (x.m + x.c) ** k * (1 + self.model.gamma(roundings))
        return self.number(value, grown - abs(value) + self.model.eta)

    def __abs__(self) -> "Bounded":
        return self if self.v >= 0 else -self

    def __lt__(self, other: Any) -> bool:
        return bool(self.v < _value(other))

    def __le__(self, other: Any) -> bool:
        return bool(self.v <= _value(other))

    def __gt__(self, other: Any) -> bool:
        return bool(self.v > _value(other))

    def __ge__(self, other: Any) -> bool:
        return bool(self.v >= _value(other))

    def lift(self, other: Any) -> Any:
        """A constant as a number: exact, or rounded once if float32 does not have it."""
        if isinstance(other, Bounded):
            return other
        if isinstance(other, np.ndarray):
            return NotImplemented
        return constant(float(other), self.model)


def exact(v: float, model: Model) -> Bounded:
    """A number that every backend is given without error."""
    return Bounded(v, abs(v), 0.0, 1 if v else 0, model)


def constant(v: float, model: Model) -> Bounded:
    """A number of the program's text: rounded, unless float32 has it exactly."""
    number = exact(v, model)
    if float(np.float32(v)) != v:
        number.c = model.u * abs(v)
    return number


def widest(first: Bounded, *others: Bounded) -> Bounded:
    """One number computed in several ways: the first's value, the largest error."""
    return first.number(first.v, max(x.error for x in (first, *others)))


def by_way_of(x: Bounded, y: Bounded) -> Bounded:
    """``x`` as ``(x + y) - y``: twice ``y``'s terms more, and their error cancels."""
    return Bounded(x.v, x.m + 2 * (y.m + y.c), x.c, x.n + 2 * y.n, x.model)


def _value(x: Any) -> Any:
    return x.v if isinstance(x, Bounded) else x


def _whole(x: Bounded) -> bool:
    return x.c == 0.0 and x.n <= 1 and x.v.is_integer() and x.m < COUNTABLE


def _scales(x: Bounded) -> bool:
    return x.n == 1 and x.c == 0.0 and math.frexp(x.v)[0] in {0.5, -0.5}


def _product(x: Bounded, y: Bounded) -> Bounded:
    n, model = x.n * y.n, x.model
    if n == 0:
        return exact(0.0, model)
    c = abs(x.v) * y.c + x.c * abs(y.v) + x.c * y.c
    if _scales(x) or _scales(y):
        lost = 0.0 if abs(x.v) == 1 or abs(y.v) == 1 else n * model.eta
    else:
        lost = model.u * (x.m + x.c) * (y.m + y.c) + n * model.eta
    return Bounded(x.v * y.v, x.m * y.m, c + lost, n, model)


def _quotient(x: Bounded, y: Bounded) -> Bounded:
    model, least = x.model, abs(y.v) - y.c
    if least <= 0:
        return x.number(x.v / y.v if y.v else math.inf, math.inf)
    inverse = Bounded(1 / y.v, 1 / abs(y.v), y.c / abs(y.v) / least, 1, model)
    if not _scales(y):
        inverse.c += model.u / least + model.eta
    quotient = _product(x, inverse)
    quotient.v = x.v / y.v
    return quotient
