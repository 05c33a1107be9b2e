"""Section VII-C: a trained LIAF network whose layers send spikes in k sub-intervals."""

from collections.abc import Callable, Mapping
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.analysis.spike_coding import (
    OffsetScaler,
    RateCode,
    Scaler,
    SignedScaler,
    SpikeCode,
    SpikeEncoder,
    TimeToFirstSpike,
    logarithmic_levels,
)
from liaf_ref.experiments.coding.encoded_forward import (
    ENCODING_SITES,
    EncodedOutput,
    record_inputs,
    run_encoded,
)
from liaf_ref.experiments.study import Study, TrainedNetwork
from liaf_ref.kernels.array import Array

SUB_INTERVALS = (1, 2, 4, 8, 16, 32)
CODES: tuple[SpikeCode, ...] = (
    RateCode(),
    TimeToFirstSpike(),
    TimeToFirstSpike("first spike, log", logarithmic_levels),
)
SCALERS: dict[str, Callable[[Array, float], Scaler]] = {
    "sign": SignedScaler.from_percentile,
    "offset": OffsetScaler.from_percentile,
}
PERCENTILE = 99.9
CALIBRATION_RECORDINGS = 100  # training recordings that determine the ranges
BATCH_SIZE = 10  # recordings; the spikes of all sub-intervals are in memory at once


class EncodingScheme(NamedTuple):
    """Where values are encoded, and how they are scaled."""

    site: str
    scaler: str


ENCODING_SCHEMES = (
    EncodingScheme("axon", "sign"),
    EncodingScheme("axon", "offset"),
    EncodingScheme("dendrite", "sign"),
)


def measure_coding(
    networks: Mapping[str, TrainedNetwork], on_progress: Callable[[str], None]
) -> dict[str, Any]:
    """Encode the analog values of a network as spikes, by every code, at every k."""
    liaf, lif = networks["liaf"], networks["lif"]
    analog, answers = _evaluate(liaf, {})
    spiking, _ = _evaluate(lif, {})
    encoded = []
    for scheme in ENCODING_SCHEMES:
        on_progress(f"calibrating scalers: {scheme.site}, {scheme.scaler}")
        scalers = calibrate_scalers(liaf, scheme)
        for code, k in product(CODES, SUB_INTERVALS):
            on_progress(f"{scheme.site}, {scheme.scaler}, {code.name}, k = {k}")
            encoders = {stage: SpikeEncoder(code, scaler, k) for stage, scaler in scalers.items()}
            row, given = _evaluate(liaf, encoders)
            agreement = float((given == answers).mean())
            named = {**scheme._asdict(), "code": code.name, "k": k, "agreement": agreement}
            encoded.append(named | row)
    return {
        "analog": analog,
        "lif": spiking,
        "encoded": encoded,
        "percentile": PERCENTILE,
        "recordings": len(liaf.test),
    }


def calibrate_scalers(liaf: TrainedNetwork, scheme: EncodingScheme) -> dict[int, Scaler]:
    """Determine the range of each layer from training recordings."""
    chain = liaf.network.sequential
    stages = ENCODING_SITES[scheme.site](chain)
    spread = np.linspace(
        0, len(liaf.train) - 1, min(CALIBRATION_RECORDINGS, len(liaf.train))
    ).astype(np.int64)
    few = liaf.batches(liaf.train.subset(spread), BATCH_SIZE)
    parts = [record_inputs(chain, liaf.params_and_stats, frames, stages) for frames, _ in few]
    return {
        stage: SCALERS[scheme.scaler](np.concatenate([part[stage] for part in parts]), PERCENTILE)
        for stage in stages
    }


def _evaluate(
    trained: TrainedNetwork, encoders: Mapping[int, SpikeEncoder]
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
