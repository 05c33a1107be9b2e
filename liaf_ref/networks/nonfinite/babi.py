"""The walk through Fig. 5: the pieces of story and query, then the head."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import starmap

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.layers.kernel_set import TRACING
from liaf_ref.layers.sequential import strip_prefix
from liaf_ref.networks import encoder
from liaf_ref.networks.babi import BabiNetwork, Tape
from liaf_ref.networks.nonfinite.entries import LabelledArray, first_nonfinite, nonfinite_value
from liaf_ref.networks.nonfinite.gradients import nonfinite_gradient


@dataclass(frozen=True, eq=False)
class NonFiniteTracer:
    """A network, its parameters, and one batch of questions."""

    network: BabiNetwork
    params: Mapping[str, Array]
    story: Array
    query: Array

    def trace_forward(self) -> str | None:
        """Find the first non-finite value of the forward pass."""
        logits, tape = self._forward_result
        for branch, ids, own in (
            ("story", self.story, tape.story),
            ("query", self.query, tape.query),
        ):
            found = self._trace_branch(branch, ids, own)
            if found:
                return f"{found} in {branch}, {self.network.temporal_layer.label}"
        value = nonfinite_value(logits)
        return value and f"I, Eq. (2), is {value} in head, {self.network.head.label}"

    def logits(self) -> Array:
        """What the network answers."""
        return self._forward_result[0]

    def trace_backward(self, dlogits: Array) -> str | None:
        """Find the first non-finite value of the backward pass from finite logits."""
        network, tape, units = self.network, self._forward_result[1], self.network.units
        djoined, _, grads = network.head._backward(dlogits, (), tape.head)
        found = nonfinite_gradient(network.head, djoined[:, None], grads)
        if found:
            return f"{found} in head, {network.head.label}"
        for branch, ids, dy, own in (
            ("story", self.story, djoined[:, :units], tape.story),
            ("query", self.query, djoined[:, units:], tape.query),
        ):
            for piece, dA, grads in network.encoder.iter_backward(dy, own):
                layer, steps = network.temporal_layer.dynamics, ids.shape[1]
                found = nonfinite_gradient(layer, dA, grads, piece.start, steps)
                if found:
                    return f"{found} in {branch}, {network.temporal_layer.label}"
        return None

    @cached_property
    def _forward_result(self) -> tuple[Array, Tape]:
        return self.network._forward(self.params, self.story, self.query, TRACING)

    def _trace_branch(self, branch: str, ids: Array, tape: encoder.Tape) -> str | None:
        """Go through the pieces of a sequence as they were run."""
        synapse, dynamics = (
            self.network.temporal_layer.synapse,
            self.network.temporal_layer.dynamics,
        )
        params = strip_prefix(self.params, branch)
        padded = np.concatenate((ids, np.zeros_like(ids[:1])))
        for piece, _, own in tape.runs:
            tokens = padded[piece.rows, piece.start : piece.stop]
            I, _ = TRACING.tokens.forward(tokens, params["E"], synapse._kernel_params(params))
            found = first_nonfinite(
                starmap(LabelledArray, [("I, Eq. (2),", I), *dynamics.named_arrays(own)])
            )
            if found:
                return found.describe(ids.shape[1], piece.start)
        return None
