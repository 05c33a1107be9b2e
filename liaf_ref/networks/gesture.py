"""The network of Table VIII: neurons throughout, batch normalisation, and the mean over time."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import check_callable, check_choice, check_instance
from liaf_ref.kernels.grid import Size
from liaf_ref.kernels.pair import Pair
from liaf_ref.layers import (
    LSTM,
    AveragePool,
    BatchNorm,
    Conv2D,
    ConvLSTM,
    Dense,
    Flatten,
    Layer,
    Sumlayer,
)
from liaf_ref.layers.sequential import NamedLayer, Sequential
from liaf_ref.networks.cells import resolve_spike
from liaf_ref.networks.dvs import DVSNetwork
from liaf_ref.networks.network_config import GESTURE, NetworkConfig, check_network_config
from liaf_ref.networks.neuron_config import (
    GESTURE_NEURONS,
    NeuronConfig,
    check_neuron_config,
    neuron_keywords,
)
from liaf_ref.networks.neuron_forms import NEURON_FORMS

WHERE = "Table VIII"
CELL_NAMES = (*NEURON_FORMS, "convlstm")
NORMS = ("batch", "none")
AFTER_POOLING = ("neurons", "none")
READOUTS = ("neurons", "dense")
NeuronFactory = Callable[[Size], Layer]


@dataclass(frozen=True)
class GestureBlocks:
    """What the blocks of Table VIII have beside convolution and neurons; by default all of it."""

    norm: str = "batch"
    after_pooling: str = "neurons"  # what follows each pooling
    readout: str = "neurons"  # what is averaged over time: the last block's neurons or dense layer

    def __post_init__(self) -> None:
        check_choice("norm", self.norm, NORMS, WHERE)
        check_choice("after_pooling", self.after_pooling, AFTER_POOLING, WHERE)
        check_choice("readout", self.readout, READOUTS, WHERE)


TABLE_VIII = GestureBlocks()


def gesture_network(
    cell: str = "liaf",
    *,
    network_config: NetworkConfig = GESTURE,
    spike: Pair | None = None,
    neuron_config: NeuronConfig = GESTURE_NEURONS,
    gesture_blocks: GestureBlocks = TABLE_VIII,
    time_statistics: str = "joint",
    criterion: str = "ce",
    container: Callable[..., Sequential] = Sequential,
) -> DVSNetwork:
    """Build the network of Table VIII for DVS128 Gesture.

    A block is convolution, batch normalization, neurons, and, where the table has it, pooling
    followed by neurons. A dense block is a dense layer, batch normalization, neurons. The neurons
    are LIAF with SELU in NTR mode, or LIF; all neurons of a layer share one set of parameters. The
    logits are the mean of the last block over time. With ConvLSTM a block is ConvLSTM, batch
    normalization, pooling; the dense blocks are an LSTM and a dense layer.

    Parameters
    ----------
    cell : str
        ``"liaf"``, ``"lif"`` or ``"convlstm"``.
    network_config : NetworkConfig
        ``GESTURE`` of :mod:`liaf_ref.networks`, or sizes of your own.
    spike : Pair, optional
        The spike of Eq. (4) and its slope, for liaf and lif only; the paper's with mu 0.5 by
        default.
    neuron_config : NeuronConfig
        Options of the neurons; the paper's by default. The order within a block is fixed.
    gesture_blocks : GestureBlocks
        Which layers the blocks of liaf and lif have; those of Table VIII by default.
    time_statistics : str
        Statistics of batch normalization: ``"joint"`` over time, or ``"per_step"``.
    criterion : str
        Loss: ``"ce"``, ``"softmax_bce"``, ``"sigmoid_bce"`` or ``"mse"``.
    container : callable
        :class:`Sequential`, or :class:`CheckpointedSequential` to save memory.

    Returns
    -------
    DVSNetwork
        The network; its loss is categorical cross-entropy by default.

    Raises
    ------
    InputError
        If an argument is invalid, or the sizes do not fit together.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> net = lr.gesture_network("liaf")
    >>> net.steps, net.network_config.num_classes
    (60, 11)
    """
    check_network_config(network_config, WHERE)
    check_choice("cell", cell, CELL_NAMES, WHERE)
    check_callable(
        "container", container, WHERE, "Sequential, CheckpointedSequential or a factory of one"
    )
    spike = resolve_spike(cell, spike, WHERE)
    neuron_config = check_neuron_config(neuron_config, GESTURE_NEURONS, cell, WHERE)
    if neuron_config.block_order is not None:
        raise InputError.for_argument(
            "block_order", WHERE, "expected None: the blocks of Table VIII have one order only"
        )
    blocks = check_instance(
        "gesture_blocks", gesture_blocks, GestureBlocks, WHERE, "a GestureBlocks"
    )
    if cell == "convlstm":
        if blocks != TABLE_VIII:
            raise InputError.for_argument(
                "gesture_blocks", WHERE, "expected those of Table VIII for the cell convlstm"
            )
        parts = list(_recurrent_layers(network_config, time_statistics))
    else:
        keywords = neuron_keywords(cell, neuron_config) | {"spike": spike}
        node = partial(NEURON_FORMS[cell].direct, **keywords)
        parts = list(_neuron_layers(network_config, node, blocks, time_statistics))
    parts.append(NamedLayer("sum", Sumlayer(parts[-1].layer.out_shape)))
    return DVSNetwork(network_config, cell, container(tuple(parts), label=WHERE), criterion)


def _neuron_layers(
    network_config: NetworkConfig,
    neuron_factory: NeuronFactory,
    blocks: GestureBlocks,
    time_statistics: str,
) -> Iterator[NamedLayer]:
    def normalized(number: int, shape: Size) -> Iterator[NamedLayer]:
        if blocks.norm == "batch":
            yield NamedLayer(f"norm{number}", BatchNorm(shape, time_statistics))

    shape = network_config.shape
    for number, block in enumerate(network_config.blocks, 1):
        yield NamedLayer(f"conv{number}", conv := Conv2D(shape, block.filters))
        shape = conv.out_shape
        yield from normalized(number, shape)
        yield NamedLayer(f"node{number}", neuron_factory(shape))
        if block.pool:
            yield NamedLayer(f"pool{number}", pool := AveragePool(shape, block.pool))
            shape = pool.out_shape
            if blocks.after_pooling == "neurons":
                yield NamedLayer(f"pooled{number}", neuron_factory(shape))
    yield NamedLayer("flat", Flatten(shape))
    K = math.prod(shape)
    sizes = *network_config.dense_units, network_config.num_classes
    for number, units in enumerate(sizes, len(network_config.blocks) + 1):
        yield NamedLayer(f"dense{number}", Dense(K, units))
        if number < len(network_config.blocks) + len(sizes) or blocks.readout == "neurons":
            yield from normalized(number, (units,))
            yield NamedLayer(f"node{number}", neuron_factory((units,)))
        K = units


def _recurrent_layers(network_config: NetworkConfig, time_statistics: str) -> Iterator[NamedLayer]:
    shape = network_config.shape
    for number, block in enumerate(network_config.blocks, 1):
        yield NamedLayer(f"conv{number}", conv := ConvLSTM(shape, block.filters))
        shape = conv.out_shape
        yield NamedLayer(f"norm{number}", BatchNorm(shape, time_statistics))
        if block.pool:
            yield NamedLayer(f"pool{number}", pool := AveragePool(shape, block.pool))
            shape = pool.out_shape
    yield NamedLayer("flat", Flatten(shape))
    K = math.prod(shape)
    for number, units in enumerate(network_config.dense_units, len(network_config.blocks) + 1):
        yield NamedLayer(f"lstm{number}", LSTM(K, units))
        yield NamedLayer(f"norm{number}", BatchNorm((units,), time_statistics))
        K = units
    yield NamedLayer("out", Dense(K, network_config.num_classes))
