"""Kernels that no layer wraps, as subjects: the losses, and dropout."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from liaf_ref.kernels import dropout, loss, loss_mse, loss_sigmoid_bce, loss_softmax_bce
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.oracle.gradcheck.target import Arrays, GradcheckTarget

BATCH, CLASSES = 3, 4


def loss_target(kernel: Any, rng: np.random.Generator) -> GradcheckTarget:
    """A loss of logits or outputs, the true classes drawn."""
    y = rng.integers(0, CLASSES, BATCH)

    def value(arrays: Arrays, spike: Pair) -> Array:
        total: Array = kernel.forward(arrays["Z"], y)[0]
        return total

    def gradient(arrays: Arrays, spike: Pair) -> Arrays:
        return {"Z": kernel.backward(np.ones(()), kernel.forward(arrays["Z"], y)[1])}

    return GradcheckTarget(value, gradient, {"Z": rng.normal(0.0, 1.5, (BATCH, CLASSES))})


def dropout_target(rng: np.random.Generator) -> GradcheckTarget:
    """Dropout by a mask that is drawn, under a linear loss, in its input ``X``."""
    M, dY = 2.0 * rng.integers(0, 2, (BATCH, CLASSES)), rng.normal(size=(BATCH, CLASSES))

    def value(arrays: Arrays, spike: Pair) -> Array:
        total: Array = (dropout.forward(arrays["X"], M)[0] * dY).sum()
        return total

    def gradient(arrays: Arrays, spike: Pair) -> Arrays:
        return {"X": dropout.backward(dY, M)}

    return GradcheckTarget(value, gradient, {"X": rng.normal(size=(BATCH, CLASSES))})


KERNELS: Mapping[str, Callable[[np.random.Generator], GradcheckTarget]] = {
    "dropout": dropout_target,
    "softmax-ce": lambda rng: loss_target(loss, rng),
    "softmax-bce": lambda rng: loss_target(loss_softmax_bce, rng),
    "sigmoid-bce": lambda rng: loss_target(loss_sigmoid_bce, rng),
    "mse": lambda rng: loss_target(loss_mse, rng),
}
