"""Recompute numbers from layers, networks and other printed numbers: the names in paper.toml."""

import math
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import cast

from liaf_ref import layers
from liaf_ref._core.palette import CELL_NAMES
from liaf_ref.analysis.op_count import OpCount, count_exact
from liaf_ref.data.babi.reader import TASK_NAMES
from liaf_ref.data.events.datasets.gesture import CLASSES, TRIAL_LISTS
from liaf_ref.experiments.paper import PrintedNumber, printed_cells, printed_numbers
from liaf_ref.layers import AveragePool, Conv2D, Dense, Driven, neurons_of
from liaf_ref.networks import BabiNetwork, SequenceClassifier
from liaf_ref.networks.cells import SPIKING_CELLS
from liaf_ref.networks.registry import create_network
from liaf_ref.report.audit import counts
from liaf_ref.report.audit.counts import Sizes

COUNT_COLUMNS = {"weights": ("weights",), "operations": ("MULs", "ADDs")}
FINETUNED = " (FC)"
RECORDINGS = 10_000  # of MNIST-DVS at one scale, and of CIFAR10-DVS; VI-B4 tests a fifth
Values = Sequence[int | Fraction]
Recomputed = tuple[Values, str]  # our numbers, and what they follow from


def table_i(printed: PrintedNumber, sizes: Sizes = counts.TABLE_I_SIZES) -> Recomputed:
    """Count one step of a temporal layer."""
    cell, column = printed.inputs
    return [_count("I", cell, column, sizes)], _beside_formula(printed, sizes)


def table_ii(printed: PrintedNumber, sizes: Sizes = counts.TABLE_II_SIZES) -> Recomputed:
    """Count a layer on images: T H W times the count of one step at one inner pixel."""
    cell, column = printed.inputs
    sizes = counts.with_products(sizes)
    explanation = _beside_formula(printed, sizes)
    if column == "weights":
        return [_count("II", cell, column, sizes)], explanation
    # The mixed difference over one more row, column and step is the count of one pixel whose window
    # is not cut by the border.
    inside = 0
    for more in product((0, 1), repeat=3):
        grown = sizes | {n: sizes[n] + one for n, one in zip("THW", more, strict=True)}
        inside += (-1) ** (3 - sum(more)) * _count("II", cell, column, grown)
    return [math.prod(sizes[n] for n in "THW") * inside], explanation


def _count(table: str, cell: str, column: str, sizes: Sizes) -> int:
    """Count a layer step by step, without its neurons' parameters."""
    # LIAF is counted as LIF: the tables count the reset (5) as a selection, which is free.
    layer, T = counts.formula_layer(table, "lif" if cell == "liaf" else cell, sizes)
    count = count_exact(layer, T, spikes=cell == "lif")
    own = neurons_of(layer)
    neurons = own.count_params() if own is not None else 0
    return counts.by_column(OpCount(count.muls, count.adds, count.weights - neurons))[column]


def _beside_formula(printed: PrintedNumber, sizes: Sizes) -> str:
    at = ", ".join(f"{n} {sizes[n]}" for n in "THWKL" if n in sizes)
    return f"counted at {at}; the formula gives {counts.evaluate_formula(printed.value, sizes):,}"


def table_iv(printed: PrintedNumber) -> Recomputed:
    """Count the temporal layer of Fig. 5 for the longest story of QA1, and the parameters."""
    cell, column = printed.inputs
    net = create_network(f"babi-{cell}")
    four = ", four of each neuron among them" if cell in SPIKING_CELLS else ""
    explanation = {
        "weights": f"parameters of a layer{four}",
        "weights of the network": f"parameters of {net.label}",
    }.get(column, f"a layer at T = {net.steps}, QA1's longest story; no T is printed")
    return [counts.computed_counts("IV", cell)[column]], explanation


def table_vii(printed: PrintedNumber) -> Recomputed:
    """Count the convolutions of Fig. 6 on CIFAR10-DVS."""
    cell, column = printed.inputs
    ours = counts.computed_counts("VII", cell)[column]
    explanation = "the convolutions by Table II"
    if column == "weights":
        explanation += ", with the neurons' parameters" if cell in SPIKING_CELLS else ""
    elif ours < counts.truncation_range(printed.value)[0]:
        minimum, maximum = (
            f"{int(end - ours):,}" for end in counts.truncation_range(printed.value)
        )
        explanation += f"; if truncated, the printed count is {minimum} to {maximum} larger"
    return [ours], explanation


def table_ix(printed: PrintedNumber) -> Recomputed:
    """Count the convolutions of the gesture network, and their outputs as its neurons."""
    cell, column = printed.inputs
    neurons = column == "neurons"
    explanation = "outputs of the convolutions" if neurons else "the convolutions by Table II"
    return [counts.computed_counts("IX", cell)[column]], explanation


def reduction(printed: PrintedNumber) -> Recomputed:
    """The reduction by LIAF against another cell in percent, from our and the printed counts."""
    table, quantity, baseline = printed.inputs
    columns = COUNT_COLUMNS[quantity]
    ours, theirs = (
        [Fraction(counts.computed_counts(table, cell)[column]) for column in columns]
        for cell in ("liaf", baseline)
    )
    a, b = ([_cell(table, cell, c) for c in columns] for cell in ("liaf", baseline))
    explanation = f"the figures printed in Table {table} give {_format_reduction(a, b)}"
    if quantity == "operations":
        explanation += f", MULs alone {_format_reduction(ours[:1], theirs[:1])}"
    return [_reduction_percent(ours, theirs)], explanation


def _reduction_percent(ours: list[Fraction], theirs: list[Fraction]) -> Fraction:
    return 100 * (1 - sum(ours, Fraction()) / sum(theirs, Fraction()))


def _format_reduction(ours: list[Fraction], theirs: list[Fraction]) -> str:
    return counts.format_fixed(_reduction_percent(ours, theirs), 2)


def network_settings(printed: PrintedNumber) -> Recomputed:
    """A column of Table V or VIII, from the LIAF network of an experiment."""
    experiment, column = printed.inputs
    net = _dvs_network(f"{experiment}-liaf")
    parts = net.sequential.layers
    filters = [conv.L for conv in _convolutions(net.name)]
    dense = [layer for name, layer in parts if name.startswith("dense")]
    units = [layer.L for layer in dense if isinstance(layer, Dense)]
    pools = [n for _, layer in parts if isinstance(layer, AveragePool) for n in layer.size]
    found = {"N": [len(filters)], "M": [len(units)], "filters": filters}
    return (found | {"pooling": pools, "units": units})[column], net.name


def network_size(printed: PrintedNumber) -> Recomputed:
    """Sizes of a network: K and L of Fig. 5's layer, or its frames, their number and classes."""
    name, *which = printed.inputs
    net = create_network(name)
    if isinstance(net, BabiNetwork):
        sizes = {"K": net.temporal_layer.in_shape[0], "L": net.temporal_layer.out_shape[0]}
    else:
        found = _dvs_network(name)
        sizes = dict(zip("HWC", found.sequential.in_shape, strict=True))
        sizes |= {"T": found.steps, "classes": found.sequential.out_shape[0]}
    return [sizes[size] for size in which], name


def kernel_size(printed: PrintedNumber) -> Recomputed:
    """The kernel size of all convolutions of a network."""
    (name,) = printed.inputs
    (found,) = {conv.kernel for conv in _convolutions(name)}
    return found, f"every convolution of {name}"


def padding(printed: PrintedNumber) -> Recomputed:
    """The zero padding of all convolutions of a network."""
    (name,) = printed.inputs
    found = {n for conv in _convolutions(name) for axis in conv.grid.pad for n in axis}
    return [*found], f"every convolution of {name}"


def neuron_parameter(printed: PrintedNumber) -> Recomputed:
    """An initial parameter of all neurons of a network."""
    name, parameter = printed.inputs
    own = (neurons_of(layer) for _, layer in _dvs_network(name).sequential.layers)
    found = {getattr(layer.neuron, parameter) for layer in own if layer is not None}
    return [Fraction(str(value)) for value in found], f"all neurons of {name}"


def n_axes(printed: PrintedNumber) -> Recomputed:
    """Number of axes of the output of a layer, including batch and time."""
    (name,) = printed.inputs
    layer = layers.ConvLIAF((8, 8, 2), 4) if name == "ConvLIAF" else layers.DenseLIAF(2, 4)
    return [len(("B", "T", *layer.out_shape))], name


def n_gates(printed: PrintedNumber) -> Recomputed:
    """Number of gates of a temporal layer: its maps of input and state, without the candidate."""
    layer = cast("BabiNetwork", create_network(f"babi-{printed.inputs[0]}")).temporal_layer
    maps = layer.synapse.out_shape[0] // layer.out_shape[0]
    return [maps - 1], f"{maps} maps of input and state, one of them the candidate's"


def _convolutions(name: str) -> list[Conv2D]:
    parts = (layer for _, layer in _dvs_network(name).sequential.layers)
    synapses = (layer.synapse if isinstance(layer, Driven) else layer for layer in parts)
    return [layer for layer in synapses if isinstance(layer, Conv2D)]


def _dvs_network(name: str) -> SequenceClassifier:
    return cast("SequenceClassifier", create_network(name))


def average(printed: PrintedNumber) -> Recomputed:
    """Average the tasks of Table III, with fine-tuned results where there are any."""
    return [_mean_over_tasks(*printed.inputs)], "its cells"


def average_difference(printed: PrintedNumber) -> Recomputed:
    """Compare two averages of Table III."""
    a, b, column = printed.inputs
    ours = _mean_over_tasks(a, column) - _mean_over_tasks(b, column)
    x, y = (Decimal(printed_cells()["III", row, column]) for row in (a, b))
    return [ours], f"the printed averages give {x} - {y} = {x - y}"


def _mean_over_tasks(cell: str, column: str) -> Fraction:
    cells, tuned = printed_cells(), FINETUNED if column.endswith(FINETUNED) else ""
    plain = {task: cells["III", cell, f"QA{task}"] for task in TASK_NAMES}
    found = (cells.get(("III", cell, f"QA{task}{tuned}"), text) for task, text in plain.items())
    return sum(map(Fraction, found), Fraction()) / len(plain)


def repeat_table_vi(printed: PrintedNumber) -> Recomputed:
    """Look up an accuracy on CIFAR10-DVS in Table VI."""
    return [_cell("VI", printed.inputs[0], "CIFAR10-DVS")], "Table VI"


def gain_over_best(printed: PrintedNumber) -> Recomputed:
    """Compare a cell of Table VI with the best result from the literature."""
    row, column = printed.inputs
    places = [place for place in printed_cells() if place[::2] == ("VI", column)]
    cited = {place[1]: _cell(*place) for place in places if place[1] not in CELL_NAMES}
    best = max(cited, key=cited.__getitem__)
    return [_cell("VI", row, column) - cited[best]], f"best before: {best}"


def difference_ix(printed: PrintedNumber) -> Recomputed:
    """Compare two accuracies of Table IX."""
    a, b = (_cell("IX", row, "test accuracy") for row in printed.inputs)
    tested = _test_set_size()
    more = round((a - b) * tested / 100)
    exact = counts.format_fixed(Fraction(100 * more, tested), 2)
    return [a - b], f"Table IX; {more} of {tested} are {exact}"


def test_set_fraction(printed: PrintedNumber) -> Recomputed:
    """Find the number of correct test instances that an accuracy stands for."""
    return _nearest_fraction(printed, _test_set_size())


def test_fifth_fraction(printed: PrintedNumber) -> Recomputed:
    """The same if a fifth of 10,000 recordings is tested, which the paper does not print."""
    values, explanation = _nearest_fraction(printed, RECORDINGS // 5)
    return values, f"{explanation}, a fifth of {RECORDINGS:,} (assumed)"


def _nearest_fraction(printed: PrintedNumber, tested: int) -> Recomputed:
    right = round(Fraction(printed.value) * tested / 100)
    return [Fraction(100 * right, tested)], f"{right:,} of {tested:,}"


def _test_set_size() -> int:
    return next(
        int(p.value) for p in printed_numbers() if p.quantity == "instances of the test set"
    )


def samples_of_trials(printed: PrintedNumber) -> Recomputed:
    """Count every class once for each trial of DVS128 Gesture."""
    train, test = (TRIAL_LISTS[f"trials_to_{part}.txt"] for part in printed.inputs)
    why = f"{train + test} trials, {len(CLASSES)} classes each; that makes {test * len(CLASSES)}"
    why += f" for testing, not the {_test_set_size()} of VI-C3"
    return [(train + test) * len(CLASSES)], why


def count_rows_ix(_: PrintedNumber) -> Recomputed:
    """Count the networks of Table IX."""
    return [len({row for table, row, _ in printed_cells() if table == "IX"})], "rows of Table IX"


def count_columns_vi(_: PrintedNumber) -> Recomputed:
    """Count the data sets of Table VI."""
    found = {column for table, _, column in printed_cells() if table == "VI"}
    return [len(found)], "columns of Table VI"


def percentage(printed: PrintedNumber) -> Recomputed:
    """Divide one printed number by another, in percent."""
    a, b = printed.inputs
    return [100 * Fraction(a) / Fraction(b)], f"{a} of {b}"


def ratio(printed: PrintedNumber) -> Recomputed:
    """Divide printed numbers by others, pair by pair."""
    pairs = list(zip(printed.inputs[::2], printed.inputs[1::2], strict=True))
    values = [Fraction(a) / Fraction(b) for a, b in pairs]
    return values, ", ".join(f"{a} / {b}" for a, b in pairs)


def count_tasks(_: PrintedNumber) -> Recomputed:
    """Count the bAbI tasks."""
    return [len(TASK_NAMES)], "files of the published text"


def _cell(table: str, row: str, column: str) -> Fraction:
    """A printed cell of a table."""
    return Fraction(printed_cells()[table, row, column])
