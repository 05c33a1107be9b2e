"""Dual numbers in arrays: a value and its slopes, through the same lines as a float."""

# An object array of these runs through NumPy's functions, which call the methods here.

import math
from typing import Any, Union

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair

Number = Union["Dual", float, int]


class Dual:
    """A real number with its slopes in the entries that vary."""

    __array_priority__ = 1000
    __slots__ = ("tangents", "value")

    def __init__(self, value: float, tangents: Array) -> None:
        self.value, self.tangents = value, tangents

    @property
    def real(self) -> "Dual":
        """The number itself: it has no imaginary part."""
        return self

    def __add__(self, other: Number) -> "Dual":
        if isinstance(other, Dual):
            return Dual(self.value + other.value, self.tangents + other.tangents)
        return Dual(self.value + other, self.tangents)

    def __mul__(self, other: Number) -> "Dual":
        if isinstance(other, Dual):
            slopes = self.tangents * other.value + self.value * other.tangents
            return Dual(self.value * other.value, slopes)
        return Dual(self.value * other, self.tangents * other)

    def __truediv__(self, other: Number) -> "Dual":
        if isinstance(other, Dual):
            value = self.value / other.value
            return Dual(value, (self.tangents - value * other.tangents) / other.value)
        return Dual(self.value / other, self.tangents / other)

    def __rtruediv__(self, other: float) -> "Dual":
        value = other / self.value
        return Dual(value, -value / self.value * self.tangents)

    def __neg__(self) -> "Dual":
        return Dual(-self.value, -self.tangents)

    def __sub__(self, other: Number) -> "Dual":
        return self + (-other)

    def __rsub__(self, other: float) -> "Dual":
        return -self + other

    __radd__, __rmul__ = __add__, __mul__

    def __pow__(self, power: int) -> "Dual":
        return Dual(self.value**power, power * self.value ** (power - 1) * self.tangents)

    def __abs__(self) -> "Dual":
        return -self if self.value < 0 else self

    def __lt__(self, other: Number) -> bool:
        return self.value < primal(other)

    def __le__(self, other: Number) -> bool:
        return self.value <= primal(other)

    def __gt__(self, other: Number) -> bool:
        return self.value > primal(other)

    def __ge__(self, other: Number) -> bool:
        return self.value >= primal(other)

    def __float__(self) -> float:
        raise TypeError("cannot convert a dual number to float: its derivatives would be lost")

    def exp(self) -> "Dual":
        """As ``np.exp``."""
        y = math.exp(self.value)
        return Dual(y, y * self.tangents)

    def expm1(self) -> "Dual":
        """As ``np.expm1``."""
        return Dual(math.expm1(self.value), math.exp(self.value) * self.tangents)

    def log(self) -> "Dual":
        """As ``np.log``."""
        return Dual(math.log(self.value), self.tangents / self.value)

    def log1p(self) -> "Dual":
        """As ``np.log1p``."""
        return Dual(math.log1p(self.value), self.tangents / (1 + self.value))

    def sqrt(self) -> "Dual":
        """As ``np.sqrt``."""
        y = math.sqrt(self.value)
        return Dual(y, self.tangents / (2 * y))

    def tanh(self) -> "Dual":
        """As ``np.tanh``."""
        y = math.tanh(self.value)
        return Dual(y, (1 - y * y) * self.tangents)


def primal(x: Number) -> float:
    """The number without its slopes."""
    return x.value if isinstance(x, Dual) else float(x)


def primals(x: Array) -> Array:
    """The numbers of an array without their slopes."""
    if x.dtype != object:
        return x
    return np.array([primal(number) for number in x.flat], float).reshape(x.shape)


def lift_pair(pair: Pair) -> Pair:
    """A pair for dual numbers: its function, with its slope as the derivative."""

    def value(x: Array) -> Array:
        at = primals(x)
        y, slope = pair.value(at), pair.slope(at)
        if x.dtype != object:
            return y
        numbers: list[Any] = [
            Dual(float(a), s * number.tangents) if isinstance(number, Dual) else float(a)
            for a, s, number in zip(y.flat, slope.flat, x.flat, strict=True)
        ]
        out = np.empty(x.shape, object)
        out[...] = np.array([*numbers, None], object)[:-1].reshape(x.shape)
        return out

    return Pair(value, pair.slope)
