"""Tables I and II: the printed formulas beside the equations counted step by step.

Selections are free, Section V.  The tables count the reset (5) of LIAF as the selection
that it is for LIF, so LIAF is counted here as LIF with inputs that are multiplied.
"""

import math
from collections.abc import Callable, Mapping
from itertools import product

from liaf_ref.analysis.op_count import OpCount, count_exact
from liaf_ref.experiments.paper import PrintedNumber
from liaf_ref.layers import (
    GRU,
    LSTM,
    RNN,
    Conv2D,
    Conv3D,
    ConvLIF,
    ConvLSTM,
    DenseLIF,
    Layer,
)
from liaf_ref.report.audit.recomputed import Recomputed, from_ints
from liaf_ref.report.formula import evaluate_formula
from liaf_ref.report.op_counts import TABLE_II_SIZES, K, L

Sizes = Mapping[str, int]
TABLE_I_SIZES: Sizes = {"K": K, "L": L}  # the layers of Table IV
TEMPORAL: dict[str, Callable[[int, int], Layer]] = {
    "liaf": DenseLIF,
    "lif": DenseLIF,
    "rnn": RNN,
    "gru": GRU,
    "lstm": LSTM,
}
SPATIOTEMPORAL: dict[str, Callable[[tuple[int, int, int], int], Layer]] = {
    "liaf": ConvLIF,
    "lif": ConvLIF,
    "conv2d": Conv2D,
    "conv3d": Conv3D,
    "convlstm": ConvLSTM,
}


def table_i(printed: PrintedNumber, sizes: Sizes = TABLE_I_SIZES) -> Recomputed:
    """Count a step of a temporal layer."""
    cell, column = printed.inputs
    layer = TEMPORAL[cell](sizes["K"], sizes["L"])
    return _with_formula(printed, sizes, _select_column(_count_layer(cell, layer, 1), column))


def table_ii(printed: PrintedNumber, sizes: Sizes = TABLE_II_SIZES) -> Recomputed:
    """Count a layer on images, T H W times what one place and step inside costs.

    What one more row, one more column and one more step add together, and none of them
    alone, is one place whose window the borders do not cut.
    """
    cell, column = printed.inputs
    sizes = {**sizes, "R": math.prod(sizes[n] for n in "THWL")}
    sizes["Q"] = math.prod(sizes[n] for n in "IJK")
    if column == "weights":
        return _with_formula(printed, sizes, _count_images(cell, column, sizes))
    inside = 0
    for more in product((0, 1), repeat=3):
        grown = sizes | {n: sizes[n] + one for n, one in zip("THW", more, strict=True)}
        inside += (-1) ** (3 - sum(more)) * _count_images(cell, column, grown)
    return _with_formula(printed, sizes, math.prod(sizes[n] for n in "THW") * inside)


def _count_images(cell: str, column: str, sizes: Sizes) -> int:
    layer = SPATIOTEMPORAL[cell]((sizes["H"], sizes["W"], sizes["K"]), sizes["L"])
    return _select_column(_count_layer(cell, layer, sizes["T"]), column)


def _count_layer(cell: str, layer: Layer, T: int) -> OpCount:
    count = count_exact(layer, T, spikes=cell == "lif")
    apart = layer.neurons.count_params() if layer.neurons is not None else 0
    return OpCount(count.muls, count.adds, count.weights - apart)


def _select_column(count: OpCount, column: str) -> int:
    return {"MULs": count.muls, "ADDs": count.adds, "weights": count.weights}[column]


def _with_formula(printed: PrintedNumber, sizes: Sizes, count: int) -> Recomputed:
    at = ", ".join(f"{n} {sizes[n]}" for n in "THWKL" if n in sizes)
    value = evaluate_formula(printed.value, sizes)
    return from_ints(
        count, explanation=f"counted at {at}; the formula gives {value:,}", printed=str(value)
    )
