"""Dual numbers: a value and its derivatives, which follow it through the arithmetic."""

from collections.abc import Iterable
from typing import Any, TypeAlias

Number: TypeAlias = Any  # float, Fraction or mpf: whatever adds, multiplies and compares
Tangents: TypeAlias = dict[object, Number]


class Dual:
    """A value with its derivatives in the variables it was computed from."""

    __slots__ = ("d", "x")

    def __init__(self, x: Number, d: Tangents) -> None:
        self.x, self.d = x, d

    def __repr__(self) -> str:
        return f"Dual({self.x!r}, {len(self.d)} derivatives)"

    def __add__(self, other: "Dual | Number") -> "Dual":
        return sum_duals((self, as_dual(other)))

    def __sub__(self, other: "Dual | Number") -> "Dual":
        return sum_duals((self, -as_dual(other)))

    def __mul__(self, other: "Dual | Number") -> "Dual":
        b = as_dual(other)
        return Dual(self.x * b.x, _linear_combination(b.x, self.d, self.x, b.d))

    def __truediv__(self, other: "Dual | Number") -> "Dual":
        b = as_dual(other)
        y = self.x / b.x
        derivatives = {name: d / b.x for name, d in self.d.items()}  # 1 / int would be a float
        return Dual(y, _linear_combination(1, derivatives, -y / b.x, b.d))

    def __neg__(self) -> "Dual":
        return Dual(-self.x, {name: -d for name, d in self.d.items()})

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: Number) -> "Dual":
        return as_dual(other) - self

    def __rtruediv__(self, other: Number) -> "Dual":
        return as_dual(other) / self

    def chain_rule(self, y: Number, slope: Number) -> "Dual":
        """The value of a function here, and by the chain rule its derivatives."""
        return Dual(y, _linear_combination(slope, self.d, 0, {}))

    def derivative(self, variable: "Dual") -> Number:
        """The derivative in a variable, as :func:`variable` made it."""
        (name,) = variable.d
        return self.d.get(name, type(variable.x)(0))


def variable(x: Number) -> Dual:
    """A value in which derivatives are wanted; no other variable is the same."""
    return Dual(x, {object(): type(x)(1)})


def constant(x: Number) -> Dual:
    """A value in which no derivative is wanted."""
    return Dual(x, {})


def as_dual(x: Dual | Number) -> Dual:
    """The number itself if it is dual, else as a constant."""
    return x if isinstance(x, Dual) else constant(x)


def sum_duals(terms: Iterable[Dual]) -> Dual:
    """The sum; what ``+`` would give, without a copy for every term."""
    x: Number = 0
    d: Tangents = {}
    for term in terms:
        x = x + term.x
        for name, slope in term.d.items():
            d[name] = d[name] + slope if name in d else slope
    return Dual(x, d)


def _linear_combination(p: Number, a: Tangents, q: Number, b: Tangents) -> Tangents:
    """``p a + q b``, without the entries of a factor that is 0."""
    both = {name: p * d for name, d in a.items()} if p else {}
    for name, d in b.items() if q else ():
        both[name] = both[name] + q * d if name in both else q * d
    return both
