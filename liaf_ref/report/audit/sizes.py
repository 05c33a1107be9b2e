"""Recompute Tables V and VIII, and sizes in the text, from the networks."""

from fractions import Fraction

from liaf_ref._core.validation import check_instance
from liaf_ref.experiments.paper import PrintedNumber
from liaf_ref.layers import (
    AveragePool,
    Conv2D,
    ConvLIAF,
    Dense,
    DenseLIAF,
    Layer,
    NeuronLayer,
)
from liaf_ref.networks import BabiNetwork, DVSNetwork
from liaf_ref.networks.network_config import GESTURE
from liaf_ref.networks.registry import create_network
from liaf_ref.report.audit.recomputed import Recomputed, from_ints


def table_v(printed: PrintedNumber) -> Recomputed:
    """A column of Table V, from the network of Fig. 6 for a data set."""
    return _read_column(_dvs_network(f"{printed.inputs[0]}-liaf"), printed.inputs[1])


def table_viii(printed: PrintedNumber) -> Recomputed:
    """A column of Table VIII, from the gesture network."""
    return _read_column(_dvs_network(f"{GESTURE.name}-liaf"), printed.inputs[1])


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
    return from_ints(
        *(net.steps if axis == "T" else shape[int(axis)] for axis in axes), explanation=name
    )


def n_steps(printed: PrintedNumber) -> Recomputed:
    """Number of frames per sample."""
    return from_ints(_dvs_network(printed.inputs[0]).steps, explanation=printed.inputs[0])


def n_classes(printed: PrintedNumber) -> Recomputed:
    """Number of logits."""
    return from_ints(
        *_dvs_network(printed.inputs[0]).sequential.out_shape, explanation=printed.inputs[0]
    )


def kernel_size(printed: PrintedNumber) -> Recomputed:
    """The kernel size of all convolutions of a network."""
    (found,) = {conv.kernel for conv in _convolutions(_dvs_network(printed.inputs[0]))}
    return from_ints(*found, explanation=f"every convolution of {printed.inputs[0]}")


def padding(printed: PrintedNumber) -> Recomputed:
    """The zero padding of all convolutions of a network."""
    convolutions = _convolutions(_dvs_network(printed.inputs[0]))
    found = {n for conv in convolutions for axis in conv.grid.pad for n in axis}
    return from_ints(*found, explanation=f"every convolution of {printed.inputs[0]}")


def neuron_parameter(printed: PrintedNumber) -> Recomputed:
    """An initial parameter of all neurons of a network."""
    name, parameter = printed.inputs
    layers = (layer.neurons for _, layer in _dvs_network(name).sequential.layers)
    found = {getattr(layer, parameter) for layer in layers if layer is not None}
    return Recomputed(tuple(Fraction(str(value)) for value in found), f"all neurons of {name}")


def n_axes(printed: PrintedNumber) -> Recomputed:
    """Number of axes of the output of a layer, including batch and time."""
    (name,) = printed.inputs
    layer = ConvLIAF((8, 8, 2), 4) if name == "ConvLIAF" else DenseLIAF(2, 4)
    return from_ints(len(("B", "T", *layer.out_shape)), explanation=name)


def n_gates(printed: PrintedNumber) -> Recomputed:
    """Number of gates of a temporal layer: its maps of input and state, without the candidate."""
    layer = _babi_network(f"babi-{printed.inputs[0]}").temporal_layer
    maps = layer.synapse.L // layer.out_shape[0]
    return from_ints(
        maps - 1, explanation=f"{maps} maps of input and state, one of them the candidate's"
    )


def _read_column(net: DVSNetwork, column: str) -> Recomputed:
    parts = net.sequential.layers
    filters = [conv.L for conv in _convolutions(net)]
    dense = [layer for name, layer in parts if name.startswith("dense")]
    units = [layer.L for layer in dense if isinstance(layer, Dense)]
    pools = [n for _, layer in parts if isinstance(layer, AveragePool) for n in layer.size]
    found = {
        "N": [len(filters)],
        "M": [len(units)],
        "filters": filters,
        "pooling": pools,
        "units": units,
    }
    return from_ints(*found[column], explanation=net.name)


def _convolutions(net: DVSNetwork) -> list[Conv2D]:
    synapses = (_synapse(layer) for _, layer in net.sequential.layers)
    return [layer for layer in synapses if isinstance(layer, Conv2D)]


def _synapse(layer: Layer) -> Layer:
    return layer.synapse if isinstance(layer, NeuronLayer) else layer


def _babi_network(name: str) -> BabiNetwork:
    return check_instance("network", create_network(name), BabiNetwork, "the audit", "Fig. 5's")


def _dvs_network(name: str) -> DVSNetwork:
    return check_instance("network", create_network(name), DVSNetwork, "the audit", "one on images")
