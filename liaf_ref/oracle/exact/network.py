"""A case run forward with its derivatives, once or step by step of an optimiser."""

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

from liaf_ref.oracle.case import LOSSES, Node
from liaf_ref.oracle.exact.dual import Dual, constant, dual, total, variable
from liaf_ref.oracle.exact.nested import Nested, each, leaves
from liaf_ref.oracle.exact.op import Given, New, Result
from liaf_ref.oracle.exact.ops import OPS
from liaf_ref.oracle.exact.optimiser import OPTIMISERS

Lists = dict[str, Nested]


class Pass(NamedTuple):
    """What every node gave, and the number whose gradient is asked for."""

    done: dict[str, Result]
    L: Dual


def values(A: Nested) -> Nested:
    """The values of dual numbers."""
    return each(lambda a: dual(a).x, A)


def slopes(L: Dual, A: Nested) -> Nested:
    """The derivatives of a number in variables."""
    return each(L.slope, A)


def inner(A: Nested, B: Nested) -> Dual:
    """The sum of the products, entry by entry."""
    return total(b * a for a, b in zip(leaves(A), leaves(B), strict=True))


def forward(nodes: tuple[Node, ...], given: Given, new: New) -> Pass:
    """Run a network.

    Parameters
    ----------
    nodes : tuple of Node
        As in the case.
    given : mapping of str to Nested
        The case's arrays: of dual numbers, ``up/`` and ``fix/`` of plain ones.
    new : callable
        Makes what is added to every step: variables, or constants if no adjoints are asked for.

    Returns
    -------
    Pass
        With ``L`` the loss, if there is one, plus every ``up/`` times what it is the gradient in.
    """
    done: dict[str, Result] = {}
    L = constant(0)
    for node in nodes:
        X = tuple(given[name] if name in given else done[name].Y for name in node.inputs)
        result = done[node.name] = OPS[node.op](node, given, X, new)
        for quantity, Y in ({"Y": result.Y} | result.last).items():
            above = f"up/{node.name}.{quantity}"
            L = L + inner(given[above], Y) if above in given else L
        L = L + result.Y if node.op in LOSSES else L
    return Pass(done, L)


def descend(nodes: tuple[Node, ...], numbers: Given, options: Mapping[str, Any]) -> Lists:
    """Train a network on its own batch.

    Parameters
    ----------
    nodes : tuple of Node
        As in the case, the loss last.
    numbers : mapping of str to Nested
        The case's arrays, of plain numbers.
    options : mapping
        The optimiser's name, its own options, and ``steps``.

    Returns
    -------
    dict of str to Nested
        The parameters after one step, under ``step1/``, and the loss before each of
        the steps, ``exp/curve``.
    """
    rest = {name: value for name, value in options.items() if name not in {"name", "steps"}}
    rule = partial(OPTIMISERS[options["name"]], **rest)
    par = {name: a for name, a in numbers.items() if name.startswith("par/")}
    descents = {name: each(rule, a) for name, a in par.items()}
    path = [{name: each(next, descent) for name, descent in descents.items()}]
    curve = []
    for _ in range(options["steps"]):
        given = {**numbers, **{name: each(variable, a) for name, a in path[-1].items()}}
        done, L = forward(nodes, given, constant)
        curve.append(done[nodes[-1].name].Y.x)
        path.append(
            {
                name: each(lambda d, g: d.send(g), descent, slopes(L, given[name]))
                for name, descent in descents.items()
            }
        )
    return {f"step1/{name.removeprefix('par/')}": a for name, a in path[1].items()} | {
        "exp/curve": curve
    }
