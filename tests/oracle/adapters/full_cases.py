"""Cases for the backends of the package: ties, decisions by lot, what is not the paper's."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np

from liaf_ref.oracle.case import Array, Case, Node
from liaf_ref.oracle.golden import golden_case
from liaf_ref.oracle.golden.generation import gate_forced
from liaf_ref.oracle.table import run

Backend = Callable[[Case], Mapping[str, Array]]
B, T, L = 2, 4, 4
OUTPUTS = ("spike", "identity", "relu", "selu", "tanh", "sigmoid")
EXACT_OUTPUTS = ("spike", "identity", "relu")


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


def neuron_case(
    seed: int, sites: tuple[int, ...] = (L,), grid: float = 2.0**-20, **options: Any
) -> Case:
    """A neuron alone."""
    drawn = ArrayBuilder(seed, grid)
    drawn.draw("in/X", B, T, *sites)
    drawn.draw("up/n.Y", B, T, *sites)
    return Case("neuron", "L0", (drawn.neuron("n", "in/X", sites, **options),), drawn)


def case_with_ties(act: str) -> Case:
    """A neuron on a coarse grid, where float32 does not round and ties are many."""
    case = neuron_case(500, grid=0.5, act=act, mu=0.5)
    U = run(case)["exp/n.U"]
    x = U - case["par/n.v_th"]
    assert (x == 0).sum() >= 2
    assert (abs(x) == 0.5).sum() >= 2
    return case


def unsupported_cases() -> Iterator[Case]:
    """A dtype, an operation, an activation and an optimizer that are none of the paper's."""
    case = neuron_case(0, act="tanh")
    yield case.astype("float16")
    yield replace(case, nodes=(Node("n", "fold", ("in/X",), {}),))
    yield neuron_case(0, act="swish")
    yield replace(
        golden_case("l4_adam_rnn").case, optimizer={"name": "lion", "lr": 0.1, "steps": 2}
    )


def decided_cases() -> Iterator[Case]:
    """A neuron of each kind, a layer of ReLU or SELU, and pools that overlap and that do not."""
    options = product(OUTPUTS, ("TR", "NTR"), ("paper", "detached"))
    for seed, (act, mode, reset) in enumerate(options):
        yield decided(neuron_case(seed, act=act, mode=mode, reset=reset), seed)
    yield decided(neuron_case(30, (2, 3, L), act="relu", sharing="non"), 30)
    yield decided(frames_case(40, Node("n", "act", ("in/X",), {"act": "relu"}), (4, 5)), 40)
    yield decided(frames_case(41, Node("n", "act", ("in/X",), {"act": "selu"}), (4, 5)), 41)
    for seed, stride, places in ((42, [2, 2], (2, 2)), (43, [1, 1], (3, 4))):
        options_of_pool = {"size": [2, 2], "stride": stride}
        yield decided(
            frames_case(seed, Node("n", "max_pool", ("in/X",), options_of_pool), places), seed
        )


def frames_case(seed: int, node: Node, places: tuple[int, ...]) -> Case:
    """One node on frames."""
    drawn = ArrayBuilder(seed)
    drawn.draw("in/X", B, T, 4, 5, L)
    drawn.draw("up/n.Y", B, T, *places, L)
    return Case("frames", "L0", (node,), drawn)


def decided(case: Case, seed: int) -> Case:
    """The case with other decisions than its own."""
    rng = np.random.default_rng([seed, 1])  # not what the case was drawn from
    gates = {name: a for name, a in gate_forced(case).items() if name not in case}
    assert gates
    drawn = {
        name: rng.integers(0, 4 if name.endswith("first") else 2, a.shape).astype(a.dtype)
        for name, a in gates.items()
    }
    assert all(not np.array_equal(drawn[name], a) for name, a in gates.items())
    return case.with_arrays(drawn)
