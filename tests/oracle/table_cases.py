"""Cases for the independent implementation, random or on a grid of dyadic numbers."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from liaf_ref.oracle.case import Case, Node

Array = NDArray[Any]
B, T, L = 2, 5, 4
DEFAULT_OPTIONS = {"act": "identity", "mode": "TR", "sharing": "non", "mu": 0.5, "reset": "paper"}
PARAMETER_SHAPES: Mapping[str, Callable[..., tuple[int, ...]]] = {
    "all": lambda *S: (1,),
    "channel": lambda *S: S[-1:],
    "non": lambda *S: S,
}


class NormalDraw:
    """Draw normal numbers, and an alpha of any size below 1."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def __call__(self, *sizes: int) -> Array:
        return self.rng.normal(scale=0.7, size=sizes)

    def alpha(self, *sizes: int) -> Array:
        return self.rng.uniform(0.2, 0.9, sizes)


def first_case_where(build: Callable[[int], Case], condition: Callable[[Case], bool]) -> Case:
    """The first sample, by its seed, that has met what a test must see."""
    return next(case for case in map(build, range(100)) if condition(case))


def threshold_distances(case: Case, answer: Mapping[str, Array]) -> dict[str, tuple[Array, float]]:
    """How far every step of a neuron layer is above its threshold, and the layer's mu."""
    return {
        n.name: (answer[f"exp/{n.name}.U"] - case[f"par/{n.name}.v_th"], n.options["mu"])
        for n in case.nodes
        if n.op == "neuron"
    }


class DyadicDraw(NormalDraw):
    """Draw multiples of 1/2 between -1 and 1, and an alpha of one bit: products stay short."""

    def __call__(self, *sizes: int) -> Array:
        return 0.5 * self.rng.integers(-2, 3, sizes).astype(float)

    def alpha(self, *sizes: int) -> Array:
        return self.rng.choice([0.5, 1.0], sizes)


def neuron_layer_case(
    name: str, draw: NormalDraw, sites: tuple[int, ...], options: Mapping[str, Any]
) -> Case:
    """One neuron layer as a piece of a case; its drive is ``in/X``."""
    sizes = PARAMETER_SHAPES[options["sharing"]](*sites)
    arrays = {
        f"par/{name}.v_th": 0.5 * draw(*sizes),
        f"par/{name}.v_reset": 0.5 * draw(*sizes),
        f"par/{name}.alpha": draw.alpha(*sizes),
        f"par/{name}.beta": 0.5 * draw(*sizes),
        f"in/{name}.V0": draw(B, *sites),
        f"up/{name}.VT": draw(B, *sites),
    }
    return Case("", "L0", (Node(name, "neuron", ("in/X",), options),), arrays)


def neuron_case(draw: NormalDraw, sites: tuple[int, ...] = (L,), **options: Any) -> Case:
    """A neuron layer alone, on a given drive."""
    case = neuron_layer_case("n", draw, sites, DEFAULT_OPTIONS | options)
    return case.with_arrays({"in/X": draw(B, T, *sites), "up/n.Y": draw(B, T, *sites)})


def two_layer_case(draw: NormalDraw, bias: bool = True, **options: Any) -> Case:
    """Two dense layers with their neurons."""
    K = 3
    arrays = {"in/X": draw(B, T, K), "up/n2.Y": draw(B, T, L)}
    nodes: list[Node] = []
    source = "in/X"
    for i, k in ((1, K), (2, L)):
        arrays[f"par/d{i}.W"] = draw(k, L)
        arrays |= {f"par/d{i}.b": draw(L)} if bias else {}
        arrays |= neuron_layer_case(f"n{i}", draw, (L,), DEFAULT_OPTIONS | options).arrays
        nodes += [
            Node(f"d{i}", "dense", (source,), {}),
            Node(f"n{i}", "neuron", (f"d{i}",), DEFAULT_OPTIONS | options),
        ]
        source = f"n{i}"
    return Case("stack", "L2", tuple(nodes), arrays)


STATES = {"rnn": ("c",), "lstm": ("h", "c"), "gru": ("h",)}
WIDTH = {"rnn": 1, "lstm": 4, "gru": 3}


def recurrent_case(draw: NormalDraw, op: str, bias: bool = True) -> Case:
    """A gated layer on a dense drive."""
    K, width = 3, WIDTH[op] * L
    arrays = {"in/X": draw(B, T, K), "par/d.W": draw(K, width), "par/r.U": draw(L, width)}
    arrays |= {"par/d.b": draw(width)} if bias else {}
    arrays |= {f"in/r.{state}0": draw(B, L) for state in STATES[op]}
    arrays |= {f"up/r.{state}T": draw(B, L) for state in STATES[op]}
    arrays["up/r.Y"] = draw(B, T, L)
    nodes = (Node("d", "dense", ("in/X",), {}), Node("r", op, ("d",), {}))
    return Case(op, "L1", nodes, arrays)


def network_case(
    draw: NormalDraw,
    readout: str = "last",
    optimizer: Mapping[str, Any] | None = None,
    **options: Any,
) -> Case:
    """Fig. 5 in small: two embeddings, a neuron and a GRU, side by side, dense, softmax."""
    rng, N, K, classes = np.random.default_rng(0), 5, 3, 4
    arrays = {
        "in/story": rng.integers(0, N, (B, T)),
        "in/question": rng.integers(0, N, (B, T - 2)),
        "in/y": rng.integers(0, classes, B),
        "par/es.E": draw(N, K),
        "par/eq.E": draw(N, K),
        "par/ds.W": draw(K, L),
        "par/ds.b": draw(L),
        "par/dq.W": draw(K, 3 * L),
        "par/q.U": draw(L, 3 * L),
        "in/q.h0": draw(B, L),
        "par/o.W": draw(2 * L, classes),
        "par/o.b": draw(classes),
        **neuron_layer_case("s", draw, (L,), DEFAULT_OPTIONS | options).arrays,
    }
    nodes = (
        Node("es", "embedding", ("in/story",), {}),
        Node("eq", "embedding", ("in/question",), {}),
        Node("ds", "dense", ("es",), {}),
        Node("dq", "dense", ("eq",), {}),
        Node("s", "neuron", ("ds",), DEFAULT_OPTIONS | options),
        Node("q", "gru", ("dq",), {}),
        Node("rs", readout, ("s",), {}),
        Node("rq", readout, ("q",), {}),
        Node("joined", "concat", ("rs", "rq"), {}),
        Node("o", "dense", ("joined",), {}),
        Node("loss", "softmax_ce", ("o",), {}),
    )
    return Case("network", "L3", nodes, arrays, optimizer)
