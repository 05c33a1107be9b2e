"""Networks counted layer by layer: synapses and neurons apart, and where spikes come in."""

from typing import Any

import pytest

from liaf_ref.analysis import op_count
from liaf_ref.analysis.op_count import OpCount, count_as_printed, count_exact
from liaf_ref.layers import (
    Activation,
    AveragePool,
    BatchNorm,
    Conv2D,
    ConvLIAF,
    ConvLIF,
    Dense,
    DirectLIAF,
    DirectLIF,
    Dropout,
    Flatten,
    Layer,
    LayerNorm,
    MaxPool,
    NamedLayer,
    Neurons,
    Sequential,
    TimeMean,
)

SHAPE, FULL, HALF = (6, 4, 2), (6, 4, 3), (3, 2, 3)
T = 5


def walked(*layers: Layer, steps: int = T) -> list[op_count.LayerOpCount]:
    parts = tuple(NamedLayer(f"at{k}", layer) for k, layer in enumerate(layers))
    return op_count.count_ops(Sequential(parts), steps)


BETWEEN: dict[str, tuple[Layer, ...]] = {
    "norm": (BatchNorm(FULL),),
    "norm and activation": (LayerNorm(FULL), Activation(FULL)),
    "nothing": (),
}


@pytest.mark.parametrize("between", BETWEEN.values(), ids=BETWEEN)
@pytest.mark.parametrize(
    ("neurons", "whole"), [(DirectLIAF(FULL), ConvLIAF), (DirectLIF(FULL), ConvLIF)]
)
def test_a_convolution_and_its_neurons_apart_are_counted_as_one(
    between: tuple[Layer, ...], neurons: Neurons, whole: Any
) -> None:
    rows = walked(Conv2D(SHAPE, 3), *between, neurons)
    assert rows[0].paper == count_as_printed(whole(SHAPE, 3), T)
    assert [row.paper for row in rows[1:]] == [None] * (len(between) + 1)
    assert [row.exact for row in rows] == [
        count_exact(Conv2D(SHAPE, 3), T),
        *(count_exact(layer, T) for layer in between),
        count_exact(neurons, T),
    ]


def test_behind_a_pooling_the_places_counted_are_the_convolutions() -> None:
    """The block of LIF in Fig. 6: a potential for each of what comes out of the table's layer."""
    rows = walked(Conv2D(SHAPE, 3), LayerNorm(FULL), AveragePool(FULL), DirectLIF(HALF))
    assert rows[0].paper == count_as_printed(ConvLIF(SHAPE, 3), T)


LIF = DirectLIF(FULL)
PATHS: dict[str, tuple[tuple[Layer, ...], bool]] = {
    "neurons": ((LIF,), True),
    "a convolution into neurons": ((ConvLIF(FULL, 3),), True),
    "maxima of spikes": ((LIF, MaxPool(FULL, (1, 1))), True),
    "dropped spikes": ((LIF, Dropout(FULL)), True),
    "analog neurons": ((DirectLIAF(FULL),), False),
    "analog ones behind spikes": ((LIF, DirectLIAF(FULL)), False),
    "means of spikes": ((LIF, AveragePool(FULL, (1, 1))), False),
    "normalised spikes": ((LIF, BatchNorm(FULL)), False),
    "a convolution of spikes": ((LIF, Conv2D(FULL, 3)), False),
    "nothing": ((), False),
    "maxima of frames": ((MaxPool(FULL, (1, 1)),), False),
}


@pytest.mark.parametrize(("below", "spikes"), PATHS.values(), ids=PATHS)
def test_spikes_are_selected_where_they_come_in(below: tuple[Layer, ...], spikes: bool) -> None:
    conv = Conv2D(FULL, 2)
    row = walked(*below, conv)[-1]
    assert row.exact == count_exact(conv, T, spikes=spikes)
    assert (row.exact.muls == 0) == spikes


def test_behind_the_mean_over_time_there_is_one_step() -> None:
    rows = walked(Dense(3, 4), TimeMean((4,)), Dense(4, 2))
    assert [row.exact for row in rows] == [
        OpCount(T * 12, T * 12, 16),
        OpCount(4, (T - 1) * 4, 0),  # a division, and a sum less than there are steps
        OpCount(8, 8, 10),
    ]


COUNTED: dict[str, tuple[Layer, OpCount]] = {
    "batch norm": (BatchNorm(FULL), OpCount(T * 72, T * 72, 6)),
    "activation": (Activation(FULL), OpCount()),
    "dropout": (Dropout(FULL), OpCount()),
    "flatten": (Flatten(FULL), OpCount()),
    "mean over time": (TimeMean(FULL), OpCount(72, 4 * 72, 0)),
}


@pytest.mark.parametrize(("layer", "required"), COUNTED.values(), ids=COUNTED)
def test_layers_without_synapses_count_what_they_do_in_evaluation(
    layer: Layer, required: OpCount
) -> None:
    assert count_exact(layer, T) == required
