"""Where a number that is not finite began: the layer and the step, after a training has failed."""

from collections.abc import Iterable, Mapping
from functools import singledispatch
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels import readout
from liaf_ref.kernels.array import Array
from liaf_ref.layers import FAST, REFERENCE, Params
from liaf_ref.layers.sequential import StagePass, group_by_prefix
from liaf_ref.networks.babi import BabiNetwork
from liaf_ref.networks.babi import Tape as BabiTape
from liaf_ref.networks.base import Network
from liaf_ref.networks.classifier import SequenceClassifier

Batch = tuple[tuple[Array, ...], Array]  # inputs and true classes
Given = Mapping[str, Array]
Traced = tuple[str | None, Array, Any]  # what was found, logits, and what the way back reads


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
        if found := _locate_in_batch(network, loss, {**params, **(buffers or {})}, inputs, labels):
            return found
    return None


def _locate_in_batch(
    network: Network, loss: ModuleType, p: Given, inputs: tuple[Array, ...], labels: Array
) -> str | None:
    found, logits, tape = trace_forward(network, p, *inputs)
    if found:
        return found
    value, loss_tape = loss.forward(logits, labels)
    dlogits = loss.backward(np.ones_like(value), loss_tape)
    for name, array in (("the loss", np.asarray(value)), ("the gradient in the logits", dlogits)):
        if bad := _nonfinite(array):
            return f"{name} is {bad}, of finite logits"
    return trace_backward(network, dlogits, tape)


@singledispatch
def trace_forward(network: Network, p: Given, *inputs: Array) -> Traced:
    """Find the first non-finite value of the forward pass of one batch."""
    raise NotImplementedError(f"trace_forward has no entry for {network.label}")


@singledispatch
def trace_backward(network: Network, dlogits: Array, tape: Any) -> str | None:
    """Find the first non-finite value of the backward pass, from finite logits."""
    raise NotImplementedError(f"trace_backward has no entry for {network.label}")


@trace_forward.register
def _(network: SequenceClassifier, p: Given, *inputs: Array) -> Traced:
    (X,), stages = inputs, list[StagePass]()
    found = _at_step("X", X, 0, "the input")
    for stage in () if found else network.sequential.iter_stages(p, X, FAST):
        stages.append(stage)
        if found := _at_step("the output", stage.Y, 0, f"{stage.name}, {stage.layer.label}"):
            break
    return found, readout.last_forward(stages[-1].Y if stages else X), stages


@trace_backward.register
def _(network: SequenceClassifier, dlogits: Array, tape: list[StagePass]) -> str | None:
    dY = readout.last_backward(dlogits, tape[-1].Y.shape[1])
    for number, stage in reversed(list(enumerate(tape))):
        d_last = tuple(np.zeros_like(part) for part in stage.last_state)
        place = f"{stage.name}, {stage.layer.label}"
        if number:
            dY, _, grads = stage.layer.back(dY, d_last, stage.saved, FAST)
        else:  # the gradient in the input is not needed
            grads = stage.layer.back_params(dY, d_last, stage.saved, FAST)
        found = _at_step("the gradient in the input", dY, -1, place) if number else None
        if found := found or _in_gradients(grads, place):
            return found
    return None


class _Questions(NamedTuple):
    """The passes of a batch of questions, and the tokens of both branches."""

    tape: BabiTape
    ids: dict[str, Array]


@trace_forward.register
def _(network: BabiNetwork, p: Given, *inputs: Array) -> Traced:
    own, ids = group_by_prefix(p), dict(zip(("story", "query"), inputs, strict=True))
    logits, tape = network.run(p, *inputs, kernels=REFERENCE)
    for branch, tokens in ids.items():
        place = f"{branch}, {network.temporal_layer.label}"
        for Y, (piece, _, _) in network.iter_runs(own[branch], tokens, REFERENCE, whole=True):
            steps = piece.start, tokens.shape[1]
            if found := _at_step("the output", Y, 0, place, steps):
                return found, logits, None
    bad = _nonfinite(logits)
    found = bad and f"the output is {bad} in head, {network.head.label}"
    return found, logits, _Questions(tape, ids)


@trace_backward.register
def _(network: BabiNetwork, dlogits: Array, tape: _Questions) -> str | None:
    units = network.units
    djoined, _, grads = network.head.back(dlogits, (), tape.tape.head, REFERENCE)
    if found := _in_gradients({"X": djoined} | grads, f"head, {network.head.label}"):
        return found
    halves = (djoined[:, :units], djoined[:, units:])
    runs = (tape.tape.story, tape.tape.query)
    for (branch, ids), dy, own in zip(tape.ids.items(), halves, runs, strict=True):
        place = f"{branch}, {network.temporal_layer.label}"
        for piece, dA, grads in network.iter_back(dy, own, REFERENCE):
            steps = piece.start, ids.shape[1]
            found = _at_step("the gradient in the drive", dA, -1, place, steps)
            if found := found or _in_gradients(grads, place):
                return found
    return None


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
