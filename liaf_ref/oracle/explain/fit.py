"""Fit the subthreshold recurrence ``v[t] = a v[t-1] + b x[t] + c``."""

from typing import NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array

TRIPLES = 400  # random triples of steps of a robust fit
MIN_STEPS = 3


class Recurrence(NamedTuple):
    """The three numbers, and which of the steps follow them."""

    a: float
    b: float
    c: float
    inliers: Array
    worst: float  # largest error, relative to the largest potential


def fit_recurrence(
    x: Array, potential: Array, steps: Array, tolerance: float, *, robust: bool
) -> Recurrence | None:
    """Least squares over ``steps``; ``robust``: over the largest set of them that agrees."""
    columns = np.stack([np.roll(potential, 1), x, np.ones(len(x))], axis=1)
    use = np.flatnonzero(steps)
    use = use[use > 0]
    if len(use) < MIN_STEPS:
        return None
    A, y = columns[use], potential[use]
    scale = np.maximum(abs(A).max(axis=0), 1e-300)
    coefficients = _solve(A / scale, y)
    # Only a screen: the candidates themselves are checked with the bound of each step.
    limit = np.full(len(y), 4 * tolerance * max(abs(potential).max(), 1e-300))
    errors = abs(A / scale @ coefficients - y)
    worst = float(errors.max() / max(abs(potential).max(), 1e-300))
    inside = errors <= limit
    if robust and not inside.all():
        coefficients, inside = _largest_agreement(A / scale, y, limit, coefficients)
    a, b, c = coefficients / scale
    inliers = np.zeros(len(x), bool)
    inliers[use[inside]] = True
    return Recurrence(float(a), float(b), float(c), inliers, 0.0 if robust else worst)


def _solve(A: Array, y: Array) -> Array:
    found: Array = np.linalg.lstsq(A, y, rcond=1e-12)[0]
    return found


def _largest_agreement(A: Array, y: Array, limit: Array, start: Array) -> tuple[Array, Array]:
    """The coefficients that most steps agree with, of random triples of steps."""
    random = np.random.default_rng(0)
    # Steps in which something happens are few, and they determine the input's factor.
    moving = np.flatnonzero((A[:, 1] != 0) | (y != 0))
    pool = moving if len(moving) >= 3 else np.arange(len(y))
    weight = np.where(A[pool, 1] != A[0, 1], len(pool) / max((A[pool, 1] != A[0, 1]).sum(), 1), 1.0)
    draws = random.choice(pool, size=(TRIPLES, 3), p=weight / weight.sum())
    tries = (np.linalg.pinv(A[draws], rcond=1e-9) @ y[draws][..., None])[..., 0]
    best = (start, abs(A @ start - y) <= limit)
    inside = abs(tries @ A.T - y) <= limit
    most = int(inside.sum(axis=1).argmax())
    if inside[most].sum() > best[1].sum():
        best = (tries[most], inside[most])
    refined = _solve(A[best[1]], y[best[1]]) if best[1].any() else best[0]
    inside = abs(A @ refined - y) <= limit
    return (refined, inside) if inside.sum() >= best[1].sum() else best
