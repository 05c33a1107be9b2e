"""Nodes on images, as :mod:`liaf_ref.oracle.cases.nodes` has them for vectors."""

from typing import Any

from liaf_ref.oracle.case import Node

Pairs = list[list[int]]
SAME_PADDING: Pairs = [[1, 1], [1, 1]]  # same, for a kernel of 3


def conv(name: str, source: str, units: int, **options: Any) -> Node:
    """Synapses of Eq. (2) under windows of 3 by 3, padded to the same size."""
    default = {"kernel": [3, 3], "stride": [1, 1], "pad": SAME_PADDING, "bias": True}
    return Node(name, "conv", (source,), {"units": units} | default | options)


def conv3d(name: str, source: str, units: int, **options: Any) -> Node:
    """The same over three time steps as well, the one before and the one after."""
    default = {
        "kernel": [3, 3, 3],
        "stride": [1, 1, 1],
        "pad": [[1, 1], *SAME_PADDING],
        "bias": True,
    }
    return Node(name, "conv3d", (source,), {"units": units} | default | options)


def convlstm(name: str, source: str, **options: Any) -> Node:
    """Eq. (15) on a drive of four gates."""
    return Node(name, "convlstm", (source,), {"kernel": [3, 3]} | options)


def pool(
    op: str,
    name: str,
    source: str,
    size: tuple[int, int] = (2, 2),
    stride: tuple[int, int] | None = None,
) -> Node:
    """``average_pool`` or ``max_pool``; by default the stride is the window size."""
    return Node(name, op, (source,), {"size": [*size], "stride": [*(stride or size)]})


def layer_norm(name: str, source: str, axes: str = "HWL", eps: float = 1e-3) -> Node:
    """Over each step of each sample, or over its channels alone: ``L``."""
    return Node(name, "layer_norm", (source,), {"axes": axes, "eps": eps})


def batch_norm(name: str, source: str, axes: str = "BTHW", **options: Any) -> Node:
    """Over all that shares a channel; without T, each step by itself."""
    default = {"eps": 1e-3, "statistics": "batch", "momentum": 0.1}
    return Node(name, "batch_norm", (source,), {"axes": axes} | default | options)


def dropout(name: str, source: str, keep: float = 0.5) -> Node:
    """A mask of zeros and of ``1 / keep``."""
    return Node(name, "dropout", (source,), {"keep": keep})


def act(name: str, source: str, act: str = "relu") -> Node:
    """An activation by itself."""
    return Node(name, "act", (source,), {"act": act})
