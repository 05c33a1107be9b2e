"""The synaptic input of a sequence of tokens, as token numbers and a table, or as an array."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.fast import memory_layout
from liaf_ref.kernels.array import Array


@dataclass(frozen=True, eq=False)
class IndexedInput:
    """An input as tokens and a table, for a kernel that can use it as a matrix product."""

    table: Array  # input of each token of the vocabulary, (N, G)
    ids: Array  # token numbers, (T, B)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the input as an array: (B, T, G)."""
        return (*self.ids.shape[::-1], self.table.shape[1])

    @property
    def dtype(self) -> np.dtype[Any]:
        """Dtype of the input."""
        return self.table.dtype

    def onehot(self) -> Array:
        """The tokens as one-hot rows ``(T, B, N)``; their product with the table is the input."""
        T, B = self.ids.shape
        onehot = np.zeros((T * B, len(self.table)), self.dtype)
        onehot[np.arange(T * B), self.ids.ravel()] = 1
        return onehot.reshape(T, B, -1)

    def materialize(self) -> Array:
        """Look up the input ``(B, T, G)``, a view of contiguous ``(T, B, G)`` memory."""
        I = memory_layout.empty((*self.ids.shape, self.table.shape[1]))
        np.take(self.table, self.ids, axis=0, out=I, mode="wrap")  # "raise" would copy once more
        return I.swapaxes(0, 1)


class TokenSummedGradient(NamedTuple):
    """The gradient in an :class:`IndexedInput`, already summed over the places of each token."""

    table: Array


def materialize(A: Array | IndexedInput) -> Array:
    """Return the input as an array, for a kernel that needs one."""
    return A.materialize() if isinstance(A, IndexedInput) else A
