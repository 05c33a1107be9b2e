"""Whether the two readings of an edge that only exact cases tell apart show in a case."""

from collections.abc import Iterable, Mapping

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.deviations import Deviation
from liaf_ref.oracle.opset import OPS
from liaf_ref.oracle.table import PAPER, Text, run


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


def required_arrays(case: Case, answer: Iterable[str]) -> frozenset[str]:
    """What a backend must return: the output or the loss, running statistics, what is derived."""
    answer = frozenset(answer)
    last, ops = case.nodes[-1], ((node.name, OPS[node.op]) for node in case.nodes)
    saved = {f"exp/{name}.{q}" for name, op in ops for q in op.constants.keys() & op.traces.keys()}
    required = frozenset({f"exp/{last.name}.{OPS[last.op].output}", "exp/curve"} | saved)
    derived = {name for name in answer if name.startswith(("grad/", "step1/"))}
    return required & answer | derived
