"""The network of Fig. 6 with Table V: blocks of LIAF, LIF or a baseline, then dense blocks."""

import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from liaf_ref._core.validation import check_callable, check_choice
from liaf_ref.kernels.grid import Size
from liaf_ref.kernels.pair import Pair
from liaf_ref.layers import (
    Activation,
    AveragePool,
    Conv2D,
    Conv3D,
    ConvLSTM,
    Dense,
    Dropout,
    Flatten,
    Layer,
    LayerNorm,
    Sumlayer,
)
from liaf_ref.layers.sequential import NamedLayer, Sequential
from liaf_ref.networks.cells import resolve_spike
from liaf_ref.networks.dvs import DVSNetwork
from liaf_ref.networks.network_config import ConvBlock, NetworkConfig, check_network_config
from liaf_ref.networks.neuron_config import (
    DVS_NEURONS,
    NeuronConfig,
    check_neuron_config,
    neuron_keywords,
)
from liaf_ref.networks.neuron_forms import NEURON_FORMS

WHERE = "Fig. 6 and Table V"
DROPOUT_RATE = 0.5  # the paper does not print it
BASELINE_LAYERS: dict[str, Callable[[Size, int], Layer]] = {
    "conv2d": Conv2D,
    "conv3d": Conv3D,
    "convlstm": ConvLSTM,
}
CELL_NAMES = (*NEURON_FORMS, *BASELINE_LAYERS)
BlockBuilder = Callable[[Size, ConvBlock], Iterator[NamedLayer]]


def dvs_network(
    network_config: NetworkConfig,
    cell: str = "liaf",
    *,
    spike: Pair | None = None,
    neuron_config: NeuronConfig = DVS_NEURONS,
    dropout: float = DROPOUT_RATE,
    criterion: str = "softmax_bce",
    container: Callable[..., Sequential] = Sequential,
) -> DVSNetwork:
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
    spike : Pair, optional
        The spike of Eq. (4) and its slope, for liaf and lif only; the paper's with mu 0.5 by
        default.
    neuron_config : NeuronConfig
        Options of the neurons, and where in a block they are; the paper's by default.
    dropout : float
        Fraction that each dropout drops.
    criterion : str
        Loss: ``"ce"``, ``"softmax_bce"``, ``"sigmoid_bce"`` or ``"mse"``.
    container : callable
        :class:`Sequential`, or :class:`CheckpointedSequential` to save memory.

    Returns
    -------
    DVSNetwork
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
    check_network_config(network_config, WHERE)
    check_choice("cell", cell, CELL_NAMES, WHERE)
    check_callable(
        "container", container, WHERE, "Sequential, CheckpointedSequential or a factory of one"
    )
    spike = resolve_spike(cell, spike, WHERE)
    neuron_config = check_neuron_config(neuron_config, DVS_NEURONS, cell, WHERE)
    rival = BASELINE_LAYERS.get(cell)
    block = _baseline_block(rival) if rival else _NeuronBlock(cell, spike, neuron_config).build
    parts = list(_build_blocks(network_config, block))
    shape = parts[-1].layer.out_shape
    parts += [NamedLayer("sum", Sumlayer(shape)), NamedLayer("flat", Flatten(shape))]
    parts += _build_head(math.prod(shape), network_config, dropout)
    return DVSNetwork(network_config, cell, container(tuple(parts), label=WHERE), criterion)


def _build_blocks(network_config: NetworkConfig, build_block: BlockBuilder) -> Iterator[NamedLayer]:
    shape = network_config.shape
    for number, block in enumerate(network_config.blocks, 1):
        for name, layer in build_block(shape, block):
            yield NamedLayer(f"{name}{number}", layer)
            shape = layer.out_shape


def _baseline_block(layer_factory: Callable[[Size, int], Layer]) -> BlockBuilder:
    def parts(shape: Size, block: ConvBlock) -> Iterator[NamedLayer]:
        yield NamedLayer("conv", conv := layer_factory(shape, block.filters))
        shape = conv.out_shape
        yield NamedLayer("norm", LayerNorm(shape))
        yield NamedLayer("relu", Activation(shape, "relu"))
        if block.pool:
            yield NamedLayer("pool", AveragePool(shape, block.pool))

    return parts


class _NeuronBlock(NamedTuple):
    """Blocks of neurons, in any order."""

    cell: str
    spike: Pair
    neuron_config: NeuronConfig

    def build(self, shape: Size, block: ConvBlock) -> Iterator[NamedLayer]:
        """A block's layers by name."""
        forms = NEURON_FORMS[self.cell]
        keywords = neuron_keywords(self.cell, self.neuron_config) | {"spike": self.spike}
        order = (self.neuron_config.block_order or forms.block_order).split("-")
        first = partial(forms.conv, **keywords) if order[0] == "neuron" else Conv2D
        yield NamedLayer("conv", conv := first(shape, block.filters))
        shape = conv.out_shape
        spiking = forms.direct(shape, **keywords).spikes_out(spikes_in=False)
        # The ReLU follows neurons and norm, whichever is later; behind spikes it would do nothing.
        rectified = max(order.index("neuron"), order.index("norm"))
        for place, step in enumerate(order):
            if step == "neuron" and place:
                yield NamedLayer("node", forms.direct(shape, **keywords))
            elif step == "norm":
                yield NamedLayer("norm", LayerNorm(shape))
            elif step == "pool" and block.pool:
                yield NamedLayer("pool", pool := AveragePool(shape, block.pool))
                shape = pool.out_shape
            if place == rectified and not (step == "neuron" and spiking):
                yield NamedLayer("relu", Activation(shape, "relu"))


def _build_head(K: int, network_config: NetworkConfig, dropout: float) -> Iterator[NamedLayer]:
    for number, units in enumerate(network_config.dense_units, 1):
        yield NamedLayer(f"drop{number}", Dropout((K,), dropout))
        yield NamedLayer(f"dense{number}", Dense(K, units))
        yield NamedLayer(f"act{number}", Activation((units,), "relu"))
        K = units
    yield NamedLayer("out", Dense(K, network_config.num_classes))
