"""What has no meaning is refused by name; what training may reach is not."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import pytest

from liaf_ref import layers
from liaf_ref._core.errors import InputError
from liaf_ref.kernels import loss_softmax_bce
from liaf_ref.kernels.neuron import Params
from liaf_ref.kernels.surrogate import SHAPES, surrogate
from liaf_ref.layers import Layer
from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.table import run

NEURONS: Mapping[str, Callable[..., Layer]] = {
    "DirectLIAF": partial(layers.DirectLIAF, (2,)),
    "DirectLIF": partial(layers.DirectLIF, (2,)),
    "DenseLIAF": partial(layers.DenseLIAF, 2, 2),
    "DenseLIF": partial(layers.DenseLIF, 2, 2),
    "ConvLIAF": partial(layers.ConvLIAF, (3, 3, 1), 1),
    "ConvLIF": partial(layers.ConvLIF, (3, 3, 1), 1),
    "PoolingLIAF": partial(layers.PoolingLIAF, (2, 2, 1)),
}
NONE = (float("nan"), float("inf"), -float("inf"))
SMOOTH = sorted(set(SHAPES) - {"window"})


@pytest.mark.parametrize("parameter", Params._fields)
@pytest.mark.parametrize("layer", NEURONS)
def test_a_parameter_that_float32_has_not(layer: str, parameter: str) -> None:
    made = NEURONS[layer](**{parameter: -1e39})
    assert (made.init(np.random.default_rng(0), np.float64)[parameter] == -1e39).all()
    expected = rf"^{parameter} of {layer}.*: expected .* that float32 holds, got -1e\+39$"
    with pytest.raises(InputError, match=expected):
        made.init(np.random.default_rng(0), np.float32)


@pytest.mark.parametrize("mu", [0.0, -0.5, *NONE])
@pytest.mark.parametrize("shape", SMOOTH)
def test_a_slope_without_a_width(shape: str, mu: float) -> None:
    """Its height is 1 at the threshold, and a triangle of no width has none there."""
    for name, layer in NEURONS.items():
        with pytest.raises(InputError, match=rf"^spike of {name}: expected .*mu > 0.*mu={mu}\)"):
            layer(spike=surrogate(shape, mu))
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
