"""The printed figures that depend on layers only: Tables I, II, IV, VII and IX."""

from collections.abc import Callable, Iterator
from math import floor, log10

import pytest

from liaf_ref.analysis.op_count import OpCount, count_as_printed, count_exact, total
from liaf_ref.layers import (
    GRU,
    LSTM,
    RNN,
    Conv2D,
    Conv3D,
    ConvLIAF,
    ConvLIF,
    ConvLSTM,
    DenseLIAF,
    DenseLIF,
    Layer,
)

Make = Callable[[tuple[int, ...], int], Layer]
TABLE_I: dict[
    str, tuple[Callable[[int, int], Layer], int, int, int]
] = {  # of L (K + ...), K = 50, L = 100, for one unit
    "DenseLIAF": (DenseLIAF, 51, 52, 51),
    "DenseLIF": (DenseLIF, 1, 52, 51),
    "RNN": (RNN, 150, 150, 151),
    "GRU": (GRU, 453, 451, 453),
    "LSTM": (LSTM, 603, 601, 604),
}
TABLE_IV = {  # additions, multiplications, weights of a layer, T = 66
    "DenseLIAF": ("3.4e5", "3.3e5", "5.5e3"),
    "DenseLIF": ("3.4e5", "6.6e3", "5.5e3"),
    "RNN": ("9.9e5", "9.9e5", "1.5e4"),
    "GRU": ("2.9e6", "3.0e6", "4.5e4"),
    "LSTM": ("3.9e6", "4.0e6", "6.0e4"),
}
VISION: dict[str, Make] = {
    "Conv2D": Conv2D,
    "Conv3D": Conv3D,
    "ConvLSTM": ConvLSTM,
    "ConvLIAF": ConvLIAF,
    "ConvLIF": ConvLIF,
}
CIFAR10 = ((128, 2, 32), (64, 32, 64), (32, 64, 128), (16, 128, 256), (8, 256, 512))
GESTURE = ((32, 2, 64), (32, 64, 128), (16, 128, 128))  # Table VIII: no pooling after the first
TABLE_VII = {
    "Conv2D": 1_568_288,
    "Conv3D": 4_702_880,
    "ConvLSTM": 18_843_776,
    "ConvLIAF": 1_568_288,
    "ConvLIF": 1_568_288,
}
TABLE_IX = {  # multiplications, additions, weights, T = 60
    "ConvLIAF": OpCount(6_879_313_920, 6_893_076_480, 222_656),
    "ConvLIF": OpCount(13_762_560, 6_893_076_480, 222_656),
    "ConvLSTM": OpCount(81_861_672_960, 81_834_147_840, 2_217_728),
}
PRINTED_IX = {
    "ConvLIAF": ("6.8e9", "6.8e9", "2.2e5"),
    "ConvLIF": ("1.3e7", "6.8e9", "2.2e5"),
    "ConvLSTM": ("8.1e10", "8.1e10", "2.2e6"),
}


def layers(name: str, blocks: tuple[tuple[int, int, int], ...]) -> Iterator[Layer]:
    return (VISION[name]((side, side, K), L) for side, K, L in blocks)


def truncated(n: int) -> str:
    """Two figures, the rest cut off: what most of the paper's tables are."""
    power = floor(log10(n))
    return f"{n // 10 ** (power - 1) / 10}e{power}"


@pytest.mark.parametrize("name", TABLE_I)
def test_table_i(name: str) -> None:
    make, muls, adds, weights = TABLE_I[name]
    assert count_as_printed(make(50, 100)) == OpCount(100 * muls, 100 * adds, 100 * weights)


@pytest.mark.parametrize("name", TABLE_IV)
def test_table_iv(name: str) -> None:
    layer = TABLE_I[name][0](50, 100)
    count = count_as_printed(layer, 66)
    assert count is not None
    adds, muls, weights = TABLE_IV[name]
    rounded = name in {"GRU", "LSTM"}  # the two products of which the table cuts nothing off
    assert truncated(count.adds) == adds
    assert (f"{count.muls:.1e}".replace("e+0", "e") if rounded else truncated(count.muls)) == muls
    assert truncated(count_exact(layer).weights) == weights


@pytest.mark.parametrize(
    ("name", "muls", "adds", "weights"),
    [  # Q = 9 * 2, R = 10 * 8 * 6 * 4
        ("ConvLIAF", 19 * 1920, 20 * 1920, 19 * 4),
        ("ConvLIF", 1920, 20 * 1920, 19 * 4),
        ("Conv2D", 18 * 1920, 18 * 1920, 19 * 4),
        ("Conv3D", 54 * 1920, 54 * 1920, 55 * 4),
        ("ConvLSTM", (4 * (18 + 36) + 3) * 1920, (4 * (18 + 36) + 1) * 1920, 55 * 16),
    ],
)
def test_table_ii(name: str, muls: int, adds: int, weights: int) -> None:
    assert count_as_printed(VISION[name]((8, 6, 2), 4), 10) == OpCount(muls, adds, weights)


@pytest.mark.parametrize("name", TABLE_VII)
def test_weights_of_table_vii(name: str) -> None:
    assert (
        total(count_as_printed(layer) for layer in layers(name, CIFAR10)).weights == TABLE_VII[name]
    )
    neurons = 4 * 992 if "LI" in name else 0  # Channel-Sharing: "counted in weights"
    assert sum(layer.count_params() for layer in layers(name, CIFAR10)) == TABLE_VII[name] + neurons


def test_operations_of_table_vii_do_not_come_out_of_table_ii() -> None:
    """But for ConvLSTM's, which are large enough to hide what else was counted."""
    counts = {
        name: total(count_as_printed(layer, 10) for layer in layers(name, CIFAR10))
        for name in VISION
    }
    assert truncated(counts["ConvLSTM"].muls) == "4.2e10"
    assert f"{counts['ConvLSTM'].adds:.1e}" == "4.3e+10"
    printed = {"Conv2D": (3.3e9, 3.8e9), "Conv3D": (9.5e9, 1.0e10), "ConvLIAF": (3.3e9, 3.8e9)}
    for name, (muls, adds) in (printed | {"ConvLIF": (2.1e8, 3.8e9)}).items():
        assert counts[name].muls < 0.985 * muls
        assert counts[name].adds < 0.985 * adds


@pytest.mark.parametrize("name", TABLE_IX)
def test_table_ix(name: str) -> None:
    count = total(count_as_printed(layer, 60) for layer in layers(name, GESTURE))
    assert count == TABLE_IX[name]
    printed = tuple(truncated(n) for n in (count.muls, count.adds, count.weights))
    assert printed == PRINTED_IX[name]
