"""One pass over a case: everything forward, then everything backward."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from liaf_ref.door import check_instance
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import LOSSES, Case
from liaf_ref.oracle.reference.op import Forward
from liaf_ref.oracle.reference.ops import OPS
from liaf_ref.oracle.reference.rules import PAPER, Rules

Tensors = dict[str, Array]


def run(case: Case, rules: Rules = PAPER) -> Tensors:
    """Give the answer to a case.

    Parameters
    ----------
    case : Case
        The network and what it is given.
    rules : Rules
        The equations; by default the paper's, as this package's kernels say them.

    Returns
    -------
    dict of str to ndarray
        Every ``exp/``, ``grad/`` and ``dbg/`` array, and for a case with an
        optimiser ``step1/`` and ``exp/curve``; in the dtype of the case's arrays.

    Raises
    ------
    InputError
        If ``case`` is none.
    """
    check_instance("case", case, Case, "run", "a Case")
    return {name: array for part in stages(case, rules) for name, array in part.items()}


def stages(case: Case, rules: Rules) -> Iterator[Tensors]:
    """Give the answer to a case in parts, none before it is asked for; arguments as :func:`run`.

    Yields
    ------
    dict of str to ndarray
        What is forward, what is backward, and for a case with an optimiser its training.
    """
    done: dict[str, Forward] = {}
    answer = forward(case, rules, done)
    yield answer
    back = backward(case, rules, done)
    yield back
    if case.optimiser is not None:
        yield descend(case, case.optimiser, answer | back, rules)


def gradients(case: Case, rules: Rules) -> Tensors:
    """Run a case forward and backward once; arguments and result as :func:`run`."""
    done: dict[str, Forward] = {}
    return forward(case, rules, done) | backward(case, rules, done)


def forward(case: Case, rules: Rules, done: dict[str, Forward]) -> Tensors:
    """Run a case forward, and keep what each node has done."""
    answer: Tensors = {}
    for node in case.nodes:
        X = tuple(case[name] if name in case else done[name].Y for name in node.inputs)
        done[node.name] = OPS[node.op].forward(case, node, X, rules)
        answer |= _named("exp", node.name, done[node.name].shown)
    return answer


def backward(case: Case, rules: Rules, done: Mapping[str, Forward]) -> Tensors:
    """Run a case backward through what has been done."""
    answer: Tensors = {}
    adjoint = _from_above(case, done)
    for node in reversed(case.nodes):
        dX, grads, adjoints = OPS[node.op].backward(
            case, node, adjoint[node.name], done[node.name].tape, rules
        )
        for source, d in zip(node.inputs, dX, strict=True):
            if d is not None:
                adjoint[source] = adjoint[source] + d if source in adjoint else d
        answer |= {
            f"grad/{prefix}/{node.name}.{quantity}": grad
            for (prefix, quantity), grad in ((name.split("."), g) for name, g in grads.items())
        }
        answer |= _named("dbg", node.name, adjoints)
    given = (name for name in adjoint if name in case)
    return answer | {f"grad/{name}": adjoint[name] for name in given}


def descend(
    case: Case, optimiser: Mapping[str, Any], answer: Mapping[str, Array], rules: Rules
) -> Tensors:
    """Train a case on its own batch.

    Parameters
    ----------
    case : Case
        The network and what it is given.
    optimiser : mapping
        The case's own.
    answer : mapping of str to ndarray
        Its answer before the first step.
    rules : Rules
        As :func:`run`.

    Returns
    -------
    dict of str to ndarray
        The parameters after one step, under ``step1/``, and the loss before each of
        the steps, ``exp/curve``.
    """
    rule = rules.optimiser(optimiser)
    params = {name: array for name, array in case.items() if name.startswith("par/")}
    state, losses, first = rule.start(params), [answer[_loss(case)]], None
    for _ in range(optimiser["steps"] - 1):
        grads = {name: answer[f"grad/{name}"] for name in params}
        params, state = rule.step(params, grads, state)
        first = first or params
        answer = gradients(case.given(params), rules)
        losses.append(answer[_loss(case)])
    steps = {f"step1/{name.removeprefix('par/')}": value for name, value in (first or {}).items()}
    return steps | {"exp/curve": np.stack(losses)}


def _from_above(case: Case, done: Mapping[str, Forward]) -> Tensors:
    last = case.nodes[-1]
    if last.op in LOSSES:
        return {last.name: np.ones_like(done[last.name].Y)}
    return {last.name: case[f"up/{last.name}.Y"]}


def _loss(case: Case) -> str:
    return f"exp/{case.nodes[-1].name}.loss"


def _named(prefix: str, node: str, arrays: Mapping[str, Array]) -> Tensors:
    return {f"{prefix}/{node}.{name}": array for name, array in arrays.items()}
