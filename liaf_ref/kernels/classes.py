"""Class numbers, or real targets, as vectors."""

import numpy as np

from liaf_ref.kernels.array import Array


def onehot(y: Array, like: Array) -> Array:
    """1 at the true class, else 0; shape (B, C) and dtype of ``like``."""
    hot = np.zeros_like(like)
    hot[np.arange(len(y)), y] = 1
    return hot


def targets(y: Array, like: Array) -> Array:
    """What outputs ``like`` should be: ``y`` of its shape, or 1 at the true class ``y``."""
    return onehot(y, like) if y.ndim == 1 else y.astype(like.dtype, copy=False)
