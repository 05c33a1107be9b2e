"""The walk through Fig. 5: the pieces of story and query, then the head."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import starmap

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.layers.chain import part
from liaf_ref.networks import encoder
from liaf_ref.networks.babi import BabiNetwork, Tape
from liaf_ref.networks.diagnosis.found import Named, entry, first
from liaf_ref.networks.diagnosis.stages import WATCHED, gradient


@dataclass(frozen=True, eq=False)
class Walk:
    """A network, its parameters, and one batch of questions."""

    network: BabiNetwork
    params: Mapping[str, Array]
    story: Array
    query: Array

    def forward(self) -> str | None:
        """Say what is not finite first on the way forward."""
        logits, tape = self._passed
        for branch, ids, own in (
            ("story", self.story, tape.story),
            ("query", self.query, tape.query),
        ):
            found = self._branch(branch, ids, own)
            if found:
                return f"{found} in {branch}, {self.network.layer.source}"
        value = entry(logits)
        return value and f"I, Eq. (2), is {value} in head, {self.network.head.source}"

    def logits(self) -> Array:
        """What the network answers."""
        return self._passed[0]

    def backward(self, dlogits: Array) -> str | None:
        """Say what is not finite first on the way back from finite logits."""
        network, tape, units = self.network, self._passed[1], self.network.units
        djoined, _, grads = network.head.adjoint(dlogits, (), tape.head)
        found = gradient(network.head, djoined[:, None], grads)
        if found:
            return f"{found} in head, {network.head.source}"
        for branch, ids, dy, own in (
            ("story", self.story, djoined[:, :units], tape.story),
            ("query", self.query, djoined[:, units:], tape.query),
        ):
            for piece, dA, grads in network.encoder.back(dy, own):
                layer, steps = network.layer.dynamics, ids.shape[1]
                found = gradient(layer, dA, grads, piece.first, steps)
                if found:
                    return f"{found} in {branch}, {network.layer.source}"
        return None

    @cached_property
    def _passed(self) -> tuple[Array, Tape]:
        return self.network.apply(self.params, self.story, self.query, WATCHED)

    def _branch(self, branch: str, ids: Array, tape: encoder.Tape) -> str | None:
        """Go through the pieces of a sequence as they were run."""
        synapse, dynamics = self.network.layer.synapse, self.network.layer.dynamics
        params = part(self.params, branch)
        padded = np.concatenate((ids, np.zeros_like(ids[:1])))
        for piece, _, own in tape.runs:
            tokens = padded[piece.rows, piece.first : piece.last]
            I, _ = WATCHED.tokens.forward(tokens, params["E"], synapse.weights(params))
            found = first(starmap(Named, [("I, Eq. (2),", I), *dynamics.named_arrays(own)]))
            if found:
                return found.told(ids.shape[1], piece.first)
        return None
