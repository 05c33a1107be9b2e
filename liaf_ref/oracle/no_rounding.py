"""A proof, for whole arrays at once, that no sum and no product of a case rounds.

A number is a value, the sum of the magnitudes that it was added up from, and the step of
the grid on which all these terms lie.  Every partial sum, in every order and with products
expanded or not, is a whole number of steps below ``magnitude``.  It is a float32 if
``magnitude < 2**24 step``; another format has its bits in place of 24.
:mod:`liaf_ref.oracle.cases.dyadic` proves more, that one fixed-point format holds the whole
case, one number at a time.

A spike ends a sum: what 1 - F = 0 multiplies is 0, in whichever way R is written, because
``U - v_reset`` does not round.  So a long case can be exact.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from liaf_ref.kernels import average_pool
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import taps
from liaf_ref.kernels.pair import Pair
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.reference import PAPER_KERNELS, KernelTable, run

# A bool that is cast to this dtype is in all three fields: 1 = (1, 1, 1), and 0 = (0, 0, 0).
FIELDS = np.dtype([("value", np.float64), ("magnitude", np.float64), ("step", np.float64)])
SPARE_BITS = 2  # other forms of an equation add a term and subtract it again
MANTISSA_BITS = 53
LIFTED_FIELDS = (
    *("dense", "embedding", "conv", "neuron"),
    *("dropout", "flatten", "readout", "loss_mse"),
)
COMPARISONS = (np.greater, np.greater_equal, np.less, np.less_equal)


class InexactError(Exception):
    """A sum or a product of the case may round."""


# Up to how many steps of a grid a format has every number, and its finest grid.  NumPy calls
# what reads it.
_LIMITS: ContextVar[tuple[float, float]] = ContextVar("limits")


class ExactArray(np.ndarray):
    """Numbers that know the magnitudes and the grid of their terms."""

    __array_priority__ = 10  # also what is concatenated is one

    @property  # type: ignore[misc]
    def real(self) -> Any:
        """The values, of which a decision is made."""
        return self["value"].copy()

    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        return found.view(np.ndarray) if isinstance(key, str) else found

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        out = options.pop("out", (None,))[0]
        if method == "at":
            return _add_at(*inputs)
        a, *rest = map(lift, inputs)
        if method == "reduce" and ufunc is np.add:
            result = _sum(a, options.get("axis", 0), options.get("keepdims", False))
        elif method == "__call__" and ufunc in COMPARISONS:
            return np.asarray(ufunc(a.real, rest[0].real))
        elif method == "__call__" and ufunc in OPERATIONS:
            result = OPERATIONS[ufunc](a, *rest)
        else:
            raise InexactError(f"{ufunc.__name__} of a case that shall be exact")
        if out is None:
            return result
        out[...] = result
        return out


def prove_no_rounding(
    case: Case,
    bits: int = 24,
    smallest: float = 2.0**-126,
    kernels: KernelTable = PAPER_KERNELS,
) -> None:
    """Run a case on exact arrays; :class:`InexactError` where something may round."""
    with _format(bits, smallest):
        answer = _run_lifted(case, kernels)
        for name in (node.name for node in case.nodes if node.op == "neuron"):
            _subtract(lift(answer[f"exp/{name}.U"]), lift(case[f"par/{name}.v_reset"]))


def run_without_rounding(
    case: Case, bits: int, smallest: float, kernels: KernelTable
) -> dict[str, Array]:
    """The answer to a case as exact arrays; :class:`InexactError` where something may round."""
    with _format(bits, smallest):
        return {name: lift(array).real for name, array in _run_lifted(case, kernels).items()}


@contextmanager
def _format(bits: int, smallest: float) -> Iterator[None]:
    """The format that must have every number."""
    token = _LIMITS.set((2.0 ** (bits - SPARE_BITS), smallest))
    try:
        yield
    finally:
        _LIMITS.reset(token)


def _run_lifted(case: Case, kernels: KernelTable) -> dict[str, Array]:
    arrays = {name: lift(a) if a.dtype.kind == "f" else a for name, a in case.items()}
    return run(case.with_arrays(arrays), _exact_kernels(kernels))


def lift(a: Any) -> ExactArray:
    """An array as exact numbers."""
    a = np.asarray(a) if not isinstance(a, np.ndarray) else a
    if a.dtype == FIELDS:
        found: ExactArray = a.view(ExactArray)
        return found
    value = a.astype(np.float64)
    return _made(value, abs(value), _lowest_bit(value))


def _lowest_bit(value: Array) -> Array:
    fraction, exponent = np.frexp(value)
    whole = np.ldexp(fraction, MANTISSA_BITS).astype(np.int64)
    lowest: Array = np.ldexp((whole & -whole).astype(np.float64), exponent - MANTISSA_BITS)
    return lowest


def _made(value: Array, magnitude: Array, step: Array) -> ExactArray:
    most, finest = _LIMITS.get()
    if ((magnitude >= most * step) | (step < finest)).any():
        beyond = (magnitude >= most * step) | (step < finest)
        if (beyond & (magnitude > 0)).any():
            raise InexactError
    made = np.empty(np.shape(value), FIELDS).view(ExactArray)
    made["value"], made["magnitude"], made["step"] = value, magnitude, step
    return made


def _finer(a: Array, b: Array) -> Array:
    """The finer of two steps; exact zeros have none."""
    return np.where(a == 0, b, np.where(b == 0, a, np.minimum(a, b)))


def _add(a: ExactArray, b: ExactArray) -> ExactArray:
    return _made(
        a["value"] + b["value"],
        a["magnitude"] + b["magnitude"],
        _finer(a["step"], b["step"]),
    )


def _negative(a: ExactArray) -> ExactArray:
    return _made(-a["value"], a["magnitude"], a["step"])


def _subtract(a: ExactArray, b: ExactArray) -> ExactArray:
    """A difference; 1 - F of spikes is 0 or 1, without the terms of a sum."""
    if a.ndim == 0 and a["value"] == 1 and ((b["value"] == 0) | (b["value"] == 1)).all():
        return lift(1 - b["value"])
    return _add(a, _negative(b))


def _multiply(a: ExactArray, b: ExactArray) -> ExactArray:
    return _made(a["value"] * b["value"], a["magnitude"] * b["magnitude"], a["step"] * b["step"])


def _divide(a: ExactArray, b: ExactArray) -> ExactArray:
    if (b["step"] != b["magnitude"]).any() or (b["value"] == 0).any():
        raise InexactError  # not by a power of two
    return _multiply(a, lift(1 / b["value"]))


def _matmul(a: ExactArray, b: ExactArray) -> ExactArray:
    magnitude = a["magnitude"] @ b["magnitude"]
    step = _finest(a["step"]) * _finest(b["step"])
    return _made(a["value"] @ b["value"], magnitude, np.where(magnitude == 0, 0, step))


def _finest(step: Array) -> Array:
    finest: Array = np.min(step, where=step > 0, initial=np.inf)
    return np.where(np.isinf(finest), 0, finest)


def _sum(a: ExactArray, axis: Any, keepdims: bool) -> ExactArray:
    how = {"axis": axis, "keepdims": keepdims}
    step = np.min(a["step"], where=a["step"] > 0, initial=np.inf, **how)
    magnitude = a["magnitude"].sum(**how)
    return _made(a["value"].sum(**how), magnitude, np.where(np.isinf(step), 0, step))


def _add_at(target: Array, at: Any, terms: Any) -> None:
    terms = lift(terms)
    for name in ("value", "magnitude"):
        np.add.at(target[name], at, terms[name])
    step = np.where(target["step"] == 0, np.inf, target["step"])
    np.minimum.at(step, at, np.where(terms["step"] == 0, np.inf, terms["step"]))
    target["step"] = np.where(np.isinf(step), 0, step)
    _made(target["value"], target["magnitude"], target["step"])


OPERATIONS: dict[Any, Any] = {
    np.add: _add,
    np.subtract: _subtract,
    np.negative: _negative,
    np.multiply: _multiply,
    np.true_divide: _divide,
    np.matmul: _matmul,
}


class LiftedKernel:
    """A kernel whose arrays are exact arrays, also those that it makes itself."""

    def __init__(self, kernel: Any) -> None:
        self.kernel = kernel

    def __getattr__(self, name: str) -> Any:
        function = getattr(self.kernel, name)
        return lambda *arguments: _lift_all(function(*_lift_all(arguments)))


def map_arrays(change: Callable[[Array], Array], x: Any) -> Any:
    """Change every array of what a kernel is given or returns, in tuples too."""
    if isinstance(x, np.ndarray):
        return change(x)
    if isinstance(x, tuple) and any(isinstance(part, np.ndarray | tuple) for part in x):
        parts = [map_arrays(change, part) for part in x]
        return type(x)(*parts) if hasattr(x, "_fields") else tuple(parts)
    return x


def _lift_all(x: Any) -> Any:
    return map_arrays(lambda array: lift(array) if array.dtype == FIELDS else array, x)


def _lifted_pair(pair: Pair) -> Pair:
    return Pair(lambda x: _lift_all(pair.value(x)), lambda x: _lift_all(pair.slope(x)))


class AveragePool:
    """The mean of each window, as a sum of shares."""

    def forward(self, X: Array, size: Any, stride: Any) -> Any:
        """As the kernel."""
        share = X / math.prod(size)
        ones = tuple(1 for _ in size)
        total, tape = average_pool.forward(np.zeros(X.shape), size, stride)
        Y = lift(total)
        for _, under in taps(size, total.shape[-1 - len(ones) : -1], stride):
            Y = Y + share[under]
        return Y, tape

    def backward(self, dY: Array, tape: Any, size: Any, stride: Any) -> Any:
        """As the kernel."""
        share, dX = dY / math.prod(size), lift(np.zeros(tape.shape))
        for _, under in taps(size, dY.shape[-1 - len(size) : -1], stride):
            dX[under] = dX[under] + share
        return dX


def _exact_average_pool(kernel: Any) -> Any:
    return AveragePool() if kernel is average_pool else LiftedKernel(kernel)


def _exact_kernels(kernels: KernelTable) -> KernelTable:
    lifted: dict[str, Any] = {name: LiftedKernel(getattr(kernels, name)) for name in LIFTED_FIELDS}
    max_pool = LiftedKernel(kernels.max_pool({}))
    return kernels._replace(
        **lifted,
        spike=lambda options: _lifted_pair(kernels.spike(options)),
        act=lambda options: _lifted_pair(kernels.act(options)),
        average_pool=_exact_average_pool(kernels.average_pool),
        max_pool=lambda _: max_pool,
    )
