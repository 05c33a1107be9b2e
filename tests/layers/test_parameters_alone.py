"""A network's first layer has no use for its input's gradient, and does not compute it."""

from types import ModuleType, SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from support import trees_equal

from layers.images import IMAGES
from layers.samples import SAMPLES, Sample, X, params, state
from liaf_ref.kernels import conv, dense, im2col
from liaf_ref.kernels.grid import Grid
from liaf_ref.kernels.grid import same as same_padding
from liaf_ref.layers import REFERENCE

ALL = SAMPLES | IMAGES
SYNAPTIC = {name: sample for name, sample in ALL.items() if "W" in sample.shapes}


def without_input_gradient(kernel: ModuleType) -> ModuleType:
    """The kernel without its whole backward pass."""
    parts = {"forward": kernel.forward, "backward_params": kernel.backward_params}
    return cast(ModuleType, SimpleNamespace(**parts))


@pytest.mark.parametrize("sample", ALL.values(), ids=ALL)
def test_parameters_alone_have_the_gradients_of_the_whole(sample: Sample) -> None:
    layer = sample.layer
    Y, last, tape = layer.forward(params(layer), X(layer), state(layer))
    dY, d_state = np.cos(Y), tuple(np.sin(part) for part in last)
    grads = layer.back_params(dY, d_state, tape.saved, tape.kernels)
    assert trees_equal(grads, layer.backward(dY, tape, d_state)[2])


@pytest.mark.parametrize("sample", SYNAPTIC.values(), ids=SYNAPTIC)
def test_the_inputs_gradient_is_left_out(sample: Sample) -> None:
    layer = sample.layer
    forms = REFERENCE._replace(
        dense=without_input_gradient(dense), conv=without_input_gradient(im2col)
    )
    Y, last, tape = layer.forward(params(layer), X(layer), state(layer), forms)
    assert set(layer.back_params(np.ones_like(Y), last, tape.saved, forms)) == set(layer.shapes)


@pytest.mark.parametrize("kernel", [conv, im2col], ids=["conv", "im2col"])
def test_a_convolution_has_them_too(kernel: Any) -> None:
    rng = np.random.default_rng(5)
    X, W, b, dI = (rng.normal(size=s) for s in ((2, 4, 3, 2), (3, 3, 2, 5), (5,), (2, 4, 3, 5)))
    grid = Grid((1, 1), same_padding((3, 3)))
    tape = kernel.forward(X, conv.Params(W, b), grid)[1]
    assert trees_equal(kernel.backward_params(dI, tape, grid), kernel.backward(dI, tape, grid)[1])
