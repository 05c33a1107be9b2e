"""Count operations and weights of layers and networks; tell whether a number is the printed one.

A number agrees with the printed one if that is the number rounded, or truncated.
"""

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal, localcontext
from fractions import Fraction
from functools import cache

from liaf_ref import layers
from liaf_ref.analysis import op_count
from liaf_ref.analysis.op_count import OpCount
from liaf_ref.layers import Layer
from liaf_ref.networks.registry import create_network

ROUNDED, TRUNCATED, MISMATCH, NOT_RECOMPUTED = "rounded", "truncated", "neither", "not recomputed"
SEPARATOR = re.compile(r", | x ")  # separates the numbers of `3 x 3` or `32, 64`
Sizes = Mapping[str, int]
TABLE_I_SIZES: Sizes = {"K": 50, "L": 100}  # the layers of Table IV
TABLE_II_SIZES: Sizes = {"T": 10, "H": 16, "W": 16, "K": 32, "L": 64, "I": 3, "J": 3, "U": 3}
TEMPORAL_LAYERS: dict[str, Callable[[int, int], Layer]] = {
    "liaf": layers.DenseLIAF,
    "lif": layers.DenseLIF,
    "rnn": layers.RNN,
    "gru": layers.GRU,
    "lstm": layers.LSTM,
}
SPATIOTEMPORAL_LAYERS: dict[str, Callable[[tuple[int, int, int], int], Layer]] = {
    "liaf": layers.ConvLIAF,
    "lif": layers.ConvLIF,
    "conv2d": layers.Conv2D,
    "conv3d": layers.Conv3D,
    "convlstm": layers.ConvLSTM,
}
OPERATIONS = ("MULs", "ADDs", "weights")
FORMULA_OPERATORS = {ast.Add: operator.add, ast.Mult: operator.mul}
DIGITS = 60  # more than any printed number needs


def with_products(sizes: Sizes) -> dict[str, int]:
    """The sizes of Table II with its named products R and Q."""
    R, Q = (math.prod(sizes[n] for n in names) for names in ("THWL", "IJK"))
    return {**sizes, "R": R, "Q": Q}


FORMULA_SIZES: Mapping[str, Sizes] = {"I": TABLE_I_SIZES, "II": with_products(TABLE_II_SIZES)}


@cache
def computed_counts(table: str, cell: str) -> dict[str, int]:
    """Count a row of a table by the rules of the paper; return the counts by column."""
    if table in FORMULA_SIZES:
        layer, T = formula_layer(table, cell, FORMULA_SIZES[table])
        return by_column(op_count.count_as_printed(layer, T) or OpCount())
    if table == "IV":  # Fig. 5's temporal layer
        net = create_network(f"babi-{cell}")
        layer_count = op_count.count_ops(net, net.steps)[1]
        columns = by_column(layer_count.paper or OpCount())
        columns["weights"] = layer_count.exact.weights
        return columns | {"weights of the network": net.count_params()}
    name, parts = ("cifar10-dvs", ("conv", "node")) if table == "VII" else ("gesture", ("conv",))
    net = create_network(f"{name}-{cell}")
    found = [row for row in op_count.count_ops(net, net.steps) if row.prefix.startswith(parts)]
    columns = by_column(op_count.total(row.paper for row in found))
    if table == "VII":
        columns["weights"] = sum(row.exact.weights for row in found)  # with the neurons', its note
        return columns
    return columns | {"neurons": sum(math.prod(row.out_shape) for row in found)}


def formula_layer(table: str, cell: str, sizes: Sizes) -> tuple[Layer, int]:
    """A layer of Table I or II, and the number of steps it is counted for."""
    if table == "I":
        return TEMPORAL_LAYERS[cell](sizes["K"], sizes["L"]), 1
    shape = sizes["H"], sizes["W"], sizes["K"]
    return SPATIOTEMPORAL_LAYERS[cell](shape, sizes["L"]), sizes["T"]


def by_column(count: OpCount) -> dict[str, int]:
    """A count by the column titles of the tables."""
    return {"MULs": count.muls, "ADDs": count.adds, "weights": count.weights}


def evaluate_formula(formula: str, values: Sizes) -> int:
    """Evaluate a printed formula of sums and products of names and integers."""

    def value(node: ast.expr) -> int:
        match node:
            case ast.BinOp(left=left, op=op, right=right) if type(op) in FORMULA_OPERATORS:
                result: int = FORMULA_OPERATORS[type(op)](value(left), value(right))
                return result
            case ast.Name(id=name):
                return values[name]
            case ast.Constant(value=int(number)):
                return number
        raise ValueError(f"expected a formula of + and *, got {formula!r}")

    return value(ast.parse(formula, mode="eval").body)


def classify_agreement(printed: str, values: Sequence[Fraction]) -> tuple[str, bool]:
    """Return how ``values`` agree with the printed numbers, and whether truncation does."""
    texts = SEPARATOR.split(printed)
    if len(texts) != len(values):
        return MISMATCH, False
    ways = [matches_printed(text, value) for text, value in zip(texts, values, strict=True)]
    rounded, truncated = (all(way[k] for way in ways) for k in (0, 1))
    return (ROUNDED if rounded else TRUNCATED if truncated else MISMATCH), truncated


def matches_printed(printed: str, value: Fraction) -> tuple[bool, bool]:
    """Whether the printed number is ``value`` rounded, and whether it is ``value`` truncated."""
    expected = Decimal(printed)
    with localcontext(prec=DIGITS):
        exact = Decimal(value.numerator) / value.denominator
        found = []
        for rounding in (ROUND_HALF_UP, ROUND_HALF_EVEN, ROUND_DOWN):
            if "e" in printed:  # so many digits, and otherwise so many decimals
                rounded = Context(len(expected.as_tuple().digits), rounding).plus(exact)
            else:
                rounded = exact.quantize(expected, rounding)
            found.append(rounded == expected)
    return found[0] or found[1], found[2]


def truncation_range(printed: str) -> tuple[Fraction, Fraction]:
    """The half-open interval of positive numbers that truncate to the printed one."""
    last = Fraction(10) ** int(Decimal(printed).as_tuple().exponent)
    return Fraction(printed), Fraction(printed) + last


def format_fixed(value: Fraction, places: int) -> str:
    """Format with ``places`` decimals and thousands separators."""
    return f"{Decimal(value.numerator) / value.denominator:z,.{places}f}"


def format_trimmed(value: Fraction, places: int) -> str:
    """As :func:`format_fixed`, without trailing zeros."""
    text = format_fixed(value, places)
    return text.rstrip("0").rstrip(".") if "." in text else text
