"""Dropout with a given mask."""

import numpy as np
from independent.comparison import assert_same

from liaf_ref.kernels import dropout


def test_the_mask_is_a_factor_both_ways() -> None:
    X, dY = np.array([[[1.0, 2.0], [3.0, 5.0]]]), np.array([[[7.0, 11.0], [13.0, 17.0]]])
    M = np.array([[[2.0, 0.0]]])  # one for all steps
    Y, tape = dropout.forward(X, M)
    assert_same("Y", Y, np.array([[[2.0, 0.0], [6.0, 0.0]]]))
    assert_same("dX", dropout.backward(dY, tape), np.array([[[14.0, 0.0], [26.0, 0.0]]]))
