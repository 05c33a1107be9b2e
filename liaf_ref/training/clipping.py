"""Gradients clipped by their joint norm."""

import math
from collections.abc import Mapping

import numpy as np

from liaf_ref.door import check_float, check_number
from liaf_ref.kernels.array import Array
from liaf_ref.training.named import Named, check_named


def clip_norm(grads: Mapping[str, Array], limit: float) -> Named:
    """Scale all gradients together so that their joint norm is at most ``limit``.

    Parameters
    ----------
    grads : mapping of str to ndarray
        Gradients by name.
    limit : float
        Largest Euclidean norm over all of them.

    Returns
    -------
    dict of str to ndarray
        Scaled copies, or the gradients themselves where the norm is within the limit.

    Raises
    ------
    InputError
        If ``limit`` is not a number above 0, ``grads`` no mapping of arrays, or an
        entry not finite.
    """
    wanted = "a finite number > 0"
    limit = check_number("limit", limit, "clip_norm", lambda x: x > 0, wanted)
    grads = check_named(grads, "gradients", "clip_norm")
    norm = _norm(grads)
    if not math.isfinite(norm):
        return _clipped_huge(grads, limit)
    if norm <= limit:
        return dict(grads)
    return {name: g * (limit / norm) for name, g in grads.items()}


def _norm(grads: Named) -> float:
    # In float64: the squares of finite float32 gradients overflow float32.
    with np.errstate(over="ignore"):
        squares = (float((np.abs(g).astype(np.float64) ** 2).sum()) for g in grads.values())
        return math.sqrt(sum(squares))


def _clipped_huge(grads: Named, limit: float) -> Named:
    """Clip what has squares that overflow float64 too: divided by the largest entry first."""
    for name, g in grads.items():
        check_float(name, g, g.shape, "clip_norm")
    top = max(np.abs(part).max(initial=0) for g in grads.values() for part in (g.real, g.imag))
    small = {name: g / top for name, g in grads.items()}
    norm = _norm(small)
    if norm <= limit / top:
        return dict(grads)
    return {name: (g * (limit / norm)).astype(grads[name].dtype) for name, g in small.items()}
