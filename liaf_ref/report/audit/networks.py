"""Recompute settings and sizes from the networks, and the list of all recomputations."""

from collections.abc import Callable, Mapping
from fractions import Fraction

from liaf_ref._core.validation import check_instance
from liaf_ref.experiments.paper import PrintedNumber
from liaf_ref.layers import (
    AveragePool,
    Conv2D,
    ConvLIAF,
    Dense,
    DenseLIAF,
    Driven,
    Layer,
    neurons_of,
)
from liaf_ref.networks import BabiNetwork, SequenceClassifier
from liaf_ref.networks.registry import create_network
from liaf_ref.report.audit import agreement, counts
from liaf_ref.report.audit.agreement import Recomputed, from_ints

Recompute = Callable[[PrintedNumber], Recomputed]


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
    layer = ConvLIAF((8, 8, 2), 4) if name == "ConvLIAF" else DenseLIAF(2, 4)
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


RECOMPUTATIONS: Mapping[str, Recompute] = {  # by their names in paper.toml
    function.__name__: function
    for function in (
        *(counts.table_i, counts.table_ii, counts.table_iv, counts.table_vii, counts.table_ix),
        *(counts.reduction, network_settings, layer_size, frame_shape, n_classes, kernel_size),
        *(padding, neuron_parameter, n_axes, n_gates),
        *(agreement.average, agreement.average_difference, agreement.ratio),
        *(agreement.gain_over_best, agreement.difference_ix, agreement.percentage),
        *(agreement.test_set_fraction, agreement.test_fifth_fraction),
        *(agreement.samples_of_trials, agreement.count_tasks),
        *(agreement.count_rows_ix, agreement.count_columns_vi),
        agreement.repeat_table_vi,
    )
}
