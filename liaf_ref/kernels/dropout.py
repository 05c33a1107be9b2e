"""Dropout, Section VI-B2: a mask times the activations; who draws the mask is not its business."""

from liaf_ref.kernels.array import Array


def forward(X: Array, M: Array) -> tuple[Array, Array]:
    """Drop what the mask drops.

    Parameters
    ----------
    X : ndarray, any shape
        Activations.
    M : ndarray, broadcasts against X
        0 where dropped, else one over the share that is kept.

    Returns
    -------
    Y : ndarray, shape of X
        Output.
    M : ndarray
        The mask, tape of :func:`backward`.
    """
    return X * M, M


def backward(dY: Array, M: Array) -> Array:
    """Differentiate :func:`forward`: the same mask."""
    return dY * M
