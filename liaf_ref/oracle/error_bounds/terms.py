"""Numbers that know how far any correct evaluation of them can be off: docs/verify/tolerances.md.

``v`` is the value.  A number is a sum of ``n`` terms whose order is still open: ``m``
bounds the sum of their magnitudes, ``c`` the error they have before they are added.  A
number that is finished has ``n = 1`` and ``m = |v|``; an exact zero has ``n = 0``.  A bound
that is lost is infinite or NaN in ``c``.
"""

from functools import reduce
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.error_bounds.arithmetic import ArithmeticModel

MAX_DISTRIBUTED_TERMS = 2  # terms of a sum over which a product may be distributed
MAX_DIRECT_EXP = (
    80.0  # beyond, exp(x) or exp(-x) leaves float32, and no backend computes through it
)
FRACTION_BITS = np.int64((1 << 52) - 1)  # of a float64: 0 for a power of two


class Terms(NamedTuple):
    """Many numbers: four arrays that broadcast; ``v`` has the full shape."""

    v: Any
    m: Any
    c: Any
    n: Any


def exact(v: Any) -> Terms:
    """Numbers that every backend is given without error."""
    return Terms(v, np.abs(v), 0.0, np.not_equal(v, 0).astype(np.float64))


def constant(v: Any, model: ArithmeticModel) -> Terms:
    """Numbers of the program's text: rounded, unless float32 has them exactly."""
    v = np.asarray(v, np.float64)
    return exact(v)._replace(c=model.u * np.abs(v) * _needs_more_bits(v, model.constant_bits))


def finished(v: Any, error: Any) -> Terms:
    """Numbers whose sums are computed, with their errors."""
    return Terms(v, np.abs(v), error, 1.0)


def evaluated(x: Terms, model: ArithmeticModel) -> Terms:
    """The same numbers with their sums computed."""
    return _evaluated_where(x, np.greater(x.n, 1), model)


def _evaluated_where(x: Terms, summed: Any, model: ArithmeticModel) -> Terms:
    if not summed.any():
        return x
    with np.errstate(invalid="ignore"):  # of a bound that is lost
        error = x.c + model.gamma(x.n - 1) * (x.m + x.c) + x.n * model.eta
    return Terms(
        x.v, np.where(summed, np.abs(x.v), x.m), np.where(summed, error, x.c),
        np.where(summed, 1.0, x.n),
    )  # fmt: skip


def distributable(x: Terms, factor: Terms, model: ArithmeticModel) -> Terms:
    """The terms where a product may be distributed over them, else their sum."""
    many = np.greater(x.n, MAX_DISTRIBUTED_TERMS)
    # A factor of 0, 1 or -1 leaves a sum open: it changes no term but for its sign.
    return _evaluated_where(x, many & ~_is_sign(factor), model) if many.any() else x


def add(x: Terms, y: Terms, model: ArithmeticModel) -> Terms:
    """The sum."""
    v, m, c, n = x.v + y.v, x.m + y.m, x.c + y.c, x.n + y.n
    found = Terms(v, m, c, n)
    if c.all():
        return found
    return without_error_where(found, is_exact_integer(x, model) & is_exact_integer(y, model))


def without_error_where(x: Terms, whole: Any) -> Terms:
    """Whole numbers: a sum of such is one number, exact."""
    if not whole.any():
        return x
    m, n = np.where(whole, np.abs(x.v), x.m), np.where(whole, np.not_equal(x.v, 0), x.n)
    return Terms(x.v, m, x.c, n)


def negative(x: Terms) -> Terms:
    """The number with the other sign."""
    return x._replace(v=-x.v)


def absolute(x: Terms) -> Terms:
    """The magnitude."""
    return x._replace(v=np.abs(x.v))


def product(x: Terms, y: Terms, model: ArithmeticModel) -> Terms:
    """Every term by every term."""
    v, m, n = x.v * y.v, x.m * y.m, x.n * y.n
    c = np.abs(x.v) * y.c + x.c * (np.abs(y.v) + y.c)
    lost = model.u * (x.m + x.c) * (y.m + y.c) + n * model.eta
    exact_factors = [a for a in (x, y) if not np.asarray(a.c).all()]
    if exact_factors:
        shifted = reduce(np.logical_or, map(_is_power_of_two, exact_factors))
        if shifted.any():
            unchanged = (np.abs(x.v) == 1) | (np.abs(y.v) == 1)
            lost = np.where(shifted, np.where(unchanged, 0.0, n * model.eta), lost)
    c = c + lost
    if not np.isfinite(np.sum(c)):  # 0 by infinity
        some = n != 0
        v, m, c = (np.where(some, part, 0.0) for part in (v, m, c))
    return Terms(v, m, c, n)


def quotient(x: Terms, y: Terms, model: ArithmeticModel) -> Terms:
    """By way of the inverse, or at once; ``y`` is evaluated."""
    size = np.abs(y.v)
    smallest = size - y.c
    known = np.greater(smallest, 0)
    v, inverse = np.divide(x.v, y.v), np.divide(1.0, y.v)
    lost = np.where(_is_power_of_two(y), 0.0, np.divide(model.u, smallest) + model.eta)
    spread = np.divide(y.c, size) / smallest + lost
    found = product(x, Terms(inverse, np.abs(inverse), spread, 1.0), model)
    if np.all(known):
        return found._replace(v=v)
    v = np.where(np.equal(y.v, 0), np.inf, v)
    return Terms(
        v, np.where(known, found.m, np.abs(v)), np.where(known, found.c, np.inf),
        np.where(known, found.n, 1.0),
    )  # fmt: skip


def power(x: Terms, k: int, model: ArithmeticModel) -> Terms:
    """A whole power: by multiplication or by pow, whichever is worse; ``x`` is evaluated."""
    v = np.power(x.v, k)
    roundings = max(k - 1, int(np.ceil(model.function_error / model.u)))
    grown = (x.m + x.c) ** k * (1 + model.gamma(roundings))
    return finished(v, grown - np.abs(v) + model.eta)


def summed(x: Terms, axis: Any, keepdims: bool, model: ArithmeticModel) -> Terms:
    """The sum along axes; whole numbers add up without error."""
    v, m, c, n = (part.sum(axis=axis, keepdims=keepdims) for part in x)
    found = Terms(v, m, c, n)
    if np.all(c):
        return found
    whole = is_exact_integer(x, model).all(axis=axis, keepdims=keepdims)
    return without_error_where(found, whole & (m < model.max_exact_integer))


def matrix_product(x: Terms, y: Terms, model: ArithmeticModel) -> Terms:
    """The sum of the products: each part of it is a product of matrices itself."""
    if model.factor_bits is not None:
        x, y = (_rounded_factor(evaluated(a, model), model.factor_bits) for a in (x, y))
    if np.any(x.n > MAX_DISTRIBUTED_TERMS):
        x = _evaluated_where(x, x.n > MAX_DISTRIBUTED_TERMS, model)
    if np.any(y.n > MAX_DISTRIBUTED_TERMS):
        y = _evaluated_where(y, y.n > MAX_DISTRIBUTED_TERMS, model)
    v, m, n = x.v @ y.v, x.m @ y.m, x.n @ y.n
    # Per term: |x| c_y + c_x (|y| + c_y) + u (m_x + c_x)(m_y + c_y) + n eta, as in product.
    rows = [model.u * np.where(_is_power_of_two(x), 0.0, x.m + x.c)]
    columns = [np.where(_is_power_of_two(y), 0.0, y.m + y.c)]
    rows.append(model.eta * np.where(_is_one(x), 0.0, x.n))
    columns.append(np.where(_is_one(y), 0.0, y.n))
    if np.any(x.c):
        rows.append(x.c)
        columns.append(np.abs(y.v) + y.c)
    if np.any(y.c):
        rows.append(np.abs(x.v))
        columns.append(y.c)
    c = np.concatenate(rows, axis=-1) @ np.concatenate(columns, axis=-2)
    if not np.isfinite(np.sum(c)):
        v, m, c = (np.where(n == 0, 0.0, part) for part in (v, m, c))
    found = Terms(v, m, c, n)
    if np.all(c):
        return found
    whole = (c == 0) & (_count_rounded_terms(x, y, model) == 0) & (m < model.max_exact_integer)
    return without_error_where(found, whole)


def _rounded_factor(x: Terms, bits: int) -> Terms:
    rounded = (x.c > 0) | _needs_more_bits(x.v, bits)
    return x._replace(c=x.c + np.where(rounded, 2.0**-bits * (np.abs(x.v) + x.c), 0.0))


def _count_rounded_terms(x: Terms, y: Terms, model: ArithmeticModel) -> Any:
    """How many products of a sum are neither 0 nor a whole number times 1 or -1."""
    terms = [np.not_equal(a.n, 0).astype(np.float64) for a in (x, y)]
    whole = [is_exact_integer(a, model) * some for a, some in zip((x, y), terms, strict=True)]
    one = [_is_one(a).astype(np.float64) for a in (x, y)]
    exact_terms = one[0] @ whole[1] + whole[0] @ one[1] - one[0] @ one[1]
    return terms[0] @ terms[1] - exact_terms


def function_value(v: Any, spread: Any, rounding: float, model: ArithmeticModel) -> Terms:
    """A function's value, where the argument's error became ``spread``."""
    return finished(v, spread + (rounding * (np.abs(v) + spread) + model.eta))


def exp(x: Terms, model: ArithmeticModel) -> Terms:
    """The slope is largest at the argument's upper end."""
    return function_value(np.exp(x.v), _rise(x), model.function_error, model)


def expm1(x: Terms, model: ArithmeticModel) -> Terms:
    """As :func:`exp`, with an error relative to a smaller value."""
    return function_value(np.expm1(x.v), _rise(x), model.function_error, model)


def _rise(x: Terms) -> Any:
    """How far exp grows within the argument's error."""
    value = np.exp(x.v)
    tiny = value < np.finfo(np.float64).tiny
    return np.where(tiny, np.exp(x.v + x.c), value * np.expm1(x.c))


def log(x: Terms, model: ArithmeticModel) -> Terms:
    """The slope is largest at the argument's lower end; unbounded if that end may be 0."""
    return _logarithm(x, np.log, x.v, model)


def log1p(x: Terms, model: ArithmeticModel) -> Terms:
    """As :func:`log`, with an error relative to a smaller value."""
    return _logarithm(x, np.log1p, 1 + x.v, model)


def _logarithm(x: Terms, f: Any, base: Any, model: ArithmeticModel) -> Terms:
    known, share = base > 0, x.c / base
    fall = np.where(share < 1, -np.log1p(-share), np.inf)
    v = np.where(known, f(x.v), -np.inf)
    return function_value(v, np.where(known, fall, np.inf), model.function_error, model)


def tanh(x: Terms, model: ArithmeticModel) -> Terms:
    """The slope is largest where the argument is nearest to 0."""
    return function_value(np.tanh(x.v), _tanh_spread(x), model.function_error, model)


def tanh_by_sigmoid(x: Terms, model: ArithmeticModel) -> Terms:
    """As :func:`tanh`; or ``2 sigmoid(2x) - 1``, which rounds as much where tanh is near 0."""
    v, spread = np.tanh(x.v), _tanh_spread(x)
    size = np.abs(v) + spread
    lost = 2 * _loss_by_exp(x.v, (1 + size) / 2, 2, model)
    lost += model.u * (size + lost) + 8 * model.eta
    return finished(v, spread + np.maximum(model.function_error * size + model.eta, lost))


def tanh_slope(x: Terms, model: ArithmeticModel) -> Terms:
    """``1 - y^2``, ``(1 - y)(1 + y)``, ``1 / cosh^2``, or four slopes of sigmoid at 2x."""
    y, spread = tanh_by_sigmoid(x, model), _tanh_spread(x)
    v, size = 1 - y.v**2, (np.abs(y.v) + y.c) ** 2
    moved, carried = (e * (2 * np.abs(y.v) + e) for e in (spread, y.c))
    direct = np.abs(x.v) < MAX_DIRECT_EXP / 2
    by_cosh = moved + np.where(direct, model.gamma(2 * _exps(model) + 3) * (v + moved), 0.0)
    by_tanh = carried + np.maximum(
        model.gamma(3) * (v + carried), model.u * (size + (v + carried + model.u * size))
    )
    by_sigmoid = 4 * sigmoid_slope(Terms(2 * x.v, 2 * x.m, 2 * x.c, x.n), model).c
    return finished(v, np.maximum(np.maximum(by_cosh, by_tanh), by_sigmoid) + 4 * model.eta)


def sigmoid(x: Terms, model: ArithmeticModel) -> Terms:
    """By tanh, as ``1 / (1 + exp(-x))`` or as ``exp(x) / (1 + exp(x))``."""
    v, spread = (1 + np.tanh(x.v / 2)) / 2, _sigmoid_spread(x)
    size, by_tanh = v + spread, np.abs(2 * v - 1) + 2 * spread
    lost = model.function_error * by_tanh * (1 + model.u) / 2 + model.u * size
    lost = np.maximum(lost, _loss_by_exp(x.v, size, 1, model))
    return finished(v, spread + lost + 4 * model.eta)


def sigmoid_slope(x: Terms, model: ArithmeticModel) -> Terms:
    """``y (1 - y)``, ``y - y^2`` or ``e / (1 + e)^2``."""
    y, spread = sigmoid(x, model), _sigmoid_spread(x)
    v, size = y.v * (1 - y.v), (y.v + y.c) ** 2
    moved, carried = (e * (np.abs(1 - 2 * y.v) + e) for e in (spread, y.c))
    direct = np.abs(x.v) < MAX_DIRECT_EXP / 2
    exps = _exps(model)
    share = np.maximum(y.v, 1 - y.v) + spread  # of exp in 1 + exp
    by_exp = np.where(direct, model.gamma(exps + 2 * exps * share + 5) * (v + moved), 0.0)
    by_y = carried + np.maximum(
        model.gamma(2) * (v + carried), model.u * (size + (v + carried + model.u * size))
    )
    return finished(v, np.maximum(moved + by_exp, by_y) + 4 * model.eta)


def _tanh_spread(x: Terms) -> Any:
    """How far tanh changes within the argument's error: most where it is nearest to 0."""
    return x.c * (1 - np.tanh(np.maximum(np.abs(x.v) - x.c, 0.0)) ** 2)


def _sigmoid_spread(x: Terms) -> Any:
    return _tanh_spread(Terms(x.v / 2, x.m / 2, x.c / 2, x.n)) / 2


def _exps(model: ArithmeticModel) -> float:
    return model.function_error / model.u


def _loss_by_exp(x: Any, size: Any, factor: int, model: ArithmeticModel) -> Any:
    """Rounding of ``e / (1 + e)``, the most of the forms by exp: exp twice, a sum, a quotient."""
    direct = np.abs(factor * x) < MAX_DIRECT_EXP
    return np.where(direct, model.gamma(_exps(model) * (1 + size) + 3) * size, 0.0)


def cosh(x: Terms, model: ArithmeticModel) -> Terms:
    """The slope is largest at the end away from 0: cosh(x + e) <= cosh(x) exp(e)."""
    v = np.cosh(x.v)
    return function_value(v, v * np.expm1(x.c), model.function_error, model)


def sqrt(x: Terms, model: ArithmeticModel) -> Terms:
    """Two roundings, as if computed through 1 / sqrt."""
    v = np.sqrt(x.v)
    whole = v + np.sqrt(np.maximum(x.v - x.c, 0.0))
    spread = np.where(whole == 0, np.sqrt(x.c), x.c / whole)
    return function_value(v, spread, model.gamma(2), model)


def rsqrt(x: Terms, model: ArithmeticModel) -> Terms:
    """As 1 / sqrt, rsqrt or a power; the slope is largest at the argument's lower end."""
    smallest = x.v - x.c
    v = np.where(x.v > 0, 1 / np.sqrt(x.v), np.inf)
    spread = np.where(smallest > 0, 1 / np.sqrt(smallest) - v, np.inf)
    return function_value(v, spread, model.function_error, model)


def _needs_more_bits(v: Any, bits: int) -> Any:
    """Whether a significand of so many bits cannot hold a value."""
    significand = np.ldexp(np.frexp(v)[0], bits)
    return np.floor(significand) != significand


def is_exact_integer(x: Terms, model: ArithmeticModel) -> Array:
    """Whether a number is whole and without error, so that sums of such are."""
    whole: Array = (
        np.equal(x.c, 0) & (x.n <= 1) & (np.floor(x.v) == x.v) & (x.m < model.max_exact_integer)
    )
    return whole


def _is_power_of_two(x: Terms) -> Array:
    bits = np.asarray(x.v, np.float64).view(np.int64)
    power_of_two: Array = np.equal(x.c, 0) & np.equal(x.n, 1) & (bits & FRACTION_BITS == 0)
    return power_of_two


def _is_one(x: Terms) -> Array:
    one: Array = np.equal(x.c, 0) & np.equal(x.n, 1) & (np.abs(x.v) == 1)
    return one


def _is_sign(x: Terms) -> Array:
    """Whether a number is exactly 0, 1 or -1."""
    sign: Array = np.equal(x.c, 0) & ((x.n == 0) | ((x.n == 1) & (np.abs(x.v) == 1)))
    return sign
