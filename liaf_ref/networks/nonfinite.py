"""Where a number that is not finite began: parameters, way forward, loss or way back."""

from collections.abc import Iterable, Iterator, Mapping
from functools import singledispatch
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.text import describe_value
from liaf_ref._core.validation import as_array, check_instance, check_mapping
from liaf_ref.analysis.arrays import gradient_name, named_arrays, param_equation
from liaf_ref.kernels import readout
from liaf_ref.kernels.array import Array
from liaf_ref.layers import FAST, Layer, Params
from liaf_ref.layers.kernel_set import TRACING
from liaf_ref.layers.sequential import StagePass, group_by_prefix
from liaf_ref.networks.babi import BabiNetwork
from liaf_ref.networks.babi import Tape as BabiTape
from liaf_ref.networks.base import Network, check_network
from liaf_ref.networks.classifier import SequenceClassifier

Batch = tuple[tuple[Array, ...], Array]  # inputs and true classes
Given = Mapping[str, Array]
WHERE, EXPECTED_BATCHES = "origin", "pairs of a tuple of inputs and an array of labels"


@np.errstate(all="ignore")
def locate_nonfinite(
    network: Network,
    loss: ModuleType,
    params: Given,
    buffers: Given | None,
    batches: Iterable[Batch],
) -> str | None:
    """Locate the first non-finite value in forward and backward passes."""
    check_network(network, WHERE)
    for name, value in check_mapping("params", params, WHERE, "arrays by name").items():
        as_array(name, value, WHERE)
    check_instance("batches", batches, Iterable, WHERE, EXPECTED_BATCHES)  # type: ignore[type-abstract]
    found = _nonfinite_param(network, params)
    for batch in () if found else batches:
        inputs, labels = _check_batch(batch)
        found = found or _trace_passes(network, loss, {**params, **(buffers or {})}, inputs, labels)
    return found


def _check_batch(batch: object) -> Batch:
    if not isinstance(batch, tuple) or len(batch) != 2 or not isinstance(batch[0], tuple):
        reason = f"expected {EXPECTED_BATCHES}, got {describe_value(batch)}"
        raise InputError.for_argument("batches", WHERE, reason)
    return batch


def _nonfinite_param(network: Network, params: Given) -> str | None:
    """Describe a non-finite parameter: an update was too large."""
    for name, value in params.items():
        bad = nonfinite_value(value)
        if bad:
            return f"{name} is {bad} after an update of {network.label_of_param_layer(name)}"
    return None


def _trace_passes(
    network: Network, loss: ModuleType, p: Given, inputs: tuple[Array, ...], labels: Array
) -> str | None:
    found, logits, tape = trace_forward(network, p, *inputs)
    if found:
        return found
    value, loss_tape = loss.forward(logits, labels)
    bad = nonfinite_value(np.asarray(value))
    if bad:
        return f"the loss is {bad}, of finite logits"
    dlogits = loss.backward(np.ones_like(value), loss_tape)
    bad = nonfinite_value(dlogits)
    if bad:
        return f"the gradient in the logits is {bad}, of a finite loss"
    return trace_backward(network, dlogits, tape)


Traced = tuple[str | None, Array, Any]  # what was found, logits, and what the way back reads


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
    (X,) = inputs
    chain, none = network.sequential, np.empty(0)
    bad = first_nonfinite([("X", X)])
    if bad:
        return f"{bad.describe(X.shape[1])} in the input", none, None
    for stage in chain.iter_stages(p, X, TRACING):  # one at a time is kept
        arrays = named_arrays(stage.layer, stage.saved, TRACING, stage.Y)
        found = first_nonfinite(arrays)
        if found:
            place = f"in {stage.name}, {stage.layer.label}"
            return f"{found.describe(stage.Y.shape[1])} {place}", none, None
    stages = list(chain.iter_stages(p, X, FAST))
    return None, readout.last_forward(stages[-1].Y), stages


@trace_backward.register
def _(network: SequenceClassifier, dlogits: Array, tape: list[StagePass]) -> str | None:
    dY = readout.last_backward(dlogits, tape[-1].Y.shape[1])
    for number, stage in reversed(list(enumerate(tape))):
        d_last = tuple(np.zeros_like(z) for z in stage.last_state)
        if number:
            dX, _, grads = stage.layer.back(dY, d_last, stage.saved, FAST)
        else:  # the gradient in the input is not needed
            dX, grads = None, stage.layer.back_params(dY, d_last, stage.saved, FAST)
        found = nonfinite_gradient(stage.layer, dX, grads)
        if found or dX is None:
            return found and f"{found} in {stage.name}, {stage.layer.label}"
        dY = dX
    return None


class _Questions(NamedTuple):
    """The passes of a batch of questions."""

    tape: BabiTape
    story: Array
    query: Array

    def branches(self) -> Iterator[tuple[str, Array, list[Any]]]:
        """Name, tokens and runs of each branch."""
        yield "story", self.story, self.tape.story
        yield "query", self.query, self.tape.query


@trace_forward.register
def _(network: BabiNetwork, p: Given, *inputs: Array) -> Traced:
    story, query = inputs
    logits, tape = network.run(p, story, query, kernels=TRACING)
    passes, label = _Questions(tape, story, query), network.temporal_layer.label
    own = group_by_prefix(p)
    for branch, ids, runs in passes.branches():
        found = _trace_branch(network, own[branch], ids, runs)
        if found:
            return f"{found} in {branch}, {label}", logits, passes
    value = nonfinite_value(logits)
    found = value and f"I, Eq. (2), is {value} in head, {network.head.label}"
    return found, logits, passes


def _trace_branch(network: BabiNetwork, p: Params, ids: Array, runs: list[Any]) -> str | None:
    """Go through the pieces of a sequence as they were run."""
    layer = network.temporal_layer
    synapse: Any = layer.synapse
    padded = np.concatenate((ids, np.zeros_like(ids[:1])))
    for piece, _, saved in runs:
        tokens = padded[piece.rows, piece.start : piece.stop]
        I, _ = TRACING.tokens.forward(tokens, p["E"], synapse.own(p))
        arrays = [("I, Eq. (2),", I), *named_arrays(layer.dynamics, saved, TRACING)]
        found = first_nonfinite(arrays)
        if found:
            return found.describe(ids.shape[1], piece.start)
    return None


@trace_backward.register
def _(network: BabiNetwork, dlogits: Array, tape: _Questions) -> str | None:
    units, layer = network.units, network.temporal_layer
    djoined, _, grads = network.head.back(dlogits, (), tape.tape.head, TRACING)
    found = nonfinite_gradient(network.head, djoined[:, None], grads)
    if found:
        return f"{found} in head, {network.head.label}"
    halves = (djoined[:, :units], djoined[:, units:])
    for (branch, ids, runs), dy in zip(tape.branches(), halves, strict=True):
        for piece, dA, grads in network.iter_back(dy, runs, TRACING):
            found = nonfinite_gradient(layer.dynamics, dA, grads, piece.start, ids.shape[1])
            if found:
                return f"{found} in {branch}, {layer.label}"
    return None


class NonFiniteEntry(NamedTuple):
    """Which array, at which step counted from 0, and what stands there."""

    symbol: str
    step: int
    value: str

    def describe(self, total_steps: int, step_offset: int = 0) -> str:
        """Describe the entry, with its time step among all steps."""
        step = step_offset + self.step + 1
        when = f" at time step {step} of {total_steps}" if total_steps > 1 else ""
        return f"{self.symbol} is {self.value}{when}"


def first_nonfinite(arrays: Iterable[tuple[str, Array]]) -> NonFiniteEntry | None:
    """Find the first entry that is not finite, by time step and then by array."""
    found = [bad for named in arrays if (bad := _nonfinite_at(*named, 0))]
    return min(found, key=lambda bad: bad.step, default=None)


def nonfinite_value(array: Array) -> str | None:
    """Describe a non-finite value of an array; None if there is none."""
    bad = array[~np.isfinite(array)]
    return str(bad[0]) if len(bad) else None


def _nonfinite_at(symbol: str, array: Array, index: int) -> NonFiniteEntry | None:
    steps = np.flatnonzero(~np.isfinite(array).all(axis=(0, *range(2, array.ndim))))
    if not len(steps):
        return None
    step = int(steps[index])
    return NonFiniteEntry(symbol, step, str(nonfinite_value(array[:, step])))


def nonfinite_gradient(
    layer: Layer,
    dX: Array | None,
    grads: Params,
    step_offset: int = 0,
    total_steps: int | None = None,
) -> str | None:
    """Describe the non-finite gradient of a layer whose output gradient is finite."""
    if dX is not None and (found := _nonfinite_at(gradient_name(layer), dX, -1)):
        return found.describe(dX.shape[1] if total_steps is None else total_steps, step_offset)
    for name, value in grads.items():
        bad = nonfinite_value(value)
        if bad:
            equation = param_equation(layer, name)
            place = f", {equation}," if equation else ""
            return f"the gradient in {name}{place} is {bad}"
    return None
