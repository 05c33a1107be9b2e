"""Where a number that is not finite began: the layer and the step, after a training has failed."""

from collections.abc import Iterable, Mapping
from functools import singledispatch
from types import ModuleType

import numpy as np

from liaf_ref.kernels import readout
from liaf_ref.kernels.array import Array
from liaf_ref.layers import FAST, REFERENCE, Params
from liaf_ref.layers.sequential import StagePass, group_by_prefix
from liaf_ref.networks.babi import BabiNetwork
from liaf_ref.networks.base import Network
from liaf_ref.networks.classifier import SequenceClassifier

Batch = tuple[tuple[Array, ...], Array]  # inputs and true classes
Given = Mapping[str, Array]


@np.errstate(all="ignore")
def locate_nonfinite(
    network: Network,
    loss: ModuleType,
    params: Given,
    buffers: Given | None,
    batches: Iterable[Batch],
) -> str | None:
    """The first non-finite value: in parameters, way forward, loss, or way back; None for none."""
    for name, array in params.items():
        if bad := _nonfinite(array):
            return f"{name} is {bad} after an update of {network.label_of_param_layer(name)}"
    for inputs, labels in batches:
        if found := locate_in_batch(network, loss, {**params, **(buffers or {})}, inputs, labels):
            return found
    return None


@singledispatch
def locate_in_batch(
    network: Network, loss: ModuleType, p: Given, inputs: tuple[Array, ...], labels: Array
) -> str | None:
    """The first non-finite value of one batch; None for a network without an entry."""
    return None


@locate_in_batch.register
def _(
    network: SequenceClassifier,
    loss: ModuleType,
    p: Given,
    inputs: tuple[Array, ...],
    labels: Array,
) -> str | None:
    (X,), stages = inputs, list[StagePass]()
    if found := _at_step("X", X, 0, "the input"):
        return found
    for stage in network.sequential.iter_stages(p, X, FAST):
        stages.append(stage)
        if found := _at_step("the output", stage.Y, 0, f"{stage.name}, {stage.layer.label}"):
            return found
    found, dlogits = _in_loss(loss, readout.last_forward(stages[-1].Y), labels)
    dY = readout.last_backward(dlogits, stages[-1].Y.shape[1])
    for number, stage in reversed(list(enumerate(stages))):
        d_last = tuple(np.zeros_like(part) for part in stage.last_state)
        place = f"{stage.name}, {stage.layer.label}"
        if number:
            dY, _, grads = stage.layer.back(dY, d_last, stage.saved, FAST)
            found = found or _at_step("the gradient in the input", dY, -1, place)
        else:  # the gradient in the input is not needed
            grads = stage.layer.back_params(dY, d_last, stage.saved, FAST)
        if found := found or _in_gradients(grads, place):
            return found
    return None


@locate_in_batch.register
def _(
    network: BabiNetwork, loss: ModuleType, p: Given, inputs: tuple[Array, ...], labels: Array
) -> str | None:
    layer, head, units = network.temporal_layer, f"head, {network.head.label}", network.units
    own, branches = group_by_prefix(p), ("story", "query")
    for branch, ids in zip(branches, inputs, strict=True):
        for Y, (piece, _, _) in network.iter_runs(own[branch], ids, REFERENCE, whole=True):
            steps = piece.start, ids.shape[1]
            if found := _at_step("the output", Y, 0, f"{branch}, {layer.label}", steps):
                return found
    logits, tape = network.run(p, *inputs, kernels=REFERENCE)
    if bad := _nonfinite(logits):
        return f"the output is {bad} in {head}"
    found, dlogits = _in_loss(loss, logits, labels)
    djoined, _, grads = network.head.back(dlogits, (), tape.head, REFERENCE)
    if found := found or _in_gradients({"X": djoined} | grads, head):
        return found
    ways = zip(branches, inputs, (djoined[:, :units], djoined[:, units:]), tape[2:4], strict=True)
    for branch, ids, dy, runs in ways:
        place = f"{branch}, {layer.label}"
        for piece, dA, grads in network.iter_back(dy, runs, REFERENCE):
            steps = piece.start, ids.shape[1]
            found = _at_step("the gradient in the drive", dA, -1, place, steps)
            if found := found or _in_gradients(grads, place):
                return found
    return None


def _in_loss(loss: ModuleType, logits: Array, labels: Array) -> tuple[str | None, Array]:
    """What is wrong with the loss of finite logits or its gradient, and the gradient."""
    value, tape = loss.forward(logits, labels)
    dlogits = loss.backward(np.ones_like(value), tape)
    for name, array in (("the loss", np.asarray(value)), ("the gradient in the logits", dlogits)):
        if bad := _nonfinite(array):
            return f"{name} is {bad}, of finite logits", dlogits
    return None, dlogits


def _nonfinite(array: Array) -> str | None:
    bad = array[~np.isfinite(array)]
    return str(bad[0]) if len(bad) else None


def _at_step(
    name: str, array: Array, index: int, place: str, steps: tuple[int, int] | None = None
) -> str | None:
    """Describe the first or last non-finite step; ``steps``: where a part begins, and of all."""
    bad = np.flatnonzero(~np.isfinite(array).all(axis=(0, *range(2, array.ndim))))
    if not len(bad):
        return None
    first, total = steps or (0, array.shape[1])
    when = f" at time step {first + bad[index] + 1} of {total}" if total > 1 else ""
    return f"{name} is {_nonfinite(array[:, bad[index]])}{when} in {place}"


def _in_gradients(grads: Params, place: str) -> str | None:
    for name, array in grads.items():
        if bad := _nonfinite(array):
            return f"the gradient in {name} is {bad} in {place}"
    return None
