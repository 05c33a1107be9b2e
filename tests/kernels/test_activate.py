"""An activation on its own, number by number."""

import numpy as np
from independent.comparison import assert_same

from liaf_ref.kernels import activate
from liaf_ref.kernels.activation import relu
from liaf_ref.kernels.pair import Pair


def test_relu_by_hand() -> None:
    X = np.array([-2.0, 0.0, 3.0])
    Y, tape = activate.forward(X, relu)
    assert_same("Y", Y, np.array([0.0, 0.0, 3.0]))
    assert tape.X is X
    dX = activate.backward(np.array([5.0, 7.0, 11.0]), tape, relu)
    assert_same("dX", dX, np.array([0.0, 0.0, 11.0]))


def test_the_slope_is_the_pairs() -> None:
    pair = Pair(np.square, lambda x: x + 1)
    Y, tape = activate.forward(np.array([3.0]), pair)
    assert_same("Y", Y, np.array([9.0]))
    assert_same("dX", activate.backward(np.array([2.0]), tape, pair), np.array([8.0]))
