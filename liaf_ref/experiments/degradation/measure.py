"""Measure the three equivalences of Section II-C, and a trained network that is degraded."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from liaf_ref.experiments.degradation.equivalences import (
    lif_equivalences,
    perceptron_equivalences,
    remaining_effects,
    rnn_equivalences,
)
from liaf_ref.experiments.degradation.examples import Equivalence, max_ulp_errors
from liaf_ref.experiments.degradation.network import (
    interpolate_to_spike,
    scale_memory,
    without_neurons,
)
from liaf_ref.experiments.study import Study, TrainedNetwork
from liaf_ref.layers import Params
from liaf_ref.networks import SequenceClassifier
from liaf_ref.training.loop import compute_score

MIXING_SHARES = tuple(share / 10 for share in range(11))
COMPARED_RECORDINGS = 8  # recordings on which two networks are compared


def measure_equivalences() -> Iterator[Equivalence]:
    """Measure every equivalence of Section II-C."""
    for measure in (lif_equivalences, perceptron_equivalences, rnn_equivalences):
        yield from measure()


def measure_degradation(
    networks: Mapping[str, TrainedNetwork], on_progress: Callable[[str], None]
) -> dict[str, Any]:
    """Measure the equivalences, and the accuracy of a network as it is degraded."""
    on_progress("comparing layers")
    found = [equivalence._asdict() for equivalence in measure_equivalences()]
    liaf = networks["liaf"]
    interpolation = measure_interpolation(liaf, on_progress)
    memory_scaling = measure_memory(liaf, on_progress)
    return {
        "equivalences": found,
        "remaining_effects": remaining_effects(),
        "stateless_error": _stateless_error(liaf),
        "interpolation": interpolation,
        "memory_scaling": memory_scaling,
        "majority_accuracy": liaf.majority_accuracy(),
        "recordings": len(liaf.test),
    }


def measure_interpolation(
    trained: TrainedNetwork, on_progress: Callable[[str], None] = lambda step: None
) -> list[dict[str, float]]:
    """The test accuracy and loss of a network, for each share of the spike in its Act."""
    network, params = trained.network, trained.params

    def mix(share: float) -> tuple[SequenceClassifier, Params]:
        return interpolate_to_spike(network, params, share) if share else network, params

    return _measure_shares(trained, "interpolating Act to the spike", mix, on_progress)


def measure_memory(
    trained: TrainedNetwork, on_progress: Callable[[str], None] = lambda step: None
) -> list[dict[str, float]]:
    """The test accuracy and loss of a network, for each share of its alpha and beta."""
    network, params = trained.network, trained.params

    def scale(share: float) -> tuple[SequenceClassifier, Params]:
        return network, scale_memory(network, params, share)

    return _measure_shares(trained, "scaling alpha and beta", scale, on_progress)


def _measure_shares(
    trained: TrainedNetwork,
    step: str,
    degrade: Callable[[float], tuple[SequenceClassifier, Params]],
    on_progress: Callable[[str], None],
) -> list[dict[str, float]]:
    size, found = trained.config.batch_size, []
    for share in MIXING_SHARES:
        on_progress(f"{step}: {100 * share:.0f} %")
        network, params = degrade(share)
        passes = network.passes()
        score = compute_score(
            passes, network.loss, params, trained.test, size, trained.running_stats
        )
        found.append({"share": share, "accuracy": score.accuracy, "loss": score.loss})
    return found


def _stateless_error(liaf: TrainedNetwork) -> float:
    """Compare the logits with alpha = beta = 0 and without neurons, in float64."""
    frames, _ = next(liaf.batches(liaf.test, COMPARED_RECORDINGS))
    exact, given = (
        {name: array.astype(np.float64) for name, array in arrays.items()}
        for arrays in (liaf.params, liaf.running_stats)
    )
    network, params = without_neurons(liaf.network, exact)
    X = frames.astype(np.float64)
    ours, _ = liaf.network.forward(scale_memory(liaf.network, exact, 0.0), X, given)
    theirs, _ = network.forward(params, X, given)
    return max_ulp_errors({"logits": ours}, {"logits": theirs})["logits"]


DEGRADATION = Study(
    "degradation",
    "Section II-C",
    "Check that LIAF reduces to LIF, perceptron, convolution and RNN in its special cases,\n"
    "entry by entry, and move a trained network towards them step by step.",
    ("liaf",),
    measure_degradation,
)
