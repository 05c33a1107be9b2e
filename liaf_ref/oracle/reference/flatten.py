"""The last three axes as one: H, W and L, row-major."""

from liaf_ref.kernels.array import Array


def forward(X: Array) -> tuple[Array, tuple[int, ...]]:
    """Lay ``(..., H, W, L)`` out as ``(..., H W L)``; the tape is the shape."""
    return X.reshape(*X.shape[:-3], -1), X.shape


def backward(dY: Array, shape: tuple[int, ...]) -> Array:
    """Fold up."""
    return dY.reshape(shape)
