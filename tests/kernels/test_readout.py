"""The last step and the mean over time."""

import numpy as np
import pytest
from independent.comparison import assert_same

from liaf_ref.kernels import readout


@pytest.mark.parametrize("space", [(5,), (2, 3, 5)])
def test_readouts_and_their_adjoints(space: tuple[int, ...]) -> None:
    B, T = 2, 4
    Y = np.random.default_rng(61).integers(-8, 8, (B, T, *space)) * 1.0
    dy = np.random.default_rng(62).integers(-8, 8, (B, *space)) * 1.0
    assert_same("last", readout.last_forward(Y), Y[:, 3])
    assert_same("mean", readout.mean_forward(Y), (Y[:, 0] + Y[:, 1] + Y[:, 2] + Y[:, 3]) / 4)
    zero = np.zeros_like(dy)
    assert_same("last'", readout.last_backward(dy, T), np.stack([zero, zero, zero, dy], axis=1))
    assert_same("mean'", readout.mean_backward(dy, T), np.stack(4 * [dy / 4], axis=1))
