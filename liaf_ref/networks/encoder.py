"""One branch of Fig. 5: embedding, temporal layer, last step."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.layers import Dense, Embedding, Forms, Integrated, Params
from liaf_ref.layers import Tape as LayerTape
from liaf_ref.networks.joins import NOTHING, Piece


class Run(NamedTuple):
    """What was run of a piece, and what its backward pass reads."""

    piece: Piece
    drive: Any
    dynamics: LayerTape


class Tape(NamedTuple):
    """What the backward pass reads: the pieces' runs, first to last."""

    runs: tuple[Run, ...]


@dataclass(frozen=True)
class Encoder:
    """A sequence of tokens to the temporal layer's last output.

    Parameters
    ----------
    embedding : Embedding
        Rows of the tokens.
    layer : Integrated
        Temporal layer on those rows.
    plan : callable
        When the sequences of a batch join it: one of :mod:`liaf_ref.networks.joins`.
    """

    embedding: Embedding
    layer: Integrated[Dense]
    plan: Callable[[Array], list[Piece]]

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of the parameters by name."""
        return self.embedding.shapes() | self.layer.shapes()

    def init(self, rng: np.random.Generator, dtype: Any) -> Params:
        """Draw initial parameters."""
        return self.embedding.init(rng, dtype) | self.layer.init(rng, dtype)

    def forward(self, params: Mapping[str, Array], ids: Array, forms: Forms) -> tuple[Array, Tape]:
        """Encode; ``ids`` is (B, T), the result (B, L)."""
        synapse, dynamics = self.layer.synapse, self.layer.dynamics
        p = synapse.weights(params)
        padded = np.concatenate((ids, np.zeros_like(ids[:1])))
        runs: list[Run] = []
        y, state = np.empty(0), dynamics.zeros(0, params["E"].dtype)
        for piece in self.plan(ids):
            A, drive = forms.tokens.forward(
                padded[piece.rows, piece.first : piece.last], params["E"], p
            )
            state = tuple(_taken(part, piece.came) for part in state)
            y, state, tape = dynamics.apply_last(params, A, state, forms)
            runs.append(Run(piece, drive, tape))
        return _scattered(y, runs[-1].piece.rows), Tape(tuple(runs))

    def backward(self, dy: Array, tape: Tape) -> Params:
        """Differentiate :meth:`forward`; token numbers have no gradient."""
        totals: Params = {}
        for _, _, grads in self.back(dy, tape):
            totals = {name: totals[name] + g if totals else g for name, g in grads.items()}
        return totals

    def back(self, dy: Array, tape: Tape) -> Iterator[tuple[Piece, Any, Params]]:
        """Gradients of each piece, last first: in its drive, and in the parameters."""
        last = tape.runs[-1]
        dy = dy[last.piece.rows]
        d_state = tuple(np.zeros_like(part) for part in last.dynamics.state)
        for k in reversed(range(len(tape.runs))):
            piece, drive, dynamics = tape.runs[k]
            dY = dynamics.forms.readout.last_backward(dy, piece.last - piece.first)
            dA, d_state, grads = self.layer.dynamics.adjoint(dY, d_state, dynamics)
            dE, dp = dynamics.forms.tokens.backward(dA, drive)
            yield piece, dA, {"E": dE} | self.layer.synapse.named(dp) | grads
            if k:
                count = len(tape.runs[k - 1].piece.rows)
                d_state = tuple(_given_back(part, piece.came, count) for part in d_state)
                dy = np.zeros((count, *dy.shape[1:]), dy.dtype)


def _taken(state: Array, came: Array) -> Array:
    """The rows' states: from where they came, or zero."""
    after = np.zeros((len(came), *state.shape[1:]), state.dtype)
    goes_on = came != NOTHING
    after[goes_on] = state[came[goes_on]]
    return after


def _given_back(d_state: Array, came: Array, count: int) -> Array:
    """Differentiate :func:`_taken`: of several that came from one row, the sum."""
    before = np.zeros((count, *d_state.shape[1:]), d_state.dtype)
    goes_on = came != NOTHING
    np.add.at(before, came[goes_on], d_state[goes_on])
    return before


def _scattered(y: Array, rows: Array) -> Array:
    """Bring rows into the order of the samples."""
    ordered = np.empty_like(y)
    ordered[rows] = y
    return ordered
