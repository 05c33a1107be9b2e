"""The optimizers of :mod:`liaf_ref.training.optimizers` on numbers that carry their error.

Written again because a rounded beta counts: where ``1 - beta2^t`` is computed in
float32, as Optax does, a thousandfold of its rounding error is in the step.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.error_bounds.arithmetic import ArithmeticModel
from liaf_ref.oracle.error_bounds.arrays import (
    BoundedArray,
    errors,
    evaluate_sums,
    exact_array,
    finished_array,
    rounded_constant,
    values,
)
from liaf_ref.oracle.opset import OPTIMIZERS

ArrayDict = dict[str, Array]
Options = Mapping[str, Any]


class BoundedSGD:
    """SGD; options as :class:`liaf_ref.training.optimizers.SGD`."""

    is_proportional = True  # whether errors shrink at least as the unit roundoff does

    def __init__(self, config: Options, model: ArithmeticModel) -> None:
        self.options, self.model = {**OPTIMIZERS[config["name"]].defaults, **config}, model
        self.state_names = OPTIMIZERS[config["name"]].states

    def option(self, name: str) -> BoundedArray:
        """An option as a constant of the program, rounded."""
        return rounded_constant(float(self.options[name]), self.model)

    def initial_state(self, params: Mapping[str, Array]) -> ArrayDict:
        """All zero."""
        zeros = {
            f"{saved}.{name}": exact_array(np.zeros(value.shape), self.model)
            for saved in self.state_names
            for name, value in params.items()
        }
        return {"steps": np.zeros((), np.int64)} | zeros

    def step(
        self, params: Mapping[str, Array], grads: Mapping[str, Array], state: Mapping[str, Array]
    ) -> tuple[ArrayDict, ArrayDict]:
        """Take one step."""
        new: ArrayDict = {}
        after: ArrayDict = {"steps": state["steps"] + 1}
        for name, value in params.items():
            memory = [state[f"{saved}.{name}"] for saved in self.state_names]
            gradient = evaluate_sums(grads[name], self.model)
            new[name], *rest = self.update_array(value, gradient, memory, int(after["steps"]))
            after |= {
                f"{saved}.{name}": evaluate_sums(x, self.model)
                for saved, x in zip(self.state_names, rest, strict=True)
            }
            new[name] = evaluate_sums(new[name], self.model)
        return new, after

    def update_array(self, p: Array, g: Array, buffers: list[Array], t: int) -> tuple[Array, ...]:
        """The new parameter and what is kept."""
        velocity = self.option("momentum") * buffers[0] + (g + self.option("weight_decay") * p)
        return p - self.option("lr") * velocity, velocity


class BoundedAdam(BoundedSGD):
    """Adam; options as :class:`liaf_ref.training.optimizers.Adam`."""

    is_proportional = False  # a capped error does not

    def decay(self, p: Array, g: Array) -> tuple[Array, Array]:
        """The parameter from which the step is taken, and the gradient of the moments."""
        return p, g + self.option("weight_decay") * p

    def update_array(self, p: Array, g: Array, buffers: list[Array], t: int) -> tuple[Array, ...]:
        """The new parameter and the moments, Kingma and Ba (2015), Algorithm 1."""
        p, g = self.decay(p, g)
        beta1, beta2 = self.option("beta1"), self.option("beta2")
        m = beta1 * buffers[0] + (1 - beta1) * g
        v = beta2 * buffers[1] + (1 - beta2) * (g * g)
        root = np.sqrt(v / (1 - beta2**t)) + self.option("eps")
        step = self.option("lr") * (m / (1 - beta1**t)) / root
        maximum = self.option("lr") * max_adam_step(beta1, beta2, t)
        return p - _cap_error(step, maximum), m, v


class BoundedAdamW(BoundedAdam):
    """AdamW; options as :class:`liaf_ref.training.optimizers.AdamW`."""

    def decay(self, p: Array, g: Array) -> tuple[Array, Array]:
        """The decay does not pass through the moments."""
        return p - self.option("lr") * self.option("weight_decay") * p, g


BOUNDED_OPTIMIZERS: Mapping[str, type[BoundedSGD]] = {
    "sgd": BoundedSGD,
    "adam": BoundedAdam,
    "adamw": BoundedAdamW,
}


def max_adam_step(beta1: BoundedArray, beta2: BoundedArray, t: int) -> BoundedArray:
    """Adam's largest step over lr, whatever the gradients: Cauchy and Schwarz on the moments."""
    ratio = beta1 * beta1 / beta2
    total = sum((ratio**k for k in range(1, t)), start=np.ones_like(ratio))
    worst = total * (1 - beta2**t) / (1 - beta2)
    maximum: BoundedArray = (1 - beta1) / (1 - beta1**t) * np.sqrt(worst)
    return maximum


def _cap_error(step: Any, limit: Any) -> BoundedArray:
    distance = np.abs(values(step)) + values(limit) + errors(limit)
    return finished_array(values(step), np.minimum(errors(step), distance), step.model)
