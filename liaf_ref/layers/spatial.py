"""Synapses and dynamics on images: the spatiotemporal layers of Table II."""

from dataclasses import dataclass

from liaf_ref._core.validation import check_positive_int, copy_fields, validate_fields
from liaf_ref.kernels.grid import Size
from liaf_ref.layers.conv import Conv2D
from liaf_ref.layers.convlstm import ConvLSTMCell
from liaf_ref.layers.liaf import LIAFOptions, LIFOptions
from liaf_ref.layers.neuron_layer import DrivenNeurons
from liaf_ref.layers.pool import AveragePool
from liaf_ref.layers.synapses import ConvSynapses


@dataclass(frozen=True, repr=False)
class ConvLIAF(ConvSynapses, DrivenNeurons[Conv2D], LIAFOptions):
    """Convolution followed by LIAF neurons, Eqs. (2)-(8); Channel-Sharing by default.

    Parameters
    ----------
    shape : tuple of int
        ``(H, W, K)``, one time step's input.
    L : int
        Output channels.
    kernel : tuple of int
        Size of a window on H and W.
    stride : tuple of int, optional
        Step between windows on H and W; 1 by default.
    pad : tuple of tuple of int, optional
        Zeros before and after, for H and W; by default as many as keep the size at stride 1.
    bias : bool
        Whether ``b`` is a parameter.
    act : str or Pair
        Activation, Act of Eq. (8): ``"identity"``, ``"relu"``, ``"selu"``, ``"tanh"``,
        ``"sigmoid"`` or a Pair of your own.
    mode : str
        Whether the threshold is subtracted before Act, Eq. (8): ``"TR"`` (yes) or ``"NTR"`` (no).
    sharing : str
        Which neurons share parameters, Section II-B: ``"all"``, those of a ``"channel"``, or
        ``"non"`` (none).
    spike : Pair, optional
        Spike of Eq. (4) and its surrogate gradient; by default ``spike.paper(mu)``.
    mu : float, optional
        Half width of the paper's surrogate window, Eq. (13); 0.5 by default.
    v_th, v_reset, alpha, beta : float
        Initial threshold, reset potential, and multiplicative and additive decay.
    reset : str
        What a spike leaves of the potential, in place of Eq. (5): ``"v_reset"`` (the paper's),
        ``"zero"``, ``"threshold"``, ``"subtract"``, ``"subtract difference"`` or ``"none"``.
    levels : str or int
        Values of a spike: ``"binary"`` (the paper's 0 and 1), ``"ternary"`` (-1, 0, 1), or an
        integer D for 0 to D as in I-LIF.
    decay : str
        What is trained: ``"alpha"``, or its logit ``alpha_logit`` with ``"sigmoid"``, as in PLIF.
    graded : bool
        Whether the output is Act only where the neuron fires, times its spike, and 0 elsewhere.

    Raises
    ------
    InputError
        If an argument is invalid, or both ``spike`` and ``mu`` are given.

    Notes
    -----
    The parameters are ``W`` of shape ``(*kernel, K, L)``, ``b`` of shape ``(L,)``, and
    ``v_th``, ``v_reset``, ``alpha`` and ``beta``, ``(L,)`` each under Channel-Sharing.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> layer = lr.ConvLIAF((8, 8, 2), 16, act="selu", mode="NTR")
    >>> Y, state, tape = layer(layer.init(0), np.ones((1, 5, 8, 8, 2)))
    >>> Y.shape
    (1, 5, 8, 8, 16)
    """

    equation = "Eqs. (2)-(8)"


@dataclass(frozen=True, repr=False)
class ConvLIF(ConvSynapses, DrivenNeurons[Conv2D], LIFOptions):
    """Convolution followed by LIF neurons, Section II-C (1); Channel-Sharing by default.

    Parameters
    ----------
    shape : tuple of int
        ``(H, W, K)``, one time step's input.
    L : int
        Output channels.
    kernel : tuple of int
        Size of a window on H and W.
    stride : tuple of int, optional
        Step between windows on H and W; 1 by default.
    pad : tuple of tuple of int, optional
        Zeros before and after, for H and W; by default as many as keep the size at stride 1.
    bias : bool
        Whether ``b`` is a parameter.
    output : Pair, optional
        Spike of the output and its surrogate gradient; by default ``spike``, as for the reset.
    sharing : str
        Which neurons share parameters, Section II-B: ``"all"``, those of a ``"channel"``, or
        ``"non"`` (none).
    spike : Pair, optional
        Spike of Eq. (4) and its surrogate gradient; by default ``spike.paper(mu)``.
    mu : float, optional
        Half width of the paper's surrogate window, Eq. (13); 0.5 by default.
    v_th, v_reset, alpha, beta : float
        Initial threshold, reset potential, and multiplicative and additive decay.
    reset : str
        What a spike leaves of the potential, in place of Eq. (5): ``"v_reset"`` (the paper's),
        ``"zero"``, ``"threshold"``, ``"subtract"``, ``"subtract difference"`` or ``"none"``.
    levels : str or int
        Values of a spike: ``"binary"`` (the paper's 0 and 1), ``"ternary"`` (-1, 0, 1), or an
        integer D for 0 to D as in I-LIF.
    decay : str
        What is trained: ``"alpha"``, or its logit ``alpha_logit`` with ``"sigmoid"``, as in PLIF.

    Raises
    ------
    InputError
        If an argument is invalid, or both ``spike`` and ``mu`` are given.

    Notes
    -----
    The parameters are ``W`` of shape ``(*kernel, K, L)``, ``b`` of shape ``(L,)``, and
    ``v_th``, ``v_reset``, ``alpha`` and ``beta``, ``(L,)`` each under Channel-Sharing.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> lr.ConvLIF((8, 8, 2), 16, mu=0.3)
    ConvLIF((8, 8, 2), 16, mu=0.3)
    """

    equation = "Eqs. (2)-(8)"


@dataclass(frozen=True, repr=False)
class ConvLSTM(ConvSynapses):
    """ConvLSTM, Eq. (15) with ``*`` a convolution, one bias per gate.

    Parameters
    ----------
    shape : tuple of int
        ``(H, W, K)``, one time step's input.
    L : int
        Output channels.
    kernel : tuple of int
        Size of a window on H and W, also of the recurrent convolution, whose stride is 1 and
        whose padding keeps the size.
    stride : tuple of int, optional
        Step between windows on H and W; 1 by default.
    pad : tuple of tuple of int, optional
        Zeros before and after, for H and W; by default as many as keep the size at stride 1.
    bias : bool
        Whether ``b`` is a parameter, one for each gate.

    Raises
    ------
    InputError
        If an argument is invalid.

    Notes
    -----
    The parameters are ``W`` of shape ``(*kernel, K, 4 L)``, ``b`` of shape ``(4 L,)`` and ``U`` of
    shape ``(*kernel, L, 4 L)``, with the gates f, i, o, c-tilde in this order.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> lr.ConvLSTM((8, 8, 2), 16).out_shape
    (8, 8, 16)
    """

    equation = ConvLSTMCell.equation

    def __post_init__(self) -> None:
        validate_fields(self, ("L",), check_positive_int, self._class_label)
        synapse = self._make_synapse(ConvLSTMCell.num_gates * self.L)
        cell = ConvLSTMCell(self.L, synapse.out_shape[:2], self.kernel)
        copy_fields(self, synapse, cell)
        self._connect(synapse, cell)


@dataclass(frozen=True, repr=False)
class PoolingLIAF(DrivenNeurons[AveragePool], LIAFOptions):
    """Average pooling followed by LIAF neurons, Table VIII.

    Parameters
    ----------
    shape : tuple of int
        ``(H, W, L)``, one time step's input.
    size : tuple of int
        Size of a window on H and W.
    stride : tuple of int, optional
        Step between windows on H and W; ``size`` by default.
    act : str or Pair
        Activation, Act of Eq. (8): ``"identity"``, ``"relu"``, ``"selu"``, ``"tanh"``,
        ``"sigmoid"`` or a Pair of your own.
    mode : str
        Whether the threshold is subtracted before Act, Eq. (8): ``"TR"`` (yes) or ``"NTR"`` (no).
    sharing : str
        Which neurons share parameters, Section II-B: ``"all"``, those of a ``"channel"``, or
        ``"non"`` (none).
    spike : Pair, optional
        Spike of Eq. (4) and its surrogate gradient; by default ``spike.paper(mu)``.
    mu : float, optional
        Half width of the paper's surrogate window, Eq. (13); 0.5 by default.
    v_th, v_reset, alpha, beta : float
        Initial threshold, reset potential, and multiplicative and additive decay.
    reset : str
        What a spike leaves of the potential, in place of Eq. (5): ``"v_reset"`` (the paper's),
        ``"zero"``, ``"threshold"``, ``"subtract"``, ``"subtract difference"`` or ``"none"``.
    levels : str or int
        Values of a spike: ``"binary"`` (the paper's 0 and 1), ``"ternary"`` (-1, 0, 1), or an
        integer D for 0 to D as in I-LIF.
    decay : str
        What is trained: ``"alpha"``, or its logit ``alpha_logit`` with ``"sigmoid"``, as in PLIF.
    graded : bool
        Whether the output is Act only where the neuron fires, times its spike, and 0 elsewhere.

    Raises
    ------
    InputError
        If an argument is invalid, or both ``spike`` and ``mu`` are given.

    Notes
    -----
    The parameters are ``v_th``, ``v_reset``, ``alpha`` and ``beta``, ``(L,)`` each under
    Channel-Sharing.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> lr.PoolingLIAF((8, 8, 16)).out_shape
    (4, 4, 16)
    """

    equation = "Table VIII"
    shape: Size
    size: Size = (2, 2)
    stride: Size | None = None

    def _make_synapse(self) -> AveragePool:
        return AveragePool(self.shape, self.size, self.stride)
