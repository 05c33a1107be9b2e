"""Cases that use every operation and every option, for backends that ship with the package."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np

from liaf_ref.oracle.case import Array, Case, Node
from liaf_ref.oracle.error_bounds import tolerances
from liaf_ref.oracle.golden import GoldenCase
from liaf_ref.oracle.table import run
from oracle.golden_sets import all_golden_cases

Backend = Callable[[Case], Mapping[str, Array]]
B, T, K, L = 2, 4, 3, 4
WIDTH = {"rnn": L, "lstm": 4 * L, "gru": 3 * L}
STATES = {"rnn": "c", "lstm": "hc", "gru": "h"}
OUTPUTS = ("spike", "identity", "relu", "selu", "tanh", "sigmoid")
EXACT_OUTPUTS = ("spike", "identity", "relu")
OPTIMIZERS = (
    {"name": "sgd", "lr": 0.1, "momentum": 0.9, "weight_decay": 0.01, "steps": 3},
    {"name": "adam", "lr": 0.01, "beta1": 0.8, "beta2": 0.9, "eps": 1e-3, "steps": 3},
    {"name": "adam", "lr": 0.01, "weight_decay": 0.1, "steps": 3},
    {"name": "adamw", "lr": 0.01, "weight_decay": 0.1, "steps": 3},
)


class ArrayBuilder(dict[str, Array]):
    """Arrays by name, each drawn when it is named."""

    def __init__(self, seed: int, grid: float = 2.0**-20) -> None:
        self.rng, self.grid = np.random.default_rng(seed), grid

    def draw(self, name: str, *sizes: int, center: float = 0.0) -> None:
        """Multiples of the grid within 1 of ``about``: float32 holds them."""
        reach = round(1 / self.grid)
        self[name] = center + self.grid * self.rng.integers(-reach, reach + 1, sizes)

    def neuron(self, name: str, source: str, sites: tuple[int, ...] = (L,), **options: Any) -> Node:
        """A neuron whose state comes from somewhere and goes somewhere."""
        options = {"mode": "TR", "sharing": "channel", "mu": 0.3, "reset": "paper"} | options
        shapes: dict[Any, tuple[int, ...]] = {"all": (1,), "channel": sites[-1:], "non": sites}
        for quantity in ("v_th", "v_reset", "alpha", "beta"):
            self.draw(f"par/{name}.{quantity}", *shapes[options["sharing"]])
        self.draw(f"in/{name}.V0", B, *sites)
        self.draw(f"up/{name}.VT", B, *sites)
        return Node(name, "neuron", (source,), options)

    def dense(self, name: str, source: str, inputs: int, units: int, bias: bool = True) -> Node:
        """Synapses."""
        self.draw(f"par/{name}.W", inputs, units)
        if bias:
            self.draw(f"par/{name}.b", units)
        return Node(name, "dense", (source,), {"units": units, "bias": bias})

    def cell(self, name: str, op: str, source: str, final: bool = True) -> Node:
        """A gated layer on a drive."""
        self.draw(f"par/{name}.U", L, WIDTH[op])
        for state in STATES[op]:
            self.draw(f"in/{name}.{state}0", B, L)
            if final:
                self.draw(f"up/{name}.{state}T", B, L)
        return Node(name, op, (source,), {})


def neuron_case(
    seed: int, sites: tuple[int, ...] = (L,), grid: float = 2.0**-20, **options: Any
) -> Case:
    """A neuron alone."""
    drawn = ArrayBuilder(seed, grid)
    drawn.draw("in/X", B, T, *sites)
    drawn.draw("up/n.Y", B, T, *sites)
    return Case("neuron", "L0", (drawn.neuron("n", "in/X", sites, **options),), drawn)


def recurrent_case(seed: int, op: str, final: bool) -> Case:
    """A gated layer and its synapses, without bias."""
    drawn = ArrayBuilder(seed)
    drawn.draw("in/X", B, T, K)
    drawn.draw("up/r.Y", B, T, L)
    nodes = drawn.dense("d", "in/X", K, WIDTH[op], bias=False), drawn.cell("r", op, "d", final)
    return Case(op, "L1", nodes, drawn)


def network_case(
    seed: int, op: str, readout: str, act: str, optimizer: Mapping[str, Any] | None = None
) -> Case:
    """A neuron and a gated layer on tokens, side by side, a classifier and its loss."""
    drawn, classes = ArrayBuilder(seed), 3
    drawn["in/ids"] = drawn.rng.integers(0, 5, (B, T))
    drawn["in/y"] = drawn.rng.integers(0, classes, B)
    drawn.draw("par/e.E", 5, K)
    nodes = (
        Node("e", "embedding", ("in/ids",), {}),
        drawn.dense("dn", "e", K, L),
        drawn.neuron("n", "dn", act=act, sharing="non"),
        drawn.dense("dr", "e", K, WIDTH[op]),
        drawn.cell("r", op, "dr"),
        Node("ln", readout, ("n",), {}),
        Node("lr", readout, ("r",), {}),
        Node("both", "concat", ("ln", "lr"), {}),
        drawn.dense("head", "both", 2 * L, classes),
        Node("ce", "softmax_ce", ("head",), {}),
    )
    return Case("network", "L4" if optimizer else "L3", nodes, drawn, optimizer)


def all_cases() -> Iterator[Case]:
    """Every operation, every option."""
    for seed, (act, mode, reset) in enumerate(
        product(OUTPUTS, ("TR", "NTR"), ("paper", "detached"))
    ):
        sharing, mu = ("all", "channel", "non")[seed % 3], (0.5, 0.3, 0.75)[seed % 3]
        yield neuron_case(seed, act=act, mode=mode, reset=reset, sharing=sharing, mu=mu)
    for sharing in ("all", "channel", "non"):
        yield neuron_case(100, (2, 3, L), act="selu", sharing=sharing)
    for op, final in product(WIDTH, (True, False)):
        yield recurrent_case(200, op, final)
    for op, readout in product(WIDTH, ("last", "mean")):
        yield network_case(300, op, readout, "tanh")
    for optimizer in OPTIMIZERS:
        yield network_case(400, "gru", "mean", "selu", optimizer)


def case_with_ties(act: str) -> Case:
    """A neuron on a coarse grid, where float32 does not round and ties are many."""
    case = neuron_case(500, grid=0.5, act=act, mu=0.5)
    U = run(case)["exp/n.U"]
    x = U - case["par/n.v_th"]
    assert (x == 0).sum() >= 2
    assert (abs(x) == 0.5).sum() >= 2
    return case


def assert_matches_reference(backend: Backend, case: Case, dtype: str) -> None:
    """The reference's names, dtype and values, and the case left as it was.

    Both sides round, each within the derived bound of the exact answer: twice the bound.
    """
    case = case.astype(dtype)
    before = {name: array.copy() for name, array in case.items()}
    expected, bound, found = run(case), tolerances(case, dtype), backend(case)
    assert found.keys() == expected.keys()
    for name, value in found.items():
        assert (value.shape, value.dtype) == (expected[name].shape, expected[name].dtype), name
        off = np.abs(value.astype(float) - expected[name])
        assert (off <= 2 * bound[name]).all(), (case.name, name, off.max())
    for name, array in case.items():
        assert np.array_equal(array, before[name]), name


def assert_bit_identical(backend: Backend, case: Case) -> None:
    """In float32 the bits of the reference in float64: a case in which nothing rounds."""
    expected, found = run(case), backend(case.astype("float32"))
    assert found.keys() == expected.keys()
    for name, value in found.items():
        assert np.array_equal(value, expected[name]), name


def unsupported_cases() -> Iterator[Case]:
    """A dtype, an operation, an activation and an optimizer that are none of the paper's."""
    case = neuron_case(0, act="tanh")
    yield case.astype("float16")
    yield replace(case, nodes=(Node("n", "fold", ("in/X",), {}),))
    yield neuron_case(0, act="swish")
    yield network_case(0, "rnn", "last", "tanh", {"name": "lion", "lr": 0.1, "steps": 2})


def smallest_case_of_each_operation() -> tuple[GoldenCase, ...]:
    """The smallest published case of each operation, alone; an exact one too.

    Of a batch normalisation one that measures its statistics and one that is given them, of
    synapses one with biases and one without.
    """
    found: dict[tuple[str, bool, str, bool], GoldenCase] = {}
    for golden in sorted(
        all_golden_cases(), key=lambda g: sum(a.size for a in g.expected.values())
    ):
        node, *more = golden.case.nodes
        if not more:
            options = node.options.get("statistics", ""), node.options.get("bias", True)
            found.setdefault((node.op, golden.exact, *options), golden)
    return tuple(found.values())


CASE_SETS: dict[str, Callable[[], tuple[GoldenCase, ...]]] = {
    "every case": all_golden_cases,
    "every third case": lambda: all_golden_cases()[::3],
    "each operation": smallest_case_of_each_operation,
}
