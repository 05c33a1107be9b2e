"""The fast readout's gradients are the definition's, shorter or seen more than once."""

import numpy as np

from liaf_ref.fast import readout as fast
from liaf_ref.kernels import readout


def test_last() -> None:
    dy = np.arange(6, dtype=np.float32).reshape(2, 3)
    short = fast.last_backward(dy, 4)
    assert short.shape == (2, 1, 3)
    full = readout.last_backward(dy, 4)
    np.testing.assert_array_equal(full[:, 3:], short)
    assert not full[:, :3].any()


def test_mean() -> None:
    dy = np.arange(12, dtype=np.float32).reshape(2, 3, 2)
    dY = fast.mean_backward(dy, 5)
    want = readout.mean_backward(dy, 5)
    assert dY.dtype == want.dtype
    np.testing.assert_array_equal(dY, want)
    assert dY.strides[1] == 0


def test_forward() -> None:
    Y = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    np.testing.assert_array_equal(fast.last_forward(Y), readout.last_forward(Y))
    np.testing.assert_array_equal(fast.mean_forward(Y), readout.mean_forward(Y))
