"""Section II-C in numbers: its three identities, and a trained network on the way there."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from liaf_ref.experiments.degradation import to_lif, to_perceptron, to_rnn
from liaf_ref.experiments.degradation.identity import Identity, compare
from liaf_ref.experiments.degradation.network import stateless, towards_spike, with_memory
from liaf_ref.experiments.trained import Trained
from liaf_ref.layers import Params
from liaf_ref.networks import VisionNetwork
from liaf_ref.training.loop import evaluate

SHARES = tuple(share / 10 for share in range(11))
FEW = 8  # recordings on which two networks are compared


def identities() -> Iterator[Identity]:
    """Measure every identity of Section II-C."""
    for item in (to_lif, to_perceptron, to_rnn):
        yield from item.identities()


def measure(trained: Mapping[str, Trained], say: Callable[[str], None]) -> dict[str, Any]:
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
    say("comparing layers")
    found = [identity._asdict() for identity in identities()]
    liaf = trained["liaf"]
    network, params = liaf.network, liaf.params
    act, memory = [], []
    for share in SHARES:
        say(f"Act: {100 * share:.0f} % spike")
        mixed = towards_spike(network, params, share) if share else network
        act.append(_point(liaf, share, mixed, params))
    for share in SHARES:
        say(f"memory: {100 * share:.0f} % of alpha and beta")
        memory.append(_point(liaf, share, network, with_memory(network, params, share)))
    return {
        "identities": found,
        "left_behind": to_perceptron.left_behind(),
        "without_memory": _without_memory(liaf),
        "act": act,
        "memory": memory,
        "majority": liaf.majority(),
        "recordings": len(liaf.test),
    }


def _point(liaf: Trained, share: float, network: VisionNetwork, params: Params) -> dict[str, float]:
    passes, size = network.unchecked(), liaf.config.batch_size
    score = evaluate(passes, network.loss, params, liaf.test, size, liaf.running)
    return {"share": share, "accuracy": score.accuracy, "loss": score.loss}


def _without_memory(liaf: Trained) -> float:
    """Compare logits in double precision with and without neurons."""
    frames, _ = next(liaf.batches(liaf.test, FEW))
    exact, given = (
        {name: array.astype(np.float64) for name, array in arrays.items()}
        for arrays in (liaf.params, liaf.running)
    )
    network, params = stateless(liaf.network, exact)
    X = frames.astype(np.float64)
    ours, _ = liaf.network.forward(with_memory(liaf.network, exact, 0.0), X, given)
    theirs, _ = network.forward(params, X, given)
    return compare({"logits": ours}, {"logits": theirs})["logits"]
