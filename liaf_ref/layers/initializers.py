"""Initial weights: Glorot's uniform draw, and orthogonal recurrent weights."""

import math
from typing import Any

import numpy as np

from liaf_ref.kernels.array import Array

EMBEDDING_LIMIT = 0.05  # of the uniform draw, as in Keras


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


def embedding_uniform(rng: np.random.Generator, shape: tuple[int, ...], dtype: Any) -> Array:
    """Draw the rows of an embedding uniformly within 0.05, as Keras does."""
    return rng.uniform(-EMBEDDING_LIMIT, EMBEDDING_LIMIT, shape).astype(dtype)


def standard_normal(rng: np.random.Generator, shape: tuple[int, ...], dtype: Any) -> Array:
    """Draw the rows of an embedding from N(0, 1), as PyTorch does."""
    return rng.standard_normal(shape).astype(dtype)


RECURRENT_INITIALIZERS = {"orthogonal": orthogonal, "glorot_uniform": glorot_uniform}
EMBEDDING_INITIALIZERS = {"uniform": embedding_uniform, "normal": standard_normal}
