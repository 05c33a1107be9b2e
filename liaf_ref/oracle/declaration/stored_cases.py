"""The golden set as declared: the same networks, with answers by the declared equations."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from itertools import islice

import numpy as np

from liaf_ref.oracle.case import Case
from liaf_ref.oracle.declaration import Declaration
from liaf_ref.oracle.declaration.options import OPTIONS
from liaf_ref.oracle.draw.answer import UnsafeError, answered
from liaf_ref.oracle.golden import GoldenCase, golden_cases
from liaf_ref.oracle.table import run

MIN_COUNT = 2  # neuron steps of each kind in a random case
MIN_COUNT_EXACT = 4  # ties, and edges, in an exact one
MAX_ATTEMPTS = 12  # most stored numbers fit as they are


@lru_cache(maxsize=4)
def declared_golden_cases(declaration: Declaration) -> tuple[GoldenCase, ...]:
    """The golden cases that a backend with this declaration has to pass."""
    admitted = (golden for golden in golden_cases() if declaration.admits(golden.case))
    declared = (_declared(golden, declaration) for golden in admitted)
    return tuple(golden for golden in declared if golden is not None)


def _declared(golden: GoldenCase, declaration: Declaration) -> GoldenCase | None:
    """A case with its declared answer: with its own numbers, or with these in another order."""
    if _is_unchanged(golden.case, declaration):
        return golden
    # Numbers that round are exact in no order.
    tried = 1 if declaration.has_other_spikes and not golden.exact else None
    for case in islice(_candidates(golden.case, declaration), tried):
        if _shows_decisions(case, golden.exact, declaration):
            with suppress(UnsafeError):
                found = answered(case, declaration)
                if found.exact or not golden.exact or declaration.is_smooth:
                    return replace(found, metadata={"declared": list(declaration.departures)})
    return None


def _is_unchanged(case: Case, declaration: Declaration) -> bool:
    """Whether nothing in a case departs from the paper."""
    configured = declaration.configure(case)
    same = configured.keys() == case.keys() and configured.nodes == case.nodes
    neurons = any(node.op == "neuron" for node in case.nodes)
    of_neurons = ("surrogate", *OPTIONS.keys() - {"convolution"})
    departs = declaration.rounds_in_tiles(case) or (neurons and declaration.departs(*of_neurons))
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


def _shows_decisions(case: Case, exact: bool, declaration: Declaration) -> bool:
    """Whether a wrong spike or window would be noticed: by ties and edges if they are exact."""
    answer = run(case, text=declaration.text)
    neurons = [  # the distance from the threshold at every step, and mu
        (answer[f"exp/{node.name}.U"] - case[f"par/{node.name}.v_th"], node.options["mu"])
        for node in case.nodes
        if node.op == "neuron"
    ]
    if not exact:  # some neurons of every node fire and some do not, both inside the window
        inside = [(x, abs(x) < mu) for x, mu in neurons]
        kinds = (kind for x, near in inside for kind in (near & (x > 0), near & (x < 0), ~near))
        return all(np.count_nonzero(kind) >= MIN_COUNT for kind in kinds)
    ties, low, high = (
        sum(int(np.count_nonzero(x == side * mu)) for x, mu in neurons) for side in (0, -1, 1)
    )
    edges = low + high if low and high else 0
    return not neurons or min(ties, edges) >= MIN_COUNT_EXACT
