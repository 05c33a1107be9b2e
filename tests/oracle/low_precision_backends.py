"""Right backends in few bits: every operation rounds, or the factors of matrix products alone."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from liaf_ref.kernels import conv, dense
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.formats import rounded_to
from liaf_ref.oracle.reference import PAPER_KERNELS, KernelTable, run

Answer = dict[str, Array]


class Rounded(np.ndarray[Any, np.dtype[Any]]):
    """Numbers of few significant bits: what NumPy computes with them is rounded to as many."""

    bits: int

    def __array_finalize__(self, origin: Any) -> None:
        self.bits = getattr(origin, "bits", 53)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        out = options.pop("out", (None,))[0]
        plain = [x.view(np.ndarray) if isinstance(x, Rounded) else x for x in inputs]
        if method == "at":
            return getattr(ufunc, method)(*plain, **options)
        found = getattr(ufunc, method)(*plain, **options)
        if np.asarray(found).dtype.kind != "f":
            return found
        bits = min(x.bits for x in inputs if isinstance(x, Rounded))
        rounded = as_rounded(np.asarray(rounded_to(bits, np.asarray(found))), bits)
        if out is None:
            return rounded
        out.view(np.ndarray)[...] = rounded.view(np.ndarray)
        return out


def as_rounded(x: Array, bits: int) -> Any:
    found = x.view(Rounded)
    found.bits = bits
    return found


def in_few_bits(case: Case, bits: int, kernels: KernelTable = PAPER_KERNELS) -> Answer:
    """Every operation of the kernels rounds to a number of bits, in float32."""
    given = {
        name: as_rounded(a.astype(np.float32), bits) for name, a in case.items() if is_float(a)
    }
    answer = run(case.with_arrays(given), kernels)
    return {name: np.asarray(a, np.float32).view(np.ndarray) for name, a in answer.items()}


def is_float(a: Array) -> bool:
    return a.dtype.kind == "f"


class RoundedFactors:
    """A matrix product or a convolution of factors with 11 bits, as TF32 has them."""

    def __init__(self, kernel: Any) -> None:
        self.kernel = kernel

    def forward(self, X: Array, p: Any, *grid: Any) -> Any:
        return self.kernel.forward(rounded_to(11, X), p._replace(W=rounded_to(11, p.W)), *grid)

    def backward(self, dI: Array, tape: Any, *grid: Any) -> Any:
        dX, dp = self.kernel.backward(rounded_to(11, dI), tape, *grid)
        return dX, dp._replace(b=self.kernel.backward(dI, tape, *grid)[1].b)


TF32_KERNELS = PAPER_KERNELS._replace(dense=RoundedFactors(dense), conv=RoundedFactors(conv))
RIGHT: dict[str, Callable[[Case], Answer]] = {
    "float16": run,
    "bfloat16": partial(in_few_bits, bits=8),
    "tf32": partial(run, kernels=TF32_KERNELS),
}
