"""One wrong array, and its place in the network."""

from dataclasses import dataclass
from typing import Any

from liaf_ref.oracle.case import Case
from liaf_ref.oracle.opset import OPS

STAGES = ("backend", "names", "spikes", "states", "loss", "gradients", "training")
FORWARD_STAGES = frozenset({"spikes", "states", "loss"})
FIRST_VALUE_STAGE = STAGES.index("spikes")  # from here on numbers are compared


@dataclass(frozen=True)
class Finding:
    """What is wrong with one array."""

    tensor: str
    stage: str
    text: str
    sort_key: tuple[int, ...]
    node: str | None = None
    step: int | None = None
    error: float | None = None
    tolerance: float | None = None

    def __repr__(self) -> str:
        return self.text

    @property
    def ratio(self) -> float | None:
        """Error over tolerance; ``None`` without numbers or with tolerance 0."""
        return self.error / self.tolerance if self.error and self.tolerance else None

    def to_dict(self) -> dict[str, Any]:
        """The finding as JSON takes it."""
        return {
            "tensor": self.tensor,
            "stage": self.stage,
            "node": self.node,
            "step": self.step,
            "error": self.error,
            "tolerance": self.tolerance,
            "ratio": self.ratio,
            "text": self.text,
        }


def stage_of(tensor: str) -> str:
    """At which stage of the verdict an array is compared."""
    prefix, _, rest = tensor.partition("/")
    if prefix in {"grad", "dbg"}:
        return "gradients"
    if prefix == "step1" or rest == "curve":
        return "training"
    quantity = rest.rpartition(".")[2]
    return {"F": "spikes", "loss": "loss"}.get(quantity, "states")


def node_of(case: Case, tensor: str) -> str | None:
    """The node an array belongs to; the gradient in an input, to the first that reads it."""
    name = tensor.rpartition("/")[2].partition(".")[0]
    given = tensor.partition("/")[2]
    found = (node.name for node in case.nodes if name == node.name or given in node.inputs)
    return next(found, None)


def location_sort_key(case: Case, tensor: str, step: int | None) -> tuple[int, ...]:
    """Sort key of a place: forward by node and step, then backward by node and step."""
    stage, node = stage_of(tensor), node_of(case, tensor)
    traces = {n.name: list(OPS[n.op].traces) for n in case.nodes}
    depth = list(traces).index(node) if node in traces else len(traces)
    t = step or 0
    if node in traces and stage in {"spikes", "states"}:
        return (FIRST_VALUE_STAGE, depth, t, traces[node].index(tensor.rpartition(".")[2]))
    if stage == "gradients":
        known = 0 if tensor.startswith("dbg/") else 1 if step else 2
        return (STAGES.index(stage), -depth, known, -t)
    return (STAGES.index(stage), depth)


def array_kind(case: Case, tensor: str) -> str:
    """The array's name with the operation in place of the node."""
    head, _, rest = tensor.rpartition("/")
    node, dot, quantity = rest.partition(".")
    ops = {n.name: n.op for n in case.nodes}
    return f"{head}/{ops.get(node, node)}{dot}{quantity}"
