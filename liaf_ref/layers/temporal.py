"""Dense synapses and dynamics: the temporal layers of Tables I and III."""

from dataclasses import dataclass, field, fields
from typing import ClassVar

from liaf_ref._core.validation import copy_fields
from liaf_ref.layers.dense import Dense
from liaf_ref.layers.liaf import LIAFOptions, LIFOptions
from liaf_ref.layers.neuron_layer import DrivenNeurons
from liaf_ref.layers.recurrent import ElmanCell, GRUCell, LSTMCell, RecurrentCell
from liaf_ref.layers.synapses import DenseSynapses


@dataclass(frozen=True, repr=False)
class DenseLIAF(DenseSynapses, DrivenNeurons[Dense], LIAFOptions):
    """Dense layer followed by LIAF neurons, Eqs. (2)-(8).

    Parameters
    ----------
    K, L : int
        Inputs and neurons.
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
    The parameters are ``W`` (K, L), ``b`` (L,), and ``v_th``, ``v_reset``, ``alpha`` and
    ``beta``, (L,) each under Channel-Sharing.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> layer = lr.DenseLIAF(50, 100, act="relu")
    >>> layer
    DenseLIAF(50, 100, act='relu')
    >>> params = layer.init(0)
    >>> Y, state, tape = layer(params, np.ones((2, 5, 50)))  # 2 samples of 5 steps
    >>> dX, d_state, grads = layer.backward(np.ones_like(Y), tape)
    >>> dX.shape, grads["W"].shape
    ((2, 5, 50), (50, 100))
    """

    equation = "Eqs. (2)-(8)"


@dataclass(frozen=True, repr=False)
class DenseLIF(DenseSynapses, DrivenNeurons[Dense], LIFOptions):
    """Dense layer followed by LIF neurons: LIAF with the spike as activation, Section II-C (1).

    Parameters
    ----------
    K, L : int
        Inputs and neurons.
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
    The parameters are ``W`` (K, L), ``b`` (L,), and ``v_th``, ``v_reset``, ``alpha`` and
    ``beta``, (L,) each under Channel-Sharing.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> layer = lr.DenseLIF(4, 3, mu=0.3)
    >>> Y, state, tape = layer(layer.init(0), np.ones((1, 6, 4)))
    >>> sorted(set(Y.ravel().tolist()))
    [0.0, 1.0]
    """

    equation = "Eqs. (2)-(8)"


@dataclass(frozen=True, repr=False)
class _DenseRecurrentLayer(DenseSynapses):
    """Dense synapses of all gates, and a recurrent cell."""

    cell: ClassVar[type[RecurrentCell]]
    recurrent_initializer: str = field(default="orthogonal", kw_only=True)

    def __post_init__(self) -> None:
        options = {each.name: getattr(self, each.name) for each in fields(self) if each.kw_only}
        cell = self.cell(self.L, **options)
        synapse = self._make_synapse(cell.num_gates * cell.L)
        copy_fields(self, synapse, cell)
        self._connect(synapse, cell)


@dataclass(frozen=True, repr=False)
class RNN(_DenseRecurrentLayer):
    """Elman network, Eq. (14); the output is the state.

    Parameters
    ----------
    K, L : int
        Inputs and units.
    bias : bool
        Whether ``b`` is a parameter.
    recurrent_initializer : str
        Initial recurrent weights: ``"orthogonal"`` or ``"glorot_uniform"``.

    Raises
    ------
    InputError
        If an argument is invalid.

    Notes
    -----
    The parameters are ``W`` (K, L), ``b`` (L,) and the recurrent weights ``U`` (L, L).

    Examples
    --------
    >>> import liaf_ref as lr
    >>> lr.RNN(50, 100).count_params()
    15100
    """

    cell = ElmanCell
    equation = ElmanCell.equation


@dataclass(frozen=True, repr=False)
class LSTM(_DenseRecurrentLayer):
    """LSTM, Eq. (15), one bias per gate.

    Parameters
    ----------
    K, L : int
        Inputs and units.
    bias : bool
        Whether ``b`` is a parameter.
    recurrent_initializer : str
        Initial recurrent weights: ``"orthogonal"`` or ``"glorot_uniform"``.
    recurrent_activation : str
        Activation of the gates: ``"sigmoid"``, or ``"hard_sigmoid"``, which is ``0.2 x + 0.5``
        limited to [0, 1], the default of Keras before version 2.3.
    forget_bias : float
        Initial bias of the forget gate.

    Raises
    ------
    InputError
        If an argument is invalid.

    Notes
    -----
    The parameters are ``W`` (K, 4 L), ``b`` (4 L,) and the recurrent weights ``U`` (L, 4 L), with
    the gates f, i, o, c-tilde in this order.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> lr.LSTM(50, 100).count_params()
    60400
    """

    cell = LSTMCell
    equation = LSTMCell.equation
    recurrent_activation: str = field(default="sigmoid", kw_only=True)
    forget_bias: float = field(default=1.0, kw_only=True)


@dataclass(frozen=True, repr=False)
class GRU(_DenseRecurrentLayer):
    """GRU as printed in Eq. (16), one bias per gate.

    Parameters
    ----------
    K, L : int
        Inputs and units.
    bias : bool
        Whether ``b`` is a parameter.
    recurrent_initializer : str
        Initial recurrent weights: ``"orthogonal"`` or ``"glorot_uniform"``.
    recurrent_activation : str
        Activation of the gates: ``"sigmoid"``, or ``"hard_sigmoid"``, which is ``0.2 x + 0.5``
        limited to [0, 1], the default of Keras before version 2.3.

    Raises
    ------
    InputError
        If an argument is invalid.

    Notes
    -----
    The parameters are ``W`` (K, 3 L), ``b`` (3 L,) and the recurrent weights ``U`` (L, 3 L), with
    the gates z, r, h-tilde in this order.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> lr.GRU(50, 100).count_params()
    45300
    """

    cell = GRUCell
    equation = GRUCell.equation
    recurrent_activation: str = field(default="sigmoid", kw_only=True)
