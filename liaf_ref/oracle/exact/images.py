"""What each operation of a case does with images, frame by frame."""

from collections.abc import Callable
from typing import Any

from liaf_ref.oracle.case import Node
from liaf_ref.oracle.exact import conv, norm, pool
from liaf_ref.oracle.exact.dual import Dual, Number, constant
from liaf_ref.oracle.exact.functions import ACTIVATIONS, given_activation
from liaf_ref.oracle.exact.nested import Nested, leaves, map_nested
from liaf_ref.oracle.exact.op import (
    NestedArrays,
    Op,
    Result,
    VariableFactory,
    node_arrays,
    output_only,
)


def conv_op(
    node: Node, arrays: NestedArrays, X: tuple[Nested, ...], make_variable: VariableFactory
) -> Result:
    """Eq. (2) on every frame of (B, T, H, W, K)."""
    W, b = _synapses(node, arrays)
    stride, pad = node.options["stride"], node.options["pad"]
    I = [[conv.conv2d(frame, W, b, stride, pad) for frame in frames] for frames in X[0]]
    return Result(I, {"I": I}, {}, {})


def conv3d_op(
    node: Node, arrays: NestedArrays, X: tuple[Nested, ...], make_variable: VariableFactory
) -> Result:
    """Conv3D of Table II on every sample; the steps stay as many as they are."""
    W, b = _synapses(node, arrays)
    (_, *stride), ((front, _), *pad) = node.options["stride"], node.options["pad"]
    I = [conv.conv3d(frames, W, b, tuple(stride), tuple(pad), front) for frames in X[0]]
    return Result(I, {"I": I}, {}, {})


def _synapses(node: Node, arrays: NestedArrays) -> tuple[Nested, list[Dual]]:
    par = node_arrays(node, arrays, "par")
    inner = par["W"]
    while isinstance(inner[0], list):
        inner = inner[0]
    return par["W"], par.get("b", [0 * w for w in inner])


def _pool_op(pool_frame: Callable[..., Nested]) -> Op:
    """One value per window of every frame."""

    def op(node: Node, given: NestedArrays, X: tuple[Nested, ...], new: VariableFactory) -> Result:
        windows = node.options["size"], node.options["stride"]
        return output_only([[pool_frame(frame, *windows) for frame in frames] for frames in X[0]])

    return op


def max_pool_op(
    node: Node, arrays: NestedArrays, X: tuple[Nested, ...], make_variable: VariableFactory
) -> Result:
    """The largest of each window of every frame, or the one that is given as such."""
    gates = node_arrays(node, arrays, "gate")
    if not gates:
        return _pool_op(pool.maximum)(node, arrays, X, make_variable)
    windows = node.options["size"], node.options["stride"]
    samples = zip(X[0], gates["first"], strict=True)
    return output_only(
        [
            [pool.chosen(x, k, *windows) for x, k in zip(frames, chosen, strict=True)]
            for frames, chosen in samples
        ]
    )


def layer_norm_op(
    node: Node, arrays: NestedArrays, X: tuple[Nested, ...], make_variable: VariableFactory
) -> Result:
    """All of one step of one sample, or each vector of channels."""
    par, eps = node_arrays(node, arrays, "par"), _number_type(X[0])(node.options["eps"])

    def vectors(x: Nested) -> Nested:
        if isinstance(x[0], list):
            return [vectors(part) for part in x]
        return norm.layer_norm(x, par["gamma"], par["b"], eps)

    def frame(x: Nested) -> Nested:
        return norm.layer_norm(x, par["gamma"], par["b"], eps)

    if node.options["axes"] == "L":
        return output_only(vectors(X[0]))
    return output_only([[frame(x) for x in frames] for frames in X[0]])


def batch_norm_op(
    node: Node, arrays: NestedArrays, X: tuple[Nested, ...], make_variable: VariableFactory
) -> Result:
    """Each channel over the batch, or over one step of it; or by statistics that are given."""
    par, fixed = node_arrays(node, arrays, "par"), node_arrays(node, arrays, "fix")
    eps, momentum = (_number_type(X[0])(node.options[name]) for name in ("eps", "momentum"))
    pairs = zip(fixed["m"], fixed["v"], strict=True)
    saved = [norm.Moments(constant(m), constant(v)) for m, v in pairs]

    def normed(part: Nested, of: list[norm.Moments]) -> Nested:
        return norm.batch_norm(part, of, par["gamma"], par["b"], eps)

    if node.options["statistics"] == "running":
        return output_only(normed(X[0], saved))
    done = []
    for part in _statistics_groups(X[0], node.options["axes"]):
        of = norm.channel_moments(part)
        done.append(normed(part, of))
        n = sum(1 for _ in leaves(part)) // len(of)
        saved = [
            norm.update_running_moments(k, o, n, momentum) for k, o in zip(saved, of, strict=True)
        ]
    Y = [[y for part in sample for y in part] for sample in zip(*done, strict=True)]
    shown = {"m": [k.mean for k in saved], "v": [k.variance for k in saved]}
    return Result(Y, {"Y": Y} | shown, {}, {})


def _statistics_groups(X: Nested, axes: str) -> list[Nested]:
    """The batch, or one of a single step for each of its steps."""
    if "T" in axes:
        return [X]
    return [[[sample[t]] for sample in X] for t in range(len(X[0]))]


def dropout_op(
    node: Node, arrays: NestedArrays, X: tuple[Nested, ...], make_variable: VariableFactory
) -> Result:
    """The mask times what it masks."""
    return output_only(map_nested(lambda x, m: x * m, X[0], node_arrays(node, arrays, "fix")["M"]))


def act_op(
    node: Node, arrays: NestedArrays, X: tuple[Nested, ...], make_variable: VariableFactory
) -> Result:
    """Every entry by itself."""
    act, gates = node.options["act"], node_arrays(node, arrays, "gate")
    if gates:
        above = gates["positive"]
        return output_only(map_nested(lambda x, on: given_activation(act, on)(x), X[0], above))
    return output_only(map_nested(ACTIVATIONS[act], X[0]))


def flatten_op(
    node: Node, arrays: NestedArrays, X: tuple[Nested, ...], make_variable: VariableFactory
) -> Result:
    """Each frame as one vector: rows, in them columns, in them channels."""

    def flat(x: Nested) -> Nested:
        inside = isinstance(x[0][0][0], list)
        return [flat(part) for part in x] if inside else list(leaves(x))

    return output_only(flat(X[0]))


def _number_type(X: Nested) -> Callable[[Any], Number]:
    return type(next(leaves(X)).x)


OPS: dict[str, Op] = {
    "conv": conv_op,
    "conv3d": conv3d_op,
    "average_pool": _pool_op(pool.average),
    "max_pool": max_pool_op,
    "layer_norm": layer_norm_op,
    "batch_norm": batch_norm_op,
    "dropout": dropout_op,
    "act": act_op,
    "flatten": flatten_op,
}
