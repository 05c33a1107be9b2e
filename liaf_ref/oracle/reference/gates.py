"""Decisions that a case gives: spikes, windows, kinks and maxima, in place of comparisons."""

# Where rounding could turn a comparison, no bound holds.  With the decisions given, all that is
# left rounds in proportion to the unit roundoff, and a backend is checked under this condition.

from collections.abc import Mapping
from itertools import cycle
from typing import Any

import numpy as np

from liaf_ref.kernels import max_pool
from liaf_ref.kernels.activation import SELU_ALPHA, SELU_SCALE
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import Size, taps
from liaf_ref.kernels.pair import Pair
from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.reference.kernel_table import KernelTable, Options

GATES = "gate/"
KINKED = ("relu", "selu")


class GivenSteps:
    """An array in place of a comparison: whole, or one step after another, as a loop asks."""

    def __init__(self, given: Array, backward: bool) -> None:
        self.given = given
        self.order = cycle(range(given.shape[1])[:: -1 if backward else 1])

    def __call__(self, x: Array) -> Array:
        """The decision for x: for all steps if it has them."""
        found = self.given if x.shape == self.given.shape else self.given[:, next(self.order)]
        return found.astype(x.dtype)


def with_gates(kernels: KernelTable, case: Case, node: Node) -> KernelTable:
    """The kernels of a node, deciding as the case says; unchanged for a node without gates."""
    gates = case.node_arrays(node, "gate")
    if not gates:
        return kernels
    if "first" in gates:
        return kernels._replace(max_pool=GivenMaximum(gates["first"]))

    def spike(options: Options) -> Pair:
        given = Pair(GivenSteps(gates["F"], False), GivenSteps(gates["window"], True))
        detached = options.get("reset") == "detached"
        return Pair(given.value, np.zeros_like) if detached else given

    def act(options: Options) -> Pair:
        if options["act"] == "spike":
            return Pair(GivenSteps(gates["F"], False), GivenSteps(gates["window"], True))
        if options["act"] not in KINKED:
            return kernels.act(options)
        forward, backward = (GivenSteps(gates["positive"], b) for b in (False, True))
        return RELU(forward, backward) if options["act"] == "relu" else SELU(forward, backward)

    return kernels._replace(spike=spike, act=act)


def RELU(forward: GivenSteps, backward: GivenSteps) -> Pair:
    """ReLU that is told where its argument is above 0."""
    return Pair(lambda x: forward(x) * x, backward)


def SELU(forward: GivenSteps, backward: GivenSteps) -> Pair:
    """SELU that is told so."""

    def value(x: Array) -> Array:
        below = np.expm1(x) * x.dtype.type(SELU_ALPHA)
        return np.asarray(np.where(forward(x) > 0, x, below) * x.dtype.type(SELU_SCALE))

    def slope(x: Array) -> Array:
        below = np.exp(x) * x.dtype.type(SELU_ALPHA)
        above = backward(x)
        return np.asarray(np.where(above > 0, above, below) * x.dtype.type(SELU_SCALE))

    return Pair(value, slope)


class GivenMaximum:
    """Max pooling that is told which entry of each window is the largest."""

    def __init__(self, first: Array) -> None:
        self.first = first

    def forward(self, X: Array, size: Size, stride: Size) -> tuple[Array, max_pool.Tape]:
        """As the kernel."""
        windows = taps(size, self.first.shape[-1 - len(size) : -1], stride)
        seen = np.stack([X[under] for _, under in windows])
        Y = np.take_along_axis(seen, self.first[None], axis=0)[0]
        return Y, max_pool.Tape(X.shape, self.first)

    def backward(self, dY: Array, tape: max_pool.Tape, size: Size, stride: Size) -> Array:
        """As the kernel."""
        return max_pool.backward(dY, tape, size, stride)


def find_gates(case: Case, results: Mapping[str, Any]) -> dict[str, Array]:
    """What a run of a case decided, as arrays that make it gate-forced."""
    gates: dict[str, Array] = {}
    for node in case.nodes:
        tape = results[node.name].tape
        found: dict[str, Any] = {}
        if node.op == "neuron":
            options, x = node.options, tape.U - case[f"par/{node.name}.v_th"]
            found = {"F": x >= 0, "window": abs(x) < options["mu"]}
            if options["act"] in KINKED:
                found["positive"] = (x if options["mode"] == "TR" else tape.U) > 0
        elif node.op == "act" and node.options["act"] in KINKED:
            found = {"positive": tape > 0}
        elif hasattr(tape, "first"):
            found = {"first": tape.first}
        for name, array in found.items():
            kind = np.int64 if name == "first" else np.float64
            gates[f"{GATES}{node.name}.{name}"] = array.astype(kind)
    return gates


def without_gates(case: Case) -> dict[str, Array]:
    """The arrays of a case, but for its gates."""
    return {name: array for name, array in case.items() if not name.startswith(GATES)}
