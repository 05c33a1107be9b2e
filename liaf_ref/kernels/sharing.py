"""The adjoint of broadcasting: a shared parameter's gradient is a sum, Section II-B."""

from liaf_ref.kernels.array import Array


def sum_to(g: Array, shape: tuple[int, ...]) -> Array:
    """Sum ``g`` over every axis along which an array of ``shape`` was broadcast.

    Parameters
    ----------
    g : ndarray
        Gradient in the broadcast array.
    shape : tuple of int
        ``(1,)`` All-Sharing, ``(L,)`` Channel-Sharing, ``(L,)`` or ``(H, W, L)``
        Non-Sharing; any shape that broadcasts to ``g.shape``.

    Returns
    -------
    ndarray
        Of the given shape.  A sum, never a mean: averaging is the loss's business.
    """
    g = g.sum(axis=tuple(range(g.ndim - len(shape))))
    ones = tuple(i for i, size in enumerate(shape) if size == 1)
    summed: Array = g.sum(axis=ones, keepdims=True)
    return summed
