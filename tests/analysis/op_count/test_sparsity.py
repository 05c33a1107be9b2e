"""What is left of the count where zeros are not worked on, by walking every window."""

from itertools import product

import numpy as np
import pytest

from liaf_ref.analysis.op_count import OpCount, count_exact, measure_sparsity
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import causal
from liaf_ref.layers import (
    REFERENCE,
    Activation,
    Conv2D,
    Conv3D,
    Dense,
    DenseLIF,
    DirectLIF,
    Flatten,
    Layer,
    LayerNorm,
    NamedLayer,
    Sequential,
)
from liaf_ref.networks import ConvBlock, NetworkConfig, gesture_network

B, T, SHAPE = 2, 4, (5, 4, 2)
SYNAPSES: dict[str, Conv2D | Dense] = {
    "same": Conv2D(SHAPE, 3),
    "without bias": Conv2D(SHAPE, 3, bias=False),
    "every other": Conv2D(SHAPE, 3, (3, 2), (2, 1), ((0, 1), (1, 0))),
    "unpadded": Conv2D(SHAPE, 3, (2, 2), None, ((0, 0), (0, 0)), bias=False),
    "time": Conv3D(SHAPE, 3),
    "time, causal, without bias": Conv3D(SHAPE, 3, (2, 3, 3), pad=causal((2, 3, 3)), bias=False),
    "dense": Dense(6, 3),
    "dense without bias": Dense(6, 3, bias=False),
}


def sparse(shape: tuple[int, ...], binary: bool = False) -> Array:
    """Three quarters zeros, and the rest of it not ones."""
    rng = np.random.default_rng(5)
    X = (rng.random(shape) < 0.25).astype(float)
    return X if binary else X * rng.normal(size=shape)


def sums(layer: Conv2D | Dense, X: Array) -> list[int]:
    """How many inputs that are not zero each output of one sample sees, channel by channel."""
    if isinstance(layer, Dense):
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


def literal(layer: Conv2D | Dense, X: Array) -> tuple[int, int]:
    """Products and sums of a sample on average; without a bias the first term is no sum."""
    counts = [count for sample in X for count in sums(layer, sample)]
    adds = sum(count if layer.bias else max(count - 1, 0) for count in counts)
    return round(sum(counts) / len(X)), round(adds / len(X))


def only(layer: Layer, X: Array) -> tuple[OpCount, OpCount]:
    """Full and effective count of a layer on its own."""
    chain = Sequential((NamedLayer("only", layer),))
    (row,) = measure_sparsity(chain, chain.init(np.random.default_rng(0)), X, REFERENCE)
    return row.dense, row.effective


@pytest.mark.parametrize("layer", SYNAPSES.values(), ids=SYNAPSES)
def test_every_product_with_what_is_not_zero(layer: Conv2D | Dense) -> None:
    X = sparse((B, T, *layer.in_shape))
    full, effective = only(layer, X)
    assert full == count_exact(layer, T)
    assert effective == OpCount(*literal(layer, X), layer.count_params())
    assert effective.muls < 0.4 * full.muls


@pytest.mark.parametrize("layer", SYNAPSES.values(), ids=SYNAPSES)
def test_spikes_are_selected(layer: Conv2D | Dense) -> None:
    X = sparse((B, T, *layer.in_shape), binary=True)
    full, effective = only(layer, X)
    assert full == count_exact(layer, T, spikes=True)
    assert effective == OpCount(0, literal(layer, X)[1], layer.count_params())


@pytest.mark.parametrize("layer", SYNAPSES.values(), ids=SYNAPSES)
def test_where_nothing_is_zero_nothing_is_saved(layer: Conv2D | Dense) -> None:
    full, effective = only(layer, np.full((B, T, *layer.in_shape), 2.0))
    assert effective == full


@pytest.mark.parametrize("layer", SYNAPSES.values(), ids=SYNAPSES)
def test_where_all_is_zero_all_is_saved(layer: Conv2D | Dense) -> None:
    assert only(layer, np.zeros((B, T, *layer.in_shape)))[1] == OpCount(0, 0, layer.count_params())


def test_what_is_no_synapse_works_on_zeros_too() -> None:
    full, effective = only(LayerNorm(SHAPE), sparse((B, T, *SHAPE)))
    assert full == effective == count_exact(LayerNorm(SHAPE), T)


def test_shares_are_those_of_inputs_and_outputs() -> None:
    chain = Sequential(
        (
            NamedLayer("relu", Activation(SHAPE)),
            NamedLayer("flat", Flatten(SHAPE)),
            NamedLayer("lif", DenseLIF(40, 3, v_th=0.1)),
        )
    )
    p, X = chain.init(np.random.default_rng(0)), sparse((B, T, *SHAPE))
    rows = measure_sparsity(chain, p, X, REFERENCE)
    assert [row.prefix for row in rows] == ["relu", "flat", "lif", "lif"]
    assert [row.label for row in rows] == [layer.label for _, layer in chain.stages]
    positive = np.maximum(X, 0)
    spikes = chain.forward(p, X)[0]
    assert rows[0].input_density == np.count_nonzero(X) / X.size
    assert rows[0].output_density == rows[1].input_density == np.count_nonzero(positive) / X.size
    assert 0 < rows[3].output_density == spikes.mean() < 1
    assert rows[2].effective.muls == np.count_nonzero(positive) * 3 / B


def test_a_layer_above_spikes_selects_and_one_above_their_mean_does_not() -> None:
    setting = NetworkConfig(
        "tiny", (4, 4, 2), 3, (ConvBlock(2, (2, 2)), ConvBlock(2, None)), (3,), 3
    )
    net = gesture_network("lif", network_config=setting)
    X = np.random.default_rng(1).normal(size=(B, 3, 4, 4, 2))
    p = net.init(np.random.default_rng(0), np.float64) | net.initial_running_stats(np.float64)
    rows = measure_sparsity(net.sequential, p, X, REFERENCE)
    muls = {
        row.prefix: row.dense.muls for row in rows if "conv" in row.prefix or "dense" in row.prefix
    }
    assert muls["conv1"] > 0
    assert [muls[name] for name in ("conv2", "dense3", "dense4")] == [0, 0, 0]


def test_two_samples_count_as_one_on_average() -> None:
    layer = Conv2D(SHAPE, 3)
    X = sparse((1, T, *SHAPE))
    assert only(layer, np.concatenate((X, np.zeros_like(X))))[1].muls == round(
        only(layer, X)[1].muls / 2
    )


def test_neurons_have_one_count_whatever_they_see() -> None:
    layer = DirectLIF((3,))
    full, effective = only(layer, np.zeros((B, T, 3)))
    assert full == effective == count_exact(layer, T)
