"""The two readings of an edge that only exact cases can tell apart from the paper's."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.opset import OPS
from liaf_ref.oracle.reference import PAPER_KERNELS, KernelTable, run
from liaf_ref.oracle.reference.kernel_table import Options, output_activation, reset_spike


def _strictly_above(x: Array) -> Array:
    """1 where ``x > 0``: not Eq. (4), which fires at equality."""
    fired: Array = (x > 0).astype(x.dtype)
    return fired


@dataclass(frozen=True)
class ClosedWindow:
    """1 where ``|x| <= mu``: not Eq. (13), which leaves the edge out."""

    mu: float

    def __call__(self, x: Array) -> Array:
        inside: Array = (abs(x) <= self.mu).astype(x.dtype)
        return inside


def _with_strict_threshold(pair: Pair) -> Pair:
    return Pair(_strictly_above, pair.slope)


def _strict_output(options: Options) -> Pair:
    return (
        _with_strict_threshold(output_activation(options))
        if options["act"] == "spike"
        else output_activation(options)
    )


def _closed_reset(options: Options) -> Pair:
    pair = reset_spike(options)
    return pair if options["reset"] == "detached" else Pair(pair.value, ClosedWindow(options["mu"]))


def _closed_output(options: Options) -> Pair:
    pair = output_activation(options)
    return Pair(pair.value, ClosedWindow(options["mu"])) if options["act"] == "spike" else pair


STRICT_THRESHOLD = PAPER_KERNELS._replace(
    spike=lambda o: _with_strict_threshold(reset_spike(o)), act=_strict_output
)
CLOSED_WINDOW = PAPER_KERNELS._replace(spike=_closed_reset, act=_closed_output)


def changes_answer(case: Case, answer: Mapping[str, Array], kernels: KernelTable) -> bool:
    """Whether other rules change something that a backend must return."""
    other = run(case, kernels)
    return any(
        not np.array_equal(answer[name], other[name]) for name in required_arrays(case, answer)
    )


def has_window(case: Case) -> bool:
    """Whether a window is part of the case: of a reset or of an output."""
    neurons = (node.options for node in case.nodes if node.op == "neuron")
    return any(o["reset"] == "paper" or o["act"] == "spike" for o in neurons)


def required_arrays(case: Case, answer: Mapping[str, Array]) -> frozenset[str]:
    """What a backend must return: the output or the loss, running statistics, what is derived."""
    last, ops = case.nodes[-1], ((node.name, OPS[node.op]) for node in case.nodes)
    saved = {f"exp/{name}.{q}" for name, op in ops for q in op.constants.keys() & op.traces.keys()}
    required = {f"exp/{last.name}.{OPS[last.op].output}", "exp/curve"} | saved
    derived = {name for name in answer if name.startswith(("grad/", "step1/"))}
    return frozenset(required & answer.keys() | derived)
