"""Arrays by name: parameters, the state of an optimizer, gradients and their clipping."""

import math
from collections.abc import Mapping

import numpy as np

from liaf_ref._core.errors import unexpected
from liaf_ref._core.validation import (
    as_array,
    check_float_array,
    check_float_dtype,
    check_keys,
    check_mapping,
)
from liaf_ref.kernels.array import Array
from liaf_ref.layers.types import POSITIVE

ArrayDict = dict[str, Array]


def check_array_dict(arrays: object, argument: str, where: str) -> ArrayDict:
    """Refuse anything but floating or complex arrays in a mapping."""
    given = check_mapping(argument, arrays, where, "arrays in a mapping")
    found = {name: as_array(name, value, where) for name, value in given.items()}
    for name, value in found.items():
        check_float_dtype(name, value.dtype, where)
    return found


def check_matching_arrays(
    arrays: object, reference: ArrayDict, argument: str, where: str
) -> ArrayDict:
    """Refuse anything but arrays with the names, shapes and dtypes wanted."""
    named, found = check_keys(arrays, reference, where, argument), {}
    for name, like in reference.items():
        value = found[name] = as_array(name, named[name], f"the {argument} of {where}")
        if value.shape != like.shape or value.dtype != like.dtype:
            expected = f"shape {like.shape} and dtype {like.dtype}"
            raise unexpected(name, value, f"the {argument} of {where}", expected)
    return found


def clip_grad_norm(grads: Mapping[str, Array], max_norm: float) -> ArrayDict:
    """Scale all gradients together so that their joint norm is at most ``max_norm``.

    Parameters
    ----------
    grads : mapping of str to ndarray
        Gradients by name.
    max_norm : float
        Largest joint norm, above 0.

    Returns
    -------
    dict of str to ndarray
        The gradients, scaled by one factor if their norm was larger.

    Raises
    ------
    InputError
        If ``grads`` is no mapping of floating or complex arrays, ``max_norm`` is not above 0, or
        a gradient is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> from liaf_ref.training import clip_grad_norm
    >>> clipped = clip_grad_norm({"W": np.array([3.0]), "b": np.array([4.0])}, 1.0)
    >>> [round(float(g[0]), 3) for g in clipped.values()]
    [0.6, 0.8]
    """
    max_norm = POSITIVE.check("max_norm", max_norm, "clip_grad_norm")
    grads = check_array_dict(grads, "gradients", "clip_grad_norm")
    norm = _global_norm(grads)
    if not math.isfinite(norm):
        return _clip_overflowing(grads, max_norm)
    if norm <= max_norm:
        return dict(grads)
    return {name: g * (max_norm / norm) for name, g in grads.items()}


def _global_norm(grads: ArrayDict) -> float:
    # In float64: the squares of finite float32 gradients overflow float32.
    with np.errstate(over="ignore"):
        squares = (float((np.abs(g).astype(np.float64) ** 2).sum()) for g in grads.values())
        return math.sqrt(sum(squares))


def _clip_overflowing(grads: ArrayDict, max_norm: float) -> ArrayDict:
    """Clip gradients whose squares overflow float64: divide by the largest entry first."""
    for name, g in grads.items():
        check_float_array(name, g, g.shape, "clip_grad_norm")
    top = max(np.abs(part).max(initial=0) for g in grads.values() for part in (g.real, g.imag))
    small = {name: g / top for name, g in grads.items()}
    norm = _global_norm(small)
    if norm <= max_norm / top:
        return dict(grads)
    return {name: (g * (max_norm / norm)).astype(grads[name].dtype) for name, g in small.items()}
