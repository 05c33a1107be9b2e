"""Trace a network that is a sequence of layers."""

from collections.abc import Iterator, Mapping
from itertools import starmap
from typing import NamedTuple

import numpy as np

from liaf_ref.kernels import readout
from liaf_ref.kernels.array import Array
from liaf_ref.layers import FAST, KernelSet, Params
from liaf_ref.layers.kernel_set import TRACING
from liaf_ref.layers.sequential import ForwardStep
from liaf_ref.networks.nonfinite.entries import LabelledArray, first_nonfinite
from liaf_ref.networks.nonfinite.gradients import nonfinite_gradient
from liaf_ref.networks.sequential_network import SequentialNetwork


class NonFiniteTracer(NamedTuple):
    """A network, its parameters and buffers, and one batch."""

    network: SequentialNetwork
    params: Mapping[str, Array]
    X: Array

    def trace_forward(self) -> str | None:
        """Find the first non-finite value of the forward pass; one layer at a time is kept."""
        bad = first_nonfinite([LabelledArray("X", self.X)])
        if bad:
            return f"{bad.describe(self.X.shape[1])} in the input"
        for name, step in self._iter_steps(TRACING):
            found = first_nonfinite(
                starmap(LabelledArray, step.layer.named_arrays(step.tape, step.Y))
            )
            if found:
                return f"{found.describe(step.Y.shape[1])} in {name}, {step.layer.label}"
        return None

    def logits(self) -> Array:
        """What the network answers."""
        *_, (_, step) = self._iter_steps(FAST)
        return readout.last_forward(step.Y)

    def trace_backward(self, dlogits: Array) -> str | None:
        """Find the first non-finite value of the backward pass from finite logits."""
        steps = list(enumerate(self._iter_steps(FAST)))
        dY = readout.last_backward(dlogits, steps[-1][1][1].Y.shape[1])
        for number, (name, step) in reversed(steps):
            dX, grads = _backward_step(step, dY, params_only=number == 0)
            found = nonfinite_gradient(step.layer, dX, grads)
            if found or dX is None:
                return found and f"{found} in {name}, {step.layer.label}"
            dY = dX
        return None

    def _iter_steps(self, kernel_set: KernelSet) -> Iterator[tuple[str, ForwardStep]]:
        chain = self.network.sequential
        state = chain._initial_state(len(self.X), self.X.dtype)
        names = (name for name, _ in chain.flat_layers)
        return zip(names, chain._iter_forward(self.params, self.X, state, kernel_set), strict=True)


def _backward_step(step: ForwardStep, dY: Array, params_only: bool) -> tuple[Array | None, Params]:
    d_last = tuple(np.zeros_like(z) for z in step.last_state)
    if params_only:  # the first stage: the gradient in the input is not needed
        return None, step.layer._backward_params(dY, d_last, step.tape)
    dX, _, grads = step.layer._backward(dY, d_last, step.tape)
    return dX, grads
