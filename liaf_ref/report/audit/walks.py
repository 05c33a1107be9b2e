"""Tables IV, VII and IX, and the shares that the text makes of them: the networks, walked."""

from fractions import Fraction
from functools import cache

from liaf_ref.experiments.paper import PrintedNumber
from liaf_ref.networks.catalogue import network
from liaf_ref.networks.cells import SPIKING
from liaf_ref.report.audit.cells import number
from liaf_ref.report.audit.ours import Ours, fixed, whole
from liaf_ref.report.counts import figures
from liaf_ref.report.shorten import cut_from

COLUMNS = {"weights": ("weights",), "operations": ("MULs", "ADDs")}


def table_iv(printed: PrintedNumber) -> Ours:
    """Count Fig. 5's temporal layer over the longest story of QA1, and the network's parameters."""
    cell, column = printed.inputs
    net = network(f"babi-{cell}")
    four = ", four of each neuron among them" if cell in SPIKING else ""
    why = {
        "weights": f"parameters of a layer{four}",
        "weights of the network": f"parameters of {net.source}",
    }.get(column, f"a layer at T = {net.steps}, QA1's longest story; no T is printed")
    return whole(_counted()["IV", cell, column], why=why)


def table_vii(printed: PrintedNumber) -> Ours:
    """Count the convolutions of Fig. 6 on CIFAR10-DVS."""
    cell, column = printed.inputs
    ours = _counted()["VII", cell, column]
    why = "the convolutions by Table II"
    if column == "weights":
        why += ", with the neurons' parameters" if cell in SPIKING else ""
    elif ours < cut_from(printed.value)[0]:
        least, most = (f"{int(end - ours):,}" for end in cut_from(printed.value))
        why += f"; cut off, the printed one is {least} to {most} more"
    return whole(ours, why=why)


def table_ix(printed: PrintedNumber) -> Ours:
    """Count the convolutions of the gesture network, and their outputs as its neurons."""
    neurons = printed.inputs[1] == "neurons"
    why = "outputs of the convolutions" if neurons else "the convolutions by Table II"
    return whole(_counted()["IX", *printed.inputs], why=why)


def fewer_iv(printed: PrintedNumber) -> Ours:
    """Compare layers of Table IV."""
    return _fewer("IV", printed)


def fewer_vii(printed: PrintedNumber) -> Ours:
    """Compare convolutions of Table VII."""
    return _fewer("VII", printed)


def fewer_ix(printed: PrintedNumber) -> Ours:
    """Compare convolutions of Table IX."""
    return _fewer("IX", printed)


def _fewer(table: str, printed: PrintedNumber) -> Ours:
    """By how many percent LIAF has less than another, counted, and by the printed figures."""
    what, rival = printed.inputs
    ours, theirs = ([Fraction(n) for n in _of(table, cell, what)] for cell in ("liaf", rival))
    a, b = ([number(table, cell, c) for c in COLUMNS[what]] for cell in ("liaf", rival))
    why = f"the figures printed in Table {table} give {_share(a, b)}"
    if what == "operations":
        why += f", MULs alone {_share(ours[:1], theirs[:1])}"
    return Ours((_less(ours, theirs),), why)


def _of(table: str, cell: str, what: str) -> list[int]:
    return [_counted()[table, cell, column] for column in COLUMNS[what]]


def _less(ours: list[Fraction], theirs: list[Fraction]) -> Fraction:
    return 100 * (1 - sum(ours, Fraction()) / sum(theirs, Fraction()))


def _share(ours: list[Fraction], theirs: list[Fraction]) -> str:
    return fixed(_less(ours, theirs), 2)


@cache
def _counted() -> dict[tuple[str, ...], int]:
    return {(f.table, f.row, f.column): f.ours for f in figures()}
