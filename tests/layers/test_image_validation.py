"""Layers on images refuse what does not fit, and say what would have."""

from collections.abc import Callable

import numpy as np
import pytest

from layers.images import IMAGES
from layers.samples import B, T, X, params
from liaf_ref import layers
from liaf_ref._core.errors import InputError
from liaf_ref.layers import Conv2D, Conv3D

CONV2 = Conv2D((4, 3, 2), 3)
BAD: dict[str, tuple[Callable[[], object], str]] = {
    "window beyond the image": (
        lambda: Conv2D((4, 3, 2), 5, (7, 5), pad=((1, 1), (0, 1))),
        "shape of Conv2D, Eq. (2): expected at least (5, 4, 2) for a window of (7, 5) with "
        "((1, 1), (0, 1)) zeros around, got (4, 3, 2)",
    ),
    "window beyond one axis, zeros beyond the other": (
        lambda: Conv2D((4, 3, 2), 5, (7, 1), pad=((0, 0), (2, 2))),
        "expected at least (7, 1, 2) for a window of (7, 1)",
    ),
    "window in time as well": (
        lambda: Conv3D((4, 3, 2), 5, (1, 7, 3), pad=((0, 0), (0, 1), (1, 1))),
        "shape of Conv3D, Table II: expected at least (6, 1, 2) for a window of (7, 3) with "
        "((0, 1), (1, 1)) zeros around, got (4, 3, 2)",
    ),
    "steps won": (
        lambda: Conv3D((4, 3, 2), 5, pad=((2, 1), (1, 1), (1, 1))),
        "expected 2 zeros on the time axis for a kernel of 3 steps, got (2, 1)",
    ),
    "pool beyond the image": (
        lambda: layers.MaxPool((4, 3, 2), (4, 4)),
        "shape of MaxPool, Fig. 6: expected at least (4, 4, 2) for a window of (4, 4), "
        "got (4, 3, 2)",
    ),
    "image of two axes": (
        lambda: Conv2D((4, 3), 5),
        "shape of Conv2D, Eq. (2): expected (height, width, channels), got tuple (4, 3)",
    ),
    "kernel of three": (
        lambda: Conv2D((4, 3, 2), 5, (3, 3, 3)),
        "kernel of Conv2D, Eq. (2): expected a tuple of 2 integers, got tuple (3, 3, 3)",
    ),
    "kernel of two": (
        lambda: Conv3D((4, 3, 2), 5, (3, 3)),
        "kernel of Conv3D, Table II: expected a tuple of 3 integers, got tuple (3, 3)",
    ),
    "stride 0": (
        lambda: Conv2D((4, 3, 2), 5, stride=(0, 1)),
        "stride of Conv2D, Eq. (2): expected a",
    ),
    "pad of one number": (
        lambda: Conv2D((4, 3, 2), 5, pad=1),  # type: ignore[arg-type]
        "pad of Conv2D, Eq. (2): expected 2 pairs (zeros before, zeros after), got int 1",
    ),
    "pad below 0": (
        lambda: Conv2D((4, 3, 2), 5, pad=((0, -1), (0, 0))),
        "pad of Conv2D, Eq. (2): expected an integer >= 0, got -1",
    ),
    "every other step": (
        lambda: Conv3D((4, 3, 2), 5, stride=(2, 1, 1)),
        "stride of Conv3D, Table II: expected 1 on the time axis, whose length must not change, "
        "got (2, 1, 1)",
    ),
    "steps lost": (
        lambda: Conv3D((4, 3, 2), 5, pad=((0, 0), (1, 1), (1, 1))),
        "pad of Conv3D, Table II: expected 2 zeros on the time axis for a kernel of 3 steps, "
        "got (0, 0)",
    ),
    "other image": (
        lambda: CONV2.forward(params(CONV2), np.zeros((B, T, 3, 4, 2))),
        "X of Conv2D((4, 3, 2), 3), Eq. (2): expected shape (B, T, 4, 3, 2), "
        "got shape (2, 5, 3, 4, 2)",
    ),
    "no time": (
        lambda: CONV2.forward(params(CONV2), np.zeros((B, 4, 3, 2))),
        "expected shape (B, T, 4, 3, 2), got shape (2, 4, 3, 2)",
    ),
    "neurons of another size": (
        lambda: layers.NeuronLayer(CONV2, layers.DirectLIAF((2, 3, 3))),
        "synapse of NeuronLayer, Eq. (2): expected outputs of shape (2, 3, 3), got (4, 3, 3)",
    ),
    "synapse with a state": (
        lambda: layers.NeuronLayer(layers.DirectLIAF((3,)), layers.DirectLIAF((3,))),
        "synapse of NeuronLayer, Eq. (2): expected a layer without state, got DirectLIAF",
    ),
    "norm of a table": (
        lambda: layers.LayerNorm((4, 3)),
        "shape of LayerNorm, Section VI-B2: expected (L,) or (H, W, L), got tuple (4, 3)",
    ),
    "norm of more than there is": (
        lambda: layers.LayerNorm((4,), 2),
        "num_axes of LayerNorm, Section VI-B2: expected",
    ),
    "norm of nothing": (
        lambda: layers.LayerNorm((4,), eps=0),
        "eps of LayerNorm, Section VI-B2: expected a finite number > 0, got",
    ),
    "state of a ConvLSTM": (
        lambda: layers.ConvLSTM((4, 3, 2), 5).forward(
            params(layers.ConvLSTM((4, 3, 2), 5)),
            np.zeros((B, T, 4, 3, 2)),
            (np.zeros((B, 4, 3, 5)), np.zeros((B, 3, 4, 5))),
        ),
        "state[1] of ConvLSTM((4, 3, 2), 5), Eq. (15): expected shape (2, 4, 3, 5), "
        "got shape (2, 3, 4, 5)",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_refusals(name: str) -> None:
    call, text = BAD[name]
    with pytest.raises(InputError) as refused:
        call()
    assert text in str(refused.value)


@pytest.mark.parametrize("name", ["Conv2D", "ConvLIAF", "ConvLSTM", "AveragePool", "LayerNorm"])
def test_the_tape_of_another_layer_is_refused(name: str) -> None:
    layer = IMAGES[name].layer
    Y, _, tape = layer.forward(params(layer), X(layer))
    other = IMAGES["Conv3D"].layer
    with pytest.raises(InputError, match="expected the tape of its own forward, got that of"):
        other.backward(Y, tape)
