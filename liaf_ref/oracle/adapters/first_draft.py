"""A backend with a mistake, to see a report: no gradient flows through its reset."""

from collections.abc import Mapping
from dataclasses import replace

from liaf_ref.oracle.case import Array, Case, Declined
from liaf_ref.oracle.table import run


def answer(case: Case) -> Mapping[str, Array]:
    """Answer as the paper, with a detached reset; only for cases of one neuron."""
    (node,) = case.nodes[:1]
    if node.op != "neuron":
        raise Declined("only neurons")
    detached = node._replace(options={**node.options, "reset": "detached"})
    arrays = run(replace(case, nodes=(detached, *case.nodes[1:])))
    return {name: array for name, array in arrays.items() if not name.startswith("dbg/")}
