"""One pass over a case: everything forward, then everything backward."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from liaf_ref._core.validation import check_instance
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import LOSS_OPS, Case
from liaf_ref.oracle.reference.kernel_table import PAPER_KERNELS, KernelTable
from liaf_ref.oracle.reference.op import ForwardResult
from liaf_ref.oracle.reference.ops import OPS

Tensors = dict[str, Array]


def run(case: Case, kernels: KernelTable = PAPER_KERNELS) -> Tensors:
    """Give the answer to a case.

    Parameters
    ----------
    case : Case
        The network and what it is given.
    kernels : KernelTable
        The equations; by default the paper's, as this package's kernels say them.

    Returns
    -------
    dict of str to ndarray
        Every ``exp/``, ``grad/`` and ``dbg/`` array, and for a case with an
        optimizer ``step1/`` and ``exp/curve``; in the dtype of the case's arrays.

    Raises
    ------
    InputError
        If ``case`` is not a Case.
    """
    check_instance("case", case, Case, "run", "a Case")
    return {name: array for part in stages(case, kernels) for name, array in part.items()}


def stages(case: Case, kernels: KernelTable) -> Iterator[Tensors]:
    """Give the answer to a case in parts, each computed on demand; arguments as :func:`run`."""
    done: dict[str, ForwardResult] = {}
    answer = forward(case, kernels, done)
    yield answer
    back = backward(case, kernels, done)
    yield back
    if case.optimizer is not None:
        yield run_training_steps(case, case.optimizer, answer | back, kernels)


def gradients(case: Case, kernels: KernelTable) -> Tensors:
    """Run a case forward and backward once; arguments and result as :func:`run`."""
    done: dict[str, ForwardResult] = {}
    return forward(case, kernels, done) | backward(case, kernels, done)


def forward(case: Case, kernels: KernelTable, results: dict[str, ForwardResult]) -> Tensors:
    """Run a case forward, and keep what each node has done."""
    answer: Tensors = {}
    for node in case.nodes:
        X = tuple(case[name] if name in case else results[name].Y for name in node.inputs)
        results[node.name] = OPS[node.op].forward(case, node, X, kernels)
        answer |= _prefixed("exp", node.name, results[node.name].traces)
    return answer


def backward(case: Case, kernels: KernelTable, results: Mapping[str, ForwardResult]) -> Tensors:
    """Run a case backward through what has been done."""
    answer: Tensors = {}
    adjoint = _output_adjoint(case, results)
    for node in reversed(case.nodes):
        dX, grads, adjoints = OPS[node.op].backward(
            case, node, adjoint[node.name], results[node.name].tape, kernels
        )
        for source, d in zip(node.inputs, dX, strict=True):
            if d is not None:
                adjoint[source] = adjoint[source] + d if source in adjoint else d
        answer |= {
            f"grad/{prefix}/{node.name}.{quantity}": grad
            for (prefix, quantity), grad in ((name.split("."), g) for name, g in grads.items())
        }
        answer |= _prefixed("dbg", node.name, adjoints)
    given = (name for name in adjoint if name in case)
    return answer | {f"grad/{name}": adjoint[name] for name in given}


def run_training_steps(
    case: Case,
    optimizer_config: Mapping[str, Any],
    answer: Mapping[str, Array],
    kernels: KernelTable,
) -> Tensors:
    """Train a case on its own batch."""
    rule = kernels.optimizer(optimizer_config)
    params = {name: array for name, array in case.items() if name.startswith("par/")}
    state, losses, first = rule.initial_state(params), [answer[_loss_name(case)]], None
    for _ in range(optimizer_config["steps"] - 1):
        grads = {name: answer[f"grad/{name}"] for name in params}
        params, state = rule.step(params, grads, state)
        first = first or params
        answer = gradients(case.with_arrays(params), kernels)
        losses.append(answer[_loss_name(case)])
    steps = {f"step1/{name.removeprefix('par/')}": value for name, value in (first or {}).items()}
    return steps | {"exp/curve": np.stack(losses)}


def _output_adjoint(case: Case, results: Mapping[str, ForwardResult]) -> Tensors:
    last = case.nodes[-1]
    if last.op in LOSS_OPS:
        return {last.name: np.ones_like(results[last.name].Y)}
    return {last.name: case[f"up/{last.name}.Y"]}


def _loss_name(case: Case) -> str:
    return f"exp/{case.nodes[-1].name}.loss"


def _prefixed(prefix: str, node: str, arrays: Mapping[str, Array]) -> Tensors:
    return {f"{prefix}/{node}.{name}": array for name, array in arrays.items()}
