"""One branch of Fig. 5: embedding, temporal layer, last step."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.layers import Dense, Embedding, KernelSet, NeuronLayer, Params
from liaf_ref.layers import Tape as LayerTape
from liaf_ref.networks.packing import NO_SOURCE_ROW, Segment


class SegmentRun(NamedTuple):
    """What was run of a piece, and what its backward pass reads."""

    segment: Segment
    tokens_tape: Any
    dynamics_tape: LayerTape


class Tape(NamedTuple):
    """What the backward pass reads: the pieces' runs, first to last."""

    runs: tuple[SegmentRun, ...]


@dataclass(frozen=True)
class Encoder:
    """A sequence of tokens to the temporal layer's last output."""

    embedding: Embedding
    temporal_layer: NeuronLayer[Dense]
    plan_segments: Callable[[Array], list[Segment]]

    def param_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of the parameters by name."""
        return self.embedding.param_shapes() | self.temporal_layer.param_shapes()

    def _init(self, rng: np.random.Generator, dtype: Any) -> Params:
        """Draw initial parameters."""
        return self.embedding._init(rng, dtype) | self.temporal_layer._init(rng, dtype)

    def forward(
        self, params: Mapping[str, Array], ids: Array, kernel_set: KernelSet
    ) -> tuple[Array, Tape]:
        """Encode; ``ids`` is (B, T), the result (B, L)."""
        synapse, dynamics = self.temporal_layer.synapse, self.temporal_layer.dynamics
        p = synapse._kernel_params(params)
        padded = np.concatenate((ids, np.zeros_like(ids[:1])))
        runs: list[SegmentRun] = []
        y, state = np.empty(0), dynamics._initial_state(0, params["E"].dtype)
        for piece in self.plan_segments(ids):
            A, drive = kernel_set.tokens.forward(
                padded[piece.rows, piece.start : piece.stop], params["E"], p
            )
            state = tuple(_gather_state(part, piece.source_row) for part in state)
            y, state, tape = dynamics._forward_last(params, A, state, kernel_set)
            runs.append(SegmentRun(piece, drive, tape))
        return _scatter_rows(y, runs[-1].segment.rows), Tape(tuple(runs))

    def backward(self, dy: Array, tape: Tape) -> Params:
        """Differentiate :meth:`forward`; token numbers have no gradient."""
        totals: Params = {}
        for _, _, grads in self.iter_backward(dy, tape):
            totals = {name: totals[name] + g if totals else g for name, g in grads.items()}
        return totals

    def iter_backward(self, dy: Array, tape: Tape) -> Iterator[tuple[Segment, Any, Params]]:
        """Gradients of each piece, last first: in its drive, and in the parameters."""
        last = tape.runs[-1]
        dy = dy[last.segment.rows]
        d_state = tuple(np.zeros_like(part) for part in last.dynamics_tape.state)
        for k in reversed(range(len(tape.runs))):
            piece, drive, dynamics = tape.runs[k]
            dA, d_state, grads = self.temporal_layer.dynamics._backward_last(
                dy, d_state, dynamics, piece.stop - piece.start
            )
            dE, dp = dynamics.kernel_set.tokens.backward(dA, drive)
            yield piece, dA, {"E": dE} | self.temporal_layer.synapse._grads_by_name(dp) | grads
            if k:
                count = len(tape.runs[k - 1].segment.rows)
                d_state = tuple(
                    _scatter_state_grad(part, piece.source_row, count) for part in d_state
                )
                dy = np.zeros((count, *dy.shape[1:]), dy.dtype)


def _gather_state(state: Array, source_row: Array) -> Array:
    """The rows' states: those of their source rows, or zero."""
    after = np.zeros((len(source_row), *state.shape[1:]), state.dtype)
    goes_on = source_row != NO_SOURCE_ROW
    after[goes_on] = state[source_row[goes_on]]
    return after


def _scatter_state_grad(d_state: Array, source_row: Array, num_rows: int) -> Array:
    """Differentiate :func:`_gather_state`: of several that came from one row, the sum."""
    before = np.zeros((num_rows, *d_state.shape[1:]), d_state.dtype)
    goes_on = source_row != NO_SOURCE_ROW
    np.add.at(before, source_row[goes_on], d_state[goes_on])
    return before


def _scatter_rows(y: Array, rows: Array) -> Array:
    """Bring rows into the order of the samples."""
    ordered = np.empty_like(y)
    ordered[rows] = y
    return ordered
