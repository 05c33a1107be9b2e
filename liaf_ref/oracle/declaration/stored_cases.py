"""The golden set as declared: the same networks, with answers by the declared equations."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.declaration.declaration import AT_LEAST, Declaration
from liaf_ref.oracle.deviations import BY_NAME, Deviation
from liaf_ref.oracle.draw.answer import answer_safe
from liaf_ref.oracle.golden import GoldenCase, golden_cases
from liaf_ref.oracle.shapes import required_arrays
from liaf_ref.oracle.table import PAPER, Text, run

MIN_COUNT = 2  # neuron steps of each kind in a random case
MIN_COUNT_EXACT = 4  # ties, and edges, in an exact one
MAX_ATTEMPTS = 12  # most stored numbers fit as they are


@lru_cache(maxsize=4)
def declared_golden_cases(declaration: Declaration) -> tuple[GoldenCase, ...]:
    """The golden cases that a backend with this declaration has to pass."""
    if not declaration.departures:
        return tuple(g for g in golden_cases() if declaration.admits(g.case))
    declared = (
        _declared(golden, declaration)
        for golden in golden_cases()
        if declaration.admits(golden.case)
    )
    return tuple(golden for golden in declared if golden is not None)


def _declared(golden: GoldenCase, declaration: Declaration) -> GoldenCase | None:
    """A case with its declared answer: with its own numbers, or with these in another order."""
    if _is_unchanged(golden.case, declaration):
        return golden
    for case in _candidates(golden.case, declaration):
        if _meets_quotas(case, golden.exact, declaration):
            found = answer_safe(case, declaration)
            if found is not None and (found.exact or not golden.exact or declaration.is_smooth):
                return replace(found, metadata={"declared": list(declaration.departures)})
    return None


def _is_unchanged(case: Case, declaration: Declaration) -> bool:
    """Whether nothing in a case departs from the paper."""
    configured = declaration.configure(case)
    same = configured.keys() == case.keys() and configured.nodes == case.nodes
    neurons = any(node.op == "neuron" for node in case.nodes)
    departs = declaration.rounds_in_tiles(case) or (neurons and declaration.changes_numbers)
    return same and not departs and all(np.array_equal(configured[k], a) for k, a in case.items())


def _candidates(stored: Case, declaration: Declaration) -> Iterator[Case]:
    """The stored numbers, then each array's numbers in another order."""
    yield declaration.configure(stored)
    for attempt in range(MAX_ATTEMPTS):
        rng = np.random.default_rng([*stored.name.encode(), attempt])
        case = stored.with_arrays(
            {name: rng.permutation(a.ravel()).reshape(a.shape) for name, a in stored.items()}
        )
        yield declaration.configure(case)


def _meets_quotas(case: Case, exact: bool, declaration: Declaration) -> bool:
    """Whether enough neurons are in the window and outside; of an exact case, on its edges."""
    answer = run(case, text=declaration.text)
    if not exact:
        return meets_quotas(case, answer)
    neurons = [node.options for node in case.nodes if node.op == "neuron"]
    if not neurons:
        return True
    ties = count_ties(case, answer)
    sides = [count_edges(case, answer, side) for side in (-1, 1)]
    if min(ties, sum(sides)) < MIN_COUNT_EXACT or 0 in sides:
        return False
    return fires_and_stays_silent(case, answer) and _edges_show(case, answer, declaration)


def _edges_show(case: Case, answer: dict[str, Array], declaration: Declaration) -> bool:
    """Whether another reading of the ties changes the answer, and one of the window's edges."""
    neurons = [node.options for node in case.nodes if node.op == "neuron"]
    resets = declaration["reset"] != "none"
    spikes = any(o["act"] == "spike" for o in neurons)
    window = spikes or (resets and any(o["reset"] == "paper" for o in neurons))
    other = AT_LEAST if declaration["fires"] == ">" else BY_NAME["fires on >"]
    text = declaration.text
    if (resets or spikes) and not changes_answer(case, answer, other, text):
        return False
    edges = window and not declaration.is_smooth
    return not edges or changes_answer(case, answer, BY_NAME["closed window"], text)


def changes_answer(
    case: Case,
    answer: Mapping[str, Array],
    deviation: Deviation,
    text: Text = PAPER,
) -> bool:
    """Whether a deviation changes something that a backend must return."""
    other = run(case, text=deviation.text(text))
    return any(
        not np.array_equal(answer[name], other[name]) for name in required_arrays(case, answer)
    )


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
