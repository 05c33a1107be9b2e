"""Cases whose decisions are drawn by lot, so that no comparison gives the same."""

from collections.abc import Iterator
from itertools import product

import numpy as np

from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.golden.generation import gate_forced
from oracle.adapters.full_cases import OUTPUTS, ArrayBuilder, neuron_case

B, T, H, W, L = 2, 3, 4, 5, 2


def decided_cases() -> Iterator[Case]:
    """A neuron of each kind, a layer of ReLU or SELU, and pools that overlap and that do not."""
    options = product(OUTPUTS, ("TR", "NTR"), ("paper", "detached"))
    for seed, (act, mode, reset) in enumerate(options):
        yield decided(neuron_case(seed, act=act, mode=mode, reset=reset), seed)
    yield decided(neuron_case(30, (2, 3, L), act="relu", sharing="non"), 30)
    yield decided(frames_case(40, Node("n", "act", ("in/X",), {"act": "relu"}), (H, W)), 40)
    yield decided(frames_case(41, Node("n", "act", ("in/X",), {"act": "selu"}), (H, W)), 41)
    for seed, stride, places in ((42, [2, 2], (2, 2)), (43, [1, 1], (3, 4))):
        options_of_pool = {"size": [2, 2], "stride": stride}
        yield decided(
            frames_case(seed, Node("n", "max_pool", ("in/X",), options_of_pool), places), seed
        )


def frames_case(seed: int, node: Node, places: tuple[int, ...]) -> Case:
    """One node on frames."""
    drawn = ArrayBuilder(seed)
    drawn.draw("in/X", B, T, H, W, L)
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
