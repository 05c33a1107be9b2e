"""Tables V and VIII, and sizes that the text prints: read off the networks as they are built."""

from fractions import Fraction

from liaf_ref.door import check_instance
from liaf_ref.experiments.paper import PrintedNumber
from liaf_ref.layers import (
    AveragePool,
    Conv,
    ConvLIAF,
    Dense,
    DenseLIAF,
    Integrated,
    Layer,
)
from liaf_ref.networks import BabiNetwork, VisionNetwork
from liaf_ref.networks.catalogue import network
from liaf_ref.networks.tables import GESTURE
from liaf_ref.report.audit.ours import Ours, whole


def table_v(printed: PrintedNumber) -> Ours:
    """Read a column off Fig. 6's network for a data set."""
    return _column(_vision(f"{printed.inputs[0]}-liaf"), printed.inputs[1])


def table_viii(printed: PrintedNumber) -> Ours:
    """Read a column off the gesture network."""
    return _column(_vision(f"{GESTURE.name}-liaf"), printed.inputs[1])


def size(printed: PrintedNumber) -> Ours:
    """Inputs or outputs of the temporal layer of Fig. 5."""
    name, which = printed.inputs
    layer = _babi(name).layer
    (found,) = layer.in_shape if which == "K" else layer.out_shape
    return whole(found, why=name)


def frame(printed: PrintedNumber) -> Ours:
    """Sizes of the frames that go in; of a sample with T."""
    name, *axes = printed.inputs
    net = _vision(name)
    shape = net.chain.in_shape
    return whole(*(net.steps if axis == "T" else shape[int(axis)] for axis in axes), why=name)


def steps(printed: PrintedNumber) -> Ours:
    """Frames of a sample."""
    return whole(_vision(printed.inputs[0]).steps, why=printed.inputs[0])


def classes(printed: PrintedNumber) -> Ours:
    """Logits that come out."""
    return whole(*_vision(printed.inputs[0]).chain.out_shape, why=printed.inputs[0])


def kernel(printed: PrintedNumber) -> Ours:
    """The window that all convolutions of a network have."""
    (found,) = {conv.kernel for conv in _convolutions(_vision(printed.inputs[0]))}
    return whole(*found, why=f"every convolution of {printed.inputs[0]}")


def padding(printed: PrintedNumber) -> Ours:
    """Zeros on every side of all convolutions of a network."""
    convolutions = _convolutions(_vision(printed.inputs[0]))
    found = {n for conv in convolutions for axis in conv.grid.pad for n in axis}
    return whole(*found, why=f"every convolution of {printed.inputs[0]}")


def neurons(printed: PrintedNumber) -> Ours:
    """An initial parameter that all neurons of a network have."""
    name, parameter = printed.inputs
    layers = (layer.neurons for _, layer in _vision(name).chain.parts)
    found = {getattr(layer, parameter) for layer in layers if layer is not None}
    return Ours(tuple(Fraction(str(value)) for value in found), f"all neurons of {name}")


def axes(printed: PrintedNumber) -> Ours:
    """Axes of a layer's output, batch and time among them."""
    (name,) = printed.inputs
    layer = ConvLIAF((8, 8, 2), 4) if name == "ConvLIAF" else DenseLIAF(2, 4)
    return whole(len(("B", "T", *layer.out_shape)), why=name)


def gates(printed: PrintedNumber) -> Ours:
    """Gates of a temporal layer: its maps of input and state, but for that of the candidate."""
    layer = _babi(f"babi-{printed.inputs[0]}").layer
    maps = layer.synapse.L // layer.out_shape[0]
    return whole(maps - 1, why=f"{maps} maps of input and state, one of them the candidate's")


def _column(net: VisionNetwork, column: str) -> Ours:
    parts = net.chain.parts
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
    return whole(*found[column], why=net.name)


def _convolutions(net: VisionNetwork) -> list[Conv]:
    synapses = (_synapse(layer) for _, layer in net.chain.parts)
    return [layer for layer in synapses if isinstance(layer, Conv)]


def _synapse(layer: Layer) -> Layer:
    return layer.synapse if isinstance(layer, Integrated) else layer


def _babi(name: str) -> BabiNetwork:
    return check_instance("network", network(name), BabiNetwork, "the audit", "Fig. 5's")


def _vision(name: str) -> VisionNetwork:
    return check_instance("network", network(name), VisionNetwork, "the audit", "one on images")
