"""One branch of Fig. 5: embedding, temporal layer, last step."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.layers import Dense, Embedding, Forms, Integrated, Params
from liaf_ref.layers import Tape as LayerTape


class Tape(NamedTuple):
    """What the backward pass reads."""

    drive: Any
    dynamics: LayerTape
    T: int


@dataclass(frozen=True)
class Encoder:
    """A sequence of tokens to the temporal layer's last output.

    Parameters
    ----------
    embedding : Embedding
        Rows of the tokens.
    layer : Integrated
        Temporal layer on those rows.
    """

    embedding: Embedding
    layer: Integrated[Dense]

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of the parameters by name."""
        return self.embedding.shapes() | self.layer.shapes()

    def init(self, rng: np.random.Generator, dtype: Any) -> Params:
        """Draw initial parameters."""
        return self.embedding.init(rng, dtype) | self.layer.init(rng, dtype)

    def forward(self, params: Mapping[str, Array], ids: Array, forms: Forms) -> tuple[Array, Tape]:
        """Encode; ``ids`` is (B, T), the result (B, L)."""
        synapse, dynamics = self.layer.synapse, self.layer.dynamics
        A, drive = forms.tokens.forward(ids, params["E"], synapse.weights(params))
        zeros = dynamics.zeros(len(ids), A.dtype)
        y, _, tape = dynamics.apply_last(params, A, zeros, forms)
        return y, Tape(drive, tape, ids.shape[1])

    def backward(self, dy: Array, tape: Tape) -> Params:
        """Differentiate :meth:`forward`; token numbers have no gradient."""
        forms = tape.dynamics.forms
        dY = forms.readout.last_backward(dy, tape.T)
        d_state = tuple(np.zeros_like(part) for part in tape.dynamics.state)
        dA, _, grads = self.layer.dynamics.adjoint(dY, d_state, tape.dynamics)
        dE, dp = forms.tokens.backward(dA, tape.drive)
        return {"E": dE} | self.layer.synapse.named(dp) | grads
