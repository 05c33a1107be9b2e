"""Recompute counts and settings from layers and networks, and the list of all recomputations."""

import ast
import math
import operator
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from functools import cache
from itertools import product
from typing import NamedTuple

from liaf_ref import layers
from liaf_ref._core.validation import check_instance
from liaf_ref.analysis import op_count
from liaf_ref.analysis.op_count import OpCount, count_exact
from liaf_ref.experiments.paper import PrintedNumber, printed_numbers
from liaf_ref.layers import AveragePool, Conv2D, Dense, Driven, Layer, neurons_of
from liaf_ref.networks import BabiNetwork, SequenceClassifier
from liaf_ref.networks.cells import SPIKING_CELLS
from liaf_ref.networks.registry import create_network
from liaf_ref.report.audit import agreement
from liaf_ref.report.audit.agreement import (
    Recomputed,
    format_fixed,
    from_ints,
    matches_printed,
    printed_cell,
    truncation_range,
)
from liaf_ref.report.content import markdown_table

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
FORMULA_OPERATORS = {ast.Add: operator.add, ast.Mult: operator.mul}


def with_products(sizes: Sizes) -> dict[str, int]:
    """The sizes of Table II with its named products R and Q."""
    R, Q = (math.prod(sizes[n] for n in names) for names in ("THWL", "IJK"))
    return {**sizes, "R": R, "Q": Q}


OPERATIONS = ("MULs", "ADDs", "weights")
FORMULA_SIZES: Mapping[str, Sizes] = {"I": TABLE_I_SIZES, "II": with_products(TABLE_II_SIZES)}
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
        layer, T = _formula_layer(table, cell, FORMULA_SIZES[table])
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


def _formula_layer(table: str, cell: str, sizes: Sizes) -> tuple[Layer, int]:
    """A layer of Table I or II, and the number of steps it is counted for."""
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


def reduction(printed: PrintedNumber) -> Recomputed:
    """The reduction by LIAF against another cell in percent, from our and the printed counts."""
    table, quantity, baseline = printed.inputs
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


def table_i(printed: PrintedNumber, sizes: Sizes = TABLE_I_SIZES) -> Recomputed:
    """Count one step of a temporal layer."""
    cell, column = printed.inputs
    return _with_formula(printed, sizes, _count("I", cell, column, sizes))


def table_ii(printed: PrintedNumber, sizes: Sizes = TABLE_II_SIZES) -> Recomputed:
    """Count a layer on images: T H W times the count of one step at one inner pixel."""
    cell, column = printed.inputs
    sizes = with_products(sizes)
    if column == "weights":
        return _with_formula(printed, sizes, _count("II", cell, column, sizes))
    # The mixed difference over one more row, column and step is the count of one pixel whose window
    # is not cut by the border.
    inside = 0
    for more in product((0, 1), repeat=3):
        grown = sizes | {n: sizes[n] + one for n, one in zip("THW", more, strict=True)}
        inside += (-1) ** (3 - sum(more)) * _count("II", cell, column, grown)
    return _with_formula(printed, sizes, math.prod(sizes[n] for n in "THW") * inside)


def _count(table: str, cell: str, column: str, sizes: Sizes) -> int:
    """Count a layer step by step, without its neurons' parameters."""
    # LIAF is counted as LIF: the tables count the reset (5) as a selection, which is free.
    layer, T = _formula_layer(table, "lif" if cell == "liaf" else cell, sizes)
    count = count_exact(layer, T, spikes=cell == "lif")
    own = neurons_of(layer)
    neurons = own.count_params() if own is not None else 0
    return by_column(OpCount(count.muls, count.adds, count.weights - neurons))[column]


def by_column(count: OpCount) -> dict[str, int]:
    """A count by the column titles of the tables."""
    return {"MULs": count.muls, "ADDs": count.adds, "weights": count.weights}


def _with_formula(printed: PrintedNumber, sizes: Sizes, count: int) -> Recomputed:
    at = ", ".join(f"{n} {sizes[n]}" for n in "THWKL" if n in sizes)
    value = evaluate_formula(printed.value, sizes)
    explanation = f"counted at {at}; the formula gives {value:,}"
    return from_ints(count, explanation=explanation, printed=str(value))


def network_settings(printed: PrintedNumber) -> Recomputed:
    """A column of Table V or VIII, from the LIAF network of an experiment."""
    experiment, column = printed.inputs
    net = _dvs_network(f"{experiment}-liaf")
    parts = net.sequential.layers
    filters = [conv.L for conv in _convolutions(net)]
    dense = [layer for name, layer in parts if name.startswith("dense")]
    units = [layer.L for layer in dense if isinstance(layer, Dense)]
    pools = [n for _, layer in parts if isinstance(layer, AveragePool) for n in layer.size]
    found = {"N": [len(filters)], "M": [len(units)], "filters": filters}
    found |= {"pooling": pools, "units": units}
    return from_ints(*found[column], explanation=net.name)


def layer_size(printed: PrintedNumber) -> Recomputed:
    """Inputs or outputs of the temporal layer of Fig. 5."""
    name, which = printed.inputs
    layer = _babi_network(name).temporal_layer
    (found,) = layer.in_shape if which == "K" else layer.out_shape
    return from_ints(found, explanation=name)


def frame_shape(printed: PrintedNumber) -> Recomputed:
    """Size of the input frames, or of a sample including T."""
    name, *axes = printed.inputs
    net = _dvs_network(name)
    shape = net.sequential.in_shape
    sizes = (net.steps if axis == "T" else shape[int(axis)] for axis in axes)
    return from_ints(*sizes, explanation=name)


def n_classes(printed: PrintedNumber) -> Recomputed:
    """Number of logits."""
    (name,) = printed.inputs
    return from_ints(*_dvs_network(name).sequential.out_shape, explanation=name)


def kernel_size(printed: PrintedNumber) -> Recomputed:
    """The kernel size of all convolutions of a network."""
    (name,) = printed.inputs
    (found,) = {conv.kernel for conv in _convolutions(_dvs_network(name))}
    return from_ints(*found, explanation=f"every convolution of {name}")


def padding(printed: PrintedNumber) -> Recomputed:
    """The zero padding of all convolutions of a network."""
    (name,) = printed.inputs
    pads = (conv.grid.pad for conv in _convolutions(_dvs_network(name)))
    found = {n for pad in pads for axis in pad for n in axis}
    return from_ints(*found, explanation=f"every convolution of {name}")


def neuron_parameter(printed: PrintedNumber) -> Recomputed:
    """An initial parameter of all neurons of a network."""
    name, parameter = printed.inputs
    layers = (neurons_of(layer) for _, layer in _dvs_network(name).sequential.layers)
    found = {getattr(layer.neuron, parameter) for layer in layers if layer is not None}
    return Recomputed(tuple(Fraction(str(value)) for value in found), f"all neurons of {name}")


def n_axes(printed: PrintedNumber) -> Recomputed:
    """Number of axes of the output of a layer, including batch and time."""
    (name,) = printed.inputs
    layer = layers.ConvLIAF((8, 8, 2), 4) if name == "ConvLIAF" else layers.DenseLIAF(2, 4)
    return from_ints(len(("B", "T", *layer.out_shape)), explanation=name)


def n_gates(printed: PrintedNumber) -> Recomputed:
    """Number of gates of a temporal layer: its maps of input and state, without the candidate."""
    layer = _babi_network(f"babi-{printed.inputs[0]}").temporal_layer
    maps = layer.synapse.out_shape[0] // layer.out_shape[0]
    explanation = f"{maps} maps of input and state, one of them the candidate's"
    return from_ints(maps - 1, explanation=explanation)


def _convolutions(net: SequenceClassifier) -> list[Conv2D]:
    synapses = (_synapse(layer) for _, layer in net.sequential.layers)
    return [layer for layer in synapses if isinstance(layer, Conv2D)]


def _synapse(layer: Layer) -> Layer:
    return layer.synapse if isinstance(layer, Driven) else layer


def _babi_network(name: str) -> BabiNetwork:
    return check_instance("network", create_network(name), BabiNetwork, "the audit", "Fig. 5's")


def _dvs_network(name: str) -> SequenceClassifier:
    network, expected = create_network(name), "one on images"
    return check_instance("network", network, SequenceClassifier, "the audit", expected)


RECOMPUTATIONS: Mapping[
    str, Callable[[PrintedNumber], Recomputed]
] = {  # by their names in paper.toml
    function.__name__: function
    for function in (
        *(table_i, table_ii, table_iv, table_vii, table_ix),
        *(reduction, network_settings, layer_size, frame_shape, n_classes, kernel_size),
        *(padding, neuron_parameter, n_axes, n_gates),
        *(agreement.average, agreement.average_difference, agreement.ratio),
        *(agreement.gain_over_best, agreement.difference_ix, agreement.percentage),
        *(agreement.test_set_fraction, agreement.test_fifth_fraction),
        *(agreement.samples_of_trials, agreement.count_tasks),
        *(agreement.count_rows_ix, agreement.count_columns_vi),
        agreement.repeat_table_vi,
    )
}
