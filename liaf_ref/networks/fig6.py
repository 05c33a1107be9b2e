"""The network of Fig. 6 with Table V: blocks of LIAF, of LIF, or of a rival; then dense blocks."""

import math
from collections.abc import Callable, Iterator

from liaf_ref.door import check_choice
from liaf_ref.kernels.grid import Size
from liaf_ref.kernels.pair import Pair
from liaf_ref.layers import (
    Activation,
    AveragePool,
    Conv2D,
    Conv3D,
    ConvLIAF,
    ConvLSTM,
    Dense,
    DirectLIF,
    Dropout,
    Flatten,
    Layer,
    LayerNorm,
    Sumlayer,
)
from liaf_ref.layers.chain import Chain, Part
from liaf_ref.networks.cells import spike_of
from liaf_ref.networks.tables import Block, Setting, check_setting
from liaf_ref.networks.vision import VisionNetwork

SOURCE = "Fig. 6 and Table V"
LAYERS: dict[str, Callable[[Size, int, Pair], Layer]] = {
    "liaf": lambda shape, L, spike: ConvLIAF(shape, L, spike=spike),
    "lif": lambda shape, L, spike: Conv2D(shape, L),
    "conv2d": lambda shape, L, spike: Conv2D(shape, L),
    "conv3d": lambda shape, L, spike: Conv3D(shape, L),
    "convlstm": lambda shape, L, spike: ConvLSTM(shape, L),
}


def fig6(
    setting: Setting,
    cell: str = "liaf",
    *,
    spike: Pair | None = None,
    dropout: float = 0.5,
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
    check_choice("cell", cell, LAYERS, SOURCE)
    spike = spike_of(cell, spike, SOURCE)
    parts = list(_blocks(setting, cell, spike))
    shape = parts[-1].layer.out_shape
    parts += [Part("sum", Sumlayer(shape)), Part("flat", Flatten(shape))]
    parts += _head(math.prod(shape), setting, dropout)
    return VisionNetwork(setting, cell, chain(tuple(parts), SOURCE), criterion)


def _blocks(setting: Setting, cell: str, spike: Pair) -> Iterator[Part]:
    shape, between = setting.shape, _lif if cell == "lif" else _analog
    for number, block in enumerate(setting.blocks, 1):
        conv = LAYERS[cell](shape, block.filters, spike)
        yield Part(f"conv{number}", conv)
        for name, layer in between(conv.out_shape, block, spike):
            yield Part(f"{name}{number}", layer)
            shape = layer.out_shape


def _analog(shape: Size, block: Block, spike: Pair) -> Iterator[Part]:
    yield Part("norm", LayerNorm(shape))
    yield Part("relu", Activation(shape, "relu"))
    if block.pool:
        yield Part("pool", AveragePool(shape, block.pool))


def _lif(shape: Size, block: Block, spike: Pair) -> Iterator[Part]:
    yield Part("norm", LayerNorm(shape))
    if block.pool:
        yield Part("pool", pool := AveragePool(shape, block.pool))
        shape = pool.out_shape
    yield Part("node", DirectLIF(shape, spike=spike))


def _head(K: int, setting: Setting, dropout: float) -> Iterator[Part]:
    for number, units in enumerate(setting.dense, 1):
        yield Part(f"drop{number}", Dropout((K,), dropout))
        yield Part(f"dense{number}", Dense(K, units))
        yield Part(f"act{number}", Activation((units,), "relu"))
        K = units
    yield Part("out", Dense(K, setting.classes))
