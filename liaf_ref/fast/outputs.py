"""A neuron's outputs before Act is taken of them: where one step is read, one step is computed."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from liaf_ref.fast import memory
from liaf_ref.fast.act import Form
from liaf_ref.kernels.array import Array


@dataclass(frozen=True, eq=False)
class Outputs:
    """Outputs of which a readout may want but the last; NumPy makes them an array otherwise.

    Attributes
    ----------
    A : ndarray, shape (groups, T, step)
        What Act is taken of, Eq. (8); the tape's.
    form : Form
        Act.
    order : Order
        How ``A`` lies in memory.
    """

    A: Array
    form: Form
    order: memory.Order

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the outputs: ``(B, T, *S, L)``."""
        return self.order.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """Their dtype."""
        return self.A.dtype

    def last(self) -> Array:
        """The last step's, ``(B, *S, L)``."""
        return self._activated(self.A[:, -1:])[:, 0]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.asarray(self._activated(self.A), dtype)

    def _activated(self, A: Array) -> Array:
        Y = memory.empty(A.shape)
        for g in range(len(A)):
            activate(A[g], Y[g], self.form)
        return self.order.shaped(Y)


def activate(A: Array, Y: Array, form: Form) -> None:
    """Take Act of some steps ``(T, n)``, in pieces that stay in cache; of the identity, nothing."""
    if form.value is None:
        return
    some = max(1, memory.CHUNK // A.shape[1])
    for t in range(0, len(A), some):
        form.value(A[t : t + some], Y[t : t + some])  # (7), (8)
