"""Where a number that is not finite began: the layer and the step, after a training has failed."""

from collections.abc import Generator, Iterable, Iterator
from functools import singledispatch
from types import ModuleType
from typing import NamedTuple

import numpy as np

from liaf_ref.kernels import readout
from liaf_ref.kernels.array import Array
from liaf_ref.layers import FAST, REFERENCE, Params
from liaf_ref.layers.sequential import StagePass, group_by_prefix
from liaf_ref.layers.types import Arrays
from liaf_ref.networks.babi import BabiNetwork
from liaf_ref.networks.base import Network
from liaf_ref.networks.classifier import SequenceClassifier

Inputs = tuple[Array, ...]


class Value(NamedTuple):
    """A value of a pass, and how a message says where it is."""

    name: str
    array: Array
    place: str
    steps: tuple[int, int] | None = None  # of a value in time: its first step, and all there are
    backward: bool = False  # whether later steps are computed first

    def nonfinite(self) -> str | None:
        """Describe the first number that is not finite, in the order of computing."""
        wrong, when = ~np.isfinite(self.array), ""
        if not wrong.any():
            return None
        numbers = self.array[wrong]
        if self.steps is not None:
            steps = np.flatnonzero(wrong.any(axis=(0, *range(2, wrong.ndim))))
            at, (start, total) = steps[-1 if self.backward else 0], self.steps
            numbers = self.array[:, at][wrong[:, at]]
            when = f" at time step {start + at + 1} of {total}" if total > 1 else ""
        return f"{self.name} is {numbers[0]}{when}{self.place}"


@np.errstate(all="ignore")
def locate_nonfinite(
    network: Network,
    loss: ModuleType,
    params: Arrays,
    buffers: Arrays | None,
    batches: Iterable[tuple[Inputs, Array]],
) -> str | None:
    """The first non-finite value: in parameters, way forward, loss, or way back; None for none."""
    updated = "after an update of"
    for name, array in params.items():
        label = network.label_of_param_layer(name)
        if found := Value(name, array, f" {updated} {label}").nonfinite():
            return found
    arrays = {**params, **(buffers or {})}
    for inputs, labels in batches:
        values = values_in_order(network, loss, arrays, inputs, labels)
        found = next(filter(None, map(Value.nonfinite, values)), None)
        if found:
            return found
    return None


@singledispatch
def values_in_order(
    network: Network, loss: ModuleType, p: Arrays, inputs: Inputs, labels: Array
) -> Iterator[Value]:
    """The values of one batch as they are computed; none for a network without an entry."""
    return iter(())


@values_in_order.register
def _(
    network: SequenceClassifier, loss: ModuleType, p: Arrays, inputs: Inputs, labels: Array
) -> Iterator[Value]:
    (X,), stages = inputs, list[StagePass]()
    steps = 0, X.shape[1]
    yield Value("X", X, " in the input", steps)
    for stage in network.sequential.iter_stages(p, X, FAST):
        stages.append(stage)
        yield Value("the output", stage.Y, _place(stage), (0, stage.Y.shape[1]))
    last = stages[-1].Y
    dlogits = yield from _values_of_loss(loss, readout.last_forward(last), labels)
    dY = readout.last_backward(dlogits, last.shape[1])
    for stage in reversed(stages):
        d_last = tuple(np.zeros_like(part) for part in stage.last_state)
        if stage is stages[0]:  # the gradient in the input is not needed
            grads = stage.layer.back_params(dY, d_last, stage.saved, FAST)
        else:
            dY, _, grads = stage.layer.back(dY, d_last, stage.saved, FAST)
            steps = 0, dY.shape[1]
            yield Value("the gradient in the input", dY, _place(stage), steps, backward=True)
        yield from _gradients(grads, _place(stage))


def _place(stage: StagePass) -> str:
    return f" in {stage.name}, {stage.layer.label}"


@values_in_order.register
def _(
    network: BabiNetwork, loss: ModuleType, p: Arrays, inputs: Inputs, labels: Array
) -> Iterator[Value]:
    head, layer, units = f" in head, {network.head.label}", network.temporal_layer, network.units
    by_branch = group_by_prefix(p)
    branches = [
        (name, ids, f" in {name}, {layer.label}", ids.shape[1])
        for name, ids in zip(("story", "query"), inputs, strict=True)
    ]
    for name, ids, place, T in branches:
        for Y, run in network.iter_runs(by_branch[name], ids, REFERENCE, whole=True):
            yield Value("the output", Y, place, (run.segment.start, T))
    logits, tape = network.run(p, *inputs, kernels=REFERENCE)
    yield Value("the output", logits, head)
    dlogits = yield from _values_of_loss(loss, logits, labels)
    djoined, _, grads = network.head.back(dlogits, (), tape.saved[2], REFERENCE)
    yield from _gradients({"X": djoined} | grads, head)
    halves = djoined[:, :units], djoined[:, units:]
    for (_, _, place, T), dy, runs in zip(branches, halves, tape.saved[:2], strict=True):
        for piece, dA, grads in network.iter_back(dy, runs, REFERENCE):
            steps = piece.start, T
            yield Value("the gradient in the drive", dA, place, steps, backward=True)
            yield from _gradients(grads, place)


def _values_of_loss(
    loss: ModuleType, logits: Array, labels: Array
) -> Generator[Value, None, Array]:
    """The loss and its gradient, which is returned."""
    value, tape = loss.forward(logits, labels)
    dlogits: Array = loss.backward(np.ones_like(value), tape)
    yield Value("the loss", np.asarray(value), ", of finite logits")
    yield Value("the gradient in the logits", dlogits, ", of finite logits")
    return dlogits


def _gradients(grads: Params, place: str) -> Iterator[Value]:
    for name, array in grads.items():
        yield Value(f"the gradient in {name}", array, place)
