"""Compare the printed counts of Tables I, II, IV, VII and IX with those of the networks."""

import math
from collections.abc import Iterable
from fractions import Fraction
from functools import cache
from typing import NamedTuple

from liaf_ref.analysis import op_count
from liaf_ref.analysis.op_count import OpCount
from liaf_ref.experiments.paper import PrintedNumber, printed_numbers
from liaf_ref.layers import Layer
from liaf_ref.networks.cells import SPIKING_CELLS
from liaf_ref.networks.registry import create_network
from liaf_ref.report.audit.agreement import matches_printed, truncation_range
from liaf_ref.report.audit.formulas import (
    SPATIOTEMPORAL_LAYERS,
    TABLE_I_SIZES,
    TABLE_II_SIZES,
    TEMPORAL_LAYERS,
    by_column,
    evaluate_formula,
    with_products,
)
from liaf_ref.report.audit.printed_cells import printed_cell
from liaf_ref.report.audit.recomputed import Recomputed, format_fixed, from_ints
from liaf_ref.report.formatting import markdown_table

OPERATIONS = ("MULs", "ADDs", "weights")
FORMULA_SIZES = {"I": TABLE_I_SIZES, "II": with_products(TABLE_II_SIZES)}
TABLES = (*FORMULA_SIZES, "IV", "VII", "IX")
COUNT_COLUMNS = {"weights": ("weights",), "operations": ("MULs", "ADDs")}


class CountComparison(NamedTuple):
    """A printed count and ours, counted by the rules of the paper."""

    table: str
    row: str
    column: str
    printed: str
    computed: int
    agreement: str


def compare_counts() -> list[CountComparison]:
    """Compare every count the paper prints, table by table."""
    found = []
    for number in printed_numbers():
        if number.table in TABLES and number.kind == "count":
            row, column = number.inputs
            computed = computed_counts(number.table, row)[column]
            agreement = _agreement(number.table, number.value, computed)
            found.append(
                CountComparison(number.table, row, column, number.value, computed, agreement)
            )
    return found


def to_markdown(compared: Iterable[CountComparison]) -> str:
    """Format counts as a Markdown table."""
    head = ("table", "cell", "", "printed", "from the layers", "fits")
    lines = [
        (f.table, f.row, f.column, f.printed, f"{f.computed:,}", f.agreement) for f in compared
    ]
    return markdown_table(head, lines, str.ljust)


@cache
def computed_counts(table: str, cell: str) -> dict[str, int]:
    """Count a row of a table by the rules of the paper; return the counts by column."""
    if table in FORMULA_SIZES:
        layer, T = _formula_layer(table, cell)
        return by_column(op_count.count_as_printed(layer, T) or OpCount())
    if table == "IV":  # Fig. 5's temporal layer
        net = create_network(f"babi-{cell}")
        layer_count = net.op_counts(net.steps)[1]
        columns = by_column(layer_count.paper or OpCount())
        columns["weights"] = layer_count.exact.weights
        return columns | {"weights of the network": net.count_params()}
    name, parts = ("cifar10-dvs", ("conv", "node")) if table == "VII" else ("gesture", ("conv",))
    net = create_network(f"{name}-{cell}")
    found = [row for row in net.op_counts(net.steps) if row.prefix.startswith(parts)]
    columns = by_column(op_count.total(row.paper for row in found))
    if table == "VII":
        columns["weights"] = sum(row.exact.weights for row in found)  # with the neurons', its note
        return columns
    return columns | {"neurons": sum(math.prod(row.out_shape) for row in found)}


def _formula_layer(table: str, cell: str) -> tuple[Layer, int]:
    """A layer of Table I or II, and the number of steps it is counted for."""
    sizes = FORMULA_SIZES[table]
    if table == "I":
        return TEMPORAL_LAYERS[cell](sizes["K"], sizes["L"]), 1
    shape = sizes["H"], sizes["W"], sizes["K"]
    return SPATIOTEMPORAL_LAYERS[cell](shape, sizes["L"]), sizes["T"]


def _agreement(table: str, printed: str, value: int) -> str:
    """How a count agrees with the printed one, of two digits; formulas must agree exactly."""
    if table in FORMULA_SIZES:
        return "exact" if evaluate_formula(printed, FORMULA_SIZES[table]) == value else "no"
    return {(True, True): "both", (True, False): "rounded", (False, True): "cut off"}.get(
        matches_printed(printed, Fraction(value)), "no"
    )


def table_iv(printed: PrintedNumber) -> Recomputed:
    """Count the temporal layer of Fig. 5 for the longest story of QA1, and the parameters."""
    cell, column = printed.inputs
    net = create_network(f"babi-{cell}")
    four = ", four of each neuron among them" if cell in SPIKING_CELLS else ""
    explanation = {
        "weights": f"parameters of a layer{four}",
        "weights of the network": f"parameters of {net.label}",
    }.get(column, f"a layer at T = {net.steps}, QA1's longest story; no T is printed")
    return from_ints(computed_counts("IV", cell)[column], explanation=explanation)


def table_vii(printed: PrintedNumber) -> Recomputed:
    """Count the convolutions of Fig. 6 on CIFAR10-DVS."""
    cell, column = printed.inputs
    ours = computed_counts("VII", cell)[column]
    explanation = "the convolutions by Table II"
    if column == "weights":
        explanation += ", with the neurons' parameters" if cell in SPIKING_CELLS else ""
    elif ours < truncation_range(printed.value)[0]:
        minimum, maximum = (f"{int(end - ours):,}" for end in truncation_range(printed.value))
        explanation += f"; if truncated, the printed count is {minimum} to {maximum} larger"
    return from_ints(ours, explanation=explanation)


def table_ix(printed: PrintedNumber) -> Recomputed:
    """Count the convolutions of the gesture network, and their outputs as its neurons."""
    cell, column = printed.inputs
    neurons = column == "neurons"
    explanation = "outputs of the convolutions" if neurons else "the convolutions by Table II"
    return from_ints(computed_counts("IX", cell)[column], explanation=explanation)


def reduction(table: str, printed: PrintedNumber) -> Recomputed:
    """The reduction by LIAF against another cell in percent, from our and the printed counts."""
    quantity, baseline = printed.inputs
    columns = COUNT_COLUMNS[quantity]
    ours, theirs = (
        [Fraction(computed_counts(table, cell)[column]) for column in columns]
        for cell in ("liaf", baseline)
    )
    a, b = ([printed_cell(table, cell, c) for c in columns] for cell in ("liaf", baseline))
    explanation = f"the figures printed in Table {table} give {_format_reduction(a, b)}"
    if quantity == "operations":
        explanation += f", MULs alone {_format_reduction(ours[:1], theirs[:1])}"
    return Recomputed((_reduction_percent(ours, theirs),), explanation)


def _reduction_percent(ours: list[Fraction], theirs: list[Fraction]) -> Fraction:
    return 100 * (1 - sum(ours, Fraction()) / sum(theirs, Fraction()))


def _format_reduction(ours: list[Fraction], theirs: list[Fraction]) -> str:
    return format_fixed(_reduction_percent(ours, theirs), 2)
