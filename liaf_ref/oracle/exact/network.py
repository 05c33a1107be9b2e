"""A case run forward with its derivatives, once or step by step of an optimizer."""

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

from liaf_ref.oracle.case import Node
from liaf_ref.oracle.exact.dual import Dual, as_dual, constant, sum_duals, variable
from liaf_ref.oracle.exact.nested import Nested, leaves, map_nested
from liaf_ref.oracle.exact.op import NestedArrays, Result, VariableFactory
from liaf_ref.oracle.exact.ops import OPS
from liaf_ref.oracle.exact.optimizers import OPTIMIZERS

NestedDict = dict[str, Nested]


class ForwardPass(NamedTuple):
    """The result of every node, and the scalar that is differentiated."""

    results: dict[str, Result]
    L: Dual


def values(A: Nested) -> Nested:
    """The values of dual numbers."""
    return map_nested(lambda a: as_dual(a).x, A)


def derivatives(L: Dual, A: Nested) -> Nested:
    """The derivatives of a number in variables."""
    return map_nested(L.derivative, A)


def inner_product(A: Nested, B: Nested) -> Dual:
    """The sum of the products, entry by entry."""
    return sum_duals(b * a for a, b in zip(leaves(A), leaves(B), strict=True))


def forward(
    nodes: tuple[Node, ...], arrays: NestedArrays, make_variable: VariableFactory
) -> ForwardPass:
    """Run a network."""
    done: dict[str, Result] = {}
    L = constant(0)
    for node in nodes:
        X = tuple(arrays[name] if name in arrays else done[name].Y for name in node.inputs)
        result = done[node.name] = OPS[node.op](node, arrays, X, make_variable)
        for quantity, Y in ({"Y": result.Y} | result.final_states).items():
            above = f"up/{node.name}.{quantity}"
            L = L + inner_product(arrays[above], Y) if above in arrays else L
        L = L + result.Y if "loss" in result.traces else L
    return ForwardPass(done, L)


def run_training_steps(
    nodes: tuple[Node, ...], arrays: NestedArrays, options: Mapping[str, Any]
) -> NestedDict:
    """Train a network on its own batch."""
    rest = {name: value for name, value in options.items() if name not in {"name", "steps"}}
    rule = partial(OPTIMIZERS[options["name"]], **rest)
    par = {name: a for name, a in arrays.items() if name.startswith("par/")}
    descents = {name: map_nested(rule, a) for name, a in par.items()}
    path = [{name: map_nested(next, descent) for name, descent in descents.items()}]
    curve = []
    for _ in range(options["steps"]):
        given = {**arrays, **{name: map_nested(variable, a) for name, a in path[-1].items()}}
        done, L = forward(nodes, given, constant)
        curve.append(done[nodes[-1].name].Y.x)
        path.append(
            {
                name: map_nested(lambda d, g: d.send(g), descent, derivatives(L, given[name]))
                for name, descent in descents.items()
            }
        )
    return {f"step1/{name.removeprefix('par/')}": a for name, a in path[1].items()} | {
        "exp/curve": curve
    }
