"""Arrays of numbers that carry their error; every kernel computes with them."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.error_bounds import terms
from liaf_ref.oracle.error_bounds.arithmetic import ArithmeticModel
from liaf_ref.oracle.error_bounds.terms import Terms

# A kernel makes arrays of its input's dtype alone.  With the four parts as fields of one dtype,
# ``numpy.zeros(shape, X.dtype)`` is an array of exact zeros, and NumPy itself moves the numbers.
NUMBER = np.dtype([(name, np.float64) for name in Terms._fields])
COMPARISONS = (np.less, np.less_equal, np.greater, np.greater_equal)


class BoundedArray(np.ndarray[Any, np.dtype[Any]]):
    """An array of :data:`NUMBER`: NumPy's operations with the rules of :mod:`.terms`."""

    model: ArithmeticModel

    def __array_finalize__(self, origin: Any) -> None:
        """Take the model of the array that this one was made of."""
        self.model = getattr(origin, "model", None)  # type: ignore[assignment]

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        """Compute values and bounds."""
        model = next(a.model for a in inputs if isinstance(a, BoundedArray))
        if method == "at" and ufunc is np.add:
            a, index, b = inputs
            return _add_at(a, index, b, model)
        if method != "__call__":
            return NotImplemented
        if ufunc in COMPARISONS:
            return ufunc(*map(values, inputs))
        if ufunc not in RULES:
            return NotImplemented
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):  # a lost bound
            found = RULES[ufunc](*inputs, model)
        if "out" not in options:
            return pack(found, model)
        (out,) = options["out"]
        _fill(out, found)
        return bounded(out, model)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        """Let NumPy move the numbers; of its arrays only ones are made here."""
        if function is np.ones_like:
            return exact_array(np.ones(self.shape), self.model)
        result = super().__array_function__(function, types, args, kwargs)
        return bounded(result, self.model)

    def __getitem__(self, key: Any) -> Any:
        """Always an array, of no axes for one number."""
        return bounded(super().__getitem__(key), self.model)

    def __setitem__(self, key: Any, value: Any) -> None:
        """Numbers of the program's text are rounded."""
        super().__setitem__(key, as_bounded_array(value, self.model).view(np.ndarray))

    def __repr__(self) -> str:
        return f"BoundedArray({values(self)}, errors {errors(self)})"

    def __pow__(self, k: Any, modulo: None = None) -> Any:
        """Raise to a whole power."""
        x = terms.evaluated(unpack(self), self.model)
        return pack(terms.power(x, k, self.model), self.model)

    def sum(self, axis: Any = None, keepdims: bool = False) -> Any:  # type: ignore[override]
        """Sum along axes, in every order."""
        return pack(terms.summed(unpack(self), axis, keepdims, self.model), self.model)

    def argmax(self, axis: int) -> Any:  # type: ignore[override]
        """Where the largest values are, the first of equal ones."""
        return values(self).argmax(axis=axis)

    def max(self, axis: int, keepdims: bool) -> Any:  # type: ignore[override]
        """Take the largest values."""
        place = np.expand_dims(self.argmax(axis), axis)
        found = np.take_along_axis(self, place, axis=axis)
        return found if keepdims else found.squeeze(axis)


def _function(f: Any) -> Any:
    return lambda a, model: f(terms.evaluated(unpack(a), model), model)


def _operands(a: Any, b: Any, model: ArithmeticModel) -> tuple[Terms, Terms]:
    """Of anything else the numbers are constants of the program."""
    x, y = (unpack(o) if _is_bounded(o) else terms.constant(o, model) for o in (a, b))
    return x, y


def _add(a: Any, b: Any, model: ArithmeticModel) -> Terms:
    return terms.add(*_operands(a, b, model), model)


def _subtract(a: Any, b: Any, model: ArithmeticModel) -> Terms:
    x, y = _operands(a, b, model)
    return terms.add(x, terms.negative(y), model)


def _multiply(a: Any, b: Any, model: ArithmeticModel) -> Terms:
    x, y = _operands(a, b, model)
    if _is_bounded(a) and _is_bounded(b):  # a constant may be multiplied by any sum
        x, y = terms.distributable(x, y, model), terms.distributable(y, x, model)
    return terms.product(x, y, model)


def _divide(a: Any, b: Any, model: ArithmeticModel) -> Terms:
    x, y = _operands(a, b, model)
    if _is_bounded(a) and _is_bounded(b):
        x = terms.distributable(x, y, model)
    return terms.quotient(x, terms.evaluated(y, model), model)


def _matmul(a: Any, b: Any, model: ArithmeticModel) -> Terms:
    return terms.matrix_product(*_operands(a, b, model), model)


RULES: Mapping[Any, Callable[..., Terms]] = {
    np.add: _add,
    np.subtract: _subtract,
    np.multiply: _multiply,
    np.true_divide: _divide,
    np.matmul: _matmul,
    np.negative: lambda a, _: terms.negative(unpack(a)),
    np.absolute: lambda a, _: terms.absolute(unpack(a)),
    np.exp: _function(terms.exp),
    np.expm1: _function(terms.expm1),
    np.log: _function(terms.log),
    np.log1p: _function(terms.log1p),
    np.tanh: _function(terms.tanh),
    np.cosh: _function(terms.cosh),
    np.sqrt: _function(terms.sqrt),
}


def _add_at(a: Any, index: Any, b: Any, model: ArithmeticModel) -> None:
    """Scatter and add: whole numbers add up without error."""
    x, y = unpack(a), unpack(b)
    found = [part.copy() for part in x]
    for part, added in zip(found, y, strict=True):
        np.add.at(part, index, added)
    rounded = np.array(~terms.is_exact_integer(x, model), np.float64)
    np.add.at(rounded, index, ~terms.is_exact_integer(y, model))
    _fill(a, terms.without_error_where(Terms(*found), rounded == 0))


def _is_bounded(a: Any) -> bool:
    return isinstance(a, np.ndarray | np.void) and a.dtype == NUMBER


def unpack(a: Any) -> Terms:
    """The four parts of an array, as views."""
    plain = a.view(np.ndarray)
    return Terms(plain["v"], plain["m"], plain["c"], plain["n"])


def pack(x: Terms, model: ArithmeticModel) -> BoundedArray:
    """Four parts as one array."""
    out = np.empty(np.shape(x.v), NUMBER).view(BoundedArray)
    out.model = model
    _fill(out, x)
    return out


def _fill(out: Any, x: Terms) -> None:
    out = out.view(np.ndarray)
    out["v"], out["m"], out["c"], out["n"] = x


def bounded(result: Any, model: ArithmeticModel) -> Any:
    """Look at every array of numbers in a kernel's result as one that computes bounds."""
    if isinstance(result, np.ndarray | np.void):
        if result.dtype != NUMBER:
            return result
        array = np.asarray(result).view(BoundedArray)
        array.model = model
        return array
    if isinstance(result, tuple):
        parts = [bounded(part, model) for part in result]
        return type(result)(*parts) if hasattr(result, "_fields") else tuple(parts)
    return [bounded(part, model) for part in result] if isinstance(result, list) else result


def exact_array(a: Any, model: ArithmeticModel) -> BoundedArray:
    """An array as every backend is given it: without error."""
    return pack(terms.exact(np.asarray(a, np.float64)), model)


def rounded_constant(a: Any, model: ArithmeticModel) -> BoundedArray:
    """Numbers of the program's text: rounded, unless float32 has them exactly."""
    return pack(terms.constant(a, model), model)


def finished_array(v: Any, error: Any, model: ArithmeticModel) -> BoundedArray:
    """Numbers whose sums are computed, with their errors."""
    v, error = np.broadcast_arrays(v, error)
    return pack(terms.finished(v, error), model)


def as_bounded_array(a: Any, model: ArithmeticModel) -> BoundedArray:
    """The same array; numbers of the program's text become such that carry an error."""
    found: BoundedArray = bounded(a, model) if _is_bounded(a) else rounded_constant(a, model)
    return found


def evaluate_sums(a: Any, model: ArithmeticModel) -> BoundedArray:
    """The same array with every open sum computed."""
    x = unpack(as_bounded_array(a, model))
    found = terms.evaluated(x, model)
    return as_bounded_array(a, model) if found is x else pack(found, model)


def apply(function: Callable[[Terms, ArithmeticModel], Terms], a: Any) -> BoundedArray:
    """A function of :mod:`.terms` that NumPy does not have."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return pack(function(terms.evaluated(unpack(a), a.model), a.model), a.model)


def values(a: Any) -> Array:
    """The values alone, float64."""
    return unpack(a).v.copy() if _is_bounded(a) else np.asarray(a, np.float64)


def errors(a: Any) -> Array:
    """The errors alone, float64; infinite where nothing is known."""
    if not isinstance(a, BoundedArray):
        return np.zeros(np.shape(a))
    found = terms.evaluated(unpack(a), a.model).c
    return np.where(np.isnan(found), np.inf, found)


def worst_case_array(first: Any, *others: Any) -> BoundedArray:
    """One array computed in several ways: the first's values, the largest errors."""
    largest = errors(first)
    for other in others:
        largest = np.maximum(largest, errors(other))
    return finished_array(values(first), largest, first.model)


def array_with_detour_error(a: Any, b: Any) -> BoundedArray:
    """``a`` as ``(a + b) - b``: twice the terms of ``b`` more, and their error cancels."""
    x, y = unpack(a), unpack(b)
    m, n = x.m + 2 * (y.m + y.c), x.n + 2 * y.n
    shape = np.broadcast_shapes(np.shape(x.v), np.shape(m))
    return pack(Terms(np.broadcast_to(x.v, shape), m, x.c, n), a.model)
