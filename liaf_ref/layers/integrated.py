"""Synapses followed by dynamics: what the layers of Tables I and II are made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import numpy as np

from liaf_ref.door import check_instance
from liaf_ref.errors import InputError
from liaf_ref.kernels.array import Array
from liaf_ref.layers.forms import Forms
from liaf_ref.layers.layer import Axes, Layer, Params, State, Tape
from liaf_ref.layers.liaf import DirectLIAF
from liaf_ref.layers.recurrent import Recurrence

S = TypeVar("S", bound=Layer)


@dataclass(frozen=True)
class Integrated(Layer, Generic[S]):
    """A synaptic integration, Eq. (2), and the dynamics it drives.

    Parameters
    ----------
    synapse : Layer
        Computes all time steps' input at once, and has no state: ``Dense``, a
        convolution or a pooling.
    dynamics : DirectLIAF or Recurrence
        Runs on it step by step.
    source : str
        What errors call the layer.

    Raises
    ------
    InputError
        If the two are no layers or do not fit together, or the synapse has a state.
    """

    synapse: S
    dynamics: DirectLIAF | Recurrence
    source: str = field(default="Integrated, Eq. (2)", compare=False, repr=False)

    def __post_init__(self) -> None:
        check_instance("source", self.source, str, "a layer", "a text")
        for name in ("synapse", "dynamics"):
            part = getattr(self, name)
            check_instance(name, part, Layer, self.source, "a layer")  # type: ignore[type-abstract]
        wanted, came = self.dynamics.in_shape, self.synapse.out_shape
        if wanted != came:
            reason = f"expected outputs of shape {wanted}, got {came}"
            raise InputError.of("synapse", self.source, reason)
        if self.synapse.zeros(1, np.float64):
            reason = f"expected a layer without state, got {self.synapse.source}"
            raise InputError.of("synapse", self.source, reason)

    @property
    def in_shape(self) -> tuple[int, ...]:
        """Shape of one time step's input of one sample."""
        return self.synapse.in_shape

    @property
    def out_shape(self) -> tuple[int, ...]:
        """Shape of one time step's output of one sample."""
        return self.dynamics.out_shape

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of the synapse's and the dynamics' parameters."""
        return self.synapse.shapes() | self.dynamics.shapes()

    def given(self) -> dict[str, Axes]:
        """What the synapse may be given; dynamics take nothing."""
        return self.synapse.given()

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

    def adjoint_params(self, dY: Array, d_state: State, tape: Tape) -> Params:
        """Differentiate in the parameters alone without checks."""
        below, above = tape.kernel
        dA, _, grads = self.dynamics.adjoint(dY, d_state, above)
        return self.synapse.adjoint_params(dA, (), below) | grads
