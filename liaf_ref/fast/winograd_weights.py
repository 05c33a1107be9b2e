"""Weights of 3 x 3 at Winograd's points, and their gradient computed from there."""

from collections.abc import Iterator

import numpy as np

from liaf_ref.fast import memory_layout
from liaf_ref.fast.memory_layout import LANES
from liaf_ref.fast.winograd import TRANSFORMS, apply_transform
from liaf_ref.kernels.array import Array

BLOCK_SIZE = (
    16_384  # weights transformed at once: at 36 or 49 points 2 or 3 MB, used while in cache
)


class TransformedWeights:
    """``U = G W G^T`` in blocks of outputs: ``(slice, (r * r, K, outputs))``."""

    # One block is transformed once. More are transformed anew in each walk over them, which
    # takes less time than fetching them from memory.

    def __init__(self, W: Array, m: int) -> None:
        self.W, self.GG = W, TRANSFORMS[m].GG
        blocks = list(_blocks(*W.shape[2:]))
        self.cached = self._transform(blocks[0]) if len(blocks) == 1 else None

    def __iter__(self) -> Iterator[tuple[slice, Array]]:
        for some in _blocks(*self.W.shape[2:]):
            yield some, self._transform(some) if self.cached is None else self.cached

    def _transform(self, some: slice) -> Array:
        W = self.W[..., some]
        U = memory_layout.empty((len(self.GG), *W.shape[2:]))
        apply_transform(self.GG, W.reshape(9, -1), U.reshape(len(U), -1))
        return U


class WeightGradient:
    """``dW = G^T (V^T dM) G``, summed over chunks of tiles."""

    def __init__(self, m: int, K: int, L: int) -> None:
        self.dW = np.zeros((3, 3, K, L), np.float32)
        self.GG = TRANSFORMS[m].GG.T.copy()

    def add(self, V: Array, M: Array) -> None:
        """Add a chunk's part: ``V (r * r, tiles, K)``, ``M (r * r, tiles, L)``."""
        for some in _blocks(*self.dW.shape[2:]):
            dW = self.dW[..., some]
            share = memory_layout.empty(dW.shape)
            dU = np.matmul(V.swapaxes(1, 2), M[..., some])
            apply_transform(self.GG, dU.reshape(len(dU), -1), share.reshape(9, -1))
            np.add(dW, share, dW)


def _blocks(K: int, L: int) -> Iterator[slice]:
    """Cut L outputs, each with K weights per point, into blocks of whole vectors."""
    width = max(1, BLOCK_SIZE // K // LANES) * LANES
    for first in range(0, L, width):
        yield slice(first, first + width)
