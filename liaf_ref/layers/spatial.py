"""Synapses and dynamics on images: the spatiotemporal layers of Table II."""

from typing import Unpack

from liaf_ref.door import check_positive
from liaf_ref.kernels.grid import Pad, Size
from liaf_ref.kernels.pair import Pair
from liaf_ref.layers.conv import Conv
from liaf_ref.layers.convlstm import ConvLSTMCell
from liaf_ref.layers.integrated import Integrated
from liaf_ref.layers.liaf import (
    LIF_HAS_NONE,
    DirectLIAF,
    DirectLIF,
    NeuronOptions,
    check_options,
)
from liaf_ref.layers.pool import AveragePool

CONV = ("kernel", "stride", "pad", "bias")


def ConvLIAF(
    shape: Size,
    L: int,
    *,
    kernel: Size = (3, 3),
    stride: Size | None = None,
    pad: Pad | None = None,
    bias: bool = True,
    act: str | Pair = "identity",
    mode: str = "TR",
    **options: Unpack[NeuronOptions],
) -> Integrated[Conv]:
    """Convolutional integration and LIAF neurons, Eqs. (2)-(8); Channel-Sharing by default.

    Parameters
    ----------
    shape, L, kernel, stride, pad, bias
        As for :class:`Conv`.
    act, mode
        As for :class:`DirectLIAF`.
    **options
        ``sharing``, ``spike``, ``v_th``, ``v_reset``, ``alpha``, ``beta``, as for
        :class:`DirectLIAF`.

    Returns
    -------
    Integrated
        With the parameters ``W``, ``b``, ``v_th``, ``v_reset``, ``alpha``, ``beta``.

    Raises
    ------
    InputError
        On an argument that is not so, or an unknown option.
    """
    synapse = Conv(shape, L, kernel, stride, pad, bias)
    source = f"ConvLIAF({shape}, {L}), Eqs. (2)-(8)"
    check_options(options, (*CONV, "act", "mode"), {}, source)
    neurons = DirectLIAF(synapse.out_shape, act=act, mode=mode, **options)
    return Integrated(synapse, neurons, source)


def ConvLIF(
    shape: Size,
    L: int,
    *,
    kernel: Size = (3, 3),
    stride: Size | None = None,
    pad: Pad | None = None,
    bias: bool = True,
    output: Pair | None = None,
    **options: Unpack[NeuronOptions],
) -> Integrated[Conv]:
    """Convolutional integration and LIF neurons, Section II-C (1); Channel-Sharing by default.

    Parameters
    ----------
    shape, L, kernel, stride, pad, bias
        As for :class:`Conv`.
    output : Pair, optional
        The spike as the layers above see it, as for :func:`DirectLIF`.
    **options
        As for :func:`ConvLIAF`.

    Returns
    -------
    Integrated
        With the parameters ``W``, ``b``, ``v_th``, ``v_reset``, ``alpha``, ``beta``.

    Raises
    ------
    InputError
        On an argument that is not so, or an option that LIF does not have.
    """
    synapse = Conv(shape, L, kernel, stride, pad, bias)
    source = f"ConvLIF({shape}, {L}), Eqs. (2)-(8)"
    check_options(options, (*CONV, "output"), LIF_HAS_NONE, source)
    return Integrated(synapse, DirectLIF(synapse.out_shape, output=output, **options), source)


def ConvLSTM(
    shape: Size,
    L: int,
    *,
    kernel: Size = (3, 3),
    stride: Size | None = None,
    pad: Pad | None = None,
    bias: bool = True,
) -> Integrated[Conv]:
    """ConvLSTM, Eq. (15) with ``*`` a convolution, one bias per gate.

    Parameters
    ----------
    shape, kernel, stride, pad, bias
        As for :class:`Conv`; the recurrent convolution has the same kernel, and
        stride 1 and same padding whatever those of the input are.
    L : int
        Output channels.

    Returns
    -------
    Integrated
        With the parameters ``W``, ``b`` and ``U``, four gates wide: f, i, o, c-tilde.

    Raises
    ------
    InputError
        On an argument that is not so.
    """
    gates = ConvLSTMCell.gates * check_positive("L", L, "ConvLSTM, Eq. (15)")
    synapse = Conv(shape, gates, kernel, stride, pad, bias)
    source = f"ConvLSTM({shape}, {L}), Eq. (15)"
    return Integrated(synapse, ConvLSTMCell(L, synapse.out_shape[:2], kernel), source)


def PoolingLIAF(
    shape: Size,
    size: Size = (2, 2),
    *,
    stride: Size | None = None,
    act: str | Pair = "identity",
    mode: str = "TR",
    **options: Unpack[NeuronOptions],
) -> Integrated[AveragePool]:
    """Average pooling as the synapses of LIAF neurons, Table VIII.

    Parameters
    ----------
    shape, size, stride
        As for :class:`AveragePool`.
    act, mode
        As for :class:`DirectLIAF`.
    **options
        As for :func:`ConvLIAF`.

    Returns
    -------
    Integrated
        With the parameters ``v_th``, ``v_reset``, ``alpha``, ``beta``.

    Raises
    ------
    InputError
        On an argument that is not so, or an unknown option.
    """
    synapse = AveragePool(shape, size, stride)
    source = f"PoolingLIAF({shape}, {size}), Table VIII"
    check_options(options, ("stride", "act", "mode"), {}, source)
    neurons = DirectLIAF(synapse.out_shape, act=act, mode=mode, **options)
    return Integrated(synapse, neurons, source)
