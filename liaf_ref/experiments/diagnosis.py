"""What a run with ``diagnose`` records of a network with neurons, beside its accuracy."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from liaf_ref.analysis.neurobench import measure_neurobench
from liaf_ref.kernels import neuron
from liaf_ref.kernels.array import Array
from liaf_ref.layers import REFERENCE, KernelSet, Neurons
from liaf_ref.layers.sequential import group_by_prefix
from liaf_ref.networks import BabiNetwork
from liaf_ref.training import loop
from liaf_ref.training.protocols import ArrayDict
from liaf_ref.training.state import EpochWeights

# Neurons keep their potentials; convolutions are fast.
KERNELS = KernelSet("liaf_ref.fast", "liaf_ref.kernels", neuron=neuron)
PENALTY = 0.1  # of a probe, in mean squared lengths of a sample
COUNTED = 20  # test samples whose operations are counted
BATCH = 50  # samples whose potentials are in memory at a time
COUNTS = "activation_sparsity", "effective_macs", "effective_acs"


def diagnose(run: Any, weights: EpochWeights) -> dict[str, Any]:
    """By layer, the share of neurons that no training sample fires, and probes; gradients.

    A probe is the test accuracy of a ridge regression on the classes from the mean over time of a
    layer's output; on bAbI, whose networks read the last step alone, from that step.
    """
    (train, _, test), network = run.splits, run.network
    values, fired = weights.params | weights.running_stats, dict[str, Array]()
    seen: tuple[dict[str, list[Array]], ...] = {}, {}
    for part, features in zip((train, test), seen, strict=True):
        for batch in loop.iter_batches(part, BATCH):
            for name, reached, X in _layers(network, values, batch.inputs):
                features.setdefault(name, []).append(X.reshape(len(X), -1))
                if part is train and reached.size:
                    fired[name] = fired.get(name, np.False_) | reached
    pairs = {name: [np.concatenate(part[name]) for part in seen] for name in seen[0]}
    found: dict[str, Any] = {
        "dead": {name: 1 - float(each.mean()) for name, each in fired.items()},
        "probes": {k: _probe(X, train.labels, more, test.labels) for k, (X, more) in pairs.items()},
        "first_gradients": gradient_spread(run, run.initial_state().params),
        "last_gradients": gradient_spread(run, weights.params),
    }
    if hasattr(network, "sequential"):
        some = test.take(np.linspace(0, len(test) - 1, COUNTED).astype(int)).inputs
        counts = measure_neurobench(network.sequential, values, *some).to_dict()
        found |= {name: counts[name] for name in COUNTS}
    return found


def _layers(network: Any, values: ArrayDict, inputs: Any) -> Iterator[tuple[str, Array, Array]]:
    """Name, which neurons reach V_th in any sample and step, and what a readout would see."""
    if isinstance(network, BabiNetwork):
        by_part = group_by_prefix(values)
        for name, ids in zip(("story", "query"), inputs, strict=True):
            last, runs = network.encode(by_part[name], ids, REFERENCE)
            yield name, np.any([_fired(run.saved) for run in runs], axis=0), last
        return
    yield "input", np.empty(0), inputs[0].mean(axis=1)
    for stage in network.sequential.iter_stages(values, *inputs, KERNELS):
        if isinstance(stage.layer, Neurons):
            yield stage.name, _fired(stage.saved), stage.Y.mean(axis=1)


def _fired(saved: Any) -> Array:
    fired: Array = (saved.U - saved.p.v_th >= 0).any(axis=(0, 1))
    return fired


def _probe(X: Array, labels: Array, X_test: Array, labels_test: Array) -> float:
    center, classes = X.mean(axis=0, dtype=np.float64), np.unique(labels)
    X, X_test, wanted = X - center, X_test - center, (labels[:, None] == classes) * 1.0
    gram, shares = X @ X.T, wanted.mean(axis=0)
    penalty = PENALTY * np.trace(gram) / len(X) or 1.0  # of equal outputs, any
    weights = np.linalg.solve(gram + penalty * np.eye(len(X)), wanted - shares)
    scores = X_test @ (X.T @ weights) + shares
    return float((classes[scores.argmax(axis=1)] == labels_test).mean())


def gradient_spread(run: Any, params: ArrayDict) -> dict[str, list[float]]:
    """By synapses: squared norm of a batch's mean gradient; variance over batches, summed."""
    network, data, rng = run.network, run.splits.train, np.random.default_rng(0)
    passes, grads = network.passes(), dict[str, list[Array]]()
    for index in np.array_split(rng.permutation(len(data)), -(-len(data) // run.config.batch_size)):
        batch = data.take(index)
        masks = [network.draw_masks(rng, len(batch))] if hasattr(network, "draw_masks") else []
        logits, tape = passes.forward(params, *batch.inputs, *masks)
        value, kept = run.loss.forward(logits, batch.labels)
        found = passes.backward(run.loss.backward(np.ones_like(value), kept), tape)
        for name in (name for name in found if name.endswith(".W")):
            grads.setdefault(name, []).append(found[name].ravel())
    norms = {k: float((np.mean(g, axis=0) ** 2).sum()) for k, g in grads.items()}
    return {k: [norms[k], float(np.var(g, axis=0, ddof=1).sum())] for k, g in grads.items()}
