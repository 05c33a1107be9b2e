"""Other losses and other means of them."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels import loss, loss_sigmoid_bce, loss_softmax_bce
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.conventions.convention import Convention, of_field
from liaf_ref.oracle.reference.rules import Rules

LN2 = np.log(2.0)
ENTROPIES = {
    "loss": "softmax_ce",
    "loss_softmax_bce": "softmax_bce",
    "loss_sigmoid_bce": "sigmoid_bce",
}
OF_CLASSES = {"loss_softmax_bce": "softmax_bce", "loss_sigmoid_bce": "sigmoid_bce"}
OF_CLASSES |= {"loss_mse": "mse"}
ALL = {**ENTROPIES, **OF_CLASSES}
Factor = Callable[[int, int], float]


class Weighed(NamedTuple):
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


def _weighed(
    name: str, says: str, fields: dict[str, str], value: Factor, slope: Factor
) -> Convention:
    def rules(given: Rules) -> Rules:
        changed: dict[str, Any] = {
            field: Weighed(getattr(given, field), value, slope) for field in fields
        }
        return given._replace(**changed)

    return Convention(name, says, frozenset(fields.values()), rules)


LOSSES: tuple[Convention, ...] = (
    _weighed(
        "loss summed",
        "The loss is a sum over the batch, and so is its gradient.",
        ALL,
        lambda B, C: B,
        lambda B, C: B,
    ),
    _weighed(
        "gradient of the summed loss",
        "The loss is a mean, its gradient that of the sum.",
        ALL,
        lambda B, C: 1,
        lambda B, C: B,
    ),
    _weighed(
        "loss averaged twice",
        "The gradient of the loss is divided by the batch size twice.",
        ALL,
        lambda B, C: 1,
        lambda B, C: 1 / B,
    ),
    _weighed(
        "loss in bits",
        "The logarithm of the loss is to base 2.",
        ENTROPIES,
        lambda B, C: 1 / LN2,
        lambda B, C: 1 / LN2,
    ),
    _weighed(
        "loss summed over classes",
        "A loss of every class is a sum over them and a mean over the batch.",
        OF_CLASSES,
        lambda B, C: C,
        lambda B, C: C,
    ),
    _weighed(
        "loss summed over batch and classes",
        "A loss of every class is a sum over both.",
        OF_CLASSES,
        lambda B, C: B * C,
        lambda B, C: B * C,
    ),
    _weighed(
        "squared error halved",
        "Half of the squares, so that their derivative has no 2.",
        {"loss_mse": "mse"},
        lambda B, C: 0.5,
        lambda B, C: 0.5,
    ),
    of_field(
        "categorical for binary cross-entropy",
        "Behind a softmax, the true class alone is asked for.",
        "loss_softmax_bce",
        lambda _: loss,
    ),
    of_field(
        "binary for categorical cross-entropy",
        "Behind a softmax, every class is asked for.",
        "loss",
        lambda _: loss_softmax_bce,
    ),
    of_field(
        "sigmoids for the softmax",
        "The binary cross-entropy is of sigmoids.",
        "loss_softmax_bce",
        lambda _: loss_sigmoid_bce,
    ),
    of_field(
        "softmax for the sigmoids",
        "The binary cross-entropy is of a softmax.",
        "loss_sigmoid_bce",
        lambda _: loss_softmax_bce,
    ),
)
