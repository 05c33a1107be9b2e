"""Synapses followed by dynamics: the temporal layers of Tables I and III."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Unpack

import numpy as np

from liaf_ref.door import check_instance
from liaf_ref.errors import InputError
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.layers.dense import Dense
from liaf_ref.layers.forms import Forms
from liaf_ref.layers.layer import Layer, Params, State, Tape
from liaf_ref.layers.liaf import (
    LIF_HAS_NONE,
    DirectLIAF,
    DirectLIF,
    NeuronOptions,
    check_options,
)
from liaf_ref.layers.recurrent import ElmanCell, GRUCell, LSTMCell, Recurrence


@dataclass(frozen=True)
class Integrated(Layer):
    """A synaptic integration, Eq. (2), and the dynamics it drives.

    Parameters
    ----------
    synapse : Dense
        Computes all time steps' input at once.
    dynamics : DirectLIAF or Recurrence
        Runs on it step by step.
    source : str
        What errors call the layer.

    Raises
    ------
    InputError
        If the two are no layers, or do not fit together.
    """

    synapse: Dense
    dynamics: DirectLIAF | Recurrence
    source: str = field(default="Integrated, Eq. (2)", compare=False, repr=False)

    def __post_init__(self) -> None:
        check_instance("source", self.source, str, "a layer", "a text")
        for name in ("synapse", "dynamics"):
            part = getattr(self, name)
            check_instance(name, part, Layer, self.source, "a layer")  # type: ignore[type-abstract]
        wanted = self.dynamics.in_shape
        if isinstance(self.synapse, Dense) and wanted != (self.synapse.L,):
            reason = f"expected outputs of shape {wanted}, got {(self.synapse.L,)}"
            raise InputError.of("synapse", self.source, reason)

    @property
    def in_shape(self) -> tuple[int, ...]:
        """Shape of one time step's input of one sample."""
        return self.synapse.in_shape

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of the synapse's and the dynamics' parameters."""
        return self.synapse.shapes() | self.dynamics.shapes()

    def init(self, rng: np.random.Generator, dtype: Any = np.float64) -> Params:
        """Draw initial parameters; see :meth:`Layer.init`."""
        params = self.synapse.init(rng, dtype) | self.dynamics.init(rng, dtype)
        if "b" in params and isinstance(self.dynamics, Recurrence):
            params["b"] = self.dynamics.init_bias(params["b"])
        return params

    def zeros(self, batch: int, dtype: Any) -> State:
        """The dynamics' first state without checks."""
        return self.dynamics.zeros(batch, dtype)

    def apply(
        self, params: Mapping[str, Array], X: Array, state: State, forms: Forms
    ) -> tuple[Array, State, Tape]:
        """Run without checks."""
        A, _, below = self.synapse.apply(params, X, (), forms)
        Y, state, above = self.dynamics.apply(params, A, state, forms)
        return Y, state, Tape((below, above), forms, Y.shape, Y.dtype, state)

    def adjoint(self, dY: Array, d_state: State, tape: Tape) -> tuple[Array, State, Params]:
        """Differentiate without checks."""
        below, above = tape.kernel
        dA, d_state, grads = self.dynamics.adjoint(dY, d_state, above)
        dX, _, synaptic = self.synapse.adjoint(dA, (), below)
        return dX, d_state, synaptic | grads


def DenseLIAF(
    K: int,
    L: int,
    *,
    act: str | Pair = "identity",
    mode: str = "TR",
    bias: bool = True,
    **options: Unpack[NeuronOptions],
) -> Integrated:
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
) -> Integrated:
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


def RNN(K: int, L: int, *, bias: bool = True) -> Integrated:
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


def LSTM(K: int, L: int, *, bias: bool = True) -> Integrated:
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


def GRU(K: int, L: int, *, bias: bool = True) -> Integrated:
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


def _recurrent(name: str, K: int, cell: Recurrence, bias: bool) -> Integrated:
    synapse = Dense(K, cell.gates * cell.L, bias)
    return Integrated(synapse, cell, f"{name}({K}, {cell.L}), {cell.equation}")
