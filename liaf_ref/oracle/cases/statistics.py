"""What a case decided: how near each neuron was to an edge, and how many maxima are equal."""

from collections.abc import Iterator, Mapping

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import taps
from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.opset import OPS

MIN_COUNT = 2  # neuron steps of each kind in a random case
MIN_COUNT_EXACT = 4  # ties, and edges, and equal maxima, in an exact one


def threshold_distances(case: Case, answer: Mapping[str, Array]) -> Iterator[tuple[Node, Array]]:
    """Each neuron node with its distance from the threshold, x = U - V_th, at every step."""
    for node in case.nodes:
        if node.op == "neuron":
            yield node, answer[f"exp/{node.name}.U"] - case[f"par/{node.name}.v_th"]


def meets_quotas(case: Case, answer: Mapping[str, Array]) -> bool:
    """Whether in every node some neurons fired and some did not, both inside the window."""
    # Without these a backend with a wrong window or a wrong reset would go unnoticed.
    for node, x in threshold_distances(case, answer):
        inside = abs(x) < node.options["mu"]
        kinds = inside & (x > 0), inside & (x < 0), ~inside
        if any(np.count_nonzero(kind) < MIN_COUNT for kind in kinds):
            return False
    return True


def fires_and_stays_silent(case: Case, answer: Mapping[str, Array]) -> bool:
    """Whether in every node a neuron fired at some step and one did not."""
    return all((x >= 0).any() and (x < 0).any() for _, x in threshold_distances(case, answer))


def has_repeated_tokens(case: Case) -> bool:
    """Whether in every embedding a token comes more than once: its gradient is a sum."""
    ids = [case[node.inputs[0]] for node in case.nodes if node.op == "embedding"]
    return all(np.unique(a).size < a.size for a in ids)


def count_ties(case: Case, answer: Mapping[str, Array]) -> int:
    """Count the steps at which U = V_th."""
    return sum(int(np.count_nonzero(x == 0)) for _, x in threshold_distances(case, answer))


def count_edges(case: Case, answer: Mapping[str, Array], side: int) -> int:
    """Count the steps at which U - V_th = side mu, with a side of 1 or -1."""
    return sum(
        int(np.count_nonzero(x == side * n.options["mu"]))
        for n, x in threshold_distances(case, answer)
    )


def count_equal_maxima(case: Case, answer: Mapping[str, Array]) -> int | None:
    """Count the windows of maximum pooling with their maximum twice; None if there are none."""
    pools = [node for node in case.nodes if node.op == "max_pool"]
    return sum(_count_tied_windows(case, node, answer) for node in pools) if pools else None


def _count_tied_windows(case: Case, node: Node, answer: Mapping[str, Array]) -> int:
    (name,), Y = node.inputs, answer[f"exp/{node.name}.Y"]
    outputs = {n.name: f"exp/{n.name}.{OPS[n.op].output}" for n in case.nodes}
    X = case[name] if name in case else answer[outputs[name]]
    size, stride = (tuple(node.options[key]) for key in ("size", "stride"))
    equal = sum((X[under] == Y).astype(int) for _, under in taps(size, Y.shape[-3:-1], stride))
    return int(np.count_nonzero(equal > 1))


def neuron_statistics(case: Case, answer: Mapping[str, Array]) -> dict[str, dict[str, float]]:
    """Statistics of the neurons for the manifest, by node: counts of steps, and margins."""
    seen = {n.name: (abs(x), n.options["mu"], x) for n, x in threshold_distances(case, answer)}
    return {
        "steps": {name: x.size for name, (_, _, x) in seen.items()},
        "fired": {name: int(np.count_nonzero(x >= 0)) for name, (_, _, x) in seen.items()},
        "in_window": {name: int(np.count_nonzero(d < mu)) for name, (d, mu, _) in seen.items()},
        "spike_margin": {name: float(d.min()) for name, (d, _, _) in seen.items()},
        "window_margin": {name: float(abs(d - mu).min()) for name, (d, mu, _) in seen.items()},
    }
