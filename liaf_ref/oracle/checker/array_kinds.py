"""Which kinds of arrays are wrong, and which are right: what can be said without a convention."""

from collections.abc import Iterable

from liaf_ref.oracle.checker.finding import FIRST_VALUE_STAGE, STAGES, stage_of
from liaf_ref.oracle.checker.verdict import Verdict
from liaf_ref.oracle.golden import GoldenCase


def summarize_array_kinds(verdicts: Iterable[Verdict]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Kinds of arrays that are wrong somewhere, with how often, and right everywhere."""
    wrong: dict[str, int] = {}
    seen: dict[str, int] = {}
    for verdict in verdicts:
        off = {f.tensor for f in verdict.findings if STAGES.index(f.stage) >= FIRST_VALUE_STAGE}
        for name in verdict.arrays:
            kind = _array_kind(verdict.golden, name)
            seen[kind] = seen.get(kind, 0) + 1
            wrong[kind] = wrong.get(kind, 0) + (name in off)
    ordered = sorted(seen, key=lambda kind: (STAGES.index(stage_of(kind)), kind))
    return (
        tuple(f"{kind} ({wrong[kind]} of {seen[kind]})" for kind in ordered if wrong[kind]),
        tuple(kind for kind in ordered if not wrong[kind]),
    )


def _array_kind(golden: GoldenCase, name: str) -> str:
    """The array's name with the operation in place of the node."""
    head, _, rest = name.rpartition("/")
    node, dot, quantity = rest.partition(".")
    ops = {n.name: n.op for n in golden.case.nodes}
    return f"{head}/{ops.get(node, node)}{dot}{quantity}"
