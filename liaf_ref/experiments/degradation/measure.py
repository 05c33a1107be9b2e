"""Section II-C in numbers: its three identities, and a trained network on the way there."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from liaf_ref.experiments.degradation import to_lif, to_perceptron, to_rnn
from liaf_ref.experiments.degradation.equivalence import Equivalence, max_ulp_errors
from liaf_ref.experiments.degradation.network import (
    interpolate_to_spike,
    scale_memory,
    without_neurons,
)
from liaf_ref.experiments.trained_network import TrainedNetwork
from liaf_ref.layers import Params
from liaf_ref.networks import DVSNetwork
from liaf_ref.training.loop import evaluate

MIXING_SHARES = tuple(share / 10 for share in range(11))
COMPARED_RECORDINGS = 8  # recordings on which two networks are compared


def measure_equivalences() -> Iterator[Equivalence]:
    """Measure every identity of Section II-C."""
    for item in (to_lif, to_perceptron, to_rnn):
        yield from item.identities()


def measure_degradation(
    networks: Mapping[str, TrainedNetwork], on_progress: Callable[[str], None]
) -> dict[str, Any]:
    """Measure the identities, and the accuracy of a network as it is degraded.

    Parameters
    ----------
    trained : mapping of str to Trained
        A network of LIAF, under ``liaf``.
    say : callable
        Told what is being done.

    Returns
    -------
    dict
        ``identities``, ``left_behind``, ``without_memory`` (the largest difference to the
        network without neurons, in ulp), ``act`` and ``memory`` (points of share, accuracy and
        loss on the test recordings), ``majority``.
    """
    on_progress("comparing layers")
    found = [identity._asdict() for identity in measure_equivalences()]
    liaf = networks["liaf"]
    network, params = liaf.network, liaf.params
    act, memory = [], []
    for share in MIXING_SHARES:
        on_progress(f"Act: {100 * share:.0f} % spike")
        mixed = interpolate_to_spike(network, params, share) if share else network
        act.append(_evaluate(liaf, share, mixed, params))
    for share in MIXING_SHARES:
        on_progress(f"memory: {100 * share:.0f} % of alpha and beta")
        memory.append(_evaluate(liaf, share, network, scale_memory(network, params, share)))
    return {
        "identities": found,
        "left_behind": to_perceptron.remaining_effects(),
        "without_memory": _stateless_error(liaf),
        "act": act,
        "memory": memory,
        "majority": liaf.majority_accuracy(),
        "recordings": len(liaf.test),
    }


def _evaluate(
    liaf: TrainedNetwork, share: float, network: DVSNetwork, params: Params
) -> dict[str, float]:
    passes, size = network.unchecked_functions(), liaf.config.batch_size
    score = evaluate(passes, network.loss, params, liaf.test, size, liaf.running_stats)
    return {"share": share, "accuracy": score.accuracy, "loss": score.loss}


def _stateless_error(liaf: TrainedNetwork) -> float:
    """Compare logits in double precision with and without neurons."""
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
