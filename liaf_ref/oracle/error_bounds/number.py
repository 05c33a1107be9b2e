"""A number that knows how far any correct evaluation of it can be off.

``v`` is the value.  The number is a sum of ``n`` terms whose order is still open: ``m``
bounds the sum of their magnitudes, ``c`` the error they have before they are added.  A
number that is finished has ``n = 1`` and ``m = |v|``; an exact zero has ``n = 0``.

Arrays of dtype object hold these numbers, so NumPy, and with it every kernel, computes
with them as with any other.
"""

import math
import sys
from typing import Any, NamedTuple

import numpy as np

MAX_EXP_ARGUMENT = 700.0  # exp of more is no float64
MAX_EXACT_INTEGER = 2.0**20  # whole numbers below, and the sums of sixteen, are exact in float32
MAX_DISTRIBUTED_TERMS = 2  # terms of a sum over which a product may be distributed
FUNCTION_ULPS = 4  # of exp, expm1, log, tanh, cosh, pow: oneMKL's low accuracy, the widest promised


class ArithmeticModel(NamedTuple):
    """Floating-point arithmetic as the bound sees it."""

    u: float
    eta: float
    function_error: float

    def gamma(self, k: int) -> float:
        """Relative error of ``k`` roundings in a row, Higham (2002), Lemma 3.1."""
        return k * self.u / (1 - k * self.u) if k > 0 else 0.0


def arithmetic_model(dtype: Any) -> ArithmeticModel:
    """The model of an IEEE 754 format."""
    info = np.finfo(dtype)
    u = float(info.eps) / 2
    return ArithmeticModel(u, float(info.smallest_normal), 2 * FUNCTION_ULPS * u)


class BoundedNumber:
    """A value and its error bound; the rules are in docs/verify/tolerances.md."""

    def __init__(self, v: float, m: float, c: float, n: int, model: ArithmeticModel) -> None:
        self.v, self.m, self.n, self.model = v, m, n, model
        self.c = math.inf if math.isnan(c) else c  # of inf * 0; comparisons would lose a NaN

    @property
    def error(self) -> float:
        """Largest distance between the value and any evaluation of it."""
        if self.n <= 1 or self.c == math.inf:
            return self.c
        return self.c + self.model.gamma(self.n - 1) * (self.m + self.c) + self.n * self.model.eta

    def with_value(self, v: float, error: float) -> "BoundedNumber":
        """A finished number with the same arithmetic."""
        return BoundedNumber(v, abs(v), error, 1, self.model)

    def evaluate_sum(self) -> "BoundedNumber":
        """The same number with its sum computed: from here on one number."""
        return self if self.n <= 1 else self.with_value(self.v, self.error)

    def distributable_terms(self) -> "BoundedNumber":
        """The terms where a product may still be distributed over them, else their sum."""
        return self if self.n <= MAX_DISTRIBUTED_TERMS else self.evaluate_sum()

    def __add__(self, other: Any) -> Any:
        other = self.as_bounded(other)
        if other is NotImplemented:
            return other
        if _is_exact_integer(self) and _is_exact_integer(other):
            return exact_number(self.v + other.v, self.model)
        return BoundedNumber(
            self.v + other.v, self.m + other.m, self.c + other.c, self.n + other.n, self.model
        )

    __radd__ = __add__

    def __neg__(self) -> "BoundedNumber":
        return BoundedNumber(-self.v, self.m, self.c, self.n, self.model)

    def __sub__(self, other: Any) -> Any:
        other = self.as_bounded(other)
        return other if other is NotImplemented else self + (-other)

    def __rsub__(self, other: Any) -> Any:
        return (-self) + other

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, BoundedNumber):
            return _product(self.distributable_terms(), other.distributable_terms())
        other = self.as_bounded(other)
        return other if other is NotImplemented else _product(self, other)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        if isinstance(other, BoundedNumber):
            return _quotient(self.distributable_terms(), other.evaluate_sum())
        other = self.as_bounded(other)
        return other if other is NotImplemented else _quotient(self, other)

    def __rtruediv__(self, other: Any) -> Any:
        other = self.as_bounded(other)
        return other if other is NotImplemented else _quotient(other, self.evaluate_sum())

    def __pow__(self, k: int) -> "BoundedNumber":
        """A whole power: by multiplication or by pow, whichever is worse."""
        x, value = self.evaluate_sum(), float(self.v**k)
        roundings = max(k - 1, math.ceil(self.model.function_error / self.model.u))
        grown = (x.m + x.c) ** k * (1 + self.model.gamma(roundings))
        return self.with_value(value, grown - abs(value) + self.model.eta)

    def __abs__(self) -> "BoundedNumber":
        return self if self.v >= 0 else -self

    def __lt__(self, other: Any) -> bool:
        return bool(self.v < _value(other))

    def __le__(self, other: Any) -> bool:
        return bool(self.v <= _value(other))

    def __gt__(self, other: Any) -> bool:
        return bool(self.v > _value(other))

    def __ge__(self, other: Any) -> bool:
        return bool(self.v >= _value(other))

    def as_bounded(self, other: Any) -> Any:
        """A constant as a number: exact, or rounded once if float32 does not have it."""
        if isinstance(other, BoundedNumber):
            return other
        if isinstance(other, np.ndarray):
            return NotImplemented
        return rounded_constant(float(other), self.model)

    # NumPy finds these functions under their names where an array holds such numbers.

    def rounded_result(self, value: float, spread: float, rounding: float) -> "BoundedNumber":
        """A function's value, where the argument's error became ``spread``."""
        lost = rounding * (abs(value) + spread) + self.model.eta
        return self.with_value(value, spread + lost)

    def exp(self) -> "BoundedNumber":
        """The slope is largest at the argument's upper end."""
        return self.rounded_result(math.exp(self.v), self._rise(), self.model.function_error)

    def expm1(self) -> "BoundedNumber":
        """As :meth:`exp`, with an error relative to a smaller value."""
        return self.rounded_result(math.expm1(self.v), self._rise(), self.model.function_error)

    def _rise(self) -> float:
        """How far exp grows within the argument's error."""
        value = math.exp(self.v)
        if value >= sys.float_info.min:
            return value * _expm1_or_inf(self.error)
        return math.exp(end) if (end := self.v + self.error) < MAX_EXP_ARGUMENT else math.inf

    def log(self) -> "BoundedNumber":
        """The slope is largest at the argument's lower end; unbounded if that end may be 0."""
        if self.v <= 0:
            return self.with_value(-math.inf, math.inf)
        return self.rounded_result(
            math.log(self.v), _fall(self.error / self.v), self.model.function_error
        )

    def log1p(self) -> "BoundedNumber":
        """As :meth:`log`, with an error relative to a smaller value."""
        if self.v <= -1:
            return self.with_value(-math.inf, math.inf)
        return self.rounded_result(
            math.log1p(self.v), _fall(self.error / (1 + self.v)), self.model.function_error
        )

    def tanh(self) -> "BoundedNumber":
        """The slope is largest where the argument is nearest to 0."""
        nearest = max(abs(self.v) - self.error, 0.0)
        spread = self.error * (1 - math.tanh(nearest) ** 2)
        return self.rounded_result(math.tanh(self.v), spread, self.model.function_error)

    def cosh(self) -> "BoundedNumber":
        """The slope is largest at the end away from 0."""
        value = math.cosh(self.v)
        spread = value * _expm1_or_inf(self.error)  # cosh(x + e) <= cosh(x) exp(e)
        return self.rounded_result(value, spread, self.model.function_error)

    def sqrt(self) -> "BoundedNumber":
        """Two roundings, as if computed through 1 / sqrt."""
        value, minimum = math.sqrt(self.v), max(self.v - self.error, 0.0)
        whole = value + math.sqrt(minimum)
        spread = self.error / whole if whole else math.sqrt(self.error)
        return self.rounded_result(value, spread, self.model.gamma(2))

    def rsqrt(self) -> "BoundedNumber":
        """As 1 / sqrt, rsqrt or a power; the slope is largest at the argument's lower end."""
        if self.v <= 0:
            return self.with_value(math.inf, math.inf)
        value, minimum = 1 / math.sqrt(self.v), self.v - self.error
        spread = 1 / math.sqrt(minimum) - value if minimum > 0 else math.inf
        return self.rounded_result(value, spread, self.model.function_error)


def exact_number(v: float, model: ArithmeticModel) -> BoundedNumber:
    """A number that every backend is given without error."""
    return BoundedNumber(v, abs(v), 0.0, 1 if v else 0, model)


def rounded_constant(v: float, model: ArithmeticModel) -> BoundedNumber:
    """A number of the program's text: rounded, unless float32 has it exactly."""
    number = exact_number(v, model)
    if float(np.float32(v)) != v:
        number.c = model.u * abs(v)
    return number


def worst_case(first: BoundedNumber, *others: BoundedNumber) -> BoundedNumber:
    """One number computed in several ways: the first's value, the largest error."""
    return first.with_value(first.v, max(x.error for x in (first, *others)))


def with_detour_error(x: BoundedNumber, y: BoundedNumber) -> BoundedNumber:
    """``x`` as ``(x + y) - y``: twice ``y``'s terms more, and their error cancels."""
    return BoundedNumber(x.v, x.m + 2 * (y.m + y.c), x.c, x.n + 2 * y.n, x.model)


def _value(x: Any) -> Any:
    return x.v if isinstance(x, BoundedNumber) else x


def _is_exact_integer(x: BoundedNumber) -> bool:
    return x.c == 0.0 and x.n <= 1 and x.v.is_integer() and x.m < MAX_EXACT_INTEGER


def _is_power_of_two(x: BoundedNumber) -> bool:
    return x.n == 1 and x.c == 0.0 and math.frexp(x.v)[0] in {0.5, -0.5}


def _product(x: BoundedNumber, y: BoundedNumber) -> BoundedNumber:
    n, model = x.n * y.n, x.model
    if n == 0:
        return exact_number(0.0, model)
    c = abs(x.v) * y.c + x.c * abs(y.v) + x.c * y.c
    if _is_power_of_two(x) or _is_power_of_two(y):
        lost = 0.0 if abs(x.v) == 1 or abs(y.v) == 1 else n * model.eta
    else:
        lost = model.u * (x.m + x.c) * (y.m + y.c) + n * model.eta
    return BoundedNumber(x.v * y.v, x.m * y.m, c + lost, n, model)


def _quotient(x: BoundedNumber, y: BoundedNumber) -> BoundedNumber:
    model, minimum = x.model, abs(y.v) - y.c
    if minimum <= 0:
        return x.with_value(x.v / y.v if y.v else math.inf, math.inf)
    inverse = BoundedNumber(1 / y.v, 1 / abs(y.v), y.c / abs(y.v) / minimum, 1, model)
    if not _is_power_of_two(y):
        inverse.c += model.u / minimum + model.eta
    quotient = _product(x, inverse)
    quotient.v = x.v / y.v
    return quotient


def _fall(share: float) -> float:
    """How far log falls where its argument falls by a share of itself."""
    return -math.log1p(-share) if share < 1 else math.inf


def _expm1_or_inf(error: float) -> float:
    return math.expm1(error) if error < MAX_EXP_ARGUMENT else math.inf
