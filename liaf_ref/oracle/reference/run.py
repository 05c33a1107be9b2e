"""One pass over a case: everything forward, then everything backward."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from liaf_ref._core.validation import check_instance
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.opset import LOSSES
from liaf_ref.oracle.opset import OPS as TABLE
from liaf_ref.oracle.reference.chunks import cut, final_gradients, join, next_states
from liaf_ref.oracle.reference.gates import find_gates, with_gates
from liaf_ref.oracle.reference.kernel_table import PAPER_KERNELS, KernelTable
from liaf_ref.oracle.reference.ops import OPS, Call

Tensors = dict[str, Array]


class NodeResult(NamedTuple):
    """What a node was called with, its output, and what its backward pass reads."""

    call: Call
    Y: Array
    tape: Any


def run(case: Case, kernels: KernelTable = PAPER_KERNELS) -> Tensors:
    """Compute the answer to a case with the kernels of this package.

    Parameters
    ----------
    case : Case
        The network and its inputs.
    kernels : KernelTable
        The kernels to use; by default those of the paper's equations.

    Returns
    -------
    dict of str to ndarray
        The answer in the dtype of the case: outputs and states of every step ``exp/``, gradients
        ``grad/``, gradients at every step ``dbg/``, and for level L4 the parameters ``step1/``
        and the losses ``exp/curve``.

    Raises
    ------
    InputError
        If ``case`` is not a :class:`Case`.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> from liaf_ref.oracle import run
    >>> golden = lr.golden_case("l0_lif_all_mu0300")
    >>> golden.compare(run(golden.case)).status
    'passed'
    """
    check_instance("case", case, Case, "run", "a Case")
    return {name: array for part in stages(case, kernels) for name, array in part.items()}


def stages(case: Case, kernels: KernelTable) -> Iterator[Tensors]:
    """Give the answer to a case in parts, each computed on demand; arguments as :func:`run`."""
    if case.chunks is not None:
        yield from chunk_stages(case, kernels)
        return
    done: dict[str, NodeResult] = {}
    answer = forward(case, kernels, done)
    yield answer
    back = backward(case, done)
    yield back
    if case.optimizer is not None:
        yield run_training_steps(case, case.optimizer, answer | back, kernels)


def gate_forced(case: Case) -> Case:
    """A case together with the decisions of the reference on it."""
    results: dict[str, NodeResult] = {}
    forward(case, PAPER_KERNELS, results)
    return case.with_arrays(find_gates(case, results))


def chunk_stages(case: Case, kernels: KernelTable) -> Iterator[Tensors]:
    """Give the answer to a case in chunks: all of them forward, then backward from the last."""
    done, answers = list[dict[str, NodeResult]](), list[Tensors]()
    for part in cut(case):
        given = next_states(case, answers[-1]) if answers else {}
        done.append({})
        answers.append(forward(part.with_arrays(given), kernels, done[-1]))
    yield join(answers)
    grads: list[Tensors] = []
    for part, results in reversed(list(zip(cut(case), done, strict=True))):
        final = final_gradients(case, grads[0] if grads else None)
        grads.insert(0, backward(part, _with_final_gradients(case, results, final)))
    yield join(grads)


def _with_final_gradients(
    case: Case, results: Mapping[str, NodeResult], final: Tensors
) -> dict[str, NodeResult]:
    found = dict(results)
    for node in case.nodes:
        gradients = tuple(final[f"up/{node.name}.{state}T"] for state in TABLE[node.op].states)
        call = found[node.name].call._replace(final_gradients=gradients)
        found[node.name] = found[node.name]._replace(call=call)
    return found


def gradients(case: Case, kernels: KernelTable) -> Tensors:
    """Run a case forward and backward once; arguments and result as :func:`run`."""
    done: dict[str, NodeResult] = {}
    return forward(case, kernels, done) | backward(case, done)


def forward(case: Case, kernels: KernelTable, results: dict[str, NodeResult]) -> Tensors:
    """Run a case forward, and keep what each node has done."""
    answer: Tensors = {}
    for node in case.nodes:
        X = tuple(case[name] if name in case else results[name].Y for name in node.inputs)
        call = make_call(case, node, X, kernels)
        traces, tape = OPS[node.op].forward(call)
        named = dict(zip(TABLE[node.op].traces, traces, strict=False))
        results[node.name] = NodeResult(call, named[TABLE[node.op].output], tape)
        answer |= {f"exp/{node.name}.{name}": trace for name, trace in named.items()}
    return answer


def make_call(case: Case, node: Node, X: tuple[Array, ...], kernels: KernelTable) -> Call:
    """What an operation is called with, in the order of the op table."""
    op, name = TABLE[node.op], node.name
    states = tuple(case[f"in/{name}.{state}0"] for state in op.states)
    return Call(
        with_gates(kernels, case, node),
        node.options,
        X,
        tuple(case[at] for at in (f"par/{name}.{par}" for par in op.parameters) if at in case),
        states,
        tuple(
            case.get(f"up/{name}.{state}T", np.zeros_like(start))
            for state, start in zip(op.states, states, strict=True)
        ),
        tuple(case[f"fix/{name}.{constant}"] for constant in op.constants),
        None if op.target is None else case["in/y"],
    )


def backward(case: Case, results: Mapping[str, NodeResult]) -> Tensors:
    """Run a case backward through what has been done."""
    answer: Tensors = {}
    adjoint = _output_adjoint(case, results)
    for node in reversed(case.nodes):
        op, result = TABLE[node.op], results[node.name]
        dX, grads, adjoints = OPS[node.op].backward(result.call, adjoint[node.name], result.tape)
        for source, d in zip(node.inputs, dX, strict=True):
            if d is not None:
                adjoint[source] = adjoint[source] + d if source in adjoint else d
        differentiated = [f"par/{node.name}.{name}" for name in op.parameters]
        differentiated += [f"in/{node.name}.{state}0" for state in op.states]
        answer |= {
            f"grad/{name}": grad
            for name, grad in zip(differentiated, grads, strict=True)
            if name in case
        }
        names = (f"dbg/{node.name}.{name}" for name in op.adjoints)
        answer |= zip(names, adjoints, strict=True)
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
    for t in range(1, max(optimizer_config["steps"], 2)):
        grads = {name: answer[f"grad/{name}"] for name in params}
        params, state = rule.step(params, grads, state)
        first = first or params
        if t < optimizer_config["steps"]:
            answer = gradients(case.with_arrays(params), kernels)
            losses.append(answer[_loss_name(case)])
    steps = {f"step1/{name.removeprefix('par/')}": value for name, value in (first or {}).items()}
    return steps | {"exp/curve": np.stack(losses)}


def _output_adjoint(case: Case, results: Mapping[str, NodeResult]) -> Tensors:
    last = case.nodes[-1]
    if last.op in LOSSES:
        return {last.name: np.ones_like(results[last.name].Y)}
    return {last.name: case[f"up/{last.name}.Y"]}


def _loss_name(case: Case) -> str:
    return f"exp/{case.nodes[-1].name}.loss"
