"""Dense synapses and dynamics: the temporal layers of Tables I and III."""

from typing import Unpack

from liaf_ref.kernels.pair import Pair
from liaf_ref.layers.dense import Dense
from liaf_ref.layers.integrated import Integrated
from liaf_ref.layers.liaf import (
    LIF_HAS_NONE,
    DirectLIAF,
    DirectLIF,
    NeuronOptions,
    check_options,
)
from liaf_ref.layers.recurrent import ElmanCell, GRUCell, LSTMCell, Recurrence


def DenseLIAF(
    K: int,
    L: int,
    *,
    act: str | Pair = "identity",
    mode: str = "TR",
    bias: bool = True,
    **options: Unpack[NeuronOptions],
) -> Integrated[Dense]:
    """Dense integration and LIAF neurons, Eqs. (2)-(8).

    Parameters
    ----------
    K, L : int
        Inputs and neurons.
    act : str or Pair
        Act of Eq. (8), as for :class:`DirectLIAF`.
    mode : str
        ``"TR"`` or ``"NTR"``, Eq. (8).
    bias : bool
        Whether ``b`` is a parameter, as for :class:`Dense`.
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
    synapse = Dense(K, L, bias)
    source = f"DenseLIAF({K}, {L}), Eqs. (2)-(8)"
    check_options(options, ("act", "mode", "bias"), {}, source)
    return Integrated(synapse, DirectLIAF((L,), act=act, mode=mode, **options), source)


def DenseLIF(
    K: int,
    L: int,
    *,
    output: Pair | None = None,
    bias: bool = True,
    **options: Unpack[NeuronOptions],
) -> Integrated[Dense]:
    """Dense integration and LIF neurons: LIAF whose activation is the spike, Section II-C (1).

    Parameters
    ----------
    K, L : int
        Inputs and neurons.
    output : Pair, optional
        The spike as the layers above see it, as for :func:`DirectLIF`.
    bias : bool
        Whether ``b`` is a parameter, as for :class:`Dense`.
    **options
        As for :func:`DenseLIAF`.

    Returns
    -------
    Integrated
        With the parameters ``W``, ``b``, ``v_th``, ``v_reset``, ``alpha``, ``beta``.

    Raises
    ------
    InputError
        On an argument that is not so, or an option that LIF does not have.
    """
    synapse = Dense(K, L, bias)
    source = f"DenseLIF({K}, {L}), Eqs. (2)-(8)"
    check_options(options, ("output", "bias"), LIF_HAS_NONE, source)
    return Integrated(synapse, DirectLIF((L,), output=output, **options), source)


def RNN(K: int, L: int, *, bias: bool = True) -> Integrated[Dense]:
    """Elman network, Eq. (14), its state as output.

    Parameters
    ----------
    K, L : int
        Inputs and units.
    bias : bool
        Whether ``b`` is a parameter.

    Returns
    -------
    Integrated
        With the parameters ``W``, ``b`` and the recurrent weights ``U``.

    Raises
    ------
    InputError
        If a size is below 1 or ``bias`` neither True nor False.
    """
    return _recurrent("RNN", K, ElmanCell(L), bias)


def LSTM(K: int, L: int, *, bias: bool = True) -> Integrated[Dense]:
    """LSTM, Eq. (15), one bias per gate.

    Parameters
    ----------
    K, L, bias
        As for :func:`RNN`.

    Returns
    -------
    Integrated
        As :func:`RNN`, four gates wide: f, i, o, c-tilde.

    Raises
    ------
    InputError
        As :func:`RNN`.
    """
    return _recurrent("LSTM", K, LSTMCell(L), bias)


def GRU(K: int, L: int, *, bias: bool = True) -> Integrated[Dense]:
    """GRU as printed in Eq. (16), one bias per gate.

    Parameters
    ----------
    K, L, bias
        As for :func:`RNN`.

    Returns
    -------
    Integrated
        As :func:`RNN`, three gates wide: z, r, h-tilde.

    Raises
    ------
    InputError
        As :func:`RNN`.
    """
    return _recurrent("GRU", K, GRUCell(L), bias)


def _recurrent(name: str, K: int, cell: Recurrence, bias: bool) -> Integrated[Dense]:
    synapse = Dense(K, cell.gates * cell.L, bias)
    return Integrated(synapse, cell, f"{name}({K}, {cell.L}), {cell.equation}")
