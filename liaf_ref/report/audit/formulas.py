"""Compare the printed formulas of Tables I and II with counts of the layers."""

import ast
import math
import operator
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
    ConvLIAF,
    ConvLIF,
    ConvLSTM,
    DenseLIAF,
    DenseLIF,
    Layer,
)
from liaf_ref.report.audit.recomputed import Recomputed, from_ints

Sizes = Mapping[str, int]
TABLE_I_SIZES: Sizes = {"K": 50, "L": 100}  # the layers of Table IV
TABLE_II_SIZES: Sizes = {"T": 10, "H": 16, "W": 16, "K": 32, "L": 64, "I": 3, "J": 3, "U": 3}
TEMPORAL_LAYERS: dict[str, Callable[[int, int], Layer]] = {
    "liaf": DenseLIAF,
    "lif": DenseLIF,
    "rnn": RNN,
    "gru": GRU,
    "lstm": LSTM,
}
SPATIOTEMPORAL_LAYERS: dict[str, Callable[[tuple[int, int, int], int], Layer]] = {
    "liaf": ConvLIAF,
    "lif": ConvLIF,
    "conv2d": Conv2D,
    "conv3d": Conv3D,
    "convlstm": ConvLSTM,
}
OPERATORS = {ast.Add: operator.add, ast.Mult: operator.mul}


def evaluate_formula(formula: str, values: Sizes) -> int:
    """Evaluate a printed formula of sums and products of names and integers."""

    def value(node: ast.expr) -> int:
        match node:
            case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
                result: int = OPERATORS[type(op)](value(left), value(right))
                return result
            case ast.Name(id=name):
                return values[name]
            case ast.Constant(value=int(number)):
                return number
        raise ValueError(f"expected a formula of + and *, got {formula!r}")

    return value(ast.parse(formula, mode="eval").body)


def table_i(printed: PrintedNumber, sizes: Sizes = TABLE_I_SIZES) -> Recomputed:
    """Count one step of a temporal layer."""
    cell, column = printed.inputs
    layer = TEMPORAL_LAYERS[_counted_as(cell)](sizes["K"], sizes["L"])
    return _with_formula(printed, sizes, _count(cell, layer, 1, column))


def table_ii(printed: PrintedNumber, sizes: Sizes = TABLE_II_SIZES) -> Recomputed:
    """Count a layer on images: T H W times the count of one step at one inner pixel."""
    cell, column = printed.inputs
    sizes = with_products(sizes)
    if column == "weights":
        return _with_formula(printed, sizes, _count_images(cell, column, sizes))
    # The mixed difference over one more row, column and step is the count of one pixel whose window
    # is not cut by the border.
    inside = 0
    for more in product((0, 1), repeat=3):
        grown = sizes | {n: sizes[n] + one for n, one in zip("THW", more, strict=True)}
        inside += (-1) ** (3 - sum(more)) * _count_images(cell, column, grown)
    return _with_formula(printed, sizes, math.prod(sizes[n] for n in "THW") * inside)


def with_products(sizes: Sizes) -> dict[str, int]:
    """The sizes of Table II with its named products R and Q."""
    R, Q = (math.prod(sizes[n] for n in names) for names in ("THWL", "IJK"))
    return {**sizes, "R": R, "Q": Q}


def _counted_as(cell: str) -> str:
    """LIAF is counted as LIF: the tables count the reset (5) as a selection, which is free."""
    return "lif" if cell == "liaf" else cell


def _count_images(cell: str, column: str, sizes: Sizes) -> int:
    shape = sizes["H"], sizes["W"], sizes["K"]
    layer = SPATIOTEMPORAL_LAYERS[_counted_as(cell)](shape, sizes["L"])
    return _count(cell, layer, sizes["T"], column)


def _count(cell: str, layer: Layer, T: int, column: str) -> int:
    count = count_exact(layer, T, spikes=cell == "lif")
    neurons = layer.neurons.count_params() if layer.neurons is not None else 0
    return by_column(OpCount(count.muls, count.adds, count.weights - neurons))[column]


def by_column(count: OpCount) -> dict[str, int]:
    """A count by the column titles of the tables."""
    return {"MULs": count.muls, "ADDs": count.adds, "weights": count.weights}


def _with_formula(printed: PrintedNumber, sizes: Sizes, count: int) -> Recomputed:
    at = ", ".join(f"{n} {sizes[n]}" for n in "THWKL" if n in sizes)
    value = evaluate_formula(printed.value, sizes)
    explanation = f"counted at {at}; the formula gives {value:,}"
    return from_ints(count, explanation=explanation, printed=str(value))
