"""Operations counted by doing them, and what the tables leave out."""

from itertools import product
from typing import Any

import pytest

from liaf_ref._core.errors import InputError
from liaf_ref.analysis import op_count
from liaf_ref.analysis.op_count import OpCount, count_as_printed, count_exact
from liaf_ref.kernels.grid import causal
from liaf_ref.layers import (
    GRU,
    LSTM,
    RNN,
    AveragePool,
    Conv2D,
    Conv3D,
    ConvLIAF,
    ConvLIF,
    ConvLSTM,
    ConvLSTMCell,
    Dense,
    DenseLIAF,
    DenseLIF,
    DirectLIAF,
    DirectLIF,
    Driven,
    Layer,
    LayerNorm,
    MaxPool,
    PoolingLIAF,
)
from liaf_ref.layers.plain import Pool

SHAPE = (5, 4, 2)
CONVS = {
    "same": Conv2D(SHAPE, 3),
    "without bias": Conv2D(SHAPE, 3, bias=False),
    "every other": Conv2D(SHAPE, 3, (3, 2), (2, 1), ((0, 1), (1, 0))),
    "unpadded": Conv2D(SHAPE, 3, (2, 2), None, ((0, 0), (0, 0))),
    "windows that see nothing": Conv2D(SHAPE, 3, (2, 1), None, ((3, 2), (0, 1))),
    "nothing, without bias": Conv2D(SHAPE, 3, (2, 1), None, ((3, 2), (0, 1)), bias=False),
    "time": Conv3D(SHAPE, 3),
    "time, causal": Conv3D(SHAPE, 3, (2, 3, 3), pad=causal((2, 3, 3))),
}


def literal(layer: Conv2D, T: int) -> tuple[int, int]:
    """Walk every window of every step, and count what is multiplied and added."""
    size = (T, *layer.shape[:2])
    over_time = len(layer.kernel) == 3
    kernel = layer.kernel if over_time else (1, *layer.kernel)
    stride = layer.grid.stride if over_time else (1, *layer.grid.stride)
    pad = layer.grid.pad if over_time else ((0, 0), *layer.grid.pad)
    muls = adds = 0
    for window in product(*map(range, (T, *layer.out_shape))):
        terms = 0
        for tap in product(*map(range, kernel)):
            at = [s * o + k - p[0] for s, o, k, p in zip(stride, window, tap, pad, strict=False)]
            terms += layer.shape[-1] * all(0 <= i < n for i, n in zip(at, size, strict=True))
        muls += terms
        adds += max(terms - 1 + layer.bias, 0) if terms else 0
    return muls, adds


@pytest.mark.parametrize("layer", CONVS.values(), ids=CONVS)
def test_every_product_of_a_convolution_inside_its_borders(layer: Conv2D) -> None:
    assert count_exact(layer, 4) == OpCount(*literal(layer, 4), layer.count_params())


def test_without_borders_and_with_bias_a_convolution_is_as_printed() -> None:
    layer = Conv2D(SHAPE, 3, (2, 2), None, ((0, 0), (0, 0)))
    assert count_exact(layer, 4) == count_as_printed(layer, 4)


K, L, T = 3, 4, 5
NEURONS = 4 * L
LAYERS: dict[str, tuple[Layer, OpCount]] = {
    "Dense": (Dense(K, L), OpCount(K * L, K * L, L * (K + 1))),
    "Dense without bias": (Dense(K, L, bias=False), OpCount(K * L, (K - 1) * L, K * L)),
    "DirectLIAF": (DirectLIAF((L,)), OpCount(3 * L, 5 * L, NEURONS)),
    "DirectLIAF, NTR": (DirectLIAF((L,), mode="NTR"), OpCount(3 * L, 4 * L, NEURONS)),
    "DirectLIF": (DirectLIF((L,)), OpCount(L, 2 * L, NEURONS)),
    "DenseLIAF": (DenseLIAF(K, L), OpCount((K + 3) * L, (K + 5) * L, L * (K + 5))),
    "DenseLIF": (DenseLIF(K, L), OpCount(L, (K + 2) * L, L * (K + 5))),
    "AveragePool": (AveragePool((4, 5, 3)), OpCount(12, 36, 0)),
    "MaxPool": (MaxPool((4, 5, 3)), OpCount()),
    "LayerNorm": (LayerNorm((2, 3, 4)), OpCount(3 * 24 + 2, 4 * 24 - 1, 48)),
    "LayerNorm of L": (LayerNorm((2, 3, 4), 1), OpCount(6 * 14, 6 * 15, 8)),
    "PoolingLIAF": (PoolingLIAF((4, 5, 3)), OpCount(12 + 36, 36 + 60, 12)),
    "AveragePool and LIF": (
        Driven(AveragePool((4, 5, 3)), DirectLIF((2, 2, 3))),
        OpCount(12 + 12, 36 + 24, 12),
    ),
}


@pytest.mark.parametrize(("layer", "count"), LAYERS.values(), ids=LAYERS)
def test_each_step_by_hand(layer: Layer, count: OpCount) -> None:
    assert count_exact(layer) == count
    assert count_exact(layer, T) == OpCount(T * count.muls, T * count.adds, count.weights)


@pytest.mark.parametrize("layer", [RNN(K, L), LSTM(K, L)], ids=["RNN", "LSTM"])
def test_table_i_is_exact_for_these(layer: Layer) -> None:
    assert count_exact(layer, T) == count_as_printed(layer, T)


def test_table_i_forgets_one_subtraction_of_the_gru() -> None:
    printed = count_as_printed(GRU(K, L))
    assert printed is not None
    assert count_exact(GRU(K, L)) == printed + OpCount(adds=L)


def test_convlstm_is_four_convolutions_of_both_and_a_cell() -> None:
    H, W, _ = SHAPE
    drive, own = Conv2D(SHAPE, 12), Conv2D((H, W, 3), 12)
    n = H * W * 3
    (a, b), (c, d) = literal(drive, 1), literal(own, 1)
    cell = count_exact(ConvLSTMCell(3, (H, W)))
    assert cell == OpCount(c + 3 * n, d + n, own.count_params() - 12)  # the bias is the drive's
    assert count_exact(ConvLSTM(SHAPE, 3)) == OpCount(
        a + c + 3 * n, b + d + n, drive.count_params()
    ) + OpCount(weights=cell.weights)


@pytest.mark.parametrize(("make", "each"), [(ConvLIAF, (3, 5)), (ConvLIF, (1, 2))])
def test_a_convolution_into_neurons(make: Any, each: tuple[int, int]) -> None:
    muls, adds = literal(Conv2D(SHAPE, 3), 1)
    n = 5 * 4 * 3
    seen = muls if make is ConvLIAF else 0
    layer = make(SHAPE, 3)
    assert count_exact(layer) == OpCount(
        seen + each[0] * n, adds + each[1] * n, layer.count_params()
    )


def test_a_walk_has_both_counts_beside_each_other() -> None:
    first, norm, second = ConvLIAF(SHAPE, 3), LayerNorm((5, 4, 3)), ConvLIF((5, 4, 3), 2)
    rows = op_count.count_ops([first, norm, second], T)
    assert [row.out_shape for row in rows] == [(5, 4, 3), (5, 4, 3), (5, 4, 2)]
    assert [row.label for row in rows] == [first.label, norm.label, second.label]
    assert [row.paper for row in rows] == [
        count_as_printed(first, T),
        None,
        count_as_printed(second, T),
    ]
    behind_a_norm = count_exact(second, T, spikes=False)
    assert [row.exact for row in rows] == [
        count_exact(first, T),
        count_exact(norm, T),
        behind_a_norm,
    ]
    one, other = count_as_printed(first, T), count_as_printed(second, T)
    assert one is not None
    assert other is not None
    assert op_count.total(row.paper for row in rows) == one + other
    assert op_count.total(row.exact for row in rows).weights == sum(
        layer.count_params() for layer in (first, norm, second)
    )


@pytest.mark.parametrize("count", [count_exact, count_as_printed])
@pytest.mark.parametrize(
    ("layer", "steps", "message"),
    [
        ("Dense", 1, "layer of the cost of a layer: expected a layer, got str 'Dense'"),
        (Dense(3, 4), 0, "T of the cost of a layer: expected an integer >= 1, got 0"),
    ],
)
def test_refusals(count: Any, layer: Any, steps: Any, message: str) -> None:
    with pytest.raises(InputError) as refused:
        count(layer, steps)
    assert str(refused.value).startswith(message)


class Own(Pool):
    kernel_name = "average_pool"


def test_a_layer_of_ones_own_is_refused_not_counted_as_nothing() -> None:
    with pytest.raises(InputError, match=r"expected a layer with an entry, got Own\(\(4, 4, 2\)"):
        count_exact(Own((4, 4, 2)))
