"""The whole network of Fig. 5 with its loss: every parameter's gradient, for all five cells."""

import numpy as np
import pytest
from independent import sampling
from independent.comparison import Array, Arrays
from independent.finite_difference import REACH

from gradients.gradient_problem import (
    GradientProblem,
    check_by_complex_step,
    check_by_differences,
)
from liaf_ref.kernels import loss, spike
from liaf_ref.kernels.pair import Pair
from liaf_ref.layers import Neuron
from liaf_ref.networks.babi import BabiNetwork
from liaf_ref.networks.cells import CELL_FACTORIES, SPIKING_CELLS

VOCAB, K, L = 7, 3, 4
STORY = np.array([[0, 2, 3, 2, 5], [1, 2, 2, 4, 3], [0, 0, 5, 1, 2]])  # 6 never comes
QUERY = np.array([[1, 5, 1], [0, 3, 2], [4, 4, 1]])
ANSWERS = np.array([3, 6, 3])
MARGIN = 20 * REACH

# Only what spikes has a window.
every_window = pytest.mark.parametrize(
    ("cell", "mu"),
    [(cell, 0.5) for cell in CELL_FACTORIES] + [(cell, 0.3) for cell in SPIKING_CELLS],
)


def _network(cell: str, fires: Pair) -> BabiNetwork:
    if cell in SPIKING_CELLS:
        mode = "NTR" if cell == "liaf" else "TR"
        return BabiNetwork(VOCAB, cell, K, L, neuron=Neuron(spike=fires, mode=mode))
    return BabiNetwork(VOCAB, cell, embedding_dim=K, units=L)


def _candidate(net: BabiNetwork, rng: np.random.Generator) -> dict[str, Array]:
    at = {name: rng.normal(0.0, 0.7, a.shape) for name, a in net.init(rng, np.float64).items()}
    ranges = {"v_th": (0.1, 0.6), "v_reset": (-0.4, 0.2), "alpha": (0.4, 0.9)}
    for name, array in at.items():
        ends = ranges.get(name.split(".")[1])
        at[name] = rng.uniform(*ends, array.shape) if ends else array
    return at


def _is_off_kinks(net: BabiNetwork, at: Arrays, mu: float) -> bool:
    if net.cell not in SPIKING_CELLS:
        return True
    _, tape = net.forward(at, STORY, QUERY)
    for part, branch in (("story", tape.saved[0]), ("query", tape.saved[1])):
        U = branch[-1].saved.U
        x = U - at[f"{part}.v_th"]
        distance = min(abs(abs(x) - mu).min(), abs(x).min())
        if distance < MARGIN or min(sampling.count_situations(x, U, mu)) < sampling.MIN_COUNT:
            return False
    return True


def _draw(net: BabiNetwork, mu: float) -> dict[str, Array]:
    rng = np.random.default_rng(91)
    for _ in range(sampling.MAX_TRIES):
        at = _candidate(net, rng)
        if _is_off_kinks(net, at, mu):
            return at
    raise AssertionError(f"no {net.cell} is clear of its kinks and meets the quota")


def _problem(net: BabiNetwork, mu: float) -> GradientProblem:
    def value(at: Arrays) -> Array:
        logits, _ = net.forward(at, STORY, QUERY)
        return loss.forward(logits, ANSWERS)[0]

    def by_hand(at: Arrays) -> Arrays:
        logits, tape = net.forward(at, STORY, QUERY)
        _, loss_tape = loss.forward(logits, ANSWERS)
        return net.backward(loss.backward(np.ones(()), loss_tape), tape)

    return GradientProblem(_draw(net, mu), value, by_hand)


@every_window
def test_complex_step_through_the_frozen_spike(cell: str, mu: float) -> None:
    check_by_complex_step(_problem(_network(cell, spike.frozen(spike.paper(mu))), mu))


@every_window
def test_differences_of_the_relaxed_network(cell: str, mu: float) -> None:
    check_by_differences(_problem(_network(cell, spike.relaxed(mu)), mu))
