"""Deferred outputs of neurons: Act is computed only for the steps that are read."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from liaf_ref.fast import memory_layout
from liaf_ref.fast.fused_activation import FusedActivation
from liaf_ref.kernels.array import Array


@dataclass(frozen=True, eq=False)
class DeferredOutputs:
    """Outputs that are not computed yet, as a readout may need only the last step."""

    A: Array  # argument of Act, Eq. (8), (groups, T, step); shared with the tape
    activation: FusedActivation
    layout: memory_layout.Layout  # of ``A``

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the outputs: ``(B, T, *S, L)``."""
        return self.layout.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of the outputs."""
        return self.A.dtype

    def last_step(self) -> Array:
        """Outputs of the last step, ``(B, *S, L)``."""
        return self._apply_activation(self.A[:, -1:])[:, 0]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.asarray(self._apply_activation(self.A), dtype)

    def _apply_activation(self, A: Array) -> Array:
        Y = memory_layout.empty(A.shape)
        for g in range(len(A)):
            apply_activation(A[g], Y[g], self.activation)
        return self.layout.from_grouped(Y)


def apply_activation(A: Array, Y: Array, activation: FusedActivation) -> None:
    """Apply Act to steps ``(T, n)`` in chunks that stay in the cache; nothing for the identity."""
    if activation.forward is None:
        return
    some = max(1, memory_layout.CHUNK // A.shape[1])
    for t in range(0, len(A), some):
        activation.forward(A[t : t + some], Y[t : t + some])  # (7), (8)
