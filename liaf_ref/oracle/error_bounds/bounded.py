"""Numbers with a running error bound: one rule for each operation, whatever the order of sums."""

from collections.abc import Callable, Mapping
from functools import cached_property, partial
from operator import methodcaller
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.table.tape import Numbers, Operators

COARSEST = 2.0**400  # the grid of zeros
TINY = 1e-300
FRACTION = 2**52 - 1  # the bits of a float64 that are 0 in a power of two


# How many units in the last place a function may be off, unless a backend declares more.
ULP = {"divide": 0.5, "exp": 1, "expm1": 1, "log": 1, "sigmoid": 1, "sqrt": 1, "tanh": 1}


class Arithmetic(NamedTuple):
    """A floating-point format: unit roundoff, smallest normal number, factors of products."""

    u: float
    smallest: float
    factor: float = 0.0  # the roundoff of the factors of a matrix product
    ulp: Mapping[str, float] = ULP


def _is_power(x: Array) -> Array:
    """Whether a number is a power of two or 0: a factor that rounds nothing."""
    return np.asarray(x.view(np.int64) & FRACTION == 0)


def _lowest_bits(x: Array) -> Array:
    """The largest power of two that divides each number."""
    mantissa, exponent = np.frexp(x)
    m = (mantissa * 2.0**53).astype(np.int64)
    return np.where(m == 0, COARSEST, np.ldexp((m & -m).astype(float), exponent - 53))


class Bounded(Operators):
    """Values ``v``, with a bound ``e`` of the rounding error of an arithmetic."""

    def __init__(self, v: Any, arithmetic: Arithmetic, e: Any = 0.0) -> None:
        self.v, self.e = np.asarray(v, float), np.asarray(e)
        if self.e.shape != self.v.shape:
            self.e = np.broadcast_to(self.e, self.v.shape)
        self.arithmetic, self.u = arithmetic, arithmetic.u

    @cached_property
    def size(self) -> Array:
        """The sum of the magnitudes of the terms."""
        return np.asarray(abs(self.v))

    @cached_property
    def terms(self) -> Array:
        """The number of terms of the sum that gave each value; a 0 is none."""
        return np.asarray((self.v != 0) | (self.e != 0), int)

    @cached_property
    def parts_error(self) -> Array:
        """Of the parts that were added up, without the rounding of their sum."""
        return self.e

    @cached_property
    def grid(self) -> float:
        """A power of two that divides all numbers; 0 where one has an error."""
        return 0.0 if self.e.any() else float(_lowest_bits(self.v).min(initial=COARSEST))

    def finest(self, b: "Bounded") -> float:
        """The grid of both."""
        return self.grid and min(self.grid, b.grid)

    def made(self, v: Any, e: Any) -> "Bounded":
        """Other numbers of the same arithmetic; one below the smallest may be flushed to zero."""
        size = abs(v)
        flushed = np.where(size < self.arithmetic.smallest + e, size, 0.0)
        return Bounded(v, self.arithmetic, np.maximum(e, flushed))  # NaN where nothing is known

    def moved(self, v: Any, e: Any) -> "Bounded":
        """The same numbers elsewhere, or with another sign."""
        return Bounded(v, self.arithmetic, e)

    def of(self, b: Any) -> "Bounded":
        """A constant: rounded unless it is a number of this precision."""
        if isinstance(b, Bounded):
            return b
        return self.made(b, self.u * abs(b) * (abs(b) > _lowest_bits(b) / self.u))

    def __add__(self, other: Any) -> "Bounded":
        b = self.of(other)
        size = abs(self.v) + abs(b.v)  # not of the sum: another order rounds other sums
        rounds = (self.v != 0) & (b.v != 0) & (size > self.finest(b) / self.u)
        return self.made(self.v + b.v, self.e + b.e + self.u * rounds * size)

    def __neg__(self) -> "Bounded":
        return self.moved(-self.v, self.e)

    def __mul__(self, other: Any) -> "Bounded":
        b = self.of(other)
        v = self.v * b.v
        finest = self.grid and self.grid * b.grid
        size = abs(v)
        rounds = ~(_is_power(self.v) | _is_power(b.v)) & (size > finest / self.u)
        e = abs(self.v) * b.e + self.e * (abs(b.v) + b.e)
        return self.made(v, e + self.u * rounds * size)

    def __truediv__(self, other: Any) -> "Bounded":
        b = self.of(other)
        v = self.v / b.v
        e = (self.e + abs(v) * b.e) / np.maximum(abs(b.v) - b.e, TINY)
        units = 2 * self.arithmetic.ulp["divide"]
        return self.made(v, e + units * self.u * ~_is_power(b.v) * abs(v))

    def __matmul__(self, other: Any) -> "Bounded":
        b, factor = self.of(other), self.arithmetic.factor
        A, B = abs(self.v), abs(b.v)
        size = A @ B
        rounds = size > (self.grid and self.grid * b.grid) / self.u
        e = A @ (b.e + factor * B) + (self.e + factor * A) @ (B + b.e)
        product = self.made(self.v @ b.v, e + self.u * b.shape[0] * rounds * size)
        product.size, product.terms = size, b.shape[0] * (size != 0)
        return product

    def joined(self, other: "Bounded") -> "Bounded":
        """The sum of two parts, whose terms a backend may add up in any order."""
        size, terms = self.size + other.size, self.terms + other.terms
        rounds = (terms > 1) & (size > self.finest(other) / self.u)
        parts_error = self.parts_error + other.parts_error
        total = self.made(self.v + other.v, parts_error + self.u * (terms - 1) * rounds * size)
        total.size, total.terms, total.parts_error = size, terms, parts_error
        return total

    __radd__, __rmul__ = __add__, __mul__

    def __rtruediv__(self, other: Any) -> "Bounded":
        return self.of(other) / self

    def sum(self, axis: Any = None, keepdims: bool = False) -> "Bounded":
        """The sum over some axes."""
        how: dict[str, Any] = {"axis": axis, "keepdims": keepdims}
        v, size = self.v.sum(**how), self.size.sum(**how)
        terms = self.terms.sum(**how)
        rounds = (terms > 1) & (size > self.grid / self.u)
        total = self.made(v, self.e.sum(**how) + self.u * (terms - 1) * rounds * size)
        total.size, total.terms = size, terms
        return total

    def through(self, name: str) -> "Bounded":
        """A function, by its largest slope from low to high; libraries differ by some units."""
        f, slope, size = FUNCTIONS[name]
        units = 2 * self.arithmetic.ulp[name]
        e = slope(self.v - self.e, self.v + self.e) * self.e + units * self.u * size(self.v)
        return self.made(f(self.v), e)

    def reshape(self, *shape: int) -> "Bounded":
        """The same numbers in another shape."""
        return self.moved(self.v.reshape(*shape), self.e.reshape(*shape))

    def __getitem__(self, key: Any) -> "Bounded":
        return self.moved(self.v[key], self.e[key])

    def __setitem__(self, key: Any, other: Any) -> None:
        b, self.e = self.of(other), np.array(self.e)
        for known in ("grid", "size", "terms", "parts_error"):
            self.__dict__.pop(known, None)
        self.v[key], self.e[key] = b.v, b.e

    def __array_function__(self, f: Any, types: Any, args: Any, kwargs: Any) -> "Bounded":
        """Functions that only move numbers: the values and the bounds alike."""

        def part(x: Any, at: str) -> Any:
            if isinstance(x, list | tuple) and any(isinstance(i, Bounded) for i in x):
                return [getattr(self.of(i), at) for i in x]
            return getattr(x, at) if isinstance(x, Bounded) else x

        return self.moved(*(f(*[part(x, at) for x in args], **kwargs) for at in "ve"))


def _nearest(low: Array, high: Array) -> Array:
    """How near to 0 the numbers from low to high come."""
    return np.maximum(0, np.maximum(low, -high))


_sigmoid = Numbers.sigmoid
FUNCTIONS: dict[str, tuple[Any, Any, Any]] = {
    # The function, its largest slope between two numbers, and what its error is a part of.
    "exp": (np.exp, lambda low, high: np.exp(high), np.exp),
    # or exp(x) - 1
    "expm1": (np.expm1, lambda low, high: np.exp(high), lambda x: np.exp(x) * (x != 0)),
    "log": (np.log, lambda low, high: 1 / np.maximum(low, TINY), lambda x: abs(np.log(x))),
    # or 2 sigmoid(2x) - 1
    "tanh": (
        np.tanh,
        lambda low, high: 1 - np.tanh(_nearest(low, high)) ** 2,
        lambda x: (1 + abs(np.tanh(x))) * (x != 0) / 2,
    ),
    # or (1 + tanh(x / 2)) / 2
    "sigmoid": (
        _sigmoid,
        lambda low, high: _sigmoid(z := _nearest(low, high)) * _sigmoid(-z),
        lambda x: (1 + _sigmoid(x)) / 2,
    ),
    "sqrt": (np.sqrt, lambda low, high: 0.5 / np.sqrt(np.maximum(low, TINY)), np.sqrt),
}


def bounded_numbers(arithmetic: Arithmetic, **told: Callable[..., None]) -> Numbers:
    """The numbers of an arithmetic; ``told`` are `enter` and `decided` of :class:`Numbers`."""
    functions: dict[str, Any] = {name: methodcaller("through", name) for name in FUNCTIONS}
    return Numbers(
        partial(Bounded(0.0, arithmetic).made, e=0.0),
        lambda a: a.v if isinstance(a, Bounded) else np.asarray(a, float),
        via=lambda a, other: a.made(a.v, (a + other.v - other.v).e),  # its own error cancels
        apart=lambda a, other: a.made(a.v, a.e + 2 * a.u * (abs(a.v) + abs(other.v))),
        joined=Bounded.joined,
        within=lambda a, limit: a.made(a.v, np.minimum(a.e, abs(a.v) + limit)),
        **functions | told,
    )
