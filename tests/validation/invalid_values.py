"""Invalid values that replace a valid argument, and its own value in other forms."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

Mutation = Callable[[Any], Any]


class ArraySubclass(np.ndarray):
    """A subclass of ndarray that changes nothing."""


def _longer_axis(a: Any) -> Any:
    """One more entry along the last axis; a scalar becomes two entries."""
    return np.concatenate([a, a[..., :1]], axis=-1) if a.ndim else np.stack([a, a])


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


# The same values in another form.
FORMS: dict[str, Mutation] = {
    "Fortran order": np.asfortranarray,
    "strided": _strided,
    "read-only": _read_only,
    "subclass": lambda a: a.view(ArraySubclass),
    "byte-swapped": lambda a: a.astype(a.dtype.newbyteorder()),
    "list": lambda a: a.tolist(),
}
# Other values in place of an array.
ARRAYS: dict[str, Mutation] = {
    "rank": lambda a: a[None],
    "size": _longer_axis,
    "float16": _float16,
    "integers or floats": _other_dtype,
    "not finite": _nan,
    "empty": lambda a: a[:0] if a.ndim else np.zeros((0,), a.dtype),
    "huge": _huge,
    "None": lambda a: None,
}

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
        return dict(_changed(valid, ARRAYS))
    found = VALUES | dict(_changed(valid, ARRAYS))
    if isinstance(valid, Mapping) and _all_arrays(valid.values()):
        first = next(iter(valid))
        found["one missing"] = {name: array for name, array in valid.items() if name != first}
        found["one more"] = {**valid, "more": valid[first]}
    elif type(valid) is tuple and _all_arrays(valid):
        found |= {"one missing": valid[1:], "one more": (*valid, valid[0])}
    return found


def equivalent_values(valid: object) -> Iterator[tuple[str, Any]]:
    """One valid argument in other forms."""
    return _changed(valid, FORMS)


def _changed(valid: object, by: Mapping[str, Mutation]) -> Iterator[tuple[str, Any]]:
    """An array with each change, or a mapping or a tuple of arrays whose first is changed."""
    for kind, make in by.items():
        if isinstance(valid, np.ndarray):
            yield kind, make(valid)
        elif isinstance(valid, Mapping) and _all_arrays(valid.values()):
            name, first = next(iter(valid.items()))
            yield f"one: {kind}", {**valid, name: make(first)}
        elif type(valid) is tuple and _all_arrays(valid):
            yield f"one: {kind}", (make(valid[0]), *valid[1:])


def _all_arrays(values: Any) -> bool:
    return bool(values) and all(isinstance(value, np.ndarray) for value in values)
