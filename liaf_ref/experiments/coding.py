"""Section VII-C: a trained LIAF network whose layers send spikes in k sub-intervals."""

from collections.abc import Callable, Mapping
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from liaf_ref._core.validation import check_instance, check_mapping
from liaf_ref.analysis import op_count
from liaf_ref.analysis import spike_coding as coding
from liaf_ref.experiments.study import Study, TrainedNetwork
from liaf_ref.experiments.training_run import spread
from liaf_ref.kernels import readout
from liaf_ref.kernels.array import Array
from liaf_ref.layers import Conv2D, Dense, Layer, Neurons, Params, Sequential, TimeMean
from liaf_ref.layers.kernel_set import kernel_set_for
from liaf_ref.layers.sequential import check_sequential_input, group_by_prefix

SUB_INTERVALS = (1, 2, 4, 8, 16, 32)
CODES: tuple[coding.SpikeCode, ...] = (
    coding.RateCode(),
    coding.TimeToFirstSpike(),
    coding.TimeToFirstSpike("first spike, log", coding.logarithmic_levels),
)
SCALERS: dict[str, Callable[[Array, float], coding.Scaler]] = {
    "sign": coding.SignedScaler.from_percentile,
    "offset": coding.OffsetScaler.from_percentile,
}
PERCENTILE = 99.9
CALIBRATION_RECORDINGS = 100  # training recordings that determine the ranges
BATCH_SIZE = 10  # recordings; the spikes of all sub-intervals are in memory at once


ENCODING_SCHEMES = (("axon", "sign"), ("axon", "offset"), ("dendrite", "sign"))  # place, scaler


SYNAPSES = Conv2D | Dense
INTEGRATING_LAYERS = SYNAPSES | TimeMean


def encode_outputs(sequential: Sequential) -> list[int]:
    """Layers directly after LIAF neurons: the output of Eq. (8) is sent."""
    kinds = [layer for _, layer in sequential.stages]
    return [number + 1 for number, layer in enumerate(kinds[:-1]) if isinstance(layer, Neurons)]


def encode_inputs(sequential: Sequential) -> list[int]:
    """The first convolution, dense layer or TimeMean after each layer of neurons."""
    kinds = [layer for _, layer in sequential.stages]
    known = [number for number, layer in enumerate(kinds) if isinstance(layer, INTEGRATING_LAYERS)]
    above = ([n for n in known if n >= start] for start in encode_outputs(sequential))
    return sorted({found[0] for found in above if found})


ENCODING_SITES: dict[str, Callable[[Sequential], list[int]]] = {
    "axon": encode_outputs,
    "dendrite": encode_inputs,
}


WHERE = "the spike-coded network"


class EncodedOutput(NamedTuple):
    """Output of a network for a batch, and the operations that it took."""

    logits: Array
    values: int  # sent values
    spikes: int  # spikes that encode them
    muls: int  # of all layers; synapses count only for non-zero inputs
    adds: int


def run_encoded(
    sequential: Sequential, params: Params, X: Array, encoders: Mapping[int, coding.SpikeEncoder]
) -> EncodedOutput:
    """Run a network; encode the inputs of layers that have an encoder as spikes."""
    params, X = check_sequential_input(sequential, params, X, WHERE)
    found = check_mapping("encoders", encoders, WHERE, "a mapping")
    for number, encoder in found.items():
        check_instance(f"encoders[{number}]", encoder, coding.SpikeEncoder, WHERE, "a SpikeEncoder")
    values = spikes = muls = adds = 0
    kernels = kernel_set_for(X.dtype)
    for number, (name, layer) in enumerate(sequential.stages):
        work = []
        if number in encoders:
            sent = encoders[number].encode(X)
            counts = sent.sum(axis=(0, 1), dtype=np.int32)
            work.append(encoders[number].code.op_count(_synaptic_events(layer, counts)))
            values, spikes = values + X.size, spikes + int(counts.sum())
            X = encoders[number].decode(sent, X.dtype)
        if number not in encoders or not isinstance(layer, SYNAPSES):  # it takes the values
            work.append(_analog_ops(layer, X))
        muls += sum(each.muls for each in work)
        adds += sum(each.adds for each in work)
        zeros = layer.zeros(len(X), X.dtype)
        X, _, _ = layer.run(group_by_prefix(params)[name], X, zeros, kernels)
    return EncodedOutput(readout.last_forward(X), values, spikes, muls, adds)


def record_inputs(
    sequential: Sequential, params: Params, X: Array, stages: list[int]
) -> dict[int, Array]:
    """Run a network without encoding, and record the inputs of some layers."""
    steps = sequential.iter_stages(params, X, kernel_set_for(X.dtype))
    return {number: step.X for number, step in enumerate(steps) if number in stages}


def _analog_ops(layer: Layer, X: Array) -> coding.Operations:
    """Count exactly; synapses have one product and one sum per non-zero input and weight."""
    if isinstance(layer, SYNAPSES):
        events = _synaptic_events(layer, X != 0)
        return coding.Operations(0 if op_count.is_binary(X) else events, events)
    each = op_count.count_exact(layer, X.shape[1])
    return coding.Operations(len(X) * each.muls, len(X) * each.adds)


def _synaptic_events(layer: Layer, counts: Array) -> int:
    """Count the spikes, each once for every sum that it contributes to."""
    each = counts.sum(axis=(0, 1))
    if isinstance(layer, SYNAPSES):
        each = layer.L * op_count.count_terms(layer, each[None, None])
    return round(float(each.sum()))


def measure_coding(
    networks: Mapping[str, TrainedNetwork], on_progress: Callable[[str], None]
) -> dict[str, Any]:
    """Encode the analog values of a network as spikes, by every code, at every k."""
    liaf, lif = networks["liaf"], networks["lif"]
    analog, answers = _evaluate(liaf, {})
    spiking, _ = _evaluate(lif, {})
    encoded = []
    for site, scaler in ENCODING_SCHEMES:
        on_progress(f"calibrating scalers: {site}, {scaler}")
        scalers = calibrate_scalers(liaf, site, scaler)
        for code, k in product(CODES, SUB_INTERVALS):
            on_progress(f"{site}, {scaler}, {code.name}, k = {k}")
            encoders = {stage: coding.SpikeEncoder(code, own, k) for stage, own in scalers.items()}
            row, given = _evaluate(liaf, encoders)
            agreement = float((given == answers).mean())
            named = {"site": site, "scaler": scaler, "code": code.name, "k": k}
            encoded.append(named | {"agreement": agreement} | row)
    return {
        "analog": analog,
        "lif": spiking,
        "encoded": encoded,
        "percentile": PERCENTILE,
        "recordings": len(liaf.test),
    }


def calibrate_scalers(liaf: TrainedNetwork, site: str, scaler: str) -> dict[int, coding.Scaler]:
    """Determine the range of each layer from training recordings."""
    chain = liaf.network.sequential
    stages = ENCODING_SITES[site](chain)
    chosen = spread(len(liaf.train), CALIBRATION_RECORDINGS)
    few = liaf.batches(liaf.train.subset(chosen), BATCH_SIZE)
    parts = [record_inputs(chain, liaf.params_and_stats, frames, stages) for frames, _ in few]
    return {
        stage: SCALERS[scaler](np.concatenate([part[stage] for part in parts]), PERCENTILE)
        for stage in stages
    }


def _evaluate(
    trained: TrainedNetwork, encoders: Mapping[int, coding.SpikeEncoder]
) -> tuple[dict[str, Any], Array]:
    """Return a row of the results, and the predicted classes."""
    passed: list[EncodedOutput] = []
    labels: list[Array] = []
    for frames, truth in trained.batches(trained.test, BATCH_SIZE):
        passed.append(
            run_encoded(trained.network.sequential, trained.params_and_stats, frames, encoders)
        )
        labels.append(truth)
    answers = np.concatenate([each.logits.argmax(axis=-1) for each in passed])
    values, spikes, muls, adds = (sum(each[n] for each in passed) for n in (1, 2, 3, 4))
    count = len(trained.test)
    return {
        "accuracy": float((answers == np.concatenate(labels)).mean()),
        "values": values // count,
        "spikes_per_value": spikes / values if values else 0.0,
        "muls": muls // count,
        "adds": adds // count,
    }, answers


CODING = Study(
    "coding",
    "Section VII-C",
    "Send the analog values of a trained network as spikes in k sub-intervals of a time\n"
    "step (rate or time-to-first-spike coding), and measure the accuracy.",
    ("liaf", "lif"),
    measure_coding,
)
