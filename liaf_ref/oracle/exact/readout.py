"""From the outputs of all steps to one, and from several branches to one."""

from liaf_ref.oracle.exact.dual import sum_duals
from liaf_ref.oracle.exact.nested import Nested, map_nested


def last(Y: list[Nested]) -> Nested:
    """Output of the last step."""
    return Y[-1]


def mean(Y: list[Nested]) -> Nested:
    """Sumlayer of Section VI-B2: the sum over the steps, divided by T."""
    return map_nested(lambda *steps: sum_duals(steps) / len(steps), *Y)


def concat(*X: Nested) -> Nested:
    """Branches side by side along the last axis, Fig. 5."""
    if isinstance(X[0][0], list):
        return [concat(*parts) for parts in zip(*X, strict=True)]
    return [x for branch in X for x in branch]
