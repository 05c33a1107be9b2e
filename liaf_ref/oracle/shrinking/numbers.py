"""Rounder numbers: 0, 1, small integers, halves, quarters, fewer bits."""

from collections.abc import Callable, Iterator

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case

STEPS = tuple(2.0**-k for k in (0, 1, 2, 3, 4, 6, 8, 12))
SIMPLE = (0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0)
MAX_ENTRIES = 200  # of a case, above which single numbers are left alone
Fails = Callable[[Case], bool]


def cost(case: Case) -> int:
    """How far the numbers of a case are from 0 and from each other."""
    return sum(entry_cost(x) for array in case.values() for x in array.ravel().tolist())


def entry_cost(x: float) -> int:
    """0 for 0; more for each bit before and after the binary point, and for a sign."""
    top, bottom = abs(x).as_integer_ratio()
    return 2 * (top.bit_length() + 2 * (bottom.bit_length() - 1)) + (x < 0)


def rounder_cases(case: Case) -> Iterator[Case]:
    """All numbers at once, each coarser grid first."""
    for step in STEPS:
        rounded = {name: _rounded(array, step) for name, array in _free(case)}
        yield case.with_arrays(rounded)


def rounder_arrays(case: Case, name: str) -> Iterator[Array]:
    """Simpler values of one array, the simplest first."""
    array = case[name]
    for value in SIMPLE[:2]:
        yield np.full_like(array, value)
    if array.dtype.kind == "f":
        for step in STEPS:
            yield _rounded(array, step)
        if array.size > 1:
            yield np.full_like(array, array.flat[0])


def rounder_entries(array: Array, index: int) -> Iterator[Array]:
    """The same array with one number simpler, the simplest first."""
    x = array.flat[index]
    values = list(SIMPLE) if array.dtype.kind == "f" else list(range(int(x)))
    if array.dtype.kind == "f":
        for step in STEPS:
            values += [np.floor(x / step) * step, np.ceil(x / step) * step]
    for value in sorted(set(map(float, values)), key=entry_cost):
        if entry_cost(value) < entry_cost(float(x)):
            other = array.copy()
            other.flat[index] = value
            yield other


def free_names(case: Case) -> list[str]:
    """The arrays whose numbers can be any: all but masks; upstream gradients first."""
    order = ("up", "fix", "par", "in")
    names = [name for name, _ in _free(case)]
    names += [name for name, array in case.items() if array.dtype.kind == "i"]
    return sorted(names, key=lambda name: order.index(name.partition("/")[0]))


def _free(case: Case) -> Iterator[tuple[str, Array]]:
    for name, array in case.items():
        if array.dtype.kind == "f" and not (name.startswith("fix/") and name.endswith(".M")):
            yield name, array


def valid(case: Case) -> bool:
    """Whether each running variance is positive."""
    return all(
        (array > 0).all()
        for name, array in case.items()
        if name.startswith("fix/") and name.endswith(".v")
    )


def _rounded(array: Array, step: float) -> Array:
    return np.round(array / step) * step + 0.0  # not -0
