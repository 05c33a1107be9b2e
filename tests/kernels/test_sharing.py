"""The adjoint of broadcasting: sums over the shared axes, in the parameter's own shape."""

import numpy as np
import pytest
from independent.comparison import Array, assert_same

from liaf_ref.kernels.sharing import sum_to

G = np.arange(1.0, 49.0).reshape(2, 2, 3, 4)  # B, H, W, L, whole numbers: sums are exact


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((), G.sum()),
        ((1,), G.sum().reshape(1)),
        ((4,), G.sum(axis=(0, 1, 2))),
        ((2, 3, 4), G.sum(axis=0)),
        ((2, 2, 3, 4), G),
        ((3, 1), G.sum(axis=(0, 1, 3))[:, None]),
        ((1, 3, 4), G.sum(axis=(0, 1))[None]),
        ((2, 1, 1, 4), G.sum(axis=(1, 2), keepdims=True)),
        ((1, 1, 1, 1), G.sum(keepdims=True)),
    ],
)
def test_sum_to(shape: tuple[int, ...], expected: Array) -> None:
    assert_same(f"sum to {shape}", sum_to(G, shape), expected)
    broadcast = np.vdot(G, np.broadcast_to(np.ones(shape), G.shape))
    assert sum_to(G, shape).sum() == broadcast
