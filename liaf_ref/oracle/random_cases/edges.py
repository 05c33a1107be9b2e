"""Potentials near the threshold and the window's edges, where ``>``, ``>=`` and 1e-5 differ."""

from collections.abc import Mapping

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.declaration import Declaration
from liaf_ref.oracle.opset import OPS
from liaf_ref.oracle.table import Text, run, stages

NEAR = 2.0**-17  # below 1e-5, and more than float32 rounds near 1
SHARE = 0.2  # of the potentials
MAX_PER_NEURON = 2.0  # of the steps of a neuron: each in the window doubles a gradient
GRID = 2.0**-20


def place_near_edges(
    case: Case, rng: np.random.Generator, near: float, declaration: Declaration
) -> Case:
    """Move inputs and initial potentials so that some potentials are at a distance from an edge."""
    text = declaration.text
    for node in case.nodes:
        if node.op == "neuron":
            if declaration["carry"] == "state":
                case = _with_initial_potentials(case, node, rng, near, text)
            if node.inputs[0] == "in/X":
                case = case.with_arrays({"in/X": _moved_drive(case, node, rng, near, text)})
    return case


def _targets(node: Node, rng: np.random.Generator, shape: tuple[int, ...], near: float) -> Array:
    """Distances from the threshold: near it or an edge of the window; 0 near is on it."""
    mu = float(node.options["mu"])
    return rng.choice([0.0, mu, -mu], shape) + near * rng.choice([-1.0, 1.0], shape)


def _with_initial_potentials(
    case: Case, node: Node, rng: np.random.Generator, near: float, text: Text
) -> Case:
    name, p = f"in/{node.name}.V0", case.node_arrays(node)
    V0, I = case[name], _drive(case, node, text)[:, 0]
    placed = p["v_th"] + _targets(node, rng, V0.shape, near) - I
    placed = np.round(placed / GRID) * GRID
    chosen = (rng.random(V0.shape) < SHARE) & (placed != 0) & (abs(placed) < 8)
    return case.with_arrays({name: np.where(chosen, placed, V0)})


def _drive(case: Case, node: Node, text: Text) -> Array:
    """What the neurons are given."""
    (source,) = node.inputs
    if source in case:
        return case[source]
    ops: Mapping[str, str] = {n.name: n.op for n in case.nodes}
    drive: Array = run(case, text=text)[f"exp/{source}.{OPS[ops[source]].output}"]
    return drive


def _moved_drive(
    case: Case, node: Node, rng: np.random.Generator, near: float, text: Text
) -> Array:
    """The neurons' own input, step by step, as their potentials go."""
    X, V = case["in/X"].copy(), case[f"in/{node.name}.V0"]
    p, alone = case.node_arrays(node), node._replace(inputs=("in/X",))
    share = min(SHARE, MAX_PER_NEURON / X.shape[1])
    for t in range(X.shape[1]):
        placed = p["v_th"] + _targets(node, rng, V.shape, near) - V
        placed = np.round(placed / GRID) * GRID
        chosen = (rng.random(V.shape) < share) & (abs(placed) < 8) & (t > 0)
        X[:, t] = np.where(chosen, placed, X[:, t])
        step = {"in/X": X[:, t : t + 1], f"in/{node.name}.V0": V}
        one = Case(case.name, case.level, (alone,), {**case.arrays, **step})
        V = next(stages(one, text=text))[f"exp/{node.name}.V"][:, -1]
    return X
