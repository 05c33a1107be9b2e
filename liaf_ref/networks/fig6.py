"""The network of Fig. 6 with Table V: blocks of LIAF, of LIF, or of a rival; then dense blocks."""

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

from liaf_ref.door import check_callable, check_choice
from liaf_ref.kernels.grid import Size
from liaf_ref.kernels.pair import Pair
from liaf_ref.layers import (
    Activation,
    AveragePool,
    Conv2D,
    Conv3D,
    ConvLIAF,
    ConvLIF,
    ConvLSTM,
    Dense,
    Dropout,
    Flatten,
    Layer,
    LayerNorm,
    Neurons,
    Sumlayer,
)
from liaf_ref.layers.chain import Chain, Part
from liaf_ref.networks.cells import SPIKING, spike_of
from liaf_ref.networks.tables import Block, Setting, check_setting
from liaf_ref.networks.variant import FIG6, OWN_ORDER, Variant, check_variant, direct
from liaf_ref.networks.vision import VisionNetwork

SOURCE = "Fig. 6 and Table V"
DROPOUT = 0.5  # the paper does not print it
RIVALS: dict[str, Callable[[Size, int], Layer]] = {
    "conv2d": Conv2D,
    "conv3d": Conv3D,
    "convlstm": ConvLSTM,
}
CELLS = (*SPIKING, *RIVALS)
Blocks = Callable[[Size, Block], Iterator[Part]]


def fig6(
    setting: Setting,
    cell: str = "liaf",
    *,
    spike: Pair | None = None,
    variant: Variant = FIG6,
    dropout: float = DROPOUT,
    criterion: str = "softmax_bce",
    chain: Callable[..., Chain] = Chain,
) -> VisionNetwork:
    """Build Fig. 6.

    A block is ConvLIAF, layer normalisation, ReLU, pooling; with a rival in ConvLIAF's
    place; or, of LIF, convolution, layer normalisation, pooling, DirectLIF.  The mean
    over time follows, then the dense blocks, each a dropout and a dense layer with ReLU,
    and a dense layer to the softmax.

    Parameters
    ----------
    setting : Setting
        ``MNIST_DVS``, ``CIFAR10_DVS`` or sizes of your own.
    cell : str
        liaf, lif, conv2d, conv3d or convlstm.
    spike : Pair, optional
        S of Eq. (4) and its slope, for liaf and lif alone; the paper's with mu 0.5 if left out.
    variant : Variant
        What the neurons are, and where in a block; the paper's unless said.
    dropout : float
        Share that each dropout drops.
    criterion : str
        The loss: ce, softmax_bce, sigmoid_bce or mse.
    chain : callable
        What puts the layers together: ``Chain``, or ``Frugal`` to keep less for the
        backward pass.

    Returns
    -------
    VisionNetwork
        As described; the loss is binary cross-entropy on the softmax unless another is asked for.

    Raises
    ------
    InputError
        If one of them is not so, or the sizes do not fit together.
    """
    check_setting(setting, SOURCE)
    check_choice("cell", cell, CELLS, SOURCE)
    check_callable("chain", chain, SOURCE, "Chain, Frugal or what makes one")
    spike = spike_of(cell, spike, SOURCE)
    variant = check_variant(variant, FIG6, cell, SOURCE)
    rival = RIVALS.get(cell)
    block = _rival(rival) if rival else _Neural(cell, spike, variant).parts
    parts = list(_blocks(setting, block))
    shape = parts[-1].layer.out_shape
    parts += [Part("sum", Sumlayer(shape)), Part("flat", Flatten(shape))]
    parts += _head(math.prod(shape), setting, dropout)
    return VisionNetwork(setting, cell, chain(tuple(parts), SOURCE), criterion)


def _blocks(setting: Setting, parts: Blocks) -> Iterator[Part]:
    shape = setting.shape
    for number, block in enumerate(setting.blocks, 1):
        for name, layer in parts(shape, block):
            yield Part(f"{name}{number}", layer)
            shape = layer.out_shape


def _rival(layer: Callable[[Size, int], Layer]) -> Blocks:
    def parts(shape: Size, block: Block) -> Iterator[Part]:
        yield Part("conv", conv := layer(shape, block.filters))
        shape = conv.out_shape
        yield Part("norm", LayerNorm(shape))
        yield Part("relu", Activation(shape, "relu"))
        if block.pool:
            yield Part("pool", AveragePool(shape, block.pool))

    return parts


class _Neural(NamedTuple):
    """Blocks of LIAF or LIF, in any order.

    The ReLU follows neurons and norm, whichever is later; behind spikes it would do nothing.
    """

    cell: str
    spike: Pair
    variant: Variant

    def parts(self, shape: Size, block: Block) -> Iterator[Part]:
        """A block's layers by name."""
        order = (self.variant.block_order or OWN_ORDER[self.cell]).split("-")
        first = self._conv if order[0] == "neuron" else Conv2D
        yield Part("conv", conv := first(shape, block.filters))
        shape = conv.out_shape
        rectified = max(order.index("neuron"), order.index("norm"))
        for place, step in enumerate(order):
            if step == "neuron" and place:
                yield Part("node", self._direct(shape))
            elif step == "norm":
                yield Part("norm", LayerNorm(shape))
            elif step == "pool" and block.pool:
                yield Part("pool", pool := AveragePool(shape, block.pool))
                shape = pool.out_shape
            if place == rectified and (self.cell, step) != ("lif", "neuron"):
                yield Part("relu", Activation(shape, "relu"))

    def _conv(self, shape: Size, L: int) -> Layer:
        own, sharing = self.variant, self.variant.sharing
        if self.cell == "lif":
            return ConvLIF(shape, L, output=own.output, sharing=sharing, spike=self.spike)
        return ConvLIAF(shape, L, act=own.act, mode=own.mode, sharing=sharing, spike=self.spike)

    def _direct(self, shape: Size) -> Neurons:
        return direct(self.cell, shape, self.variant, spike=self.spike)


def _head(K: int, setting: Setting, dropout: float) -> Iterator[Part]:
    for number, units in enumerate(setting.dense, 1):
        yield Part(f"drop{number}", Dropout((K,), dropout))
        yield Part(f"dense{number}", Dense(K, units))
        yield Part(f"act{number}", Activation((units,), "relu"))
        K = units
    yield Part("out", Dense(K, setting.classes))
