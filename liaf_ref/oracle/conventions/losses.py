"""Other losses and other means of them."""

from collections.abc import Callable
from typing import Any

import numpy as np

from liaf_ref.kernels import loss, loss_sigmoid_bce, loss_softmax_bce
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.conventions.convention import (
    Convention,
    kernel_convention,
    replace_functions,
)

LN2 = np.log(2.0)
CROSS_ENTROPIES = "loss loss_softmax_bce loss_sigmoid_bce"
PER_CLASS_LOSSES = "loss_softmax_bce loss_sigmoid_bce loss_mse"
ALL_LOSSES = "loss loss_softmax_bce loss_sigmoid_bce loss_mse"
Factor = Callable[[int, int], float]


def _scaled_loss(
    name: str, description: str, fields: str, value: Factor, slope: Factor
) -> Convention:
    """The loss times a factor of the sizes of batch and classes, its gradient times another."""

    def scaled(kernel: Any) -> Any:
        def forward(Z: Array, y: Array) -> Any:
            loss, tape = kernel.forward(Z, y)
            return loss * value(*Z.shape), (tape, Z.shape)

        def backward(dloss: Array, tape: Any) -> Any:
            inner, shape = tape
            return kernel.backward(dloss, inner) * slope(*shape)

        return replace_functions(kernel, forward=forward, backward=backward)

    return kernel_convention(name, description, fields, scaled)


LOSSES: tuple[Convention, ...] = (
    _scaled_loss(
        "loss summed",
        "The loss and its gradient are sums over the batch.",
        ALL_LOSSES,
        lambda B, C: B,
        lambda B, C: B,
    ),
    _scaled_loss(
        "gradient of the summed loss",
        "The loss is a mean over the batch, but its gradient is that of the sum.",
        ALL_LOSSES,
        lambda B, C: 1,
        lambda B, C: B,
    ),
    _scaled_loss(
        "loss averaged twice",
        "The gradient of the loss is divided by the batch size twice.",
        ALL_LOSSES,
        lambda B, C: 1,
        lambda B, C: 1 / B,
    ),
    _scaled_loss(
        "loss with log base 2",
        "The logarithm of the loss is to base 2.",
        CROSS_ENTROPIES,
        lambda B, C: 1 / LN2,
        lambda B, C: 1 / LN2,
    ),
    _scaled_loss(
        "loss summed over classes",
        "The loss is summed over the classes and averaged over the batch.",
        PER_CLASS_LOSSES,
        lambda B, C: C,
        lambda B, C: C,
    ),
    _scaled_loss(
        "loss summed over batch and classes",
        "The loss is summed over the batch and the classes.",
        PER_CLASS_LOSSES,
        lambda B, C: B * C,
        lambda B, C: B * C,
    ),
    _scaled_loss(
        "squared error halved",
        "The squared error is multiplied by 1/2.",
        "loss_mse",
        lambda B, C: 0.5,
        lambda B, C: 0.5,
    ),
    kernel_convention(
        "categorical for binary cross-entropy",
        "The loss is the categorical cross-entropy: only the true class counts.",
        "loss_softmax_bce",
        lambda _: loss,
    ),
    kernel_convention(
        "binary for categorical cross-entropy",
        "The loss is the binary cross-entropy: every class counts.",
        "loss",
        lambda _: loss_softmax_bce,
    ),
    kernel_convention(
        "sigmoids for the softmax",
        "The binary cross-entropy uses sigmoids instead of a softmax.",
        "loss_softmax_bce",
        lambda _: loss_sigmoid_bce,
    ),
    kernel_convention(
        "softmax for the sigmoids",
        "The binary cross-entropy uses a softmax instead of sigmoids.",
        "loss_sigmoid_bce",
        lambda _: loss_softmax_bce,
    ),
)
