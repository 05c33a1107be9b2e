"""Networks on event frames: Fig. 6 with Table V, and Table VIII."""

from collections.abc import Callable
from typing import Annotated, Any

from liaf_ref import layers
from liaf_ref._core.declared import Declared, derived
from liaf_ref._core.errors import InputError
from liaf_ref._core.kinds import About, many, one_of, text, whole
from liaf_ref._core.validation import check_callable, check_choice, check_instance
from liaf_ref.layers import types as t
from liaf_ref.layers.types import Shape
from liaf_ref.networks.cells import check_neuron
from liaf_ref.networks.classifier import SequenceClassifier

BLOCK_ORDERS = ("neuron-norm-pool", "norm-neuron-pool", "norm-pool-neuron")
DEFAULT_ORDERS = {"liaf": BLOCK_ORDERS[0], "lif": BLOCK_ORDERS[2]}
DROPOUT_RATE = 0.5  # the paper does not print it
DVS_NEURON = layers.Neuron()  # Section VI-B2
GESTURE_NEURON = layers.Neuron(act="selu", mode="NTR", sharing="all")  # Section VI-C2
BASELINE_LAYERS: dict[str, "Make"] = {
    "conv2d": layers.Conv2D,
    "conv3d": layers.Conv3D,
    "convlstm": layers.ConvLSTM,
}
FIG6_CELLS = (*DEFAULT_ORDERS, *BASELINE_LAYERS)
TABLE_VIII_CELLS = (*DEFAULT_ORDERS, "convlstm")
FIG6, TABLE8 = "Fig. 6 and Table V", "Table VIII"
CONTAINERS = "Sequential, CheckpointedSequential or a factory of one"
Make = Callable[..., layers.Layer]
Row = tuple[Any, ...]  # name, what makes the layer for the outputs of the one before, options
Container = Callable[[list[layers.NamedLayer]], layers.Sequential]


class ConvBlock(Declared):
    """A row of Table V or VIII.

    Parameters
    ----------
    filters : int
        Output channels of the convolution.
    pool : tuple of int or None
        Window of the pooling after it; None for no pooling.

    Examples
    --------
    >>> from liaf_ref.networks import CIFAR10_DVS, ConvBlock
    >>> CIFAR10_DVS.blocks[0] == ConvBlock(filters=32, pool=(2, 2))
    True
    """

    filters: t.Count
    pool: t.Window2 | None


class NetworkConfig(Declared):
    """Sizes of a network on event frames.

    Parameters
    ----------
    name : str
        Name of the data set.
    shape : tuple of int
        ``(H, W, 2)``, one frame of events.
    steps : int
        Frames of a sample.
    blocks : tuple of ConvBlock
        Blocks of convolution.
    dense_units : tuple of int
        Units of the dense blocks.
    num_classes : int
        Number of classes.

    Examples
    --------
    >>> from liaf_ref.networks import ConvBlock, NetworkConfig
    >>> NetworkConfig("tiny", (8, 8, 2), 4, (ConvBlock(3, (2, 2)),), (5,), 10).num_classes
    10
    """

    name: Annotated[str, text]
    shape: t.ImageShape
    steps: t.Count
    blocks: tuple[ConvBlock, ...]
    dense_units: Annotated[tuple[int, ...], many(whole())]
    num_classes: t.Count


POOL_2X2, POOL_4X4 = (2, 2), (4, 4)
HALVING = [ConvBlock(filters, POOL_2X2) for filters in (32, 64, 128, 256)]
LAST = ConvBlock(512, POOL_4X4)
MNIST_DVS = NetworkConfig("mnist-dvs", (40, 40, 2), 20, tuple(HALVING[:3]), (512, 128), 10)
CIFAR10_DVS = NetworkConfig("cifar10-dvs", (128, 128, 2), 10, (*HALVING, LAST), (512,), 10)
GESTURE = NetworkConfig(
    "gesture",
    (32, 32, 2),
    60,
    (ConvBlock(64, None), ConvBlock(128, POOL_2X2), ConvBlock(128, POOL_2X2)),
    (256,),  # the table's second, 11, is the classes
    11,
)


class GestureBlocks(Declared):
    """What the blocks of Table VIII have beside convolution and neurons; by default all of it.

    Examples
    --------
    >>> from liaf_ref.networks import GestureBlocks
    >>> GestureBlocks(norm="none")
    GestureBlocks(norm='none')
    """

    norm: Annotated[str, one_of("batch", "none"), About("normalization of each block")] = "batch"
    after_pooling: Annotated[str, one_of("neurons", "none"), About("what follows each pooling")] = (
        "neurons"
    )
    readout: Annotated[str, one_of("neurons", "dense"), About("what is averaged over time")] = (
        "neurons"
    )
    output_in: Annotated[
        str, one_of("all", "hidden", "last"), About("blocks with LIF's own output; others spike")
    ] = "all"


TABLE_VIII = GestureBlocks()


def dvs_network(
    network_config: NetworkConfig,
    cell: str = "liaf",
    *,
    neuron: layers.Neuron = DVS_NEURON,
    block_order: str | None = None,
    dropout: float = DROPOUT_RATE,
    criterion: str = "softmax_bce",
    container: Container = layers.Sequential,
) -> SequenceClassifier:
    """Build the network of Fig. 6 for MNIST-DVS and CIFAR10-DVS.

    A block is ConvLIAF, layer normalization, ReLU, pooling. The baselines replace ConvLIAF by
    Conv2D, Conv3D or ConvLSTM; a block of LIF is convolution, layer normalization, pooling,
    DirectLIF. The mean over time follows, then the dense blocks, each a dropout and a dense
    layer with ReLU, and a dense layer to the logits.

    Parameters
    ----------
    network_config : NetworkConfig
        ``MNIST_DVS`` or ``CIFAR10_DVS`` of :mod:`liaf_ref.networks`, or sizes of your own.
    cell : str
        ``"liaf"``, ``"lif"``, ``"conv2d"``, ``"conv3d"`` or ``"convlstm"``.
    neuron : Neuron
        Options of liaf and lif; the paper's by default.
    block_order : str, optional
        Where in a block of liaf or lif the neurons are: ``"neuron-norm-pool"`` (liaf by default),
        ``"norm-neuron-pool"`` or ``"norm-pool-neuron"`` (lif by default).
    dropout : float
        Fraction that each dropout drops.
    criterion : str
        Loss: ``"ce"``, ``"softmax_bce"``, ``"sigmoid_bce"`` or ``"mse"``.
    container : callable
        :class:`Sequential`, or :class:`CheckpointedSequential` to save memory.

    Returns
    -------
    SequenceClassifier
        The network; its loss is binary cross-entropy on the softmax by default.

    Raises
    ------
    InputError
        If an argument is invalid, or the sizes do not fit together.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> from liaf_ref.networks import ConvBlock, NetworkConfig
    >>> config = NetworkConfig("tiny", (8, 8, 2), 4, (ConvBlock(3, (2, 2)),), (5,), 10)
    >>> net = lr.dvs_network(config, "liaf")
    >>> frames = np.ones((1, 4, 8, 8, 2), np.float32)  # 1 sample of 4 frames
    >>> logits, tape = net.forward(net.init(0), frames)
    >>> logits.shape
    (1, 10)
    """
    check_choice("cell", cell, FIG6_CELLS, FIG6)
    config = _check(network_config, container, cell, neuron, DVS_NEURON, FIG6)
    if block_order is not None:
        check_choice("block_order", block_order, BLOCK_ORDERS, FIG6)
        if cell not in DEFAULT_ORDERS:
            reason = f"expected no value for the cell {cell}, got {block_order}: only neurons have"
            raise InputError.for_argument("block_order", FIG6, reason)
    chain, order = Chain(config.shape), block_order or DEFAULT_ORDERS.get(cell, "")
    for number, block in enumerate(config.blocks, 1):
        chain.add(number, *_fig6_block(block, cell, order, neuron_for(cell, neuron)))
    chain.add("", ("sum", layers.TimeMean), ("flat", layers.Flatten))
    for number, units in enumerate(config.dense_units, 1):
        chain.add(number, ("drop", layers.Dropout, dropout), ("dense", _dense, units))
        chain.add(number, ("act", layers.Activation, "relu"))
    chain.add("", ("out", _dense, config.num_classes))
    return _classifier(config, cell, container(chain.layers), criterion)


class Chain:
    """Layers by name, each made for the outputs of the one before."""

    def __init__(self, shape: Shape) -> None:
        self.layers: list[layers.NamedLayer] = []
        self.shape = shape

    def add(self, number: int | str, *rows: Row) -> None:
        """Add layers, whose names get the number of their block."""
        for name, make, *options in rows:
            layer = make(self.shape, *options)
            self.layers.append(layers.NamedLayer(f"{name}{number}", layer))
            self.shape = layer.out_shape


def _dense(shape: Shape, units: int) -> layers.Dense:
    return layers.Dense(shape[0], units)


def _lstm(shape: Shape, units: int) -> layers.Layer:
    return layers.LSTM(shape[0], units)


def _pool(block: ConvBlock) -> list[Row]:
    return [("pool", layers.AveragePool, block.pool)] if block.pool else []


def neuron_for(cell: str, neuron: layers.Neuron) -> layers.Neuron:
    """The neuron of a cell: for ``"lif"``, its activation is the spike."""
    return neuron.as_lif() if cell == "lif" else neuron


def _check(
    value: object,
    container: object,
    cell: str,
    neuron: object,
    default: layers.Neuron,
    where: str,
) -> NetworkConfig:
    check_callable("container", container, where, CONTAINERS)
    config = check_instance("network_config", value, NetworkConfig, where, "a NetworkConfig")
    if not config.blocks:
        raise InputError.for_argument("blocks", where, "expected at least one, got none")
    own = check_instance("neuron", neuron, layers.Neuron, where, "a Neuron")
    check_neuron(cell, own, default, where)
    return config


def _classifier(
    config: NetworkConfig, cell: str, sequential: layers.Sequential, criterion: str
) -> SequenceClassifier:
    return SequenceClassifier(sequential, config.steps, criterion, f"{config.name}-{cell}")


def _fig6_block(block: ConvBlock, cell: str, order: str, neuron: layers.Neuron) -> list[Row]:
    pool, norm, relu = _pool(block), ("norm", layers.LayerNorm), ("relu", layers.Activation, "relu")
    if cell in BASELINE_LAYERS:
        return [("conv", BASELINE_LAYERS[cell], block.filters), norm, relu, *pool]

    def driven(shape: Shape) -> layers.Layer:
        return layers.neurons_on(layers.Conv2D(shape, block.filters), neuron)

    conv, node = ("conv", layers.Conv2D, block.filters), ("node", layers.Neurons, neuron)
    # The ReLU follows neurons and norm, whichever is later; behind spikes it would do nothing.
    rectified = [node] if neuron.is_lif else [node, relu]
    return {
        "neuron-norm-pool": [("conv", driven), norm, relu, *pool],
        "norm-neuron-pool": [conv, norm, *rectified, *pool],
        "norm-pool-neuron": [conv, norm, *pool, *rectified],
    }[order]


def gesture_network(
    cell: str = "liaf",
    *,
    network_config: NetworkConfig = GESTURE,
    neuron: layers.Neuron = GESTURE_NEURON,
    gesture_blocks: GestureBlocks = TABLE_VIII,
    time_statistics: str = "joint",
    criterion: str = "ce",
    container: Container = layers.Sequential,
) -> SequenceClassifier:
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
    neuron : Neuron
        Options of liaf and lif; the paper's by default.
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
    SequenceClassifier
        The network; its loss is categorical cross-entropy by default.

    Raises
    ------
    InputError
        If an argument is invalid, or the sizes do not fit together.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> net = lr.gesture_network("liaf")
    >>> net.name, net.steps, net.sequential.out_shape
    ('gesture-liaf', 60, (11,))
    """
    check_choice("cell", cell, TABLE_VIII_CELLS, TABLE8)
    config = _check(network_config, container, cell, neuron, GESTURE_NEURON, TABLE8)
    expected = "a GestureBlocks"
    blocks = check_instance("gesture_blocks", gesture_blocks, GestureBlocks, TABLE8, expected)
    chain, norm = Chain(config.shape), ("norm", layers.BatchNorm, time_statistics)
    if cell == "convlstm":
        if blocks != TABLE_VIII:
            reason = "expected those of Table VIII for the cell convlstm"
            raise InputError.for_argument("gesture_blocks", TABLE8, reason)
        _add_recurrent(chain, config, norm)
    else:
        _add_gesture(chain, config, neuron_for(cell, neuron), blocks, norm)
    chain.add("", ("sum", layers.TimeMean))
    return _classifier(config, cell, container(chain.layers), criterion)


def _add_gesture(
    chain: Chain, config: NetworkConfig, neuron: layers.Neuron, blocks: GestureBlocks, norm: Row
) -> None:
    hidden, last = (
        neuron if blocks.output_in in ("all", place) else derived(neuron, output=None)
        for place in ("hidden", "last")
    )
    norms = [norm] if blocks.norm == "batch" else []
    neurons, readout = ([*norms, ("node", layers.Neurons, each)] for each in (hidden, last))
    for number, block in enumerate(config.blocks, 1):
        chain.add(number, ("conv", layers.Conv2D, block.filters), *neurons, *_pool(block))
        if block.pool and blocks.after_pooling == "neurons":
            chain.add(number, ("pooled", layers.Neurons, hidden))
    chain.add("", ("flat", layers.Flatten))
    sizes = (*config.dense_units, config.num_classes)
    for number, units in enumerate(sizes, len(config.blocks) + 1):
        chain.add(number, ("dense", _dense, units))
        if number < len(config.blocks) + len(sizes):
            chain.add(number, *neurons)
        elif blocks.readout == "neurons":
            chain.add(number, *readout)


def _add_recurrent(chain: Chain, config: NetworkConfig, norm: Row) -> None:
    for number, block in enumerate(config.blocks, 1):
        chain.add(number, ("conv", layers.ConvLSTM, block.filters), norm, *_pool(block))
    chain.add("", ("flat", layers.Flatten))
    for number, units in enumerate(config.dense_units, len(config.blocks) + 1):
        chain.add(number, ("lstm", _lstm, units), norm)
    chain.add("", ("out", _dense, config.num_classes))
