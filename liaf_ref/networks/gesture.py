"""The network of Table VIII: neurons throughout, batch normalisation, and the mean over time."""

import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from liaf_ref.door import check_callable, check_choice
from liaf_ref.errors import InputError
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
    Neurons,
    Sumlayer,
)
from liaf_ref.layers.chain import Chain, Part
from liaf_ref.networks.cells import spike_of
from liaf_ref.networks.tables import GESTURE, Setting, check_setting
from liaf_ref.networks.variant import TABLE_VIII, Variant, check_variant, direct
from liaf_ref.networks.vision import VisionNetwork

SOURCE = "Table VIII"
NEURONS: dict[str, Any] = {"v_th": 0.5, "alpha": 0.3, "beta": 0.0}
CELLS = ("liaf", "lif", "convlstm")
Node = Callable[[Size], Neurons]


def table_viii(
    cell: str = "liaf",
    *,
    setting: Setting = GESTURE,
    spike: Pair | None = None,
    variant: Variant = TABLE_VIII,
    steps: str = "joint",
    criterion: str = "ce",
    chain: Callable[..., Chain] = Chain,
) -> VisionNetwork:
    """Build the gesture network.

    A block is convolution, batch normalisation, neurons, and, where the table says so, a
    pooling followed by neurons; a dense block is a dense layer, batch normalisation,
    neurons.  The neurons are LIAF with SELU, not threshold related, or LIF, all of a
    layer with one set of parameters.  The logits are the last block's mean over time.
    Of ConvLSTM, a block is ConvLSTM, batch normalisation, pooling; the dense blocks are an
    LSTM and a dense layer.

    Parameters
    ----------
    cell : str
        liaf, lif or convlstm.
    setting : Setting
        ``GESTURE`` or sizes of your own.
    spike : Pair, optional
        S of Eq. (4) and its slope, for liaf and lif alone; the paper's with mu 0.5 if left out.
    variant : Variant
        What the neurons are; the paper's unless said.  A block has one order only.
    steps : str
        Statistics of the batch normalisation: ``"joint"`` over time, or of ``"each"`` step.
    criterion : str
        The loss: ce, softmax_bce, sigmoid_bce or mse.
    chain : callable
        What puts the layers together: ``Chain``, or ``Frugal`` to keep less for the
        backward pass.

    Returns
    -------
    VisionNetwork
        As described; the loss is categorical cross-entropy unless another is asked for.

    Raises
    ------
    InputError
        If one of them is not so, or the sizes do not fit together.
    """
    check_setting(setting, SOURCE)
    check_choice("cell", cell, CELLS, SOURCE)
    check_callable("chain", chain, SOURCE, "Chain, Frugal or what makes one")
    spike = spike_of(cell, spike, SOURCE)
    variant = check_variant(variant, TABLE_VIII, cell, SOURCE)
    if variant.block_order is not None:
        raise InputError.of("block_order", SOURCE, "expected none, its blocks have one order only")
    if cell == "convlstm":
        parts = list(_recurrent(setting, steps))
    else:
        node = partial(direct, cell, variant=variant, spike=spike, **NEURONS)
        parts = list(_neural(setting, node, steps))
    parts.append(Part("sum", Sumlayer(parts[-1].layer.out_shape)))
    return VisionNetwork(setting, cell, chain(tuple(parts), SOURCE), criterion)


def _neural(setting: Setting, node: Node, steps: str) -> Iterator[Part]:
    shape = setting.shape
    for number, block in enumerate(setting.blocks, 1):
        yield Part(f"conv{number}", conv := Conv2D(shape, block.filters))
        shape = conv.out_shape
        yield Part(f"norm{number}", BatchNorm(shape, steps))
        yield Part(f"node{number}", node(shape))
        if block.pool:
            yield Part(f"pool{number}", pool := AveragePool(shape, block.pool))
            shape = pool.out_shape
            yield Part(f"pooled{number}", node(shape))
    yield Part("flat", Flatten(shape))
    K = math.prod(shape)
    for number, units in enumerate((*setting.dense, setting.classes), len(setting.blocks) + 1):
        yield Part(f"dense{number}", Dense(K, units))
        yield Part(f"norm{number}", BatchNorm((units,), steps))
        yield Part(f"node{number}", node((units,)))
        K = units


def _recurrent(setting: Setting, steps: str) -> Iterator[Part]:
    shape = setting.shape
    for number, block in enumerate(setting.blocks, 1):
        yield Part(f"conv{number}", conv := ConvLSTM(shape, block.filters))
        shape = conv.out_shape
        yield Part(f"norm{number}", BatchNorm(shape, steps))
        if block.pool:
            yield Part(f"pool{number}", pool := AveragePool(shape, block.pool))
            shape = pool.out_shape
    yield Part("flat", Flatten(shape))
    K = math.prod(shape)
    for number, units in enumerate(setting.dense, len(setting.blocks) + 1):
        yield Part(f"lstm{number}", LSTM(K, units))
        yield Part(f"norm{number}", BatchNorm((units,), steps))
        K = units
    yield Part("out", Dense(K, setting.classes))
