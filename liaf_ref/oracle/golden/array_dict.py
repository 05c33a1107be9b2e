"""A golden case as one dictionary of arrays, and back."""

from collections.abc import Mapping

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import DTYPES, ArrayMap
from liaf_ref.oracle.golden.golden_case import GoldenCase

ROLES = {
    "in": "input",
    "fix": "constant",
    "par": "parameter",
    "up": "upstream gradient",
    "gate": "decision",
    "exp": "expected",
    "grad": "gradient",
    "dbg": "per-step gradient",
    "step1": "parameter after a step",
    "tol": "tolerance",
}
TOLERANCE_BITS = 8  # bits of a tolerance


def role_of(name: str) -> str:
    """What an array is, by the prefix of its name."""
    return ROLES[name.partition("/")[0]]


def flatten(golden: GoldenCase) -> dict[str, Array]:
    """All arrays under the names they have in a file."""
    tolerances = {
        f"tol/{name}@{dtype}": round_up(array)
        for dtype, arrays in golden.tolerance.items()
        for name, array in arrays.items()
        if not golden.exact
    }
    return {**golden.case, **golden.expected, **tolerances}


def unflatten_tolerances(
    arrays: Mapping[str, Array],
    expected: Mapping[str, Array],
    exact: bool,
    dtype: str | None = None,
) -> dict[str, ArrayMap]:
    """What :func:`flatten` put away, by dtype and name; zeros for an exact case, of its dtype."""
    if exact:
        zeros = {name: np.zeros(array.shape) for name, array in expected.items()}
        return {dtype: ArrayMap(zeros) for dtype in (DTYPES if dtype is None else (dtype,))}
    dtypes = {name.rpartition("@")[2] for name in arrays if name.startswith("tol/")}
    return {
        dtype: ArrayMap(
            {name: arrays[f"tol/{name}@{dtype}"].astype(np.float64) for name in expected}
        )
        for dtype in sorted(dtypes or DTYPES)
    }


def round_up(array: Array) -> Array:
    """A float32 of few bits that is nowhere smaller: still a bound, and shorter in a file."""
    fraction, exponent = np.frexp(array)
    shorter = np.ldexp(np.ceil(np.ldexp(fraction, TOLERANCE_BITS)), exponent - TOLERANCE_BITS)
    rounded = np.asarray(shorter, np.float32)
    below = rounded < array
    return np.asarray(np.where(below, np.nextafter(rounded, np.float32(np.inf)), rounded))


def input_arrays(arrays: Mapping[str, Array]) -> ArrayMap:
    """The arrays that a case is given."""
    return _with_prefix(arrays, "in", "fix", "par", "up", "gate")


def expected_arrays(arrays: Mapping[str, Array]) -> ArrayMap:
    """The arrays that are expected of a backend."""
    return _with_prefix(arrays, "exp", "grad", "dbg", "step1")


def _with_prefix(arrays: Mapping[str, Array], *prefixes: str) -> ArrayMap:
    return ArrayMap({n: a for n, a in arrays.items() if n.partition("/")[0] in prefixes})
