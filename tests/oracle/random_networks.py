"""Random small networks over every operation and option, their numbers exact in float32."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.error_bounds import spike_safe

GATES = {"rnn": (1, ("c0",)), "lstm": (4, ("h0", "c0")), "gru": (3, ("h0",))}
ACTS = ("identity", "relu", "selu", "tanh", "sigmoid", "spike")


class Sizes(NamedTuple):
    B: int = 2
    T: int = 5
    K: int = 4
    L: int = 3
    N: int = 5


class ArrayDrawer:
    """Arrays of a case as they are asked for."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.arrays: dict[str, Array] = {}

    def normal(
        self, name: str, shape: tuple[int, ...], scale: float = 1.0, mean: float = 0.0
    ) -> None:
        drawn = (mean + scale * self.rng.normal(size=shape)).astype(np.float32)
        self.arrays[name] = drawn.astype(np.float64)

    def dense(self, name: str, below: str, K: int, L: int) -> Node:
        self.normal(f"par/{name}.W", (K, L), 1 / np.sqrt(K))
        if self.rng.random() < 0.8:
            self.normal(f"par/{name}.b", (L,), 0.3)
        return Node(name, "dense", (below,), {})

    def neuron(self, name: str, below: str, shape: tuple[int, ...], size: Sizes) -> Node:
        sharing = str(self.rng.choice(["all", "channel", "non"]))
        shared = {"all": (1,), "channel": shape[-1:], "non": shape}[sharing]
        for quantity, mean in {"v_th": 0.5, "v_reset": 0.1, "alpha": 0.6, "beta": 0.05}.items():
            self.normal(f"par/{name}.{quantity}", shared, 0.1, mean)
        self.normal(f"in/{name}.V0", (size.B, *shape), 0.5)
        act = str(self.rng.choice(ACTS))
        options = {
            "act": act,
            "mode": str(self.rng.choice(["TR", "NTR"])),
            "sharing": sharing,
            "mu": float(self.rng.choice([0.5, 0.3, 0.75])),
            "reset": str(self.rng.choice(["paper", "detached"])),
        }
        return Node(name, "neuron", (below,), options)

    def gates(self, op: str, name: str, below: str, size: Sizes) -> Node:
        count, states = GATES[op]
        self.normal(f"par/{name}.U", (size.L, count * size.L), 0.6)
        for state in states:
            self.normal(f"in/{name}.{state}", (size.B, size.L), 0.5)
        return Node(name, op, (below,), {})

    def output_gradient(self, last: str, shape: tuple[int, ...]) -> None:
        self.normal(f"up/{last}.Y", shape)


def single_node_case(rng: np.random.Generator, op: str) -> Case:
    """L0: one operation with its dynamics, and gradients in its last state."""
    size, draw = Sizes(T=int(rng.integers(1, 8))), ArrayDrawer(rng)
    if op in GATES:
        count, states = GATES[op]
        draw.normal("in/X", (size.B, size.T, count * size.L))
        node = draw.gates(op, "n", "in/X", size)
        for state in states:
            draw.normal(f"up/n.{state[0]}T", (size.B, size.L))
        shape: tuple[int, ...] = (size.L,)
    else:
        shape = (size.L,) if rng.random() < 0.7 else (2, 2, size.L)
        draw.normal("in/X", (size.B, size.T, *shape), 0.6, 0.2)
        node = draw.neuron("n", "in/X", shape, size)
        draw.normal("up/n.VT", (size.B, *shape))
    draw.output_gradient("n", (size.B, size.T, *shape))
    return Case(f"{op}-alone", "L0", (node,), draw.arrays)


def network_case(
    rng: np.random.Generator, op: str, optimizer: Mapping[str, Any] | None = None
) -> Case:
    """L3 and L4: tokens and reals, two temporal layers, a readout of each, a loss."""
    size, draw = Sizes(T=int(rng.integers(2, 7))), ArrayDrawer(rng)
    draw.arrays["in/ids"] = rng.integers(0, size.N, (size.B, size.T))
    draw.arrays["in/y"] = rng.integers(0, size.N, size.B)
    draw.normal("par/e.E", (size.N, size.K))
    draw.normal("in/X", (size.B, size.T, size.K))
    count = GATES[op][0] if op in GATES else 1
    nodes = [
        Node("e", "embedding", ("in/ids",), {}),
        draw.dense("d", "e", size.K, size.L),
        draw.neuron("n", "d", (size.L,), size),
        draw.dense("d2", "n", size.L, count * size.L),
        draw.gates(op, "g", "d2", size) if op in GATES else draw.neuron("g", "d2", (size.L,), size),
        draw.dense("d3", "in/X", size.K, size.L),
        draw.neuron("n3", "d3", (size.L,), size),
        Node("last", "last", ("g",), {}),
        Node("mean", "mean", ("n3",), {}),
        Node("both", "concat", ("last", "mean"), {}),
        draw.dense("out", "both", 2 * size.L, size.N),
        Node("loss", "softmax_ce", ("out",), {}),
    ]
    level = "L3" if optimizer is None else "L4"
    return Case(f"{op}-network", level, tuple(nodes), draw.arrays, optimizer)


OPTIMIZERS: tuple[Mapping[str, Any], ...] = (
    {"name": "sgd", "lr": 0.05, "momentum": 0.9, "weight_decay": 0.01, "steps": 10},
    {"name": "adam", "lr": 0.01, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "steps": 10},
    {"name": "adamw", "lr": 0.01, "weight_decay": 0.1, "eps": 1e-6, "steps": 10},
)


def draw_spike_safe(rng: np.random.Generator, op: str, kind: int) -> Case:
    """Draw until no rounding can decide a spike."""
    while True:
        if kind % 3 == 0:
            case = single_node_case(rng, op)
        elif kind % 3 == 1:
            case = network_case(rng, op)
        else:
            case = network_case(rng, op, OPTIMIZERS[int(rng.integers(len(OPTIMIZERS)))])
        if spike_safe(case, np.float32):
            return case
