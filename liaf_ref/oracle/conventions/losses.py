"""Other losses and other means of them."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels import loss, loss_sigmoid_bce, loss_softmax_bce
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.conventions.convention import Convention, kernel_convention
from liaf_ref.oracle.reference.kernel_table import KernelTable

LN2 = np.log(2.0)
CROSS_ENTROPIES = {
    "loss": "softmax_ce",
    "loss_softmax_bce": "softmax_bce",
    "loss_sigmoid_bce": "sigmoid_bce",
}
PER_CLASS_LOSSES = {"loss_softmax_bce": "softmax_bce", "loss_sigmoid_bce": "sigmoid_bce"}
PER_CLASS_LOSSES |= {"loss_mse": "mse"}
ALL_LOSSES = {**CROSS_ENTROPIES, **PER_CLASS_LOSSES}
Factor = Callable[[int, int], float]


class ScaledLoss(NamedTuple):
    """A loss times a factor of the sizes of batch and classes, and its gradient times another."""

    kernel: Any
    value: Factor
    slope: Factor

    def forward(self, Z: Array, y: Array) -> Any:
        """As the kernel's."""
        loss, tape = self.kernel.forward(Z, y)
        return loss * self.value(*Z.shape), (tape, Z.shape)

    def backward(self, dloss: Array, tape: Any) -> Any:
        """As the kernel's."""
        inner, shape = tape
        return self.kernel.backward(dloss, inner) * self.slope(*shape)


def _scaled_loss(
    name: str, description: str, fields: dict[str, str], value: Factor, slope: Factor
) -> Convention:
    def rules(given: KernelTable) -> KernelTable:
        changed: dict[str, Any] = {
            field: ScaledLoss(getattr(given, field), value, slope) for field in fields
        }
        return given._replace(**changed)

    return Convention(name, description, frozenset(fields.values()), rules)


LOSSES: tuple[Convention, ...] = (
    _scaled_loss(
        "loss summed",
        "The loss is a sum over the batch, and so is its gradient.",
        ALL_LOSSES,
        lambda B, C: B,
        lambda B, C: B,
    ),
    _scaled_loss(
        "gradient of the summed loss",
        "The loss is a mean, its gradient that of the sum.",
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
        "A loss of every class is a sum over them and a mean over the batch.",
        PER_CLASS_LOSSES,
        lambda B, C: C,
        lambda B, C: C,
    ),
    _scaled_loss(
        "loss summed over batch and classes",
        "A loss of every class is a sum over both.",
        PER_CLASS_LOSSES,
        lambda B, C: B * C,
        lambda B, C: B * C,
    ),
    _scaled_loss(
        "squared error halved",
        "Half of the squares, so that their derivative has no 2.",
        {"loss_mse": "mse"},
        lambda B, C: 0.5,
        lambda B, C: 0.5,
    ),
    kernel_convention(
        "categorical for binary cross-entropy",
        "After a softmax, only the true class is in the loss.",
        "loss_softmax_bce",
        lambda _: loss,
    ),
    kernel_convention(
        "binary for categorical cross-entropy",
        "After a softmax, every class is in the loss.",
        "loss",
        lambda _: loss_softmax_bce,
    ),
    kernel_convention(
        "sigmoids for the softmax",
        "The binary cross-entropy is of sigmoids.",
        "loss_softmax_bce",
        lambda _: loss_sigmoid_bce,
    ),
    kernel_convention(
        "softmax for the sigmoids",
        "The binary cross-entropy is of a softmax.",
        "loss_sigmoid_bce",
        lambda _: loss_softmax_bce,
    ),
)
