"""Right backends in few bits: every operation rounds, or the factors of matrix products alone."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.formats import rounded_to
from liaf_ref.oracle.table import run
from liaf_ref.oracle.table.tape import Numbers
from oracle.deviating import deviating, named

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


def in_few_bits(case: Case, bits: int) -> Answer:
    """Every operation of the text rounds to a number of bits, in float32."""
    numbers = Numbers(lambda a: as_rounded(np.asarray(a, np.float32), bits))
    answer = run(case, numbers)
    return {name: np.asarray(a, np.float32).view(np.ndarray) for name, a in answer.items()}


RIGHT: dict[str, Callable[[Case], Answer]] = {
    "float16": run,
    "bfloat16": partial(in_few_bits, bits=8),
    "tf32": deviating(named("products of 11 bits (TF32, float16)")),
}
