"""How weights start: Glorot's uniform draw, and orthogonal recurrent weights."""

import math
from typing import Any

import numpy as np

from liaf_ref.kernels.array import Array


def glorot_uniform(rng: np.random.Generator, shape: tuple[int, ...], dtype: Any) -> Array:
    """Draw weights uniformly within ``sqrt(6 / (fan in + fan out))``, Glorot and Bengio 2010."""
    # shape is (*kernel, K, L): each place of a window has K inputs and L outputs.
    bound = np.sqrt(6 / (math.prod(shape[:-2]) * sum(shape[-2:])))
    return rng.uniform(-bound, bound, shape).astype(dtype)


def orthogonal(rng: np.random.Generator, shape: tuple[int, ...], dtype: Any) -> Array:
    """Draw recurrent weights with orthonormal rows, Saxe et al. 2014."""
    # shape is (*kernel, K, L), a row for each place and input; the columns are orthonormal where
    # there are more rows than columns.
    rows, columns = math.prod(shape[:-1]), shape[-1]
    q, r = np.linalg.qr(rng.normal(size=(max(rows, columns), min(rows, columns))))
    q = q * np.sign(np.diag(r))
    return np.ascontiguousarray(q.T if rows <= columns else q).reshape(shape).astype(dtype)
