"""Invalid and equivalent values that replace a valid argument."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

Mutation = Callable[[Any], Any]


class ArraySubclass(np.ndarray):
    """A subclass of ndarray that changes nothing."""


def _extra_axis(a: Any) -> Any:
    return a[None]


def _longer_axis(a: Any) -> Any:
    """One more entry along the last axis; a scalar becomes two entries."""
    return np.concatenate([a, a[..., :1]], axis=-1) if a.ndim else np.stack([a, a])


def _fortran(a: Any) -> Any:
    return np.asfortranarray(a)


def _strided(a: Any) -> Any:
    wide = np.repeat(a, 2, axis=-1) if a.ndim else a
    return wide[..., ::2] if a.ndim else a


def _read_only(a: Any) -> Any:
    copy = a.copy()
    copy.flags.writeable = False
    return copy


def _nan(a: Any) -> Any:
    if a.dtype.kind not in "fc":
        return a.astype(float) * np.nan if a.dtype.names is None else np.full(a.shape, np.nan)
    copy = a.copy()
    copy.flat[-1] = np.nan
    return copy


def _other_dtype(a: Any) -> Any:
    """Integers in place of floats, floats in place of everything else."""
    if a.dtype.names is not None:
        return np.zeros(a.shape)
    return a.astype(np.int64) if a.dtype.kind in "fc" else a.astype(np.float64)


def _float16(a: Any) -> Any:
    return np.zeros(a.shape, np.float16) if a.dtype.names is not None else a.astype(np.float16)


def _huge(a: Any) -> Any:
    """An array of terabytes that takes no memory: one entry, broadcast."""
    shape = (2**40, *a.shape[1:]) if a.ndim else (2**40,)
    return np.broadcast_to(a.reshape(-1)[:1].reshape((1,) * len(shape)), shape)


# Replacements of an array. Those of EQUIVALENT hold the same values as the valid one.
ARRAYS: dict[str, Mutation] = {
    "Fortran order": _fortran,
    "strided": _strided,
    "read-only": _read_only,
    "subclass": lambda a: a.view(ArraySubclass),
    "byte-swapped": lambda a: a.astype(a.dtype.newbyteorder()),
    "list": lambda a: a.tolist(),
    "rank": _extra_axis,
    "size": _longer_axis,
    "float16": _float16,
    "integers or floats": _other_dtype,
    "not finite": _nan,
    "empty": lambda a: a[:0] if a.ndim else np.zeros((0,), a.dtype),
    "huge": _huge,
    "None": lambda a: None,
}
EQUIVALENT = ("Fortran order", "strided", "read-only", "subclass", "byte-swapped", "list")

# Replacements of any other value.
VALUES: dict[str, Any] = {
    "None": None,
    "text": "x",
    "no text": "",
    "nan": float("nan"),
    "below 0": -1,
    "fraction": 1.5,
    "huge": 10**30,
    "list": [1.0, 2.0],
    "empty mapping": {},
    "integers": np.zeros(3, int),
    "half": np.zeros((2, 3), np.float16),
}


def invalid_values(valid: object) -> dict[str, Any]:
    """Replacements of one valid argument."""
    if isinstance(valid, np.ndarray):
        return {kind: make(valid) for kind, make in ARRAYS.items()}
    return dict(VALUES) | _invalid_items(valid)


def _invalid_items(valid: object) -> dict[str, Any]:
    """Replacements of the first array in a mapping or tuple of arrays."""
    found: dict[str, Any] = {}
    if isinstance(valid, Mapping) and _all_arrays(valid.values()):
        name, first = next(iter(valid.items()))
        for kind, make in ARRAYS.items():
            found[f"one: {kind}"] = {**valid, name: make(first)}
        found["one missing"] = {key: value for key, value in valid.items() if key != name}
        found["one more"] = {**valid, "more": first}
    elif type(valid) is tuple and _all_arrays(valid):
        for kind, make in ARRAYS.items():
            found[f"one: {kind}"] = (make(valid[0]), *valid[1:])
        found["one missing"] = valid[1:]
        found["one more"] = (*valid, valid[0])
    return found


def _all_arrays(values: Any) -> bool:
    return bool(values) and all(isinstance(value, np.ndarray) for value in values)
