"""The op table says which arrays a case has, and of which shapes."""

import numpy as np
import pytest

from liaf_ref._core.errors import InputError
from liaf_ref.oracle.case import Node
from liaf_ref.oracle.golden import GoldenCase
from liaf_ref.oracle.opset import LOSSES, OPS
from liaf_ref.oracle.shapes import array_shapes, node_shapes
from oracle.golden_sets import all_golden_cases, case_names


@pytest.mark.parametrize("golden", all_golden_cases(), ids=case_names(all_golden_cases()))
def test_a_case_has_the_arrays_of_the_table(golden: GoldenCase) -> None:
    case = golden.case
    given = {n: a.shape for n, a in case.items() if n.startswith("in/") and "." not in n}
    steps = case.optimizer["steps"] if case.optimizer else None
    found = {name: array.shape for name, array in {**case, **golden.expected}.items()}
    derived = array_shapes(case.nodes, given, steps)
    integers = {f"grad/{name}" for name, array in case.items() if array.dtype == np.int64}
    left_out = {n for n in derived.keys() - found.keys() if n.startswith("up/") and n[-1] == "T"}
    assert found == {n: s for n, s in derived.items() if n not in integers | left_out}


def test_outputs_and_states_are_traces() -> None:
    for op in OPS.values():
        assert {op.output, *op.states} <= op.traces.keys()
    assert set(LOSSES) == {name for name, op in OPS.items() if op.output == "loss"}


@pytest.mark.parametrize(
    ("node", "shape"),
    [
        (Node("n", "max_pool", ("in/X",), {"size": [2], "stride": [1, 1]}), (2, 3, 4, 4, 1)),
        (Node("n", "neuron", ("in/X",), {"sharing": "all"}), (4,)),
        (Node("n", "lstm", ("in/X",), {}), (2, 3, 4, 4)),
    ],
)
def test_what_an_input_cannot_be_is_refused(node: Node, shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="expected"):
        node_shapes(node, [shape])
