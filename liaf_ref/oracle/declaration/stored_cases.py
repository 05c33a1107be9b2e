"""The golden set as declared: the same networks, with answers by the declared equations."""

from contextlib import suppress
from functools import lru_cache

import numpy as np

from liaf_ref.oracle.case import Case
from liaf_ref.oracle.declaration import Declaration
from liaf_ref.oracle.declaration.options import OPTIONS
from liaf_ref.oracle.draw.answer import UnsafeError, answered
from liaf_ref.oracle.golden import GoldenCase, golden_cases


@lru_cache(maxsize=4)
def declared_golden_cases(declaration: Declaration) -> tuple[GoldenCase, ...]:
    """The golden cases that a backend with this declaration has to pass."""
    admitted = (golden for golden in golden_cases() if declaration.admits(golden.case))
    declared = (_declared(golden, declaration) for golden in admitted)
    return tuple(golden for golden in declared if golden is not None)


def _declared(golden: GoldenCase, declaration: Declaration) -> GoldenCase | None:
    """A case with its declared answer; None if rounding could change a spike in it."""
    if _is_unchanged(golden.case, declaration):
        return golden
    with suppress(UnsafeError):
        found = answered(declaration.configure(golden.case), declaration)
        if found.exact or not golden.exact or declaration.is_smooth:
            return found
    return None


def _is_unchanged(case: Case, declaration: Declaration) -> bool:
    """Whether nothing in a case departs from the paper."""
    configured = declaration.configure(case)
    same = configured.keys() == case.keys() and configured.nodes == case.nodes
    neurons = any(node.op == "neuron" for node in case.nodes)
    of_neurons = ("surrogate", *OPTIONS.keys() - {"convolution"})
    departs = declaration.rounds_in_tiles(case) or (neurons and declaration.departs(*of_neurons))
    return same and not departs and all(np.array_equal(configured[k], a) for k, a in case.items())
