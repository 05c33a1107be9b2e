"""Whether two failures are the same: the stage of the check, and which arrays are wrong."""

import re
from typing import NamedTuple

from liaf_ref.oracle.case import Case
from liaf_ref.oracle.checker import Finding, Verdict
from liaf_ref.oracle.checker.comparison import FORWARD_STAGES, array_kind
from liaf_ref.oracle.opset import LOSSES, OPS


class Failure(NamedTuple):
    """What a failure is known by."""

    stage: str
    tensor: str  # the first wrong array
    first: str  # its kind, or the error
    kinds: frozenset[str]  # of all arrays that are wrong at this stage

    def is_the_same_as(self, other: "Failure", case: Case) -> bool:
        """Whether a case fails as another one did, which may have had more nodes."""
        if other.stage in {"backend", "names"}:
            return (self.stage, self.first) == (other.stage, other.first)
        if self.stage == other.stage and other.first in self.kinds:
            return True
        return _stands_for_removed_nodes(self, other, case)


def failure_of(verdict: Verdict) -> Failure | None:
    """What is wrong; None for a case that has not failed."""
    first = verdict.first_finding
    if verdict.status != "failed" or first is None:
        return None
    case = verdict.golden.case
    kinds = frozenset(_kind(case, f.tensor) for f in verdict.findings if f.stage == first.stage)
    return Failure(first.stage, first.tensor, _description(case, verdict, first), kinds)


def _stands_for_removed_nodes(found: Failure, other: Failure, case: Case) -> bool:
    """Whether the array of a cut is wrong in place of the arrays of the nodes that are gone."""
    if other.tensor.rpartition("/")[2].partition(".")[0] in {node.name for node in case.nodes}:
        return False
    last = case.nodes[-1]
    output = f"exp/{last.op}.{'loss' if last.op in LOSSES else OPS[last.op].output}"
    if other.stage == "gradients":
        return found.stage == other.stage and "grad/in/X" in found.kinds
    return {found.stage, other.stage} <= FORWARD_STAGES and found.first == output


def _kind(case: Case, tensor: str) -> str:
    """The name of an array with the operation in place of the node; all inputs are X."""
    return array_kind(case, tensor) if "." in tensor else re.sub("in/.*", "in/X", tensor)


def _description(case: Case, verdict: Verdict, first: Finding) -> str:
    if first.stage not in {"backend", "names"}:
        return _kind(case, first.tensor)
    frames = re.findall(r"^  File .*", verdict.traceback, re.MULTILINE)
    text = first.text.replace(first.tensor or " ", _kind(case, first.tensor))
    text = " ".join("#" if "/" in word else word for word in text.split())
    plain = re.sub(r"-?\d[\d.e+-]*|\[[^][]*\]|\([^()]*\)|, ", " # ", text)
    error = verdict.traceback.strip().rpartition("\n")[2].partition(":")[0]
    return f"{error} {frames[-1]}" if frames else re.sub(r"[\s#]+", " ", plain)
