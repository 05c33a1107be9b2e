"""The losses of a case, each against ``in/y``."""

from typing import Any

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.reference.kernel_table import KernelTable
from liaf_ref.oracle.reference.op import BackwardResult, ForwardResult, Op


class Loss:
    """A loss of logits or outputs (B, C)."""

    def __init__(self, kernel: str) -> None:
        self.kernel = kernel

    def forward(
        self, case: Case, node: Node, X: tuple[Array, ...], kernels: KernelTable
    ) -> ForwardResult:
        """Compare."""
        loss, tape = getattr(kernels, self.kernel).forward(X[0], case["in/y"])
        return ForwardResult(loss, tape, {"loss": loss})

    def backward(
        self, case: Case, node: Node, dY: Array, tape: Any, kernels: KernelTable
    ) -> BackwardResult:
        """Differentiate."""
        return BackwardResult((getattr(kernels, self.kernel).backward(dY, tape),), {}, {})


OPS: dict[str, Op] = {
    "softmax_ce": Loss("loss"),
    "softmax_bce": Loss("loss_softmax_bce"),
    "sigmoid_bce": Loss("loss_sigmoid_bce"),
    "mse": Loss("loss_mse"),
}
