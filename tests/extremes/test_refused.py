"""What has no meaning is refused by name; what training may reach is not."""

from typing import Any

import numpy as np
import pytest

from liaf_ref import layers
from liaf_ref._core.errors import InputError
from liaf_ref.kernels import loss_softmax_bce
from liaf_ref.kernels.surrogate import SHAPES, surrogate
from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.table import run

NONE = (float("nan"), float("inf"), -float("inf"))
SMOOTH = sorted(set(SHAPES) - {"window"})


@pytest.mark.parametrize("mu", [0.0, -0.5, *NONE])
@pytest.mark.parametrize("shape", SMOOTH)
def test_a_slope_without_a_width(shape: str, mu: float) -> None:
    """Its height is 1 at the threshold, and a triangle of no width has none there."""
    with pytest.raises(InputError, match=rf"^spike of DenseLIAF: expected .*mu > 0.*mu={mu}\)"):
        layers.DenseLIAF(2, 2, spike=surrogate(shape, mu))
    with pytest.raises(InputError, match=rf"^output of DirectLIF: expected .*mu > 0.*mu={mu}\)"):
        layers.DirectLIF((2,), output=surrogate(shape, mu))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_one_class_is_asked_nothing(dtype: Any) -> None:
    """Binary cross-entropy on the softmax of one class: it is sure, and there is no other."""
    Z, y = np.array([[0.75], [-3.0]]), np.zeros(2, int)
    found, tape = loss_softmax_bce.forward(Z.astype(dtype), y)
    dZ = loss_softmax_bce.backward(np.ones((), dtype), tape)
    node = Node("l", "softmax_bce", ("in/X",), {})
    answer = run(Case("one class", "L0", (node,), {"in/X": Z, "in/y": y}))
    assert found == answer["exp/l.loss"] == 0
    np.testing.assert_array_equal(dZ, answer["grad/in/X"])
