"""What a case decided: how near each neuron was to an edge."""

from collections.abc import Iterator, Mapping

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case, Node

MIN_COUNT = 2  # neuron steps of each kind in a random case
MIN_COUNT_EXACT = 4  # ties, and edges, in an exact one


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


def count_ties(case: Case, answer: Mapping[str, Array]) -> int:
    """Count the steps at which U = V_th."""
    return sum(int(np.count_nonzero(x == 0)) for _, x in threshold_distances(case, answer))


def count_edges(case: Case, answer: Mapping[str, Array], side: int) -> int:
    """Count the steps at which U - V_th = side mu, with a side of 1 or -1."""
    return sum(
        int(np.count_nonzero(x == side * n.options["mu"]))
        for n, x in threshold_distances(case, answer)
    )
