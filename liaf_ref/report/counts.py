"""Tables I, II, IV, VII and IX: the printed figures beside those that come out of the networks."""

import math
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import NamedTuple

from liaf_ref import cost
from liaf_ref.cost import OpCount
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
from liaf_ref.networks.catalogue import network
from liaf_ref.report.formula import evaluate
from liaf_ref.report.markdown import table
from liaf_ref.report.shorten import shortened

OPERATIONS = ("MULs", "ADDs", "weights")
K, L = 50, 100  # Table I's layer on bAbI
SIZES = {"T": 10, "H": 16, "W": 16, "K": 32, "L": 64, "I": 3, "J": 3, "U": 3}
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


class Figure(NamedTuple):
    """A printed figure and ours.

    Parameters
    ----------
    table, row, column : str
        Where it stands.
    printed : str
        As printed: a number of two digits, or a formula.
    ours : int
        What comes out of the layers.
    fits : str
        ``exact`` for a formula; else ``both``, ``rounded``, ``cut off`` or ``no``: how ours has
        to be brought to two digits to be the printed one.
    """

    table: str
    row: str
    column: str
    printed: str
    ours: int
    fits: str


def figures() -> list[Figure]:
    """Compare every count the paper prints, table by table."""
    return [*_table_i(), *_table_ii(), *_table_iv(), *_table_vii(), *_table_ix()]


def _table_i() -> Iterator[Figure]:
    for cell, make in TABLE_I.items():
        yield from _formulas("I", "table01", cell, make(K, L), 1, {"K": K, "L": L})


def _table_ii() -> Iterator[Figure]:
    R, Q = math.prod(SIZES[n] for n in "THWL"), math.prod(SIZES[n] for n in "IJK")
    shape = SIZES["H"], SIZES["W"], SIZES["K"]
    for cell, make in TABLE_II.items():
        layer = make(shape, SIZES["L"])
        yield from _formulas("II", "table02", cell, layer, SIZES["T"], SIZES | {"R": R, "Q": Q})


def _formulas(
    table: str, key: str, cell: str, layer: Layer, T: int, values: dict[str, int]
) -> Iterator[Figure]:
    count = cost.count_as_printed(layer, T) or OpCount()
    printed = paper.table(key)[cell]
    for column, formula, ours in zip(OPERATIONS, printed, _of(count), strict=True):
        fits = "exact" if evaluate(formula, values) == ours else "no"
        yield Figure(table, cell, column, formula, ours, fits)


def _table_iv() -> Iterator[Figure]:
    for cell, printed in _printed("table04"):
        net = network(f"babi-{cell}")
        layer = net.op_counts(net.steps)[1]
        count = layer.paper or OpCount()
        ours = count.muls, count.adds, layer.exact.weights, net.count()
        columns = (*OPERATIONS, "weights of the network")
        yield from _compared("IV", cell, columns, printed, ours)


def _table_vii() -> Iterator[Figure]:
    for cell, printed in _printed("table07"):
        found = _rows(f"cifar10-dvs-{cell}", ("conv", "node"))
        count = cost.total(row.paper for row in found)
        weights = sum(row.exact.weights for row in found)  # the table's note: with the neurons'
        yield from _compared("VII", cell, OPERATIONS, printed, (count.muls, count.adds, weights))


def _table_ix() -> Iterator[Figure]:
    for cell, printed in _printed("table09"):
        found = _rows(f"gesture-{cell}", ("conv",))
        count = cost.total(row.paper for row in found)
        outputs = sum(math.prod(row.out_shape) for row in found)  # of a step
        columns = (*OPERATIONS, "neurons")
        yield from _compared("IX", cell, columns, printed, (*_of(count), outputs))


def _rows(name: str, kinds: tuple[str, ...]) -> list[cost.LayerOpCount]:
    """The layers of a network whose parts are called so."""
    net = network(name)
    return [row for row in net.op_counts(net.steps) if row.prefix.startswith(kinds)]


def _printed(key: str) -> Iterable[tuple[str, list[str]]]:
    return paper.table_rows(key).items()


def _of(count: OpCount) -> tuple[int, int, int]:
    return count.muls, count.adds, count.weights


def _compared(
    table: str, row: str, columns: Iterable[str], printed: Iterable[str], ours: Iterable[int]
) -> Iterator[Figure]:
    for column, text, value in zip(columns, printed, ours, strict=True):
        yield Figure(table, row, column, text, value, _fits(text, value))


def _fits(printed: str, value: int) -> str:
    """How a value has to be brought to two digits to be the printed one."""
    return {(True, True): "both", (True, False): "rounded", (False, True): "cut off"}.get(
        shortened(printed, Fraction(value)), "no"
    )


def markdown(compared: Iterable[Figure]) -> str:
    """Lay figures out as a Markdown table."""
    head = ("table", "cell", "", "printed", "from the layers", "fits")
    lines = [(f.table, f.row, f.column, f.printed, f"{f.ours:,}", f.fits) for f in compared]
    return table(head, lines, str.ljust)
