"""What is the same in every framework: the way through a case, and the names of the answer.

No equation stands here.  A framework brings one function per operation,
``op(options, *inputs, **own) -> Result``: ``own`` holds the node's arrays by the
quantity's name, parameters, initial states and constants alike.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.oracle.case import Array, Case
from liaf_ref.oracle.declined import Declined
from liaf_ref.oracle.opset import LOSSES

Tensor = Any  # a framework's array
Tensors = dict[str, Tensor]
SUPPORTED_DTYPES = (np.dtype(np.float32), np.dtype(np.float64))


class Result(NamedTuple):
    """What an operation gives.

    ``shown`` are the traces, time on axis 1; ``last`` the states after the last step;
    ``watched`` what an adjoint of every step is wanted of, by that adjoint's name.
    """

    Y: Tensor
    traces: Tensors
    final_states: Tensors = {}  # noqa: RUF012
    adjoint_targets: Tensors = {}  # noqa: RUF012


Op = Callable[..., Result]


def execute_graph(
    case: Case, tensors: Mapping[str, Tensor], ops: Mapping[str, Op]
) -> dict[str, Result]:
    """Run a case forward."""
    done: dict[str, Result] = {}
    for node in case.nodes:
        sources = (*node.inputs, "in/y") if node.op in LOSSES else node.inputs
        inputs = (tensors[name] if name in tensors else done[name].Y for name in sources)
        own = {
            name.removeprefix(f"{prefix}/{node.name}."): value
            for name, value in tensors.items()
            for prefix in ("par", "in", "fix", "dbg")
            if name.startswith(f"{prefix}/{node.name}.")
        }
        done[node.name] = lookup_or_decline("op", node.op, ops)(node.options, *inputs, **own)
    return done


def lookup_or_decline(kind: str, name: str, table: Mapping[str, Any]) -> Any:
    """Look a choice up."""
    if name not in table:
        raise Declined(f"{kind}: expected one of {', '.join(table)}, got {name}")
    return table[name]


def objective(case: Case, tensors: Mapping[str, Tensor], results: Mapping[str, Result]) -> Tensor:
    """The scalar that is differentiated.

    It is the loss; without a loss, the inner product of the output with the upstream
    gradient.  Final states with an upstream gradient add theirs.
    """
    name = case.nodes[-1].name
    yields = results[name].Y
    total = (tensors[f"up/{name}.Y"] * yields).sum() if f"up/{name}.Y" in tensors else yields
    for node, result in results.items():
        for state, value in result.final_states.items():
            if f"up/{node}.{state}T" in tensors:
                total = total + (tensors[f"up/{node}.{state}T"] * value).sum()
    return total


def floating_dtype(case: Case) -> np.dtype[Any]:
    """The one dtype of a case's floating arrays."""
    found = {array.dtype for array in case.values() if array.dtype.kind == "f"}
    if len(found) != 1 or not found.issubset(SUPPORTED_DTYPES):
        raise Declined(f"dtype {sorted(map(str, found))}: expected float32 or float64 throughout")
    return found.pop()


def leaf_arrays(case: Case) -> dict[str, Array]:
    """What gets a gradient: every floating array that goes in, and every parameter."""
    return {
        name: array
        for name, array in case.items()
        if name.startswith(("in/", "par/")) and array.dtype.kind == "f"
    }


def collect_traces(results: Mapping[str, Result]) -> Tensors:
    """What the forward pass yields, by the answer's names."""
    return {
        f"exp/{node}.{quantity}": value
        for node, result in results.items()
        for quantity, value in result.traces.items()
    }


def collect_adjoint_targets(results: Mapping[str, Result]) -> Tensors:
    """What an adjoint of every step is wanted of, by the answer's names."""
    return {
        f"dbg/{node}.{adjoint}": value
        for node, result in results.items()
        for adjoint, value in result.adjoint_targets.items()
    }
