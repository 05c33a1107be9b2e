"""Tables IV, VII and IX, and the shares that the text makes of them: the networks, walked."""

from fractions import Fraction
from functools import cache

from liaf_ref.experiments.paper import PrintedNumber
from liaf_ref.networks.cells import SPIKING_CELLS
from liaf_ref.networks.registry import create_network
from liaf_ref.report.audit.printed_cells import printed_cell
from liaf_ref.report.audit.recomputed import Recomputed, format_fixed, from_ints
from liaf_ref.report.op_counts import compare_counts
from liaf_ref.report.printed_precision import truncation_range

COUNT_COLUMNS = {"weights": ("weights",), "operations": ("MULs", "ADDs")}


def table_iv(printed: PrintedNumber) -> Recomputed:
    """Count Fig. 5's temporal layer over the longest story of QA1, and the network's parameters."""
    cell, column = printed.inputs
    net = create_network(f"babi-{cell}")
    four = ", four of each neuron among them" if cell in SPIKING_CELLS else ""
    why = {
        "weights": f"parameters of a layer{four}",
        "weights of the network": f"parameters of {net.label}",
    }.get(column, f"a layer at T = {net.steps}, QA1's longest story; no T is printed")
    return from_ints(_computed_counts()["IV", cell, column], explanation=why)


def table_vii(printed: PrintedNumber) -> Recomputed:
    """Count the convolutions of Fig. 6 on CIFAR10-DVS."""
    cell, column = printed.inputs
    ours = _computed_counts()["VII", cell, column]
    why = "the convolutions by Table II"
    if column == "weights":
        why += ", with the neurons' parameters" if cell in SPIKING_CELLS else ""
    elif ours < truncation_range(printed.value)[0]:
        minimum, maximum = (f"{int(end - ours):,}" for end in truncation_range(printed.value))
        why += f"; cut off, the printed one is {minimum} to {maximum} more"
    return from_ints(ours, explanation=why)


def table_ix(printed: PrintedNumber) -> Recomputed:
    """Count the convolutions of the gesture network, and their outputs as its neurons."""
    neurons = printed.inputs[1] == "neurons"
    why = "outputs of the convolutions" if neurons else "the convolutions by Table II"
    return from_ints(_computed_counts()["IX", *printed.inputs], explanation=why)


def reduction_iv(printed: PrintedNumber) -> Recomputed:
    """Compare layers of Table IV."""
    return _reduction("IV", printed)


def reduction_vii(printed: PrintedNumber) -> Recomputed:
    """Compare convolutions of Table VII."""
    return _reduction("VII", printed)


def reduction_ix(printed: PrintedNumber) -> Recomputed:
    """Compare convolutions of Table IX."""
    return _reduction("IX", printed)


def _reduction(table: str, printed: PrintedNumber) -> Recomputed:
    """By how many percent LIAF has less than another, counted, and by the printed figures."""
    what, rival = printed.inputs
    ours, theirs = (
        [Fraction(n) for n in _counts_of(table, cell, what)] for cell in ("liaf", rival)
    )
    a, b = ([printed_cell(table, cell, c) for c in COUNT_COLUMNS[what]] for cell in ("liaf", rival))
    why = f"the figures printed in Table {table} give {_format_reduction(a, b)}"
    if what == "operations":
        why += f", MULs alone {_format_reduction(ours[:1], theirs[:1])}"
    return Recomputed((_reduction_percent(ours, theirs),), why)


def _counts_of(table: str, cell: str, quantity: str) -> list[int]:
    return [_computed_counts()[table, cell, column] for column in COUNT_COLUMNS[quantity]]


def _reduction_percent(ours: list[Fraction], theirs: list[Fraction]) -> Fraction:
    return 100 * (1 - sum(ours, Fraction()) / sum(theirs, Fraction()))


def _format_reduction(ours: list[Fraction], theirs: list[Fraction]) -> str:
    return format_fixed(_reduction_percent(ours, theirs), 2)


@cache
def _computed_counts() -> dict[tuple[str, ...], int]:
    return {(f.table, f.row, f.column): f.computed for f in compare_counts()}
