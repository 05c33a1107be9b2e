"""Tables I, II, IV, VII and IX: the printed figures beside those that come out of the networks."""

import math
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import NamedTuple

from liaf_ref.analysis import op_count
from liaf_ref.analysis.op_count import OpCount
from liaf_ref.experiments import paper
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
from liaf_ref.networks.registry import create_network
from liaf_ref.report.formula import evaluate_formula
from liaf_ref.report.markdown import markdown_table
from liaf_ref.report.printed_precision import matches_printed

OPERATIONS = ("MULs", "ADDs", "weights")
K, L = 50, 100  # Table I's layer on bAbI
TABLE_II_SIZES = {"T": 10, "H": 16, "W": 16, "K": 32, "L": 64, "I": 3, "J": 3, "U": 3}
TABLE_I: dict[str, Callable[[int, int], Layer]] = {
    "liaf": DenseLIAF,
    "lif": DenseLIF,
    "rnn": RNN,
    "gru": GRU,
    "lstm": LSTM,
}
TABLE_II: dict[str, Callable[[tuple[int, int, int], int], Layer]] = {
    "liaf": ConvLIAF,
    "lif": ConvLIF,
    "conv2d": Conv2D,
    "conv3d": Conv3D,
    "convlstm": ConvLSTM,
}


class CountComparison(NamedTuple):
    """A printed figure and ours."""

    table: str
    row: str
    column: str
    printed: str
    computed: int
    agreement: str


def compare_counts() -> list[CountComparison]:
    """Compare every count the paper prints, table by table."""
    return [*_table_i(), *_table_ii(), *_table_iv(), *_table_vii(), *_table_ix()]


def _table_i() -> Iterator[CountComparison]:
    for cell, make in TABLE_I.items():
        yield from _compare_formulas("I", "table01", cell, make(K, L), 1, {"K": K, "L": L})


def _table_ii() -> Iterator[CountComparison]:
    R, Q = math.prod(TABLE_II_SIZES[n] for n in "THWL"), math.prod(TABLE_II_SIZES[n] for n in "IJK")
    shape = TABLE_II_SIZES["H"], TABLE_II_SIZES["W"], TABLE_II_SIZES["K"]
    for cell, make in TABLE_II.items():
        layer = make(shape, TABLE_II_SIZES["L"])
        yield from _compare_formulas(
            "II", "table02", cell, layer, TABLE_II_SIZES["T"], TABLE_II_SIZES | {"R": R, "Q": Q}
        )


def _compare_formulas(
    table: str, key: str, cell: str, layer: Layer, T: int, values: dict[str, int]
) -> Iterator[CountComparison]:
    count = op_count.count_as_printed(layer, T) or OpCount()
    printed = paper.table(key)[cell]
    for column, formula, ours in zip(OPERATIONS, printed, _as_tuple(count), strict=True):
        fits = "exact" if evaluate_formula(formula, values) == ours else "no"
        yield CountComparison(table, cell, column, formula, ours, fits)


def _table_iv() -> Iterator[CountComparison]:
    for cell, printed in _printed_rows("table04"):
        net = create_network(f"babi-{cell}")
        layer = net.op_counts(net.steps)[1]
        count = layer.paper or OpCount()
        ours = count.muls, count.adds, layer.exact.weights, net.count_params()
        columns = (*OPERATIONS, "weights of the network")
        yield from _compare_row("IV", cell, columns, printed, ours)


def _table_vii() -> Iterator[CountComparison]:
    for cell, printed in _printed_rows("table07"):
        found = _layer_rows(f"cifar10-dvs-{cell}", ("conv", "node"))
        count = op_count.total(row.paper for row in found)
        weights = sum(row.exact.weights for row in found)  # the table's note: with the neurons'
        yield from _compare_row("VII", cell, OPERATIONS, printed, (count.muls, count.adds, weights))


def _table_ix() -> Iterator[CountComparison]:
    for cell, printed in _printed_rows("table09"):
        found = _layer_rows(f"gesture-{cell}", ("conv",))
        count = op_count.total(row.paper for row in found)
        outputs = sum(math.prod(row.out_shape) for row in found)  # of a step
        columns = (*OPERATIONS, "neurons")
        yield from _compare_row("IX", cell, columns, printed, (*_as_tuple(count), outputs))


def _layer_rows(name: str, kinds: tuple[str, ...]) -> list[op_count.LayerOpCount]:
    """The layers of a network whose parts are called so."""
    net = create_network(name)
    return [row for row in net.op_counts(net.steps) if row.prefix.startswith(kinds)]


def _printed_rows(key: str) -> Iterable[tuple[str, list[str]]]:
    return paper.table_rows(key).items()


def _as_tuple(count: OpCount) -> tuple[int, int, int]:
    return count.muls, count.adds, count.weights


def _compare_row(
    table: str, row: str, columns: Iterable[str], printed: Iterable[str], computed: Iterable[int]
) -> Iterator[CountComparison]:
    for column, text, value in zip(columns, printed, computed, strict=True):
        yield CountComparison(table, row, column, text, value, _agreement(text, value))


def _agreement(printed: str, value: int) -> str:
    """How a value has to be brought to two digits to be the printed one."""
    return {(True, True): "both", (True, False): "rounded", (False, True): "cut off"}.get(
        matches_printed(printed, Fraction(value)), "no"
    )


def to_markdown(compared: Iterable[CountComparison]) -> str:
    """Lay figures out as a Markdown table."""
    head = ("table", "cell", "", "printed", "from the layers", "fits")
    lines = [
        (f.table, f.row, f.column, f.printed, f"{f.computed:,}", f.agreement) for f in compared
    ]
    return markdown_table(head, lines, str.ljust)
