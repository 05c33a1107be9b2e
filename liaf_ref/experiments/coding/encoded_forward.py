"""Layers whose inputs are sent as spikes, and a network run with them, counting operations."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import numpy as np

from liaf_ref._core.validation import check_instance, check_mapping
from liaf_ref.analysis import op_count
from liaf_ref.analysis.spike_coding import Operations, SpikeEncoder
from liaf_ref.kernels.array import Array
from liaf_ref.layers import REFERENCE, Conv2D, Dense, Layer, Neurons, Params, Sequential, TimeMean
from liaf_ref.layers.kernel_set import kernel_set_for
from liaf_ref.layers.sequential import check_sequential_input, strip_prefix
from liaf_ref.networks.classifier import squeeze_single_step

INTEGRATING_LAYERS = Conv2D | Dense | TimeMean


def encode_outputs(sequential: Sequential) -> list[int]:
    """Layers directly after LIAF neurons: the output of Eq. (8) is sent."""
    kinds = [layer for _, layer in sequential.stages]
    return [number + 1 for number, layer in enumerate(kinds[:-1]) if isinstance(layer, Neurons)]


def encode_inputs(sequential: Sequential) -> list[int]:
    """The first convolution, dense layer or TimeMean after each layer of neurons."""
    kinds = [layer for _, layer in sequential.stages]
    found = [
        next(
            (n for n in range(start, len(kinds)) if isinstance(kinds[n], INTEGRATING_LAYERS)), None
        )
        for start in encode_outputs(sequential)
    ]
    return sorted({number for number in found if number is not None})


ENCODING_SITES: dict[str, Callable[[Sequential], list[int]]] = {
    "axon": encode_outputs,
    "dendrite": encode_inputs,
}


@cache
def fan_out(layer: Layer) -> Array:
    """Number of sums that each input of a time step contributes to."""
    found = (
        _synapse_fan_out(layer) if isinstance(layer, Conv2D | Dense) else np.ones(layer.in_shape)
    )
    found.flags.writeable = False
    return found


def _synapse_fan_out(layer: Conv2D | Dense) -> Array:
    one = replace(layer, L=1, bias=False)
    ones = {name: np.ones(shape) for name, shape in one.param_shapes().items()}
    I, _, saved = one.run(ones, np.zeros((1, 1, *layer.in_shape)), (), REFERENCE)
    windows, _, _ = one.back(np.ones_like(I), (), saved, REFERENCE)
    return np.asarray(layer.L * windows[0, 0])


WHERE = "the spike-coded network"


class EncodedOutput(NamedTuple):
    """Output of a network for a batch, and the operations that it took."""

    logits: Array
    values: int  # sent values
    spikes: int  # spikes that encode them
    muls: int  # of all layers; synapses count only for non-zero inputs
    adds: int


def run_encoded(
    sequential: Sequential, params: Params, X: Array, encoders: Mapping[int, SpikeEncoder]
) -> EncodedOutput:
    """Run a network; encode the inputs of layers that have an encoder as spikes."""
    params, X = check_sequential_input(sequential, params, X, WHERE)
    found = check_mapping("encoders", encoders, WHERE, "a mapping")
    for number, encoder in found.items():
        check_instance(f"encoders[{number}]", encoder, SpikeEncoder, WHERE, "a SpikeEncoder")
    values = spikes = muls = adds = 0
    kernels = kernel_set_for(X.dtype)
    for number, (name, layer) in enumerate(sequential.stages):
        if number in encoders:
            sent = encoders[number].encode(X)
            counts = sent.sum(axis=(0, 1), dtype=np.int32)
            work = encoders[number].code.op_count(_synaptic_events(layer, counts))
            values, spikes = values + X.size, spikes + int(counts.sum())
            X = encoders[number].decode(sent, X.dtype)
            if not isinstance(layer, Conv2D | Dense):  # it takes the decoded values
                work = _add_ops(work, _analog_ops(layer, X))
        else:
            work = _analog_ops(layer, X)
        muls, adds = muls + work.muls, adds + work.adds
        zeros = layer.zeros(len(X), X.dtype)
        X, _, _ = layer.run(strip_prefix(params, name), X, zeros, kernels)
    return EncodedOutput(squeeze_single_step(X, WHERE), values, spikes, muls, adds)


def record_inputs(
    sequential: Sequential, params: Params, X: Array, stages: list[int]
) -> dict[int, Array]:
    """Run a network without encoding, and record the inputs of some layers."""
    steps = sequential.iter_stages(params, X, kernel_set_for(X.dtype))
    return {number: step.X for number, step in enumerate(steps) if number in stages}


def _analog_ops(layer: Layer, X: Array) -> Operations:
    """Count exactly; synapses have one product and one sum per non-zero input and weight."""
    if isinstance(layer, Conv2D | Dense):
        events = _synaptic_events(layer, X != 0)
        binary = bool(((X == 0) | (X == 1)).all())
        return Operations(0 if binary else events, events)
    each = op_count.count_exact(layer, X.shape[1])
    return Operations(len(X) * each.muls, len(X) * each.adds)


def _synaptic_events(layer: Layer, counts: Array) -> int:
    """Count the products of a non-zero input and a weight."""
    return round(float((counts.sum(axis=(0, 1)) * fan_out(layer)).sum()))


def _add_ops(a: Operations, b: Operations) -> Operations:
    return Operations(a.muls + b.muls, a.adds + b.adds)
