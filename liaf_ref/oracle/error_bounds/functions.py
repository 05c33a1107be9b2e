"""Elementary functions of a number that carries its error: how it grows, and the library's own.

NumPy finds them under these names where an array holds such numbers.
"""

import math
import sys
from abc import ABC, abstractmethod
from typing import Self

from liaf_ref.oracle.error_bounds.arithmetic import ArithmeticModel

MAX_EXP_ARGUMENT = 700.0  # exp of more is no float64


class ElementaryFunctions(ABC):
    """What a number needs to have elementary functions: itself, its error and its arithmetic."""

    v: float
    model: ArithmeticModel

    @property
    @abstractmethod
    def error(self) -> float:
        """Largest distance between the value and any evaluation of it."""

    @abstractmethod
    def with_value(self, v: float, error: float) -> Self:
        """A finished number with the same arithmetic."""

    def rounded_result(
        self, value: float, propagated_error: float, relative_rounding: float
    ) -> Self:
        """The function's value, where the argument's error became ``spread``."""
        lost = relative_rounding * (abs(value) + propagated_error) + self.model.eta
        return self.with_value(value, propagated_error + lost)

    def exp(self) -> Self:
        """The slope is largest at the argument's upper end."""
        return self.rounded_result(math.exp(self.v), self._rise(), self.model.function_error)

    def expm1(self) -> Self:
        """As :meth:`exp`, with an error relative to a smaller value."""
        return self.rounded_result(math.expm1(self.v), self._rise(), self.model.function_error)

    def _rise(self) -> float:
        """How far exp grows within the argument's error."""
        value = math.exp(self.v)
        if value >= sys.float_info.min:
            return value * _expm1_or_inf(self.error)
        return math.exp(end) if (end := self.v + self.error) < MAX_EXP_ARGUMENT else math.inf

    def log(self) -> Self:
        """The slope is largest at the argument's lower end; unbounded if that end may be 0."""
        if self.v <= 0:
            return self.with_value(-math.inf, math.inf)
        return self.rounded_result(
            math.log(self.v), _fall(self.error / self.v), self.model.function_error
        )

    def log1p(self) -> Self:
        """As :meth:`log`, with an error relative to a smaller value."""
        if self.v <= -1:
            return self.with_value(-math.inf, math.inf)
        return self.rounded_result(
            math.log1p(self.v), _fall(self.error / (1 + self.v)), self.model.function_error
        )

    def tanh(self) -> Self:
        """The slope is largest where the argument is nearest to 0."""
        nearest = max(abs(self.v) - self.error, 0.0)
        spread = self.error * (1 - math.tanh(nearest) ** 2)
        return self.rounded_result(math.tanh(self.v), spread, self.model.function_error)

    def cosh(self) -> Self:
        """The slope is largest at the end away from 0."""
        value = math.cosh(self.v)
        spread = value * _expm1_or_inf(self.error)  # cosh(x + e) <= cosh(x) exp(e)
        return self.rounded_result(value, spread, self.model.function_error)

    def sqrt(self) -> Self:
        """Two roundings, as if computed through 1 / sqrt."""
        value, minimum = math.sqrt(self.v), max(self.v - self.error, 0.0)
        whole = value + math.sqrt(minimum)
        spread = self.error / whole if whole else math.sqrt(self.error)
        return self.rounded_result(value, spread, self.model.gamma(2))

    def rsqrt(self) -> Self:
        """As 1 / sqrt, rsqrt or a power; the slope is largest at the argument's lower end."""
        if self.v <= 0:
            return self.with_value(math.inf, math.inf)
        value, minimum = 1 / math.sqrt(self.v), self.v - self.error
        spread = 1 / math.sqrt(minimum) - value if minimum > 0 else math.inf
        return self.rounded_result(value, spread, self.model.function_error)


def _fall(share: float) -> float:
    """How far log falls where its argument falls by a share of itself."""
    return -math.log1p(-share) if share < 1 else math.inf


def _expm1_or_inf(error: float) -> float:
    return math.expm1(error) if error < MAX_EXP_ARGUMENT else math.inf
