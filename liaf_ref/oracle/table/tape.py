"""The numbers that the equations are computed with, and reverse mode over arrays of them.

They are float64, longdouble, objects such as fractions, or numbers with a bound on their error.
"""

import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Any, Self

import numpy as np

Function = Callable[[Any], Any]


@dataclass(frozen=True)
class Numbers:
    """An arithmetic beside ``+ - * /`` and ``@``: its numbers, and functions of its arrays."""

    make: Function  # from float64
    value: Function = lambda a: np.asarray(a, float)  # to compare
    exp: Function = np.exp
    expm1: Function = np.expm1
    log: Function = np.log
    tanh: Function = np.tanh
    sqrt: Function = np.sqrt
    sigmoid: Function = lambda a: 1 / (1 + np.exp(-a))
    stack: Callable[..., Any] = np.stack
    concatenate: Callable[..., Any] = np.concatenate
    where: Callable[..., Any] = np.where
    stop: Function = lambda a: a  # where arrays know their own gradients: without them
    # What an arithmetic that follows rounding is told: which node comes, how far each comparison is
    # from its limit, what a right backend may compute by way of another number, or take apart in
    # products, and what a number cannot exceed.
    enter: Callable[[str], None] = lambda node: None
    decided: Callable[[Any], None] = lambda distance: None
    via: Callable[[Any, Any], Any] = lambda a, other: a
    apart: Callable[[Any, Any], Any] = lambda a, other: a
    joined: Callable[[Any, Any], Any] = operator.add
    within: Callable[[Any, float], Any] = lambda a, limit: a


def elementwise(function: Function) -> Function:
    """A function of Python's numbers, of arrays of them."""
    over = np.frompyfunc(function, 1, 1)
    return lambda a: np.asarray(over(a), object)


def floats(dtype: Any) -> Numbers:
    """NumPy's of a dtype."""
    return Numbers(lambda a: np.asarray(a, dtype))


FLOAT64, LONGDOUBLE = floats(np.float64), floats(np.longdouble)
FRACTION = Numbers(elementwise(lambda x: Fraction(float(x))))  # exact, and without functions
_CURRENT: ContextVar[Numbers] = ContextVar("numbers", default=FLOAT64)


def current() -> Numbers:
    """The arithmetic in use."""
    return _CURRENT.get()


@contextmanager
def using(numbers: Numbers) -> Iterator[None]:
    """Compute with an arithmetic, without warnings: what is not finite is in the answer."""
    outer = _CURRENT.set(numbers)
    try:
        with np.errstate(all="ignore"):
            yield
    finally:
        _CURRENT.reset(outer)


class Operators:
    """What follows from ``+ -`` of values that NumPy's operators leave to themselves."""

    __array_ufunc__ = None
    v: Any

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array."""
        return tuple(self.v.shape)

    def __sub__(self, other: Any) -> Self:
        return self + (-other)  # type: ignore[no-any-return]

    def __rsub__(self, other: Any) -> Self:
        return -self + other  # type: ignore[operator, no-any-return]


class T(Operators):
    """An array and where it came from: pairs of a parent and the pullback to it."""

    def __init__(self, v: Any, parents: Sequence[tuple["T", Function]] = ()) -> None:
        self.v, self.parents = as_array(v), parents
        self.g: Any = None

    @property
    def gradient(self) -> Any:
        """The gradient; 0 where nothing depends on the array."""
        return 0 * self.v if self.g is None else self.g

    def __add__(self, other: Any) -> "T":
        if not isinstance(other, T):
            return T(self.v + other, ((self, _same),))
        return T(self.v + other.v, ((self, _same), (other, _same)))

    def __mul__(self, other: Any) -> "T":
        if not isinstance(other, T):
            return with_slope(self, self.v * other, other)
        return T(self.v * other.v, ((self, _times(other.v)), (other, _times(self.v))))

    def __truediv__(self, other: Any) -> "T":
        if not isinstance(other, T):
            return T(self.v / other, ((self, lambda g: g / other),))
        y = self.v / other.v
        return T(y, ((self, lambda g: g / other.v), (other, lambda g: -(g * y / other.v))))

    def __matmul__(self, b: "T") -> "T":
        """``(..., K) @ (K, L)``."""
        K, L = b.shape
        rows = self.v.reshape(-1, K)
        to_b = (b, lambda g: np.transpose(rows) @ g.reshape(-1, L))
        return T(self.v @ b.v, ((self, lambda g: g @ np.transpose(b.v)), to_b))

    def __neg__(self) -> "T":
        return T(-self.v, ((self, lambda g: -g),))

    __radd__, __rmul__ = __add__, __mul__

    def __rtruediv__(self, other: Any) -> "T":
        return lift(other) / self

    def __getitem__(self, key: Any) -> "T":
        return T(self.v[key], ((self, lambda g: _put(np.zeros_like(g, shape=self.shape), key, g)),))

    def reshape(self, *shape: int) -> "T":
        """The same numbers in another shape."""
        return T(self.v.reshape(*shape), ((self, lambda g: g.reshape(*self.shape)),))

    def sum(self, axis: Any, keepdims: bool = False) -> "T":
        """The sum over one axis or some."""

        def back(g: Any) -> Any:
            return np.broadcast_to(g if keepdims else np.expand_dims(g, axis), self.shape)

        return T(self.v.sum(axis=axis, keepdims=keepdims), ((self, back),))


def _same(g: Any) -> Any:
    return g


def as_array(v: Any) -> Any:
    """What NumPy gives for a sum of objects is no array."""
    return v if isinstance(v, np.ndarray) or hasattr(v, "shape") else np.asarray(v)


def lift(x: Any) -> T:
    """A constant as a value of the tape."""
    return x if isinstance(x, T) else T(x)


def _put(zeros: Any, key: Any, g: Any) -> Any:
    """Add to the entries of a key; an entry that an array of indices names twice gets both."""
    if isinstance(key, np.ndarray):
        for at in np.ndindex(key.shape):
            zeros[key[at]] = zeros[key[at]] + g[at]
    else:
        zeros[key] = g
    return zeros


def stack(parts: Iterable[T]) -> T:
    """Arrays side by side on a new axis 1: the steps of a sequence."""
    parts = list(parts)
    parents = [(p, lambda g, t=t: g[:, t]) for t, p in enumerate(parts)]
    return T(current().stack([p.v for p in parts], axis=1), parents)


def concat(parts: Sequence[T], axis: int = -1) -> T:
    """Arrays side by side on an axis."""
    spans = pairwise(accumulate((p.shape[axis] for p in parts), initial=0))
    outer = (slice(None),) * axis if axis >= 0 else (...,)
    places = [(*outer, slice(*span)) for span in spans]
    parents = [(p, lambda g, at=at: g[at]) for p, at in zip(parts, places, strict=True)]
    return T(current().concatenate([p.v for p in parts], axis=axis), parents)


def pad(x: T, before_after: Sequence[Sequence[int]]) -> T:
    """Zeros around the axes before the last."""
    outer = len(x.shape) - 1 - len(before_after)
    pads = [(0, 0)] * outer + [(int(a), int(b)) for a, b in before_after] + [(0, 0)]
    inside = tuple(slice(a, a + n) for n, (a, _) in zip(x.shape, pads, strict=True))
    return T(np.pad(x.v, pads), ((x, lambda g: g[inside]),))


def with_slope(x: T, value: Any, slope: Any) -> T:
    """A function by its value and its slope."""
    return T(value, ((x, _times(slope)),))


def stop(x: T) -> T:
    """The value, without a gradient."""
    return T(current().stop(x.v))


def as_if(value: T, gradient: T) -> T:
    """The value of one, the gradient of another."""
    return T(value.v, ((gradient, _same),))


def turned(x: T, back: Function) -> T:
    """The value, its gradient by a function."""
    return T(x.v, ((x, back),))


def scaled(x: T, factor: Any) -> T:
    """The value, its gradient times a factor."""
    return turned(x, _times(factor))


def path(x: T) -> T:
    """Zeros, with the gradient of x: added to a value, they are another way to x."""
    return T(0 * x.v, ((x, _same),))


def gradient_of(function: Callable[[T], T], x: T, g: Any) -> Any:
    """The gradient in x of a function of it, of which g is the gradient."""
    leaf = T(x.v)
    backward([(function(leaf), g)])
    return leaf.gradient


def select(index: Any, parts: Sequence[T]) -> T:
    """The part that an index names, entry by entry."""
    v = parts[0].v
    for k, p in enumerate(parts):
        v = current().where(index == k, p.v, v)
    parents = [(p, _times(current().make((index == k) * 1.0))) for k, p in enumerate(parts)]
    return T(v, parents)


def _times(factor: Any) -> Function:
    return lambda g: g * factor


def backward(seeds: Sequence[tuple[T, Any]]) -> None:
    """Set the gradient of every value that the seeds, pairs of a value and its gradient, read."""
    order, seen = list[T](), set[int]()
    todo: list[Any] = [t for t, _ in seeds]
    while todo:
        if (t := todo.pop()) is None:  # the parents of what is next are in order
            order.append(todo.pop())
        elif id(t) not in seen:
            seen.add(id(t))
            t.g = None
            if t.parents:
                todo += [t, None, *[p for p, _ in t.parents]]
    joined = current().joined
    for t, g in seeds:
        t.g = g if t.g is None else joined(t.g, g)
    for t in reversed(order):
        if t.g is not None:
            for p, back in t.parents:
                g = as_array(back(t.g))
                g = g if g.shape == p.v.shape else sum_to(g, p.v.shape)
                p.g = g if p.g is None else joined(p.g, g)
        t.parents = ()  # a pullback may hold what was computed from its value


def sum_to(g: Any, shape: tuple[int, ...]) -> Any:
    """Add up what broadcasting repeated."""
    if (extra := len(g.shape) - len(shape)) > 0:
        g = g.sum(axis=tuple(range(extra)))
    ones = tuple(i for i, n in enumerate(shape) if n == 1 and g.shape[i] > 1)
    return g.sum(axis=ones, keepdims=True) if ones else g
