"""One number with its error, by the table of docs/verify/tolerances.md: the obvious definition."""

import math
from dataclasses import dataclass, replace

from liaf_ref.oracle.error_bounds.arithmetic import ArithmeticModel


@dataclass(frozen=True)
class Number:
    """A sum of ``n`` terms in any order: value, magnitude and error of all terms together."""

    v: float
    m: float
    c: float
    n: int
    model: ArithmeticModel

    @property
    def error(self) -> float:
        u, eta = self.model.u, self.model.eta
        if self.n <= 1:
            return self.c
        share = (self.n - 1) * u
        return self.c + share / (1 - share) * (self.m + self.c) + self.n * eta

    @property
    def is_whole(self) -> bool:
        return (
            self.c == 0
            and self.n <= 1
            and self.v.is_integer()
            and self.m < self.model.max_exact_integer
        )

    @property
    def is_power_of_two(self) -> bool:
        return self.n == 1 and self.c == 0 and math.frexp(self.v)[0] in {0.5, -0.5}

    @property
    def is_sign(self) -> bool:
        return self.c == 0 and (self.n == 0 or (self.n == 1 and abs(self.v) == 1))

    def finished(self) -> "Number":
        return self if self.n <= 1 else Number(self.v, abs(self.v), self.error, 1, self.model)

    def _terms_for(self, factor: "Number") -> "Number":
        return self if self.n <= 2 or factor.is_sign else self.finished()

    def __add__(self, y: "Number") -> "Number":
        if self.is_whole and y.is_whole:
            return exact(self.v + y.v, self.model)
        return Number(self.v + y.v, self.m + y.m, self.c + y.c, self.n + y.n, self.model)

    def __mul__(self, y: "Number") -> "Number":
        return self._terms_for(y)._times(y._terms_for(self))

    def _times(self, y: "Number") -> "Number":
        n, model = self.n * y.n, self.model
        if n == 0:
            return exact(0.0, model)
        c = abs(self.v) * y.c + self.c * abs(y.v) + self.c * y.c
        if not (self.is_power_of_two or y.is_power_of_two):
            c += model.u * (self.m + self.c) * (y.m + y.c) + n * model.eta
        elif abs(self.v) != 1 and abs(y.v) != 1:
            c += n * model.eta
        return Number(self.v * y.v, self.m * y.m, c, n, model)

    def __truediv__(self, y: "Number") -> "Number":
        x, y, model = self._terms_for(y), y.finished(), self.model
        smallest = abs(y.v) - y.c
        if smallest <= 0:
            return Number(x.v / y.v if y.v else math.inf, math.inf, math.inf, 1, model)
        c = y.c / abs(y.v) / smallest
        if not y.is_power_of_two:
            c += model.u / smallest + model.eta
        return replace(x._times(Number(1 / y.v, 1 / abs(y.v), c, 1, model)), v=x.v / y.v)


def exact(v: float, model: ArithmeticModel) -> Number:
    """A number that every backend is given."""
    return Number(v, abs(v), 0.0, 1 if v else 0, model)
