"""What an operation of a case is: forward, and the adjoint that goes with it."""

from typing import Any, NamedTuple, Protocol

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.reference.kernel_table import KernelTable

Tensors = dict[str, Array]


class ForwardResult(NamedTuple):
    """What an operation gives: its output, what its backward pass reads, what it shows."""

    Y: Array
    tape: Any
    traces: Tensors


class BackwardResult(NamedTuple):
    """Gradients in the inputs and in the node's own arrays, and the adjoints of each step.

    ``grads`` has names with their prefix, ``par.W`` or ``in.V0``; the gradient of a
    token number is ``None``.
    """

    dX: tuple[Array | None, ...]
    grads: Tensors
    adjoints: Tensors


class Op(Protocol):
    """One operation of a case."""

    def forward(
        self, case: Case, node: Node, X: tuple[Array, ...], kernels: KernelTable
    ) -> ForwardResult:
        """Compute the output from the inputs and the node's own arrays."""

    def backward(
        self, case: Case, node: Node, dY: Array, tape: Any, kernels: KernelTable
    ) -> BackwardResult:
        """Differentiate :meth:`forward`; the upstream gradient of the state is in the case."""
