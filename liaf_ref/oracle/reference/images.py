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
from liaf_ref.oracle.reference.op import Backward, Forward, Op
from liaf_ref.oracle.reference.rules import Options, Rules

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

    def forward(self, case: Case, node: Node, X: tuple[Array, ...], rules: Rules) -> Forward:
        """Integrate."""
        par = case.of(node)
        b = par["b"] if "b" in par else np.zeros((), par["W"].dtype)
        I, tape = rules.conv.forward(X[0], ConvParams(par["W"], b), grid_of(node.options))
        return Forward(I, tape, {"I": I})

    def backward(self, case: Case, node: Node, dY: Array, tape: Any, rules: Rules) -> Backward:
        """Differentiate."""
        dX, dp = rules.conv.backward(dY, tape, grid_of(node.options))
        grads = {f"par.{name}": dp._asdict()[name] for name in case.of(node)}
        return Backward((dX,), grads, {})


class Pool:
    """One value for each window, channel by channel.

    Parameters
    ----------
    kernel : callable
        Finds it in the rules, for a node's options.
    """

    def __init__(self, kernel: Callable[[Rules, Options], Any]) -> None:
        self.kernel = kernel

    def forward(self, case: Case, node: Node, X: tuple[Array, ...], rules: Rules) -> Forward:
        """Pool."""
        Y, tape = self.kernel(rules, node.options).forward(X[0], *_windows(node))
        return Forward(Y, tape, {"Y": Y})

    def backward(self, case: Case, node: Node, dY: Array, tape: Any, rules: Rules) -> Backward:
        """Differentiate."""
        kernel = self.kernel(rules, node.options)
        return Backward((kernel.backward(dY, tape, *_windows(node)),), {}, {})


class LayerNorm:
    """Mean 0 and variance 1 in each step of each sample."""

    def forward(self, case: Case, node: Node, X: tuple[Array, ...], rules: Rules) -> Forward:
        """Normalise."""
        p = NormParams(**case.of(node))
        Y, _, tape = rules.norm.forward(X[0], p, *_normed(node))
        return Forward(Y, tape, {"Y": Y})

    def backward(self, case: Case, node: Node, dY: Array, tape: Any, rules: Rules) -> Backward:
        """Differentiate."""
        dX, dp = rules.norm.backward(dY, tape, AXES[node.options["axes"]])
        return Backward((dX,), _named(dp), {})


class BatchNorm:
    """Mean 0 and variance 1 of each channel; shows the running statistics it leaves."""

    def forward(self, case: Case, node: Node, X: tuple[Array, ...], rules: Rules) -> Forward:
        """Normalise by the batch and follow it, or by the running statistics."""
        p, kept = NormParams(**case.of(node)), Statistics(**case.of(node, "fix"))
        axes, eps = _normed(node)
        if node.options["statistics"] == "running":
            Y, tape = rules.norm_running.forward(X[0], p, kept, eps)
            return Forward(Y, tape, {"Y": Y})
        Y, batch, tape = rules.norm.forward(X[0], p, axes, eps)
        n, momentum = X[0].size // batch.m.size, node.options["momentum"]
        m, v = rules.norm_running.follow_steps(kept, batch, n, momentum)
        return Forward(Y, tape, {"Y": Y, "m": m.reshape(-1), "v": v.reshape(-1)})

    def backward(self, case: Case, node: Node, dY: Array, tape: Any, rules: Rules) -> Backward:
        """Differentiate; running statistics are constants."""
        if node.options["statistics"] == "running":
            dX, dp = rules.norm_running.backward(dY, tape)
        else:
            dX, dp = rules.norm.backward(dY, tape, AXES[node.options["axes"]])
        return Backward((dX,), _named(dp), {})


class Dropout:
    """A mask that is given."""

    def forward(self, case: Case, node: Node, X: tuple[Array, ...], rules: Rules) -> Forward:
        """Drop."""
        Y, tape = rules.dropout.forward(X[0], case.of(node, "fix")["M"])
        return Forward(Y, tape, {"Y": Y})

    def backward(self, case: Case, node: Node, dY: Array, tape: Any, rules: Rules) -> Backward:
        """Drop the same."""
        return Backward((rules.dropout.backward(dY, tape),), {}, {})


class Act:
    """An activation by itself, entry by entry."""

    def forward(self, case: Case, node: Node, X: tuple[Array, ...], rules: Rules) -> Forward:
        """Activate."""
        Y = rules.act(node.options).value(X[0])
        return Forward(Y, X[0], {"Y": Y})

    def backward(self, case: Case, node: Node, dY: Array, tape: Any, rules: Rules) -> Backward:
        """Differentiate."""
        return Backward((dY * rules.act(node.options).slope(tape),), {}, {})


class Flatten:
    """H, W and L as one axis, row-major."""

    def forward(self, case: Case, node: Node, X: tuple[Array, ...], rules: Rules) -> Forward:
        """Lay out."""
        Y, tape = rules.flatten.forward(X[0])
        return Forward(Y, tape, {"Y": Y})

    def backward(self, case: Case, node: Node, dY: Array, tape: Any, rules: Rules) -> Backward:
        """Fold up."""
        return Backward((rules.flatten.backward(dY, tape),), {}, {})


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


def _windows(node: Node) -> tuple[Size, Size]:
    return tuple(node.options["size"]), tuple(node.options["stride"])


def _normed(node: Node) -> tuple[Size, float]:
    return AXES[node.options["axes"]], node.options["eps"]


def _named(dp: NormParams) -> dict[str, Array]:
    return {f"par.{name}": grad for name, grad in dp._asdict().items()}
