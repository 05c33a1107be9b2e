"""The optimisers of :mod:`liaf_ref.training.optimisers` on numbers that carry their error.

Written again because a rounded beta counts: where ``1 - beta2^t`` is computed in
float32, as Optax does, a thousandfold of its rounding error is in the step.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.bound.arrays import each, finished, given
from liaf_ref.oracle.bound.model import Model
from liaf_ref.oracle.bound.number import Bounded, constant

Named = dict[str, Array]
Options = Mapping[str, Any]


class Descent:
    """SGD; options as :class:`liaf_ref.training.optimisers.SGD`."""

    kept: tuple[str, ...] = ("velocity",)

    def __init__(self, options: Options, model: Model) -> None:
        self.options, self.model = options, model

    def option(self, name: str, default: float = 0.0) -> Bounded:
        """An option as a constant of the program, rounded."""
        return constant(float(self.options.get(name, default)), self.model)

    def start(self, params: Mapping[str, Array]) -> Named:
        """All zero."""
        zeros = {
            f"{kept}.{name}": given(np.zeros(value.shape), self.model)
            for kept in self.kept
            for name, value in params.items()
        }
        return {"steps": np.zeros((), np.int64)} | zeros

    def step(
        self, params: Mapping[str, Array], grads: Mapping[str, Array], state: Mapping[str, Array]
    ) -> tuple[Named, Named]:
        """Take one step."""
        new: Named = {}
        after: Named = {"steps": state["steps"] + 1}
        for name, value in params.items():
            memory = [state[f"{kept}.{name}"] for kept in self.kept]
            gradient = finished(grads[name], self.model)
            new[name], *rest = self.entry(value, gradient, memory, int(after["steps"]))
            after |= {
                f"{kept}.{name}": finished(x, self.model)
                for kept, x in zip(self.kept, rest, strict=True)
            }
            new[name] = finished(new[name], self.model)
        return new, after

    def entry(self, p: Array, g: Array, memory: list[Array], t: int) -> tuple[Array, ...]:
        """The new parameter and what is kept."""
        velocity = self.option("momentum") * memory[0] + (g + self.option("weight_decay") * p)
        return p - self.option("lr") * velocity, velocity


class AdamDescent(Descent):
    """Adam; options as :class:`liaf_ref.training.optimisers.Adam`."""

    kept = ("m", "v")

    def decay(self, p: Array, g: Array) -> tuple[Array, Array]:
        """The parameter from which the step is taken, and the gradient of the moments."""
        return p, g + self.option("weight_decay") * p

    def entry(self, p: Array, g: Array, memory: list[Array], t: int) -> tuple[Array, ...]:
        """The new parameter and the moments, Kingma and Ba (2015), Algorithm 1."""
        p, g = self.decay(p, g)
        beta1, beta2 = self.option("beta1", 0.9), self.option("beta2", 0.999)
        m = beta1 * memory[0] + (1 - beta1) * g
        v = beta2 * memory[1] + (1 - beta2) * (g * g)
        root = each(Bounded.sqrt, v / (1 - beta2**t)) + self.option("eps", 1e-8)
        step = self.option("lr") * (m / (1 - beta1**t)) / root
        most = self.option("lr") * longest(beta1, beta2, t)
        return p - each(lambda s: _capped(s, most), step), m, v


class AdamWDescent(AdamDescent):
    """AdamW; options as :class:`liaf_ref.training.optimisers.AdamW`."""

    def decay(self, p: Array, g: Array) -> tuple[Array, Array]:
        """The decay does not pass through the moments."""
        return p - self.option("lr") * self.option("weight_decay") * p, g


DESCENTS: Mapping[str, type[Descent]] = {
    "sgd": Descent,
    "adam": AdamDescent,
    "adamw": AdamWDescent,
}


def longest(beta1: Bounded, beta2: Bounded, t: int) -> Bounded:
    """Adam's largest step over lr, whatever the gradients: Cauchy and Schwarz on the moments."""
    ratio = beta1 * beta1 / beta2
    total = sum((ratio**k for k in range(1, t)), start=ratio.number(1.0, 0.0))
    worst = total * (1 - beta2**t) / (1 - beta2)
    most: Bounded = (1 - beta1) / (1 - beta1**t) * worst.finished().sqrt()
    return most


def _capped(step: Bounded, most: Bounded) -> Bounded:
    step, most = step.finished(), most.finished()
    distance = abs(step.v) + most.v + most.error
    return step.number(step.v, step.error if step.error < distance else distance)
