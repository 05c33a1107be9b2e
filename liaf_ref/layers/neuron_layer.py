"""Synapses followed by dynamics: the form of all layers of Tables I and II."""

import math
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from typing import Any, Generic, TypeVar

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import check_instance, copy_fields
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.layers.base import Layer, Operations, State, SymbolicShape, TableRow, Tape
from liaf_ref.layers.kernel_set import KernelSet
from liaf_ref.layers.liaf import NeuronOptions
from liaf_ref.layers.neurons import Neurons
from liaf_ref.layers.parametrized import Params

S = TypeVar("S", bound=Layer)


class NeuronLayer(Layer, Generic[S]):
    """Synapses, Eq. (2), followed by dynamics such as neurons.

    Parameters
    ----------
    synapse : Layer
        Layer without state that computes the input of all time steps at once: ``Dense``, a
        convolution or a pooling.
    dynamics : Layer
        Layer that runs on this input step by step: neurons, a recurrent cell, or your own.

    Raises
    ------
    InputError
        If one is not a layer, the two do not fit together, or the synapse has a state.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> lr.NeuronLayer(lr.Dense(4, 3), lr.DirectLIF((3,)))
    NeuronLayer(Dense(4, 3), DirectLIF((3,)))
    """

    equation = "Eq. (2)"
    synapse: S
    dynamics: Layer

    def __init__(self, synapse: S, dynamics: Layer) -> None:
        self._connect(synapse, dynamics)

    def _connect(self, synapse: S, dynamics: Layer) -> None:
        where = self._class_label
        for name, part in (("synapse", synapse), ("dynamics", dynamics)):
            check_instance(name, part, Layer, where, "a layer")  # type: ignore[type-abstract]
            object.__setattr__(self, name, part)  # the layer is frozen
        expected, actual = dynamics.in_shape, synapse.out_shape
        if expected != actual:
            reason = f"expected outputs of shape {expected}, got {actual}"
            raise InputError.for_argument("synapse", where, reason)
        if synapse._initial_state(1, np.float64):
            reason = f"expected a layer without state, got {synapse.label}"
            raise InputError.for_argument("synapse", where, reason)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"cannot assign to field {name!r}")

    def __repr__(self) -> str:
        if is_dataclass(self):  # DenseLIAF and its like, with arguments of their own
            return super().__repr__()
        return f"{type(self).__name__}({self.synapse!r}, {self.dynamics!r})"

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self) or not isinstance(other, NeuronLayer):
            return NotImplemented
        return (self.synapse, self.dynamics) == (other.synapse, other.dynamics)

    def __hash__(self) -> int:
        return hash((self.synapse, self.dynamics))

    @property
    def in_shape(self) -> tuple[int, ...]:
        """Shape of one time step's input of one sample."""
        return self.synapse.in_shape

    @property
    def out_shape(self) -> tuple[int, ...]:
        """Shape of one time step's output of one sample."""
        return self.dynamics.out_shape

    def param_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of the synapse's and the dynamics' parameters."""
        return self.synapse.param_shapes() | self.dynamics.param_shapes()

    def buffer_shapes(self) -> dict[str, SymbolicShape]:
        """The buffers of the synapse; dynamics have none."""
        return self.synapse.buffer_shapes()

    def _init(self, rng: np.random.Generator, dtype: Any) -> Params:
        """Draw initial parameters."""
        params = self.synapse._init(rng, dtype) | self.dynamics._init(rng, dtype)
        if "b" in params:
            params["b"] = self.dynamics.init_bias(params["b"])
        return params

    def _initial_state(self, batch: int, dtype: Any) -> State:
        """The dynamics' first state without checks."""
        return self.dynamics._initial_state(batch, dtype)

    def _forward(
        self, params: Mapping[str, Array], X: Array, state: State, kernel_set: KernelSet
    ) -> tuple[Array, State, Tape]:
        """Run without checks."""
        A, _, below = self.synapse._forward(params, X, (), kernel_set)
        Y, state, above = self.dynamics._forward(params, A, state, kernel_set)
        return Y, state, Tape((below, above), kernel_set, Y.shape, Y.dtype, state)

    def _backward(self, dY: Array, d_state: State, tape: Tape) -> tuple[Array, State, Params]:
        """Differentiate without checks."""
        below, above = tape.kernel_tape
        dA, d_state, grads = self.dynamics._backward(dY, d_state, above)
        dX, _, synaptic = self.synapse._backward(dA, (), below)
        return dX, d_state, synaptic | grads

    def _backward_params(self, dY: Array, d_state: State, tape: Tape) -> Params:
        """Differentiate in the parameters alone without checks."""
        below, above = tape.kernel_tape
        dA, _, grads = self.dynamics._backward(dY, d_state, above)
        return self.synapse._backward_params(dA, (), below) | grads

    @property
    def neurons(self) -> Neurons | None:
        """The neurons of the dynamics."""
        return self.dynamics.neurons

    def with_act(self, act: Pair) -> Layer:
        """The same layer with another activation."""
        return NeuronLayer(self.synapse, self.dynamics.with_act(act))

    @property
    def fan_in(self) -> int | None:
        """Products that are summed into one entry of the dynamics' input."""
        return self.synapse.fan_in

    def spikes_out(self, spikes_in: bool) -> bool:
        """Whether the output of the dynamics consists of spikes."""
        return self.dynamics.spikes_out(spikes_in=False)

    def op_count(self, T: int, spikes_in: bool | None = None) -> Operations:
        """Counts of both; an unknown input has spikes if the output has (Section V)."""
        spikes_in = self.spikes_out(False) if spikes_in is None else spikes_in
        below, above = self.synapse.op_count(T, spikes_in), self.dynamics.op_count(T)
        return below[0] + above[0], below[1] + above[1]

    def table_row(self, T: int) -> TableRow | None:
        """The dynamics' row on these synapses."""
        return split_table_row(self.synapse, self.dynamics, T)

    def named_arrays(self, tape: Tape, Y: Array | None = None) -> Iterator[tuple[str, Array]]:
        """The arrays of the synapse, then those of the dynamics."""
        _, above = tape.kernel_tape
        yield from self.dynamics.named_arrays(above, Y)

    def to_nir(self, writer: Any, stage: Any) -> None:
        """Write the synapse's node, then that of the dynamics."""
        for layer in (self.synapse, self.dynamics):
            layer.to_nir(writer, stage)

    def to_onnx(
        self, writer: Any, params: Mapping[str, str], X: str, state: tuple[str, ...] | None
    ) -> tuple[str, tuple[str, ...]]:
        """Add the synapse's nodes, then those of the dynamics."""
        drive, _ = self.synapse.to_onnx(writer, params, X, ())
        return self.dynamics.to_onnx(writer, params, drive, state)


class DrivenNeurons(NeuronLayer[S], NeuronOptions):
    """Synapses and neurons that are made of the layer's own fields: DenseLIAF and its like."""

    def __post_init__(self, mu: float | None) -> None:
        synapse = self._make_synapse()
        copy_fields(self, synapse)
        self._check_neurons(mu)
        self._connect(synapse, self._make_neurons(synapse.out_shape))

    @abstractmethod
    def _make_synapse(self) -> S:
        """The synapses, which check their fields."""


def split_table_row(synapse: Layer, dynamics: Layer, T: int) -> TableRow | None:
    """The row of Table I or II for synapses and dynamics that may stand apart, Section V."""
    if synapse.fan_in is None:
        return None
    # A normalization or pooling may lie between them: the paper counts at the synapses' places.
    places = math.prod(synapse.out_shape[:-1])
    return dynamics.driven_table_row(synapse.fan_in, T * places * dynamics.out_shape[-1])
