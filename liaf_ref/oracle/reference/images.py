"""What a case does with images, ``(B, T, H, W, L)``, and with what has been pooled of them."""

from collections.abc import Callable
from typing import Any

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.kernels.conv import Params as ConvParams
from liaf_ref.kernels.grid import Grid, Size
from liaf_ref.kernels.norm import Params as NormParams
from liaf_ref.kernels.norm import Statistics
from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.reference.kernel_table import KernelTable, Options
from liaf_ref.oracle.reference.op import BackwardResult, ForwardResult, Op

# What has mean and variance in common: a layer norm's axes, then a batch norm's.
AXES: dict[str, Size] = {
    "HWL": (-3, -2, -1),
    "L": (-1,),
    "BTHW": (0, 1, 2, 3),
    "BHW": (0, 2, 3),
    "BT": (0, 1),
    "B": (0,),
}


class Conv:
    """``I = X * W + b``, Eq. (2): over H and W, or over T, H and W."""

    def forward(
        self, case: Case, node: Node, X: tuple[Array, ...], kernels: KernelTable
    ) -> ForwardResult:
        """Integrate."""
        par = case.node_arrays(node)
        b = par["b"] if "b" in par else np.zeros((), par["W"].dtype)
        I, tape = kernels.conv.forward(X[0], ConvParams(par["W"], b), grid_of(node.options))
        return ForwardResult(I, tape, {"I": I})

    def backward(
        self, case: Case, node: Node, dY: Array, tape: Any, kernels: KernelTable
    ) -> BackwardResult:
        """Differentiate."""
        dX, dp = kernels.conv.backward(dY, tape, grid_of(node.options))
        grads = {f"par.{name}": dp._asdict()[name] for name in case.node_arrays(node)}
        return BackwardResult((dX,), grads, {})


class Pool:
    """One value for each window, channel by channel."""

    def __init__(self, kernel: Callable[[KernelTable, Options], Any]) -> None:
        self.kernel = kernel

    def forward(
        self, case: Case, node: Node, X: tuple[Array, ...], kernels: KernelTable
    ) -> ForwardResult:
        """Pool."""
        Y, tape = self.kernel(kernels, node.options).forward(X[0], *_window_arguments(node))
        return ForwardResult(Y, tape, {"Y": Y})

    def backward(
        self, case: Case, node: Node, dY: Array, tape: Any, kernels: KernelTable
    ) -> BackwardResult:
        """Differentiate."""
        kernel = self.kernel(kernels, node.options)
        return BackwardResult((kernel.backward(dY, tape, *_window_arguments(node)),), {}, {})


class LayerNorm:
    """Mean 0 and variance 1 in each step of each sample."""

    def forward(
        self, case: Case, node: Node, X: tuple[Array, ...], kernels: KernelTable
    ) -> ForwardResult:
        """Normalise."""
        p = NormParams(**case.node_arrays(node))
        Y, _, tape = kernels.norm.forward(X[0], p, *_norm_arguments(node))
        return ForwardResult(Y, tape, {"Y": Y})

    def backward(
        self, case: Case, node: Node, dY: Array, tape: Any, kernels: KernelTable
    ) -> BackwardResult:
        """Differentiate."""
        dX, dp = kernels.norm.backward(dY, tape, AXES[node.options["axes"]])
        return BackwardResult((dX,), _parameter_gradients(dp), {})


class BatchNorm:
    """Mean 0 and variance 1 of each channel; shows the running statistics it leaves."""

    def forward(
        self, case: Case, node: Node, X: tuple[Array, ...], kernels: KernelTable
    ) -> ForwardResult:
        """Normalise by the batch and follow it, or by the running statistics."""
        p, saved = NormParams(**case.node_arrays(node)), Statistics(**case.node_arrays(node, "fix"))
        axes, eps = _norm_arguments(node)
        if node.options["statistics"] == "running":
            Y, tape = kernels.norm_running.forward(X[0], p, saved, eps)
            return ForwardResult(Y, tape, {"Y": Y})
        Y, batch, tape = kernels.norm.forward(X[0], p, axes, eps)
        n, momentum = X[0].size // batch.m.size, node.options["momentum"]
        m, v = kernels.norm_running.follow_steps(saved, batch, n, momentum)
        return ForwardResult(Y, tape, {"Y": Y, "m": m.reshape(-1), "v": v.reshape(-1)})

    def backward(
        self, case: Case, node: Node, dY: Array, tape: Any, kernels: KernelTable
    ) -> BackwardResult:
        """Differentiate; running statistics are constants."""
        if node.options["statistics"] == "running":
            dX, dp = kernels.norm_running.backward(dY, tape)
        else:
            dX, dp = kernels.norm.backward(dY, tape, AXES[node.options["axes"]])
        return BackwardResult((dX,), _parameter_gradients(dp), {})


class Dropout:
    """A mask that is given."""

    def forward(
        self, case: Case, node: Node, X: tuple[Array, ...], kernels: KernelTable
    ) -> ForwardResult:
        """Drop."""
        Y, tape = kernels.dropout.forward(X[0], case.node_arrays(node, "fix")["M"])
        return ForwardResult(Y, tape, {"Y": Y})

    def backward(
        self, case: Case, node: Node, dY: Array, tape: Any, kernels: KernelTable
    ) -> BackwardResult:
        """Drop the same."""
        return BackwardResult((kernels.dropout.backward(dY, tape),), {}, {})


class Act:
    """An activation by itself, entry by entry."""

    def forward(
        self, case: Case, node: Node, X: tuple[Array, ...], kernels: KernelTable
    ) -> ForwardResult:
        """Activate."""
        Y = kernels.act(node.options).value(X[0])
        return ForwardResult(Y, X[0], {"Y": Y})

    def backward(
        self, case: Case, node: Node, dY: Array, tape: Any, kernels: KernelTable
    ) -> BackwardResult:
        """Differentiate."""
        return BackwardResult((dY * kernels.act(node.options).slope(tape),), {}, {})


class Flatten:
    """H, W and L as one axis, row-major."""

    def forward(
        self, case: Case, node: Node, X: tuple[Array, ...], kernels: KernelTable
    ) -> ForwardResult:
        """Lay out."""
        Y, tape = kernels.flatten.forward(X[0])
        return ForwardResult(Y, tape, {"Y": Y})

    def backward(
        self, case: Case, node: Node, dY: Array, tape: Any, kernels: KernelTable
    ) -> BackwardResult:
        """Fold up."""
        return BackwardResult((kernels.flatten.backward(dY, tape),), {}, {})


OPS: dict[str, Op] = {
    "conv": Conv(),
    "conv3d": Conv(),
    "average_pool": Pool(lambda rules, _: rules.average_pool),
    "max_pool": Pool(lambda rules, options: rules.max_pool(options)),
    "layer_norm": LayerNorm(),
    "batch_norm": BatchNorm(),
    "dropout": Dropout(),
    "act": Act(),
    "flatten": Flatten(),
}


def grid_of(options: Options) -> Grid:
    """Where the windows of a convolution lie."""
    return Grid(tuple(options["stride"]), tuple((a, b) for a, b in options["pad"]))


def _window_arguments(node: Node) -> tuple[Size, Size]:
    return tuple(node.options["size"]), tuple(node.options["stride"])


def _norm_arguments(node: Node) -> tuple[Size, float]:
    return AXES[node.options["axes"]], node.options["eps"]


def _parameter_gradients(dp: NormParams) -> dict[str, Array]:
    return {f"par.{name}": grad for name, grad in dp._asdict().items()}
