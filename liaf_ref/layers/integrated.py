"""Synapses followed by dynamics: the temporal layers of Tables I and III."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Unpack

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.layers.dense import Dense
from liaf_ref.layers.forms import Forms
from liaf_ref.layers.layer import Layer, Params, State, Tape
from liaf_ref.layers.liaf import DirectLIAF, DirectLIF, NeuronOptions
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
    """

    synapse: Dense
    dynamics: DirectLIAF | Recurrence

    @property
    def in_shape(self) -> tuple[int, ...]:
        """Shape of one time step's input of one sample."""
        return self.synapse.in_shape

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of the synapse's and the dynamics' parameters."""
        return self.synapse.shapes() | self.dynamics.shapes()

    def init(self, rng: np.random.Generator, dtype: Any = np.float64) -> Params:
        """Draw initial parameters."""
        params = self.synapse.init(rng, dtype) | self.dynamics.init(rng, dtype)
        if "b" in params and isinstance(self.dynamics, Recurrence):
            params["b"] = self.dynamics.init_bias(params["b"])
        return params

    def start(self, batch: int, dtype: Any) -> State:
        """State of the dynamics before the first step."""
        return self.dynamics.start(batch, dtype)

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
    """K inputs to L LIAF neurons; parameters and options as Dense and DirectLIAF."""
    return Integrated(Dense(K, L, bias), DirectLIAF((L,), act=act, mode=mode, **options))


def DenseLIF(
    K: int,
    L: int,
    *,
    output: Pair | None = None,
    bias: bool = True,
    **options: Unpack[NeuronOptions],
) -> Integrated:
    """K inputs to L LIF neurons; parameters and options as Dense and DirectLIF."""
    return Integrated(Dense(K, L, bias), DirectLIF((L,), output=output, **options))


def RNN(K: int, L: int, *, bias: bool = True) -> Integrated:
    """Elman network, Eq. (14), its state as output."""
    return Integrated(Dense(K, L, bias), ElmanCell(L))


def LSTM(K: int, L: int, *, bias: bool = True) -> Integrated:
    """LSTM, Eq. (15), one bias per gate."""
    cell = LSTMCell(L)
    return Integrated(Dense(K, 4 * L, bias), cell)


def GRU(K: int, L: int, *, bias: bool = True) -> Integrated:
    """GRU, Eq. (16), one bias per gate."""
    cell = GRUCell(L)
    return Integrated(Dense(K, 3 * L, bias), cell)
