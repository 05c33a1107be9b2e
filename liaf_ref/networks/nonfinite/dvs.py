"""Trace a DVSNetwork layer by layer."""

from collections.abc import Iterator, Mapping
from itertools import starmap
from typing import NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.layers import FAST, KernelSet, Params
from liaf_ref.layers.sequential import ForwardStep
from liaf_ref.networks.dvs import DVSNetwork
from liaf_ref.networks.nonfinite.entries import LabelledArray, first_nonfinite
from liaf_ref.networks.nonfinite.gradients import TRACING_KERNELS, nonfinite_gradient


class NonFiniteTracer(NamedTuple):
    """A network, its parameters and buffers, and one batch of frames."""

    network: DVSNetwork
    params: Mapping[str, Array]
    frames: Array

    def trace_forward(self) -> str | None:
        """Find the first non-finite value of the forward pass; one layer at a time is kept."""
        bad = first_nonfinite([LabelledArray("X", self.frames)])
        if bad:
            return f"{bad.describe(self.frames.shape[1])} in the frames"
        for name, step in self._iter_steps(TRACING_KERNELS):
            found = first_nonfinite(
                starmap(LabelledArray, step.layer.named_arrays(step.tape, step.Y))
            )
            if found:
                return f"{found.describe(step.Y.shape[1])} in {name}, {step.layer.label}"
        return None

    def logits(self) -> Array:
        """What the network answers."""
        *_, (_, step) = self._iter_steps(FAST)
        return step.Y[:, 0]

    def trace_backward(self, dlogits: Array) -> str | None:
        """Find the first non-finite value of the backward pass from finite logits."""
        dY = dlogits[:, None]
        for number, (name, step) in reversed(list(enumerate(self._iter_steps(FAST)))):
            dX, grads = _backward_step(step, dY, params_only=number == 0)
            found = nonfinite_gradient(step.layer, dX, grads)
            if found or dX is None:
                return found and f"{found} in {name}, {step.layer.label}"
            dY = dX
        return None

    def _iter_steps(self, kernel_set: KernelSet) -> Iterator[tuple[str, ForwardStep]]:
        chain = self.network.sequential
        state = chain._initial_state(len(self.frames), self.frames.dtype)
        names = (name for name, _ in chain.flat_layers)
        return zip(
            names, chain._iter_forward(self.params, self.frames, state, kernel_set), strict=True
        )


def _backward_step(step: ForwardStep, dY: Array, params_only: bool) -> tuple[Array | None, Params]:
    d_last = tuple(np.zeros_like(z) for z in step.last_state)
    if params_only:  # the first stage: the gradient in the frames is not needed
        return None, step.layer._backward_params(dY, d_last, step.tape)
    dX, _, grads = step.layer._backward(dY, d_last, step.tape)
    return dX, grads
