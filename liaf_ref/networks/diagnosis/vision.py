"""The walk through a network on frames: its chain, stage by stage."""

from collections.abc import Iterator, Mapping
from itertools import starmap
from typing import NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.layers import FAST, Forms, Params
from liaf_ref.layers.chain import Step
from liaf_ref.networks.diagnosis.found import Named, first
from liaf_ref.networks.diagnosis.stages import WATCHED, gradient
from liaf_ref.networks.vision import VisionNetwork


class Walk(NamedTuple):
    """A network, its parameters with all that is given besides, and one batch of frames."""

    network: VisionNetwork
    params: Mapping[str, Array]
    frames: Array

    def forward(self) -> str | None:
        """Say what is not finite first on the way forward; one stage at a time is kept."""
        bad = first([Named("X", self.frames)])
        if bad:
            return f"{bad.told(self.frames.shape[1])} in the frames"
        for name, step in self._steps(WATCHED):
            found = first(starmap(Named, step.layer.named_arrays(step.tape, step.Y)))
            if found:
                return f"{found.told(step.Y.shape[1])} in {name}, {step.layer.source}"
        return None

    def logits(self) -> Array:
        """What the network answers."""
        *_, (_, step) = self._steps(FAST)
        return step.Y[:, 0]

    def backward(self, dlogits: Array) -> str | None:
        """Say what is not finite first on the way back from finite logits."""
        dY = dlogits[:, None]
        for number, (name, step) in reversed(list(enumerate(self._steps(FAST)))):
            dX, grads = _back(step, dY, alone=number == 0)
            found = gradient(step.layer, dX, grads)
            if found or dX is None:
                return found and f"{found} in {name}, {step.layer.source}"
            dY = dX
        return None

    def _steps(self, forms: Forms) -> Iterator[tuple[str, Step]]:
        chain = self.network.chain
        state = chain.zeros(len(self.frames), self.frames.dtype)
        names = (name for name, _ in chain.stages)
        return zip(names, chain.run(self.params, self.frames, state, forms), strict=True)


def _back(step: Step, dY: Array, alone: bool) -> tuple[Array | None, Params]:
    d_last = tuple(np.zeros_like(z) for z in step.end)
    if alone:  # the first stage: nobody asks for the gradient in the frames
        return None, step.layer.adjoint_params(dY, d_last, step.tape)
    dX, _, grads = step.layer.adjoint(dY, d_last, step.tape)
    return dX, grads
