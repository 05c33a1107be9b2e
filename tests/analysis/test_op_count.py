"""Operations counted: by hand, by numbers that count, without zeros, and layer by layer."""

import json
import math
from collections.abc import Callable
from itertools import product
from typing import Any, Union

import numpy as np
import pytest

from liaf_ref import layers
from liaf_ref.analysis import op_count
from liaf_ref.analysis.op_count import OpCount, count_as_printed, count_exact, measure_sparsity
from liaf_ref.kernels import average_pool, conv, convlstm, dense, gru, lstm, neuron, rnn
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import causal
from liaf_ref.kernels.pair import Pair
from liaf_ref.layers.plain import Pool
from liaf_ref.networks import SequenceClassifier, summary

SHAPE, FULL, HALF = (5, 4, 2), (6, 4, 3), (3, 2, 3)
K, L, T = 3, 4, 5
NEURONS = 4 * L
NONE = OpCount()
LAYERS: dict[str, tuple[layers.Layer, OpCount]] = {  # each step
    "DirectLIAF": (layers.DirectLIAF((L,)), OpCount(3 * L, 5 * L, NEURONS)),
    "DirectLIF": (layers.DirectLIF((L,)), OpCount(L, 2 * L, NEURONS)),
    "DenseLIAF": (layers.DenseLIAF(K, L), OpCount((K + 3) * L, (K + 5) * L, L * (K + 5))),
    "DenseLIF": (layers.DenseLIF(K, L), OpCount(L, (K + 2) * L, L * (K + 5))),
    "MaxPool": (layers.MaxPool((4, 5, 3)), NONE),
    "LayerNorm": (layers.LayerNorm((2, 3, 4)), OpCount(3 * 24 + 2, 4 * 24 - 1, 48)),
    "LayerNorm of L": (layers.LayerNorm((2, 3, 4), 1), OpCount(6 * 14, 6 * 15, 8)),
    "BatchNorm": (layers.BatchNorm(FULL), OpCount(72, 72, 6)),
    "Activation": (layers.Activation(FULL), NONE),
    "Dropout": (layers.Dropout(FULL), NONE),
    "SynapticCurrent": (layers.SynapticCurrent(FULL), OpCount(72, 72, 3)),
    "Flatten": (layers.Flatten(FULL), NONE),
    "PoolingLIAF": (layers.PoolingLIAF((4, 5, 3)), OpCount(12 + 36, 36 + 60, 12)),
    "AveragePool and LIF": (
        layers.Driven(layers.AveragePool((4, 5, 3)), layers.DirectLIF((2, 2, 3))),
        OpCount(12 + 12, 36 + 24, 12),
    ),
}


@pytest.mark.parametrize(("layer", "count"), LAYERS.values(), ids=LAYERS)
def test_each_step_by_hand(layer: layers.Layer, count: OpCount) -> None:
    assert count_exact(layer) == count
    assert count_exact(layer, T) == OpCount(T * count.muls, T * count.adds, count.weights)


def walked(*parts: layers.Layer) -> list[op_count.LayerOpCount]:
    named = tuple(layers.NamedLayer(f"at{k}", layer) for k, layer in enumerate(parts))
    return op_count.count_ops(layers.Sequential(named), T)


def test_a_walk_has_both_counts_beside_each_other() -> None:
    parts = layers.ConvLIAF((6, 4, 2), 3), layers.LayerNorm(FULL), layers.ConvLIF(FULL, 2)
    rows = op_count.count_ops(parts, T)
    assert [(row.out_shape, row.label) for row in rows] == [(x.out_shape, x.label) for x in parts]
    assert [row.paper for row in rows] == [
        *(count_as_printed(parts[0], T), None, count_as_printed(parts[2], T)),
    ]
    behind_a_norm = count_exact(parts[2], T, spikes=False)
    assert [row.exact for row in rows] == [
        *(count_exact(part, T) for part in parts[:2]),
        behind_a_norm,
    ]
    first, _, last = (row.paper or NONE for row in rows)
    assert op_count.total(row.paper for row in rows) == first + last
    weights = sum(layer.count_params() for layer in parts)
    assert op_count.total(row.exact for row in rows).weights == weights


class Own(Pool):
    kernel_name = "average_pool"


def test_a_layer_of_ones_own_is_not_counted_and_so_is_the_sum() -> None:
    assert math.isnan(count_exact(Own((4, 4, 2))).adds)
    net = SequenceClassifier([Own((4, 4, 2)), layers.Flatten((2, 2, 2)), layers.Dense(8, 3)], T=2)
    table = summary(net)
    assert [line.count("not counted") for line in str(table).splitlines()[2:6]] == [2, 0, 0, 2]
    document = json.loads(json.dumps(table.to_dict(), allow_nan=False))
    assert document["exact"] == {"muls": None, "adds": None, "weights": 27}


done = {"muls": 0, "adds": 0}


class Tally:
    """A number without a value; zeros, of padding and of sums that begin, cost nothing."""

    def __mul__(self, other: Union["Tally", int]) -> Union["Tally", int]:
        if isinstance(other, int) and other == 0:
            return 0
        done["muls"] += 1
        return self

    def __add__(self, other: Union["Tally", int]) -> "Tally":
        if isinstance(other, Tally) or other != 0:
            done["adds"] += 1
        return self

    __rmul__ = __truediv__ = __mul__
    __radd__ = __sub__ = __rsub__ = __add__


def numbers(*shape: int) -> Array:
    array = np.empty(shape, object)
    array[...] = Tally()
    return array


free = Pair(lambda x: numbers(*x.shape), lambda x: numbers(*x.shape))  # looked up
IMAGE = (5, 4, K)


def run_conv(layer: layers.Conv2D, *time: int) -> Callable[[], Any]:
    W, b = (numbers(*shape) for shape in layer.param_shapes().values())
    return lambda: conv.forward(numbers(1, *time, *IMAGE), conv.Params(W, b), layer.grid)


def drive(gates: int, *size: int) -> Array:
    return numbers(1, T, *size, gates * L)


CONV, CONV3D, CAUSAL = (
    layers.Conv2D(IMAGE, L),
    layers.Conv3D(IMAGE, L),
    layers.Conv3D(IMAGE, L, pad=causal((3, 3, 3))),
)
STATE = numbers(1, *IMAGE[:2], L), numbers(1, *IMAGE[:2], L)
CASES: dict[str, tuple[layers.Layer, Callable[[], Any]]] = {
    "Dense": (
        layers.Dense(K, L),
        lambda: dense.forward(numbers(1, T, K), dense.Params(numbers(K, L), numbers(L))),
    ),
    "Conv2D": (CONV, run_conv(CONV, T)),
    "Conv3D": (CONV3D, run_conv(CONV3D, T)),
    "Conv3D, causal": (CAUSAL, run_conv(CAUSAL, T)),
    "RNN": (layers.ElmanCell(L), lambda: rnn.forward(drive(1), numbers(1, L), numbers(L, L), free)),
    "LSTM": (
        layers.LSTMCell(L),
        lambda: lstm.forward(
            drive(4), numbers(1, L), numbers(1, L), numbers(L, 4 * L), free, free, free
        ),
    ),
    "GRU": (
        layers.GRUCell(L),
        lambda: gru.forward(drive(3), numbers(1, L), numbers(L, 3 * L), free, free),
    ),
    "AveragePool": (
        layers.AveragePool(IMAGE),
        lambda: average_pool.forward(numbers(1, T, *IMAGE), (2, 2), (2, 2)),
    ),
    "ConvLSTM": (
        layers.ConvLSTMCell(L, IMAGE[:2]),
        lambda: convlstm.forward(
            drive(4, *IMAGE[:2]), *STATE, numbers(3, 3, L, 4 * L), free, free, free
        ),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_as_many_operations_as_the_kernel_does(name: str) -> None:
    layer, run = CASES[name]
    done.update(muls=0, adds=0)
    run()
    count = count_exact(layer, T)
    assert done == {"muls": count.muls, "adds": count.adds}


def test_neurons_are_as_the_kernel_but_for_the_comparison_it_writes_as_a_difference() -> None:
    p = neuron.Params(*(numbers(L) for _ in range(4)))
    done.update(muls=0, adds=0)
    neuron.forward(numbers(1, T, L), numbers(1, L), p, free, free, neuron.NTR)
    count = count_exact(layers.DirectLIAF((L,), mode="NTR"), T)
    assert done == {"muls": count.muls, "adds": count.adds + T * L}  # (4)
    assert (
        count_exact(layers.DirectLIAF((L,)), T).adds == count.adds + T * L
    )  # (8) reads the difference


B = 2
SYNAPSES: dict[str, layers.Conv2D | layers.Dense] = {
    "same": layers.Conv2D(SHAPE, 3),
    "without bias": layers.Conv2D(SHAPE, 3, bias=False),
    "every other": layers.Conv2D(SHAPE, 3, (3, 2), (2, 1), ((0, 1), (1, 0))),
    "unpadded": layers.Conv2D(SHAPE, 3, (2, 2), None, ((0, 0), (0, 0)), bias=False),
    "time": layers.Conv3D(SHAPE, 3),
    "time, causal, without bias": layers.Conv3D(
        SHAPE, 3, (2, 3, 3), pad=causal((2, 3, 3)), bias=False
    ),
    "windows that see nothing": layers.Conv2D(SHAPE, 3, (2, 1), None, ((3, 2), (0, 1))),
    "nothing, no bias": layers.Conv2D(SHAPE, 3, (2, 1), None, ((3, 2), (0, 1)), bias=False),
    "dense": layers.Dense(6, 3),
    "dense without bias": layers.Dense(6, 3, bias=False),
}


def sparse(shape: tuple[int, ...], binary: bool = False) -> Array:
    """Three quarters zeros, and the rest of it not ones."""
    rng = np.random.default_rng(5)
    X = (rng.random(shape) < 0.25).astype(float)
    return X if binary else X * rng.normal(size=shape)


def sums(layer: layers.Conv2D | layers.Dense, X: Array) -> list[int]:
    """How many inputs that are not zero each output of one sample sees, channel by channel."""
    if isinstance(layer, layers.Dense):
        return [int(np.count_nonzero(row)) for row in X for _ in range(layer.L)]
    over_time = len(layer.kernel) == 3
    kernel = layer.kernel if over_time else (1, *layer.kernel)
    stride = layer.grid.stride if over_time else (1, *layer.grid.stride)
    pad = layer.grid.pad if over_time else ((0, 0), *layer.grid.pad)
    seen = []
    for window in product(*map(range, (len(X), *layer.out_shape))):
        count = 0
        for tap in product(*map(range, kernel)):
            at = [s * o + k - p[0] for s, o, k, p in zip(stride, window, tap, pad, strict=False)]
            if all(0 <= i < n for i, n in zip(at, X.shape, strict=False)):
                count += int(np.count_nonzero(X[tuple(at)]))
        seen.append(count)
    return seen


def nonzero(layer: layers.Conv2D | layers.Dense, X: Array) -> tuple[int, int]:
    """Products and sums of a sample on average; without a bias the first term is no sum."""
    counts = [count for sample in X for count in sums(layer, sample)]
    adds = sum(count if layer.bias else max(count - 1, 0) for count in counts)
    return round(sum(counts) / len(X)), round(adds / len(X))


def only(layer: layers.Layer, X: Array) -> tuple[OpCount, OpCount]:
    """Full and effective count of a layer on its own."""
    chain = layers.Sequential((layers.NamedLayer("only", layer),))
    (row,) = measure_sparsity(chain, chain.init(np.random.default_rng(0)), X, layers.REFERENCE)
    return row.dense, row.effective


@pytest.mark.parametrize("layer", SYNAPSES.values(), ids=SYNAPSES)
def test_every_product_with_what_is_not_zero(layer: layers.Conv2D | layers.Dense) -> None:
    X = sparse((B, T, *layer.in_shape))
    full, effective = only(layer, X)
    inside = nonzero(layer, np.ones((1, T, *layer.in_shape)))  # its borders
    assert full == count_exact(layer, T) == OpCount(*inside, layer.count_params())
    assert effective == OpCount(*nonzero(layer, X), layer.count_params())
    assert effective.muls < 0.4 * full.muls


@pytest.mark.parametrize("layer", SYNAPSES.values(), ids=SYNAPSES)
def test_spikes_are_selected(layer: layers.Conv2D | layers.Dense) -> None:
    X = sparse((B, T, *layer.in_shape), binary=True)
    full, effective = only(layer, X)
    assert full == count_exact(layer, T, spikes=True)
    assert effective == OpCount(0, nonzero(layer, X)[1], layer.count_params())


def test_shares_are_those_of_inputs_and_outputs() -> None:
    chain = layers.Sequential(
        (
            layers.NamedLayer("relu", layers.Activation(SHAPE)),
            layers.NamedLayer("flat", layers.Flatten(SHAPE)),
            layers.NamedLayer("lif", layers.DenseLIF(40, 3, v_th=0.1)),
        )
    )
    p, X = chain.init(np.random.default_rng(0)), sparse((B, T, *SHAPE))
    rows = measure_sparsity(chain, p, X, layers.REFERENCE)
    assert [row.prefix for row in rows] == ["relu", "flat", "lif", "lif"]
    assert [row.label for row in rows] == [layer.label for _, layer in chain.stages]
    positive = np.maximum(X, 0)
    spikes = chain.forward(p, X)[0]
    assert rows[0].input_density == np.count_nonzero(X) / X.size
    assert rows[0].output_density == rows[1].input_density == np.count_nonzero(positive) / X.size
    assert 0 < rows[3].output_density == spikes.mean() < 1
    assert rows[2].effective.muls == round(np.count_nonzero(positive) * 3 / B)


# Layer by layer: synapses and neurons apart, and where spikes come in.


BETWEEN: dict[str, tuple[layers.Layer, ...]] = {
    "norm": (layers.BatchNorm(FULL),),
    "norm and activation": (layers.LayerNorm(FULL), layers.Activation(FULL)),
    "nothing": (),
}


@pytest.mark.parametrize("between", BETWEEN.values(), ids=BETWEEN)
@pytest.mark.parametrize(
    ("neurons", "whole"),
    [(layers.DirectLIAF(FULL), layers.ConvLIAF), (layers.DirectLIF(FULL), layers.ConvLIF)],
)
def test_a_convolution_and_its_neurons_apart_are_counted_as_one(
    between: tuple[layers.Layer, ...], neurons: layers.Neurons, whole: Any
) -> None:
    rows = walked(layers.Conv2D((6, 4, 2), 3), *between, neurons)
    assert rows[0].paper == count_as_printed(whole((6, 4, 2), 3), T)
    assert [row.paper for row in rows[1:]] == [None] * (len(between) + 1)
    assert [row.exact for row in rows] == [
        count_exact(layers.Conv2D((6, 4, 2), 3), T),
        *(count_exact(layer, T) for layer in between),
        count_exact(neurons, T),
    ]


def test_behind_a_pooling_the_places_counted_are_the_convolutions() -> None:
    """The block of LIF in Fig. 6: a potential for each of what comes out of the table's layer."""
    conv, pool = layers.Conv2D((6, 4, 2), 3), layers.AveragePool(FULL)
    rows = walked(conv, layers.LayerNorm(FULL), pool, layers.DirectLIF(HALF))
    assert rows[0].paper == count_as_printed(layers.ConvLIF((6, 4, 2), 3), T)


LIF = layers.DirectLIF(FULL)
PATHS: dict[str, tuple[tuple[layers.Layer, ...], bool]] = {
    "neurons": ((LIF,), True),
    "a convolution into neurons": ((layers.ConvLIF(FULL, 3),), True),
    "maxima of spikes": ((LIF, layers.MaxPool(FULL, (1, 1))), True),
    "dropped spikes": ((LIF, layers.Dropout(FULL)), True),
    "analog neurons": ((layers.DirectLIAF(FULL),), False),
    "analog ones behind spikes": ((LIF, layers.DirectLIAF(FULL)), False),
    "means of spikes": ((LIF, layers.AveragePool(FULL, (1, 1))), False),
    "normalised spikes": ((LIF, layers.BatchNorm(FULL)), False),
    "a convolution of spikes": ((LIF, layers.Conv2D(FULL, 3)), False),
    "nothing": ((), False),
    "maxima of frames": ((layers.MaxPool(FULL, (1, 1)),), False),
}


@pytest.mark.parametrize(("below", "spikes"), PATHS.values(), ids=PATHS)
def test_spikes_are_selected_where_they_come_in(
    below: tuple[layers.Layer, ...], spikes: bool
) -> None:
    conv = layers.Conv2D(FULL, 2)
    row = walked(*below, conv)[-1]
    assert row.exact == count_exact(conv, T, spikes=spikes)
    assert (row.exact.muls == 0) == spikes


def test_behind_the_mean_over_time_there_is_one_step() -> None:
    rows = walked(layers.Dense(3, 4), layers.TimeMean((4,)), layers.Dense(4, 2))
    assert [row.exact for row in rows] == [
        OpCount(T * 12, T * 12, 16),
        OpCount(4, (T - 1) * 4, 0),  # a division, and a sum less than there are steps
        OpCount(8, 8, 10),
    ]
